"""Differences and estimates read as a person would say them."""

from __future__ import annotations

import pytest

from aurosim.study import words
from aurosim.study.metrics import Metric
from aurosim.study.statistics import Interval, share_difference

LATENCY = Metric("orders.latency.mean", "ms", "mean")


def told(metric: Metric, estimate: float, low: float, high: float) -> str:
    return words.difference(metric, Interval(estimate, low, high, ""), 0.95, [(1.0, 2.0)])


@pytest.mark.parametrize(
    ("metric", "numbers", "said"),
    [
        (LATENCY, (3.2, 2.9, 3.5), "B is 3.2 ms slower, 95 % interval 2.9 to 3.5"),
        (LATENCY, (-3.2, -13.5, 7.1),
         "no difference seen: B is 3 ms faster, 95 % interval -7 to 14"),
        (Metric("a.good", "/s", "mean"), (-40.0, -52.0, -28.0),
         "B has 40/s less, 95 % interval 28 to 52"),
        (Metric("a.availability.requests", "ratio", "mean"), (0.021, 0.02, 0.022),
         "B has 2.10 points more, 95 % interval 2.00 to 2.20"),
        (Metric("readers.db-2.lag.p99", "ms", "mean"), (1.0, 0.5, 1.5),
         "B is 1.0 ms further behind, 95 % interval 0.5 to 1.5"),
        (Metric("a.outage.total", "s", "mean"), (-4.0, -6.0, -2.0),
         "B has 4.0 s less outage, 95 % interval 2.0 to 6.0"),
        (Metric("failovers.0.detected", "s", "mean"), (4.0, 2.0, 6.0),
         "B is 4.0 s longer, 95 % interval 2.0 to 6.0"),
    ],
)  # fmt: skip
def test_a_difference_is_a_sentence(metric: Metric, numbers: tuple[float, ...], said: str) -> None:
    assert told(metric, *numbers) == said


def test_a_share_counts_replicates_and_what_never_differs_is_the_same() -> None:
    metric = Metric("expect: orders.latency.p99 < 9 ms", "ratio", "share")
    a, b = [1.0] * 9 + [0.0], [0.0] * 8 + [1.0] * 2
    found = share_difference(a, b, 0.95).interval
    said = words.difference(metric, found, 0.95, list(zip(a, b, strict=True)))
    assert said.startswith("holds in 9 of 10 with A and in 2 with B, 95 % interval -")
    same = share_difference(a, a, 0.95).interval
    assert words.difference(metric, same, 0.95, [(1.0, 1.0)]) == words.SAME


def test_no_interval_and_no_value_are_said() -> None:
    nothing = Interval(None, None, None, "none", "")
    assert words.difference(LATENCY, nothing, 0.95, []) == "no pair has both values"
    alone = Interval(2.0, None, None, "none", "one replicate has no interval")
    assert words.difference(LATENCY, alone, 0.95, [(1.0, 3.0)]) == "B is 2 ms slower; no interval"


def test_digits_are_those_that_the_interval_makes_worth_reading() -> None:
    assert [words.digits(1234.567, wide) for wide in (300.0, 3.0, 0.03)] == [
        "1,235", "1,234.6", "1,234.567",
    ]  # fmt: skip
    assert words.digits(0.00012345, 0) == "0.0001234"
    assert words.digits(-0.001, 5.0) == "0.0"
