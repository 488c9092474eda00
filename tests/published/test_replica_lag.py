"""Lag of a replica against S17's Table 4, and the bound that its customers saw.

Writes come as they fall due (open arrivals), four to a transaction; one replica of the same class
in another AZ. S17 gives neither connections nor AZs.
"""

from __future__ import annotations

import pytest

from tests.published.sysbench import Bench, cluster, off_ratio, published, rate_per_s

BAND = 0.15
"""sqrt(rate) through the end points of Table 4 leaves 10 % at 2,000 and 5 % at 5,000 writes/s, a
line as much with other signs; the noise floor of S17 is 7 to 10 %."""
RATES = (1000, 2000, 5000, 10000)
PEAK_WRITES_PER_S = 85_000.0


def writing(rate: float, measured_ms: int = 40_000) -> Bench:
    """The spread of lag is between samples of 100 ms, 0.3 in the logarithm: 400 leave 1.5 %."""
    return Bench(writes_per_s=rate, readers=1, warm_up_ms=1000, measured_ms=measured_ms)


def lag_ms(bench: Bench, statistic: str = "mean") -> float:
    return float(cluster(bench)["readers"]["db-2"]["lag_ms"][statistic])


@pytest.mark.parametrize("rate", RATES)
def test_table_4(rate: int) -> None:
    """15 % (`BAND`): 1,000 and 10,000 writes/s fit lag_ship and lag_sqrt, the others are
    predicted."""
    bench = writing(rate)
    assert rate_per_s(bench, "writes_per_s") == pytest.approx(rate, rel=0.05)
    assert abs(off_ratio(f"s17-t4-aur-{rate}", lag_ms(bench))) <= BAND


def test_table_4_needs_a_lag_that_grows_with_the_rate() -> None:
    bench = writing(RATES[-1]).but("lag_sqrt: 0 ms")
    assert off_ratio(f"s17-t4-aur-{RATES[-1]}", lag_ms(bench)) < -BAND


def test_lag_at_85000_writes_a_second() -> None:
    """Below 20 ms in the mean: the most that a customer of S17 saw over four replicas, at a load
    that is not given, taken to hold near the writer's peak. The replica must keep up with 255,000
    records/s: one that does not is seconds behind after ten. No bound is asserted on the largest
    sample: the spread of lag (lag_sigma) is an assumption, and puts it at about twice the mean."""
    bench = writing(PEAK_WRITES_PER_S, measured_ms=10_000)
    assert rate_per_s(bench, "writes_per_s") == pytest.approx(PEAK_WRITES_PER_S, rel=0.02)
    most_ms = published("s17-cust-lag")
    off_ratio("s17-cust-lag", lag_ms(bench))
    off_ratio("s17-cust-lag", lag_ms(bench, "max"))
    assert lag_ms(bench) < most_ms


def test_lag_at_85000_writes_a_second_sees_a_replica_that_cannot_keep_up() -> None:
    """A hundred times the cost of a record: far behind, or the test above asserts nothing."""
    bench = writing(PEAK_WRITES_PER_S, measured_ms=5_000).but("apply_cpu: 1 ms")
    assert lag_ms(bench) > published("s17-cust-lag")
