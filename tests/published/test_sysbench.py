"""Throughput and I/O of SysBench against S17 (tables 1, 2, 3, figures 6, 7), as bands.

S17's own noise is 7 to 10 %: Figure 7 and Table 2 at 1 GB are one experiment and differ by 13 %. So
no band is narrower than 10 %. Points of the figures below 8xlarge are halvings and no evidence.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.published.sysbench import (
    PEAK,
    READ_ONLY,
    Bench,
    cluster,
    off_ratio,
    published,
    rate_per_s,
)

NOISE = 0.10

FEW = Bench(connections=50, warm_up_ms=500, measured_ms=2000)
SOME = Bench(connections=500, warm_up_ms=1000, measured_ms=2000)
MANY = Bench(connections=PEAK, warm_up_ms=3000, measured_ms=3000)
READS = Bench(READ_ONLY, connections=PEAK, warm_up_ms=1500, measured_ms=1500)
LARGE = Bench(connections=PEAK, size_gib=100, warm_up_ms=3000, measured_ms=3000)
HUGE = Bench(connections=PEAK, size_gib=1024, warm_up_ms=6000, measured_ms=6000)
MIRRORED = [
    Bench(connections=n, size_gib=100, warm_up_ms=1000, measured_ms=2000) for n in (50, 200, 500)
]
"""Table 1 at connections it does not name; its replicas change nothing in the writer's I/O."""


def writes_off(case_id: str, bench: Bench) -> float:
    return off_ratio(case_id, rate_per_s(bench, "writes_per_s"))


def test_table_3_at_50_connections() -> None:
    """10 %, the noise: with the row of 500 connections it fits commit_cpu and
    commit_backlog_per_vcpu together. No row pins same_az_round_trip: 0.1 ms more or less moves
    this by some 9 %."""
    assert abs(writes_off("s17-t3-aur-50", FEW)) <= NOISE


def test_table_3_at_500_connections() -> None:
    """10 %, the noise: fitted, with the row of 50 connections."""
    assert abs(writes_off("s17-t3-aur-500", SOME)) <= NOISE


def test_table_3_at_5000_connections() -> None:
    """10 %, the noise, although nothing is fitted to this row: it is predicted."""
    assert abs(writes_off("s17-t3-aur-5000", MANY)) <= NOISE


def test_table_3_needs_commits_that_share_the_backlog() -> None:
    """With a commit that costs the same however many wait, throughput stops growing."""
    slower = replace(MANY, warm_up_ms=5000, measured_ms=5000)
    assert writes_off("s17-t3-aur-5000", slower.but("commit_backlog_per_vcpu: 100000")) < -0.4


def test_figure_6() -> None:
    """10 %, the noise: the row fits read_cpu. The script is AWS's: 10 point selects within BEGIN
    and COMMIT; 5,000 connections assumed, and 500 give the same."""
    assert abs(off_ratio("s17-f6-r38xlarge", rate_per_s(READS, "reads_per_s"))) <= NOISE


def test_figure_7() -> None:
    """10 %: page_write_cpu is fitted to this row and Table 2 at 100 GB, which conflict by 17 %."""
    assert abs(writes_off("s17-f7-r38xlarge", MANY)) <= NOISE


@pytest.mark.parametrize(
    ("size", "bench"), [("1GB", MANY), ("100GB", LARGE)], ids=("1GB", "100GB")
)
def test_table_2_in_memory(size: str, bench: Bench) -> None:
    """20 %: the 17 % by which Figure 7 and these rows conflict, shared badly, and some noise. The
    model knows no cost of size below the buffer's; none is added to absorb one row. All of the miss
    is on one side: the model is too fast here."""
    assert 0.0 < writes_off(f"s17-t2-aur-{size}", bench) <= 0.20


def test_table_2_at_1_terabyte() -> None:
    """10 %, the noise: the row fits miss_cpu. Four touches in five miss."""
    assert abs(writes_off("s17-t2-aur-1TB", HUGE)) <= NOISE


def test_table_2_at_1_terabyte_needs_misses_that_cost_cpu() -> None:
    """Were a miss only a wait, 5,000 connections would hide it."""
    assert writes_off("s17-t2-aur-1TB", HUGE.but("miss_cpu: 100 us")) > 0.5


def test_table_1_throughput_is_between_200_and_500_connections() -> None:
    """A band and no point: at the same size Table 1 has 60,800 writes/s and Table 2 101,000, so
    they cannot share a number of connections. 200 to 500 must enclose it, give or take the noise.
    """
    half_an_hour_s = 1800.0
    total = published("s17-t1-aur-txn")
    low, high = (rate_per_s(bench, "transactions_per_s") for bench in MIRRORED[1:])
    print(f"s17-t1-aur-txn: {total / half_an_hour_s:,.0f}/s in {low:,.0f} to {high:,.0f}/s")
    assert low * (1 - NOISE) <= total / half_an_hour_s <= high * (1 + NOISE)


def ios(bench: Bench) -> float:
    return float(cluster(bench)["volume"]["ios_per_transaction"])


def test_table_1_io_is_of_the_right_size_at_500_connections_only() -> None:
    """KNOWN NOT TO FIT; half to twice the row at 500 connections, more than twice at 200.

    Boxcars close when the sender executes them, so I/O per transaction falls as the inverse of the
    run queue's wait times throughput: a cliff, on which S17's number (0.95, six copies counted) is
    one point at a load it does not give. Table 1's throughput is the one of about 200 connections,
    and there the model does four times the I/O. If this fails because the model does less, it has
    become better: tell docs/model.md.
    """
    some, more = (off_ratio("s17-t1-aur-io", ios(bench)) for bench in MIRRORED[1:])
    assert -0.5 <= more <= 1.0
    assert some > 1.0


def test_table_1_io_at_low_load_is_bounded_by_six_copies_of_each_record() -> None:
    """The top of the cliff: nearly a boxcar for each record. 2 + 3 + 3 + 4 pages modified and the
    commit's record make 13, times 6 copies; the row's value is left behind by far."""
    low = ios(MIRRORED[0])
    off_ratio("s17-t1-aur-io", low)
    assert 10 * published("s17-t1-aur-io") < low <= 6 * 13
