"""What a run that follows a measured trace did not show of it: parts left out, silence put in, and
queues that had no time to build up because the trace, or the curve of a day, was compressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aurosim.metrics.recorder import Recorder
from aurosim.scenario.arrivals import DailyArrivals, DailySpec
from aurosim.scenario.measured import trace_of
from aurosim.scenario.trace import edges_ns, parse_trace, rates_per_s
from aurosim.units import NS_PER_DAY, NS_PER_S, format_duration

if TYPE_CHECKING:
    from aurosim.scenario import Scenario

BUSY = 0.70
"""Beyond this, queues of a whole interval matter; under compression they have no time to."""
SAME = 1e-3
"""Run and trace are of the same length within this share of the trace."""
HOURS = 24
"""The intervals of a daily curve."""
MOST = 100_000
"""No more intervals than this, in a run that is far longer than its curve's period."""
Floats = npt.NDArray[np.float64]


def warnings(scenario: Scenario, recorder: Recorder) -> list[dict[str, str]]:
    """The warnings of the workloads that follow a trace or a day's curve, in their order."""
    found: list[dict[str, str]] = []
    for workload in scenario.workload:
        if isinstance(workload.arrivals, DailyArrivals):
            daily = workload.arrivals.daily
            found += _short_day(workload.name, daily, recorder, scenario.run.duration)
        spec = trace_of(workload)
        if spec is None:
            continue
        trace = parse_trace(scenario.traces[workload.name], spec)
        edges = np.array(edges_ns(trace, spec), np.int64)
        rates = np.array(rates_per_s(trace, spec))
        found += _length(workload.name, scenario.run.duration, edges, rates)
        if spec.compress > 1:
            found += _compressed(workload.name, spec.compress, recorder, edges, rates)
    return found


def _warning(kind: str, name: str, text: str) -> dict[str, str]:
    return {"kind": f"trace_{kind}", "subject": name, "text": text}


def _length(
    name: str, duration_ns: int, edges: npt.NDArray[np.int64], rates: Floats
) -> Iterator[dict[str, str]]:
    """A warning where the run ends before the trace does, or goes on in silence after it."""
    length_ns = int(edges[-1])
    told = f"{name}'s trace lasts {_time(length_ns)} and the run {_time(duration_ns)}"
    way = "Leave run.duration out: the trace decides it."
    if duration_ns < (1 - SAME) * length_ns:
        peak = int(rates.argmax())
        lost = ", its busiest interval among them" if edges[peak] >= duration_ns else ""
        yield _warning(
            "cut", name,
            f"{told}: the last {_time(length_ns - duration_ns)} of the trace were not run{lost}."
            f" {way}",
        )  # fmt: skip
    elif duration_ns > (1 + SAME) * length_ns:
        yield _warning(
            "padded", name,
            f"{told}: for {_time(duration_ns - length_ns)} nothing was asked, and shares and means"
            f" over the run look better for it. {way}",
        )  # fmt: skip


def _time(ns: int) -> str:
    """A duration for a sentence: to the second where it is long."""
    whole = round(ns / NS_PER_S) * NS_PER_S
    return format_duration(whole if ns >= 10 * NS_PER_S else ns)


def _compressed(
    name: str, compress: float, recorder: Recorder, edges: npt.NDArray[np.int64], rates: Floats
) -> Iterator[dict[str, str]]:
    """A warning where an interval of a compressed trace is so busy that its queues matter."""
    interval_ns = int(edges[-1]) // len(rates)
    for share, what, at_ns in _too_busy(recorder, name, edges, rates):
        yield _warning(
            "compressed", name,
            f"{100 * share:.0f} % of {what} were busy in {name}'s interval at {_time(at_ns)}, and"
            f" compress {compress:g} leaves {_time(interval_ns)} of the"
            f" {_time(round(interval_ns * compress))} in which its queues would build up: latencies"
            " and availability look better than they are. Run it with compress: 1.",
        )  # fmt: skip


def _short_day(
    name: str, daily: DailySpec, recorder: Recorder, duration_ns: int
) -> Iterator[dict[str, str]]:
    """The same of a daily curve whose period is no day: its intervals are the hours of the day."""
    if daily.period >= NS_PER_DAY:
        return
    hour_ns = max(1, daily.period // HOURS, duration_ns // MOST)
    edges = np.arange(-(-duration_ns // hour_ns) + 1, dtype=np.int64) * hour_ns
    rates = np.array([daily.rate_at(int(at) + hour_ns // 2) for at in edges[:-1]])
    for share, what, at_ns in _too_busy(recorder, name, edges, rates):
        yield _warning(
            "compressed", name,
            f"{100 * share:.0f} % of {what} were busy in the hour of {name}'s day that begins at"
            f" {_time(at_ns)}. A day of 24 h played in {_time(daily.period)} leaves its queues"
            f" 1/{NS_PER_DAY / daily.period:.4g} of the time to build up: latencies and"
            " availability look better than they are. Run the hours around the peak with period:"
            " 24 h.",
        )  # fmt: skip


def _too_busy(
    recorder: Recorder, name: str, edges: npt.NDArray[np.int64], rates: Floats
) -> list[tuple[float, str, int]]:
    """The busiest interval of all resources, if its queues matter."""
    busiest = max(_loads(recorder, name, edges, rates), default=None)
    return [] if busiest is None or busiest[0] <= BUSY else [busiest]


def _loads(
    recorder: Recorder, name: str, edges: npt.NDArray[np.int64], rates: Floats
) -> Iterator[tuple[float, str, int]]:
    """The busiest interval of each resource: share, what it is, and when."""
    levels, covered = recorder.levels, recorder.levels.covered_ns
    windows = _Windows(recorder, edges, rates)
    for instance in recorder.plan.instances:
        own = f"instances.{instance.name}"
        used = _part(levels.total(f"{own}.busy"), levels.mean(f"{own}.vcpus"))
        share, at_ns = windows.busiest(used)
        yield share, f"{instance.name}'s vCPUs", at_ns
        opened = np.nan_to_num(levels.level(f"{own}.connections"))
        share, at_ns = windows.busiest(_part(opened * covered, levels.level(f"{own}.limit")))
        yield share, f"{instance.name}'s connections", at_ns
    for workload in recorder.plan.workloads:
        if workload.name == name:
            inside = levels.total(f"workloads.{name}.in_system")
            share, at_ns = windows.busiest(inside / max(1, workload.slots))
            yield min(share, 1.0), f"the pool's {workload.slots} connections", at_ns


def _part(used: npt.NDArray[Any], of: Floats) -> Floats:
    """What is used as a share of what there is; none where there is nothing."""
    share = np.zeros(len(of))
    np.divide(used, of, out=share, where=of > 0)
    return share


class _Windows:
    """The measured time in pieces: intervals of the trace, or of the recorder where those are
    longer. There the busiest trace interval is reckoned from its rate against the piece's mean."""

    def __init__(self, recorder: Recorder, edges: npt.NDArray[np.int64], rates: Floats) -> None:
        width_ns = recorder.width_ns
        self.covered = recorder.levels.covered_ns.astype(np.float64)
        starts = np.arange(len(self.covered), dtype=np.int64) * width_ns
        self.covered[starts < recorder.warm_up_ns] = 0
        self.place = np.searchsorted(edges, starts + width_ns // 2, side="right") - 1
        self.place = self.place.clip(0, len(rates) - 1)
        self.starts, self.peak = starts, np.ones(len(starts))
        if width_ns > np.diff(edges).min():
            self.place = np.arange(len(starts))
            bins = (edges[:-1] // width_ns).clip(0, len(starts) - 1)
            most, total, count = (np.zeros(len(starts)) for _ in range(3))
            np.maximum.at(most, bins, rates)
            np.add.at(total, bins, rates)
            np.add.at(count, bins, 1)
            np.divide(most * count, total, out=self.peak, where=total > 0)

    def busiest(self, areas: Floats) -> tuple[float, int]:
        """The largest mean level of a piece, and when it begins. ``areas`` is level times ns in
        each of the recorder's intervals."""
        used = np.bincount(self.place, np.where(self.covered > 0, areas * self.peak, 0.0))
        over = np.bincount(self.place, self.covered)
        share = np.divide(used, over, out=np.zeros(len(used)), where=over > 0)
        if over.any():  # a piece of which little was seen is no interval
            share[over < 0.5 * np.median(over[over > 0])] = 0.0
        best = int(share.argmax())
        first = int(np.flatnonzero(self.place == best)[0]) if (self.place == best).any() else 0
        return float(share[best]), int(self.starts[first])
