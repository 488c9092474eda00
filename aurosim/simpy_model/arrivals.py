"""Arrivals of an open load: a Poisson process whose rate changes, by thinning.

Candidates come at the highest rate there ever is; one at time t is taken with the chance
rate(t) / highest (P. Lewis and G. Shedler, "Simulation of nonhomogeneous Poisson processes by
thinning", Naval Research Logistics Quarterly 26, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from aurosim.simpy_model.chance import Chance
from aurosim.units import NS_PER_S

Rate = Callable[[float], float]


def rate_of(arrivals: Any) -> tuple[Rate, float]:
    """The rate at each second, and the highest."""
    if arrivals.kind == "rate":
        return lambda _: float(arrivals.rate), arrivals.rate
    if arrivals.kind == "daily":
        daily = arrivals.daily
        swing, period_s = daily.peak - daily.mean, daily.period / NS_PER_S
        peak_s = daily.peak_at / NS_PER_S
        return (
            lambda t: float(daily.mean + swing * math.cos(2 * math.pi * (t - peak_s) / period_s)),
            daily.peak,
        )
    if arrivals.kind == "burst":
        burst = arrivals.burst
        begin_s, end_s = burst.at / NS_PER_S, (burst.at + burst.for_) / NS_PER_S
        return (
            lambda t: float(burst.to if begin_s <= t < end_s else burst.rate),
            max(burst.rate, burst.to),
        )
    assert arrivals.kind == "stages", arrivals.kind
    return _ramps(arrivals), max(arrivals.start_rate, *(each.rate for each in arrivals.stages))


def _ramps(arrivals: Any) -> Rate:
    """Straight lines from stage to stage; the last rate stays."""

    def rate(t: float) -> float:
        at_s, before = 0.0, arrivals.start_rate
        for stage in arrivals.stages:
            length_s = stage.for_ / NS_PER_S
            if t < at_s + length_s:
                return float(before + (stage.rate - before) * (t - at_s) / length_s)
            at_s, before = at_s + length_s, stage.rate
        return float(before)

    return rate


def next_gap_s(rate: Rate, highest: float, now_s: float, chance: Chance) -> float:
    """How long until the next request; at least a day where hardly any comes."""
    at_s = now_s
    while at_s < now_s + 86_400:
        at_s += chance.exponential(1 / highest)
        if chance.uniform() * highest <= rate(at_s):
            break
    return at_s - now_s
