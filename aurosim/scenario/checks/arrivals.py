"""Checks of `arrivals:`: profiles that make sense, and not more requests than a run can hold."""

from __future__ import annotations

from aurosim.errors import UsageError
from aurosim.scenario.arrivals import (
    BurstArrivals,
    DailyArrivals,
    OwnWritesArrivals,
    RateArrivals,
    StagedArrivals,
    TraceArrivals,
)
from aurosim.scenario.checks.saying import Check, Say, each_workload
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.trace import rates_per_s, read_trace
from aurosim.scenario.workload import WorkloadSpec
from aurosim.units import MAX_DURATION_NS, NS_PER_S, format_duration, format_rate

# Requests are numbered in 34 bits (dataplane contract), which is 1.7e10.
MAX_REQUESTS = 1e10


def peak_per_s(workload: WorkloadSpec) -> float | None:
    """The highest rate of the profile; None for a trace, which must be read to know."""
    arrivals = workload.arrivals
    if isinstance(arrivals, RateArrivals):
        return arrivals.rate
    if isinstance(arrivals, StagedArrivals):
        return max(arrivals.start_rate, *(stage.rate for stage in arrivals.stages))
    if isinstance(arrivals, DailyArrivals):
        return max(arrivals.daily.peak, arrivals.daily.mean)
    if isinstance(arrivals, BurstArrivals):
        return max(arrivals.burst.rate, arrivals.burst.to)
    return None


def requests_are_bounded(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """Highest rate x duration is at most 1e10."""
    peak = peak_per_s(workload)
    requests = (peak or 0.0) * scenario.run.duration / NS_PER_S
    if peak is not None and requests > MAX_REQUESTS:
        say(
            (*path, "arrivals"),
            f"may bring {requests:.2g} requests ({format_rate(peak)} for "
            f"{format_duration(scenario.run.duration)}); the most is 1e+10. "
            "Lower the rate or run.duration.",
        )


def day_has_a_peak(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """mean <= peak <= 2 mean: a cosine around the mean, nowhere below zero."""
    if not isinstance(workload.arrivals, DailyArrivals):
        return
    daily = workload.arrivals.daily
    place = (*path, "arrivals", "daily", "peak")
    if daily.peak > 2 * daily.mean:
        say(
            place,
            f"is {format_rate(daily.peak)}, more than twice the mean "
            f"({format_rate(daily.mean)}); the curve would go below zero at night. "
            "Raise mean, or use stages.",
        )
    elif daily.peak < daily.mean:
        say(place, f"is {format_rate(daily.peak)}, below the mean ({format_rate(daily.mean)}).")


def stages_are_bounded(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """All ramps together end within the longest run there is."""
    if not isinstance(workload.arrivals, StagedArrivals):
        return
    total = sum(stage.for_ for stage in workload.arrivals.stages)
    if total > MAX_DURATION_NS:
        most = format_duration(MAX_DURATION_NS)
        say(
            (*path, "arrivals", "stages"),
            f"take {format_duration(total)} in all; the most is {most}.",
        )


def burst_is_in_the_run(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """A burst begins before the run ends."""
    if not isinstance(workload.arrivals, BurstArrivals):
        return
    at, duration = workload.arrivals.burst.at, scenario.run.duration
    if at >= duration:
        say(
            (*path, "arrivals", "burst", "at"),
            f"is {format_duration(at)}, but the run ends at {format_duration(duration)}.",
        )


def trace_can_be_read(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """The file is there and holds what the spec says; and its requests are bounded too."""
    if not isinstance(workload.arrivals, TraceArrivals):
        return
    spec = workload.arrivals.trace
    try:
        trace = read_trace(spec, scenario.folder)
    except UsageError as error:
        say((*path, "arrivals", "trace", "file"), f"cannot be used: {error}")
        return
    peak = max(rates_per_s(trace, spec))
    if peak * scenario.run.duration / NS_PER_S > MAX_REQUESTS:
        say(
            (*path, "arrivals", "trace", "scale"),
            f"makes a rate of up to {peak:.4g}/s; with run.duration that may be more than 1e+10 "
            "requests, the most. Lower it.",
        )
    if trace.period_ns < spec.compress:
        say((*path, "arrivals", "trace", "compress"), "makes periods of less than a nanosecond.")
    elif peak == 0:
        say((*path, "arrivals", "trace", "file"), "holds only zeros: there is no traffic in it.")


def own_writes_are_of_a_writer(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """It reads the writes of another workload, which has some, on the same table."""
    if not isinstance(workload.arrivals, OwnWritesArrivals):
        return
    name, place = workload.arrivals.own_writes.of, (*path, "arrivals", "own_writes", "of")
    others = [each for each in scenario.workload if each is not BROKEN and each is not workload]
    source = next((each for each in others if each.name == name), None)
    if source is None:
        names = [each.name for each in others]
        say(
            place,
            f"names workload '{name}', which is not there. Others: {listed(names)}."
            f"{did_you_mean(name, names)}",
        )
    elif isinstance(source.arrivals, OwnWritesArrivals):
        say(place, f"is '{name}', which reads own writes itself. Name one that writes.")
    elif not any(statement.writes for statement in source.transaction):
        say(place, f"is '{name}', whose transaction writes nothing. Name one that writes.")
    elif source.data.table != workload.data.table:
        say(
            place,
            f"is '{name}', which writes to table '{source.data.table}', but this one reads "
            f"'{workload.data.table}' (data.table). Say the same table.",
        )
    elif any(statement.writes for statement in workload.transaction):
        say((*path, "transaction"), "writes, but who reads own writes only reads.")


CHECKS: tuple[Check, ...] = (
    each_workload(own_writes_are_of_a_writer),
    each_workload(requests_are_bounded),
    each_workload(day_has_a_peak),
    each_workload(stages_are_bounded),
    each_workload(burst_is_in_the_run),
    each_workload(trace_can_be_read),
)
