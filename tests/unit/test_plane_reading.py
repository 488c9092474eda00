"""Reading, the buffer and the readers of the data plane, by hand (ticks of 1 ns)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurosim.cluster.quorum import at_least, table
from aurosim.dataplane import laws
from aurosim.dataplane.contract import ROLE_READER, Status
from aurosim.dataplane.plan import TablePlan
from tests.unit.plane_stage import (
    ALL,
    AUTOCOMMIT,
    BEGIN,
    COMMIT,
    Stage,
    cluster,
    costs,
    instance,
    open_rate,
    slow,
    statement,
    workload,
    write,
)

pytestmark = pytest.mark.usefixtures("way")

# --- reading ------------------------------------------------------------------------------


def cold(*statements, slots: int = 1, pages: int = 1000, think: int = 10**6, **cost) -> Stage:
    return Stage(
        [workload(statements or [statement(cpu=1, pages=1)], slots=slots, think_mean_ns=think)],
        [instance(warm=False, buffer_pages=pages)],
        cluster(az_hop=5, cost=costs(**cost)),
        tables=[TablePlan("t", 100, 10**6)],
    )


def test_a_miss_waits_for_the_nearest_segment_and_costs_cpu() -> None:
    """1 of CPU, 20 at the node, no distance within the AZ, then 4 to take the page in."""
    stage = cold(page_read_median_ns=20, miss_cpu_ns=4).to(100)
    assert [row.end_ns for row in stage.rows] == [25]
    assert stage.server().wait_ns[2] == 20
    assert (stage.server().touches, stage.server().misses, stage.volume.storage_reads) == (1, 1, 1)


def test_with_the_own_az_dark_the_read_goes_to_the_next() -> None:
    stage = cold(page_read_median_ns=20)
    stage.plane.zone(0, 0, False)
    assert [row.end_ns for row in stage.to(100).rows] == [1 + 5 + 20 + 5]


def test_a_read_from_a_segment_that_is_lost_meanwhile_is_asked_of_another() -> None:
    """The answer of member 0 would come at 21; then member 1 is asked, and answers at 41."""
    stage = cold(page_read_median_ns=20).to(10)
    stage.plane.segment_lost(0, 0, 1)
    assert [row.end_ns for row in stage.to(100).rows] == [41]
    assert stage.volume.storage_reads == 2


def test_a_read_with_no_segment_left_waits_for_the_repair() -> None:
    stage = cold(page_read_median_ns=20)
    stage.plane.segment_lost(0, 0, ALL)
    stage.to(500)
    assert stage.rows == [] and stage.server().wait_ns[2] == 499
    stage.plane.segment_repaired(0, 0, 0b10)
    assert [row.end_ns for row in stage.to(600).rows] == [520]


def test_a_slow_node_makes_reads_slow() -> None:
    stage = slow(cold(page_read_median_ns=20), 0, delay_ns=7)
    assert [row.end_ns for row in stage.to(100).rows] == [28]


def test_a_cold_buffer_warms_up_by_use_until_all_is_there() -> None:
    stage = cold(statement(pages=1), think=1).to(2000)
    server = stage.server()
    assert 60 <= server.misses <= 100  # each of 100 pages at most once; nearly all by now
    late = stage.to(4000).server()
    assert late.touches >= server.touches + 1000 and late.misses - server.misses <= 3
    assert late.misses <= 100


def test_a_full_buffers_hit_ratio_is_its_share_of_the_pages() -> None:
    """30 of 100 pages, 20,000 touches: the standard error is 0.0033."""
    stage = Stage(
        [workload([statement(pages=20)], think_mean_ns=1)],
        [instance(buffer_pages=30)],
        tables=[TablePlan("t", 100, 10**6)],
    ).to(1000)
    server = stage.server()
    assert server.touches >= 19000
    assert abs(1 - server.misses / server.touches - 0.30) < 4 * 0.0033


def test_a_buffer_lost_with_its_host_is_cold_and_one_kept_is_warm() -> None:
    for lose, misses in ((True, 5), (False, 0)):
        stage = Stage([workload([statement(pages=5)], think_mean_ns=50, attempts=2)]).to(5)
        assert (stage.server().touches, stage.server().misses) == (5, 0)
        stage.plane.stop(0, Status.DARK, lose_cache=lose)
        stage.plane.start(0)
        assert stage.to(70).server().touches == 10
        assert stage.server().misses == misses


# --- readers ------------------------------------------------------------------------------


def with_reader(*workloads, reader=None, **cost) -> Stage:
    writes = workload([AUTOCOMMIT], name="a", instances=2, think_mean_ns=20)
    return Stage(
        [writes, *workloads],
        [instance(), reader or instance(name="r", vcpu=1)],
        cluster(cost=costs(**cost)),
        tables=[TablePlan("t", 10, 1)],
    )


def test_a_chunk_is_seen_after_its_way_and_its_wait_for_a_vcpu_and_lag_is_that_long() -> None:
    """A write and its commit at 0 (one LSN each, VDL moves twice): 12 on the way; the second waits
    for the one vCPU, which the first has for 3."""
    stage = with_reader(lag_ship_ns=12, apply_cpu_ns=3).to(12)
    assert (stage.volume.vdl, stage.server(1).applied_lsn) == (2, 0)
    stage.to(21)
    assert stage.server(1).applied_lsn == 2
    assert stage.lags == [(1, 12, 12), (1, 15, 15)]
    assert stage.server(1).lag_ns == 15 and stage.server(0).lag_ns == 0
    assert stage.server(1).busy_ns == 6


def test_a_reader_that_is_too_late_is_warned_of_once_and_at_its_limit_not_yet() -> None:
    """The lags of the first two chunks are 12 and 15."""
    stage = with_reader(lag_ship_ns=12, apply_cpu_ns=3)
    plane = stage.plane
    plane.warn(0, 12)
    assert not plane.advance(30) and plane.warned
    assert (plane.now_ns, plane.observe().instances[1].lag_ns) == (15, 15)
    assert plane.advance(200)
    later = max(lag for _, at, lag in stage.to(201).lags if at > 15)
    plane.warn(0, later)
    assert plane.advance(400)


def test_the_cpu_of_applying_is_spent_while_its_redo_is_seen() -> None:
    """Two vCPUs: a long chunk (4 records, 40) and the commit's (1 record, 10) are seen at once, and
    keep one vCPU until 40 and the other until 10."""
    plan = workload([write(modifies=4, autocommit=True)], name="a", instances=2)
    stage = Stage(
        [plan], [instance(), instance(name="r", vcpu=2)], cluster(cost=costs(apply_cpu_ns=10)),
        tables=[TablePlan("t", 10, 1)],
    ).to(30)  # fmt: skip
    assert (stage.volume.vdl, stage.server(1).applied_lsn, stage.server(1).busy) == (5, 5, 1)
    assert [at for _, at, _ in stage.lags] == [0, 0]
    assert (stage.to(41).server(1).busy, stage.server(1).busy_ns) == (0, 50)


def test_the_view_moves_in_the_order_of_the_log() -> None:
    """A chunk waits for the vCPU until 100; a later one without records, which needs no CPU, is
    there at 60 and is seen with it."""
    read = workload([statement(cpu=100)], name="b", instances=2, role=ROLE_READER)
    stage = with_reader(read, lag_ship_ns=12, apply_cpu_ns=3).to(48)
    stage.plane.promote(0, 0)
    assert stage.to(99).server(1).applied_lsn == 0
    assert stage.to(101).server(1).applied_lsn > 0
    assert [at for _, at, _ in stage.lags][0] == 100


def test_records_of_pages_that_are_not_cached_cost_no_cpu() -> None:
    stage = with_reader(
        reader=instance(name="r", warm=False), lag_ship_ns=12, apply_cpu_ns=3
    ).to(13)
    assert stage.server(1).applied_lsn == 2 and stage.server(1).busy_ns == 0


def test_a_busy_reader_falls_behind() -> None:
    """Its one vCPU works on a read until 100; the chunks wait behind it."""
    read = workload([statement(cpu=100)], name="b", instances=2, role=ROLE_READER)
    stage = with_reader(read, lag_ship_ns=12, apply_cpu_ns=3).to(100)
    assert stage.server(1).applied_lsn == 0
    assert stage.to(120).server(1).applied_lsn > 0
    assert stage.lags[0] == (1, 100, 100)


@pytest.mark.parametrize(
    ("think_ns", "stale_ns"), [(9, 0), (10, 2), (11, 3), (38, 30), (39, 0)]
)
def test_a_planted_write_then_read_is_stale_by_just_so_much(think_ns, stale_ns) -> None:
    """One row. The write is sent at 4, acknowledged at 10 (2 out, 2 of CPU, 2 back) and shows on
    the reader at 8 + 33 = 41. The read is sent at ``think_ns`` and arrives 2 later. Sent before
    the acknowledgement it may miss the change; sent with it or later and arriving before 41 it is
    as stale as the acknowledgement is old on its arrival."""
    writes = workload([write(cpu=2, autocommit=True)], name="a", hop=2, instances=2)
    reads = workload([statement(pages=1)], name="b", hop=2, instances=2, role=ROLE_READER,
                     think_mean_ns=think_ns - 8)  # fmt: skip
    stage = Stage(
        [writes, reads],
        [instance(), instance(name="r")],
        cluster(cost=costs(lag_ship_ns=33)),
        tables=[TablePlan("t", 10, 1)],
    ).to(think_ns + 5)
    assert [(row.start_ns, row.end_ns) for row in stage.of(0)] == [(4, 10)]
    read = stage.of(1)[1]
    assert (read.start_ns, read.stale_ns) == (think_ns, stale_ns)


@pytest.mark.parametrize(("after_ns", "stale_ns"), [(0, 2), (7, 9), (28, 30), (29, 0), (400, 0)])
def test_who_reads_its_own_write_reads_that_row_so_long_after_it(after_ns, stale_ns) -> None:
    """A billion rows. Each write is sent, acknowledged 6 later and shows on the reader 33 after the
    volume had it, that is 31 after the acknowledgement; its read is due ``after_ns`` after that,
    has the number of its write, and takes 2 to the reader. One that arrives before the change is
    as stale as the acknowledgement is old by then. Who reads a row of its own misses nothing."""
    writes = workload([BEGIN, write(), write(cpu=2, autocommit=True)], name="a", hop=2,
                      instances=2, think_mean_ns=300)  # fmt: skip
    own = workload(
        [statement(pages=1)], name="b", hop=2, instances=2, role=ROLE_READER, slots=2,
        rate=open_rate(), queue_limit=9, reads_writes_of=0, writes_at=2,
        own_write_after_ns=after_ns,
    )  # fmt: skip
    stage = Stage(
        [writes, own], [instance(vcpu=9), instance(name="r", vcpu=9)],
        cluster(cost=costs(lag_ship_ns=33)), tables=[TablePlan("t", 10, 10**9)],
    ).to(3000)  # fmt: skip
    told = {row.request: row.end_ns for row in stage.of(0) if row.final}
    assert len(stage.of(1)) > 5
    for row in stage.of(1):
        assert (row.due_ns, row.start_ns) == (told[row.request] + after_ns,) * 2
        assert row.stale_ns == stale_ns
    assert not any(row.stale_ns for row in stage.of(0))


def test_a_read_of_another_row_is_not_stale() -> None:
    writes = workload([AUTOCOMMIT], name="a", instances=2)
    reads = workload([statement(pages=1)], name="b", instances=2, role=ROLE_READER, slots=50)
    stage = Stage(
        [writes, reads], [instance(), instance(name="r")], cluster(cost=costs(lag_ship_ns=900)),
        tables=[TablePlan("t", 10, 10**9)],
    ).to(100)  # fmt: skip
    assert len(stage.of(1)) == 50 and not any(row.stale_ns for row in stage.of(1))


def test_reads_on_the_writer_are_never_stale() -> None:
    plan = workload([AUTOCOMMIT, statement(pages=1)], instances=2, think_mean_ns=1)
    stage = Stage(
        [plan], [instance(), instance(name="r")], cluster(cost=costs(lag_ship_ns=900)),
        tables=[TablePlan("t", 10, 1)],
    ).to(100)  # fmt: skip
    assert len(stage.rows) > 50 and not any(row.stale_ns for row in stage.rows)


def test_a_reader_that_opens_sees_the_volume_as_it_is() -> None:
    stage = with_reader(lag_ship_ns=500).to(100)
    assert stage.server(1).applied_lsn == 0
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.start(1)
    assert stage.server(1).applied_lsn == stage.volume.vdl > 0
    before = stage.server(1).applied_lsn
    assert stage.to(550).server(1).applied_lsn == before  # chunks of its former life are ignored


def test_staleness_is_the_age_of_the_oldest_change_that_is_missed() -> None:
    """Changes acknowledged at 5, 30, 55; none shows before 900; the read is sent at 60."""
    writes = workload([write(cpu=5, autocommit=True)], name="a", instances=2, think_mean_ns=20)
    reads = workload([statement(pages=1)], name="b", instances=2, role=ROLE_READER,
                     think_mean_ns=60)  # fmt: skip
    stage = Stage(
        [writes, reads], [instance(), instance(name="r")], cluster(cost=costs(lag_ship_ns=900)),
        tables=[TablePlan("t", 10, 1)],
    ).to(70)  # fmt: skip
    assert [row.end_ns for row in stage.of(0)] == [5, 30, 55]
    assert [(row.start_ns, row.stale_ns) for row in stage.of(1)] == [(0, 0), (60, 55)]


def test_each_reader_is_as_stale_as_itself() -> None:
    """Reader 1 applies all at once; reader 2 is busy until 1003 and so remembers for both."""
    writes = workload([AUTOCOMMIT], name="a", instances=3)
    busy = workload([statement(cpu=4), statement(cpu=999)], name="b", instances=3, role=-1,
                    instance=2)  # fmt: skip
    reads = workload([statement(pages=1)], name="c", instances=3, role=-1, instance=1,
                     think_mean_ns=50)  # fmt: skip
    behind = replace(reads, name="d", instance=2)
    stage = Stage(
        [writes, busy, reads, behind], [instance(), instance(name="r"), instance(name="s")],
        cluster(cost=costs(lag_ship_ns=5, apply_cpu_ns=1)), tables=[TablePlan("t", 10, 1)],
    ).to(100)  # fmt: skip
    assert (stage.server(1).applied_lsn, stage.server(2).applied_lsn) == (2, 0)
    assert [row.stale_ns for row in stage.of(2)] == [1, 0]  # the first was sent at 0, too
    # the other's is connected when the vCPU is free at 4, and then waits for it
    first = stage.to(1100).of(3)[0]
    assert (first.start_ns, first.end_ns, first.stale_ns) == (4, 1003, 4)


def test_a_page_is_read_in_the_instances_own_az() -> None:
    stage = Stage(
        [workload([statement(pages=1)])],
        [instance(warm=False, az=2)],
        cluster(az_hop=5, cost=costs(page_read_median_ns=20)),
    ).to(100)
    assert [row.end_ns for row in stage.rows] == [20]


def test_chunks_arrive_in_the_order_they_left_and_are_applied_one_after_the_other() -> None:
    """One vCPU, 10 a record, delays drawn anew each tick: no two chunks show within 10."""
    stage = Stage(
        [workload([AUTOCOMMIT], instances=2, think_mean_ns=40)],
        [instance(), instance(name="r")],
        cluster(cost=costs(lag_ship_ns=60, lag_sigma=1.5, lag_window_ns=1, apply_cpu_ns=10)),
        tables=[TablePlan("t", 10, 1)],
    ).to(4000)
    times = [at for _, at, _ in stage.lags]
    assert len(times) > 50
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) == 10


def test_redo_for_a_former_life_costs_nothing() -> None:
    stage = Stage(
        [workload([AUTOCOMMIT], instances=2)],
        [instance(), instance(name="r")],
        cluster(cost=costs(lag_ship_ns=500, apply_cpu_ns=3)),
        tables=[TablePlan("t", 10, 1)],
    ).to(100)
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.start(1)
    assert stage.to(600).server(1).busy_ns == 0 and stage.lags == []


def test_a_reader_that_opens_does_not_wait_for_its_former_lifes_redo() -> None:
    """The spread of delays is drawn anew each 10 ns: by this key what leaves at 0 takes ages, and
    what leaves at 20 is there within 5."""

    def delay_ns(key: int, sample: int) -> int:
        spread = laws.replica_spread(3.0, np.uint64(key), sample, 1)
        return laws.replica_delay_ns(5, 0.0, 0.0, spread)

    key = next(key for key in range(10**5) if delay_ns(key, 0) > 100 and delay_ns(key, 2) < 5)
    writes = workload([AUTOCOMMIT], instances=2, think_mean_ns=20)
    stage = Stage(
        [writes], [instance(), instance(name="r")],
        cluster(
            cost=costs(lag_ship_ns=5, lag_sigma=3.0, lag_window_ns=10),
            replication_key=np.uint64(key),
        ),
    ).to(12)  # fmt: skip
    assert stage.server(1).applied_lsn == 0
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.start(1)
    assert stage.to(26).server(1).applied_lsn == stage.volume.vdl == 4
    assert [at for _, at, _ in stage.lags] == [20 + delay_ns(key, 2)] * 2


def test_redo_crosses_azs_and_its_changes_are_remembered_for_the_last_reader() -> None:
    """Writer and reader 1 in AZ a, reader 2 in b, 900 away; two copies, those in a, make a quorum
    here. Both readers are read at 50: the one has had the write of 0 since 5, the other lacks it
    until 905."""
    writes = workload([AUTOCOMMIT], name="a", instances=3)
    near, far = (
        workload([statement(pages=1)], name=name, instances=3, role=-1, instance=index,
                 think_mean_ns=50)
        for index, name in ((1, "b"), (2, "c"))
    )  # fmt: skip
    stage = Stage(
        [writes, near, far], [instance(), instance(name="r"), instance(name="s", az=1)],
        cluster(az_hop=900, write_ok=table(at_least(2)), cost=costs(lag_ship_ns=5)),
        tables=[TablePlan("t", 10, 1)],
    ).to(100)  # fmt: skip
    assert [(row.start_ns, row.stale_ns) for row in stage.of(1)[1:]] == [(50, 0)]
    assert [(row.start_ns, row.stale_ns) for row in stage.of(2)[1:]] == [(50, 50)]
    assert (stage.to(905).server(2).applied_lsn, stage.to(906).server(2).applied_lsn) == (0, 2)


def test_a_reader_that_came_back_may_be_behind_again() -> None:
    """It dies and opens at 10 with the write of 0, and lacks those of 50 and 100 for ages."""
    writes = workload([AUTOCOMMIT], name="a", instances=2, think_mean_ns=50)
    reads = workload([statement(pages=1)], name="b", instances=2, role=ROLE_READER,
                     think_mean_ns=60, validate_after_ns=0)  # fmt: skip
    stage = Stage(
        [writes, reads], [instance(), instance(name="r")], cluster(cost=costs(lag_ship_ns=900)),
        tables=[TablePlan("t", 10, 1)],
    ).to(10)  # fmt: skip
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.start(1)
    rows = stage.to(130).of(1)[1:]
    assert [(row.start_ns, row.stale_ns) for row in rows] == [(60, 10), (120, 70)]


def test_a_transaction_is_missed_in_each_row_that_it_changed() -> None:
    """Twelve writes change both rows of a table; whichever a read at 50 asks for, it misses it."""
    writes = workload([BEGIN, *[write()] * 12, COMMIT], name="a", instances=2)
    reads = workload([statement(pages=1)], name="b", instances=2, role=ROLE_READER, slots=20,
                     think_mean_ns=50)  # fmt: skip
    stage = Stage(
        [writes, reads], [instance(), instance(name="r")], cluster(cost=costs(lag_ship_ns=900)),
        tables=[TablePlan("t", 10, 2)],
    ).to(60)  # fmt: skip
    assert [row.stale_ns for row in stage.of(1) if row.start_ns == 50] == [50] * 20
