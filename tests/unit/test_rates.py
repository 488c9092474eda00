"""Arrivals as a scenario says them become a rate over time: the mean number in any interval."""

from __future__ import annotations

import math

import pytest

from aurosim.scenario import loads
from aurosim.simulation.build import build
from aurosim.simulation.rates import expected
from aurosim.units import NS_PER_H, NS_PER_S

SCENARIO = """
name: shapes
run: {{duration: {duration}}}
cluster: {{engine: aurora-mysql, writer: {{class: db.r6g.large}}}}
workload: [{{name: orders, transaction: sysbench-point-select, arrivals: {arrivals}}}]
"""


def mean(arrivals: str, start_s: float, end_s: float, duration: str = "24 h") -> float:
    """The mean number of requests that fall due between two times."""
    plan = build(loads(SCENARIO.format(arrivals=arrivals, duration=duration), "x"))
    rate = plan.workloads[0].rate
    assert rate is not None
    return expected(rate, round(start_s * NS_PER_S), round(end_s * NS_PER_S))


def test_a_rate_is_a_rate() -> None:
    assert mean("{rate: 90/min}", 10, 20) == pytest.approx(15)


def test_stages_are_straight_lines_and_the_last_rate_is_held() -> None:
    stages = "{start_rate: 10/s, stages: [{for: 10 s, rate: 30/s}, {for: 10 s, rate: 0/s}]}"
    assert mean(stages, 0, 10) == pytest.approx(200)
    assert mean(stages, 5, 10) == pytest.approx(125)
    assert mean(stages, 10, 20) == pytest.approx(150)
    assert mean(stages, 20, 1000) == 0
    held = "{stages: [{for: 10 s, rate: 30/s}]}"
    assert mean(held, 0, 20) == pytest.approx(150 + 300)


def test_a_day_is_a_cosine_around_its_mean() -> None:
    day = "{daily: {mean: 100/s, peak: 180/s, peak_at: 14 h, period: 24 h}}"
    hour_s = NS_PER_H / NS_PER_S
    assert mean(day, 0, 24 * hour_s) == pytest.approx(100 * 24 * hour_s, rel=1e-4)
    for hour in (0, 2, 8, 14, 20):
        exact = 100 + 80 * math.cos(2 * math.pi * (hour - 14) / 24)
        assert mean(day, hour * hour_s, hour * hour_s + 1) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("at_s", [0, 20])
def test_a_burst_begins_and_ends_at_once(at_s: int) -> None:
    burst = f"{{burst: {{rate: 10/s, to: 80/s, at: {at_s} s, for: 5 s}}}}"
    assert mean(burst, at_s, at_s + 5) == pytest.approx(400)
    assert mean(burst, at_s + 5, at_s + 15) == pytest.approx(100)
    assert mean(burst, 0, 40) == pytest.approx(35 * 10 + 400)
