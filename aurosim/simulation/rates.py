"""From arrivals as a scenario says them to a piecewise linear rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurosim.dataplane.plan import RateProfile
from aurosim.scenario.arrivals import (
    Arrivals,
    BurstArrivals,
    DailyArrivals,
    OwnWritesArrivals,
    RateArrivals,
    StagedArrivals,
    TraceArrivals,
)
from aurosim.scenario.trace import edges_ns, parse_trace, rates_per_s
from aurosim.units import NS_PER_S

SEGMENTS_PER_PERIOD = 288
"""A daily curve becomes straight lines of five minutes: off by at most 6e-5 of its swing."""

Segment = tuple[int, float, float]
"""Start in ns, rate at the start and at the end, per second."""


def rate_profile(arrivals: Arrivals, end_ns: int, trace: bytes | None = None) -> RateProfile:
    """The rate of a workload from 0 to the end of the run; ``trace`` is what the file of a
    measured one holds."""
    if isinstance(arrivals, RateArrivals):
        segments = [(0, arrivals.rate, arrivals.rate)]
    elif isinstance(arrivals, OwnWritesArrivals):
        segments = [(0, 0.0, 0.0)]  # they fall due when another workload has written
    elif isinstance(arrivals, StagedArrivals):
        segments = _stages(arrivals)
    elif isinstance(arrivals, DailyArrivals):
        segments = _daily(arrivals, end_ns)
    elif isinstance(arrivals, BurstArrivals):
        burst = arrivals.burst
        segments = [(0, burst.rate, burst.rate)] if burst.at > 0 else []
        segments += [
            (burst.at, burst.to, burst.to),
            (burst.at + burst.for_, burst.rate, burst.rate),
        ]
    else:
        assert trace is not None
        return _measured(arrivals, end_ns, trace)
    return _profile([segment for segment in segments if segment[0] < end_ns], end_ns)


def _profile(segments: Sequence[Segment], end_ns: int) -> RateProfile:
    starts, rates0, rates1 = zip(*segments, strict=True)
    return RateProfile(
        starts_ns=np.array(starts, np.int64),
        rate0_per_s=np.array(rates0, np.float64),
        rate1_per_s=np.array(rates1, np.float64),
        end_ns=end_ns,
    )


def _stages(arrivals: StagedArrivals) -> list[Segment]:
    segments, at, rate = [], 0, arrivals.start_rate
    for stage in arrivals.stages:
        segments.append((at, rate, stage.rate))
        at, rate = at + stage.for_, stage.rate
    return [*segments, (at, rate, rate)]


def _daily(arrivals: DailyArrivals, end_ns: int) -> list[Segment]:
    daily = arrivals.daily
    step = max(1, daily.period // SEGMENTS_PER_PERIOD)
    # a run far longer than the period is one of many segments, never of more than a million
    step = max(step, end_ns // 1_000_000)
    return [(at, daily.rate_at(at), daily.rate_at(at + step)) for at in range(0, end_ns, step)]


def _measured(arrivals: TraceArrivals, end_ns: int, content: bytes) -> RateProfile:
    """Each value of the trace holds for its period; what the run needs beyond it is zero."""
    trace = parse_trace(content, arrivals.trace)
    rates = rates_per_s(trace, arrivals.trace)
    edges = edges_ns(trace, arrivals.trace)
    segments = [(at, rate, rate) for at, rate in zip(edges, rates, strict=False) if at < end_ns]
    if edges[-1] < end_ns:
        segments.append((edges[-1], 0.0, 0.0))
    return _profile(segments, end_ns)


def expected(profile: RateProfile, start_ns: int, end_ns: int) -> float:
    """The mean number of arrivals between two times."""
    edges = [*profile.starts_ns.tolist(), profile.end_ns]
    total = 0.0
    for k, (left, right) in enumerate(zip(edges, edges[1:], strict=False)):
        low, high = max(left, start_ns), min(right, end_ns)
        if low < high:
            slope = (profile.rate1_per_s[k] - profile.rate0_per_s[k]) / (right - left)
            middle = profile.rate0_per_s[k] + slope * ((low + high) / 2 - left)
            total += float(middle) * (high - low) / NS_PER_S
    return total
