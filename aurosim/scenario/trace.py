"""A measured trace: how many requests came in each period.

The file is CSV or what CloudWatch gives (`exports`, `cloudwatch`); its points may stand in any
order. `sum` means that a value counts the requests of its period: a whole number. `average` means
requests per second. What looks like something else is refused (`traffic`), since a simulation of it
would look right.
"""

from __future__ import annotations

import stat
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aurosim.errors import UsageError
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.cloudwatch import is_json, read_json
from aurosim.scenario.exports import MAX_POINTS, Point, Series, read_text
from aurosim.scenario.traffic import (
    refuse_other_metrics,
    refuse_parts,
    refuse_what_is_no_traffic,
    statistic_of,
)
from aurosim.units import MAX_DURATION_NS, NS_PER_H, NS_PER_S, format_duration, format_size

MAX_BYTES = 10_000_000
GAPS_OF_STEPS = 0.1
"""A period follows from the timestamps if at most this share of the steps is a gap."""


@dataclass(frozen=True)
class Trace:
    """The series as the file has it, in order of time, gaps filled: `times` in ns from the first
    one, `values` as written (counts of a period for `sum`, requests per second for `average`),
    `period_ns` between two. `scale` and `compress` are not applied."""

    times: tuple[int, ...]
    values: tuple[float, ...]
    period_ns: int
    statistic: str


def read_trace(spec: TraceSpec, folder: Path) -> Trace:
    """The series of the spec's file; a relative path counts from `folder`. Raises UsageError with
    file and line.
    """
    return parse_trace(trace_bytes(spec, folder), spec)


def trace_bytes(spec: TraceSpec, folder: Path) -> bytes:
    """What the spec's file holds, at most `MAX_BYTES`. Raises UsageError if it cannot be read."""
    path, name = folder / spec.file, spec.file
    try:
        # A pipe or a device could keep the reader waiting for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{name}: is not a file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{name}: cannot be read: {reason}.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"{name}: is larger than {format_size(MAX_BYTES)}, the most a trace may have. "
            "Export a shorter time, or with a longer period."
        )
    return content


@lru_cache(maxsize=8)  # loading, checking and building ask for the same one
def parse_trace(content: bytes, spec: TraceSpec) -> Trace:
    """The series that the content of the spec's file holds. Raises UsageError with its line."""
    series = (read_json if is_json(content) else read_text)(content, spec)
    if len(series.points) < 2:
        raise UsageError(
            f"{spec.file}: has {len(series.points)} values; a trace has at least two."
        )
    points = sorted(series.points, key=lambda point: (point.time, point.where))
    _refuse_doubles(points, series)
    refuse_other_metrics(series, spec)
    statistic = statistic_of(series, spec)
    refuse_what_is_no_traffic(series, spec, statistic)
    period = spec.period or _period(points, series, spec)
    if statistic == "sum":
        refuse_parts(series, spec, period)
    times, values = _filled(points, series, spec, period)
    return Trace(times, values, period, statistic)


def rates_per_s(trace: Trace, spec: TraceSpec) -> tuple[float, ...]:
    """The mean rate in each period, scaled. Compressing leaves the rates as they are."""
    per_s = NS_PER_S / trace.period_ns if trace.statistic == "sum" else 1.0
    per_s /= spec.statements_per_request or 1.0
    return tuple(value * per_s * spec.scale for value in trace.values)


def edges_ns(trace: Trace, spec: TraceSpec) -> list[int]:
    """Where the periods begin in a run, and where the last one ends: compressed."""
    return [round(k * trace.period_ns / spec.compress) for k in range(len(trace.values) + 1)]


def length_ns(trace: Trace, spec: TraceSpec) -> int:
    """How long the trace lasts in a run: compressed."""
    return min(round(len(trace.values) * trace.period_ns / spec.compress), MAX_DURATION_NS)


def _refuse_doubles(points: list[Point], series: Series) -> None:
    for last, point in zip(points, points[1:], strict=False):
        if last.time == point.time:
            way = "Keep one."
            if not (last.zone and point.zone):
                way += (
                    " If the clocks were put back there: write the times in UTC, or with their zone"
                )
                way += " (+02:00)."
            where = series.place(last.where).rstrip(":")
            raise UsageError(f"{series.place(point.where)} has the same time as {where}. {way}")


def _steps(points: list[Point]) -> list[tuple[int, int]]:
    """The distances of neighbours with how often each comes, the commonest first."""
    found = Counter(b.time - a.time for a, b in zip(points, points[1:], strict=False))
    return sorted(found.items(), key=lambda step: (-step[1], step[0]))


def _period(points: list[Point], series: Series, spec: TraceSpec) -> int:
    """The period that the timestamps show. Raises UsageError where it must be said."""
    steps = _steps(points)
    common, times = steps[0]
    told = ", ".join(f"{format_duration(step)} ({number}x)" for step, number in steps[:3])
    whole = all(step % common == 0 for step, _ in steps)
    clear = whole and times >= (1 - GAPS_OF_STEPS) * (len(points) - 1)
    if not clear:
        raise UsageError(
            f"{spec.file}: does not show its period: from one time to the next it is {told}. "
            "Export all of it with one --period, or say period: (and gaps:, if values are missing)."
        )
    if not series.from_aws:
        raise UsageError(
            f"{spec.file}: a CSV does not say what its period is; from one line to the next it is "
            f"{told}. Say period: {format_duration(common)}, if that is it."
        )
    return common


def _late(point: Point, step_ns: int, series: Series) -> str:
    return f"{series.place(point.where)} comes {format_duration(step_ns)} after the one before"


def _filled(
    points: list[Point], series: Series, spec: TraceSpec, period: int
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Times and values, one per period. Gaps are refused, unless the spec fills them."""
    start = points[0].time
    times, values = [0], [points[0].value]
    for last, point in zip(points, points[1:], strict=False):
        step = point.time - last.time
        periods, rest = divmod(step, period)
        if rest:
            raise UsageError(
                f"{_late(point, step, series)}, which is no whole number of periods of "
                f"{format_duration(period)} (period). Export all of it with one period, or mend "
                "period."
            )
        if periods > 1 and spec.gaps == "refuse":
            clocks = ""
            if step == period + NS_PER_H and not (last.zone and point.zone):
                clocks = " If the clocks were put forward there: write the times in UTC."
            raise UsageError(
                f"{_late(point, step, series)}: a gap. Say gaps: interpolate, or gaps: zero, if "
                f"that is what it means; or mend period.{clocks}"
            )
        if periods > MAX_POINTS - len(values):
            raise UsageError(
                f"{_late(point, step, series)}, so that the trace has more than {MAX_POINTS} "
                "periods. Export a shorter time, or with a longer period."
            )
        for number in range(1, periods):
            between = last.value + (point.value - last.value) * number / periods
            times.append(last.time - start + number * period)
            values.append(0.0 if spec.gaps == "zero" else between)
        times.append(point.time - start)
        values.append(point.value)
    return tuple(times), tuple(values)
