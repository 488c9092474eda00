"""The recorder: everything a run tells, kept in memory that does not grow with its requests.

It takes blocks of rows and of lag samples as the data plane finishes them, and looks at the data
plane and the volume at the boundary of each interval. `finish` closes the books: what is unfinished
at the end of the run is judged there. The words are those of docs/summary.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import LAG, Observation, OpenRequest, lag_row
from aurosim.dataplane.plan import Plan
from aurosim.dataplane.unloaded import unloaded_ns
from aurosim.meters.histogram import Histograms
from aurosim.meters.intervals import ADDS, KEEPS_LARGEST, Intervals
from aurosim.metrics import outages as out
from aurosim.metrics import tables as tab
from aurosim.metrics.digest import digest, digest_lag
from aurosim.metrics.levels import Levels, VolumeView
from aurosim.metrics.peaks import Peaks
from aurosim.units import NEVER, NS_PER_S

UNLOADED_TIMES = 5
"""A request is unanswered after the threshold and so many of its own unloaded times."""


@dataclass(frozen=True)
class Outage:
    """A workload's outage, within the measured time; None ends one that is open at `seen_ns`."""

    workload: int
    start_ns: int
    end_ns: int | None
    seen_ns: int

    @property
    def lasted_ns(self) -> int:
        """How long it lasted; of an open one how long so far."""
        return (self.seen_ns if self.end_ns is None else self.end_ns) - self.start_ns


def reply_skew_ns(plan: Plan) -> int:
    """The furthest ahead of its own writing that a row may end.

    A reply travels one hop; opening a connection takes `connect_trips` round trips, and one more
    hop each way is allowed for.
    """
    hop_ns = max((hop for workload in plan.workloads for hop in workload.hop_ns), default=0)
    trips = max((instance.connect_trips for instance in plan.instances), default=0)
    return 2 * (trips + 1) * hop_ns


class Recorder:
    """Digests a run. Times are ns since its start; indexes are those of the plan.

    `warm_up_ns` to `end_ns` is the measured time. `rows`, `lag` are sinks of the data plane; `roll`
    wants every `next_boundary_ns`; `finish` comes once, with the data plane flushed.
    """

    def __init__(
        self, plan: Plan, warm_up_ns: int, end_ns: int, outage_threshold_ns: int = NS_PER_S
    ) -> None:
        assert 0 <= warm_up_ns <= end_ns
        self.plan = plan
        self.warm_up_ns = warm_up_ns
        self.end_ns = end_ns
        unloaded = np.array([unloaded_ns(plan, each) for each in plan.workloads], np.int64)
        self.unanswered_ns = outage_threshold_ns + UNLOADED_TIMES * unloaded
        self.tables, self.histograms, self.latency, self.series = tab.make(plan, warm_up_ns, end_ns)
        self.width_ns = self.series.width_ns
        self.intervals = -(-end_ns // self.width_ns)
        self.levels = Levels(plan, self.width_ns, self.intervals)
        self.peaks = Peaks(plan, warm_up_ns, end_ns)
        lagging = len(plan.instances) + len(plan.clusters)  # contract.lag_row
        self.lag_histograms = Histograms.empty(lagging)
        self.lag_series = Intervals([ADDS, ADDS, KEEPS_LARGEST] * lagging, self.width_ns)
        limits = np.stack([outage_threshold_ns + unloaded, self.unanswered_ns], axis=1)
        self._gaps = out.make(limits, warm_up_ns, outage_threshold_ns, reply_skew_ns(plan))
        self._pending = np.zeros((4, 0), np.int64)
        self._found = np.zeros((0, 3), np.int64)
        self._raw: list[tuple[int, int, int]] = []
        self.outages: list[Outage] = []
        self.late_bad = np.zeros(len(plan.workloads), np.int64)
        self.open = np.zeros(len(plan.workloads), np.int64)
        self.open_ns = np.zeros(len(plan.workloads), np.int64)
        self.last: Observation | None = None
        self.at_warm_up: Observation | None = None
        self.finished = False

    # --- while the run goes on ---------------------------------------------------------------
    def rows(self, block: npt.NDArray[np.void]) -> None:
        """Digests finished rows, in the order the data plane finished them."""
        assert not self.finished
        waiting = int(self._gaps.sizes[out.PENDING])
        self._room(waiting + len(block))
        digest(block, self.tables, self._gaps, self._pending, self._found)
        self._collect()
        assert not self._gaps.marks[out.TOO_LATE], "a row that ends earlier than any row may now"

    def lag(self, block: npt.NDArray[np.void]) -> None:
        """Digests lag samples."""
        meters, series = self.lag_histograms, self.lag_series
        digest_lag(
            block, self.tables.limits, meters.counts, meters.totals, series.table, series.clock
        )

    @property
    def next_boundary_ns(self) -> int:
        """When `roll` wants to be called next: the end of an interval, of a window of `peaks`, or
        of the warm-up.
        """
        window_ns = self.peaks.next_ns
        return self._interval_end_ns if window_ns is None else min(self._interval_end_ns, window_ns)

    @property
    def _interval_end_ns(self) -> int:
        """The next end of an interval, or of the warm-up."""
        now_ns = self.last.now_ns if self.last else 0
        boundary_ns = min((now_ns // self.width_ns + 1) * self.width_ns, self.end_ns)
        if now_ns < self.warm_up_ns:
            return min(boundary_ns, self.warm_up_ns)
        return boundary_ns

    def roll(self, observation: Observation, *volumes: VolumeView) -> None:
        """Takes in how the cluster is at a boundary. The same moment twice is taken once."""
        self.peaks.take(observation)
        if observation.now_ns >= self._interval_end_ns:  # else only a window ends here
            self._roll(observation, *volumes)

    def _roll(self, observation: Observation, *volumes: VolumeView) -> None:
        if observation.now_ns > (self.last.now_ns if self.last else 0):
            self._silent_links(observation)
            self.levels.roll(self.last, observation, *volumes)
            self.last = observation
        if observation.now_ns == self.warm_up_ns:
            self.at_warm_up = observation

    def _silent_links(self, now: Observation) -> None:
        """Where nothing arrived in an interval although something was lacking all the time, its age
        is a lag sample: a dead link has none of its own, and would seem to have no lag."""
        before = self.last
        if before is None:
            return
        samples = [
            (lag_row(len(now.instances), k), now.now_ns - 1, now.now_ns - cluster.behind_since_ns)
            for k, cluster in enumerate(now.clusters)
            if cluster.source >= 0
            and cluster.behind_since_ns <= before.now_ns
            and cluster.vdl == before.clusters[k].vdl
        ]
        if samples:
            self.lag(np.array(samples, LAG))

    def volume(self, at_ns: int, *views: VolumeView) -> None:
        """Takes in that a volume changed at `at_ns`, so that no short loss is missed."""
        self.levels.volume(at_ns, *views)

    # --- at the end --------------------------------------------------------------------------
    def finish(
        self,
        observation: Observation,
        open_requests: Sequence[OpenRequest],
        *volumes: VolumeView,
    ) -> None:
        """Closes the books at `observation`: the end of the run, or where it was interrupted."""
        assert not self.finished
        self.roll(observation, *volumes)
        self._roll(observation, *volumes)  # where it was interrupted, within an interval
        self.finished = True
        self._room(int(self._gaps.sizes[out.PENDING]))
        out.settle(self._gaps, self._pending, self._found, self.end_ns)
        travelling = self._pending[:, : self._gaps.sizes[out.PENDING]]  # replies
        unfinished = [(each.workload, each.due_ns) for each in open_requests]
        for workload, due_ns in unfinished:
            self.open_ns[workload] += observation.now_ns - due_ns
        unfinished += zip(
            travelling[out.P_ASKER].tolist(), travelling[out.P_DUE].tolist(), strict=True
        )
        for workload, due_ns in unfinished:
            self._unfinished(workload, due_ns)
        self._close_outages()

    @property
    def stop_ns(self) -> int:
        """Where the measured time ends: with the run, or where it was interrupted."""
        return self.last.now_ns if self.finished and self.last else self.end_ns

    @property
    def measured_ns(self) -> int:
        """Time after warm-up."""
        return max(self.stop_ns - self.warm_up_ns, 0)

    def total(self, workload: int, column: int) -> int:
        """A total of a workload: a column of `tables`."""
        return int(self.tables.totals[workload, column])

    def bad(self, workload: int) -> int:
        """Requests due after warm-up that failed, or were as good as failed at the end."""
        return self.total(workload, tab.BAD) + int(self.late_bad[workload])

    def due(self, workload: int) -> int:
        """All requests due after warm-up: good, bad, and open at the end."""
        good = self.total(workload, tab.GOOD)
        return good + self.bad(workload) + int(self.open[workload])

    def waited_ns(self, workload: int) -> int:
        """Time requests of the whole run spent in the system, from rows and open requests alone.

        By Little's law, as an identity of the sample path, the data plane's area of requests in
        the system is the same number.
        """
        return self.total(workload, tab.WAITED_NS) + int(self.open_ns[workload])

    def _unfinished(self, workload: int, due_ns: int) -> None:
        """A request without an answer at the end: bad, or open, for all one can say.

        It is bad if it is unanswered and nobody of its workload was answered since it fell due, or
        if it is older than its client's patience.
        """
        age_ns = self.stop_ns - due_ns
        current = self._gaps.current[workload]
        nobody = due_ns >= current[out.START]
        bad = bool(age_ns > self.unanswered_ns[workload] and nobody)
        bad |= age_ns > self.plan.workloads[workload].give_up_ns
        at_ns = min(due_ns, self.end_ns - 1)
        self.series.add(workload * tab.WORKLOAD_SERIES + tab.S_DUE, at_ns)
        if due_ns >= self.warm_up_ns:
            (self.late_bad if bad else self.open)[workload] += 1
        if nobody and not bad:
            current[out.ANSWERED] = min(current[out.ANSWERED], due_ns)
        out.trouble(self._gaps, workload, due_ns, self.stop_ns, not bad)

    def _close_outages(self) -> None:
        """What is kept and what goes on is judged, now that every request is known."""
        self._room(0)
        out.close(self._gaps, self._found, self.stop_ns)
        self._collect()
        self.outages = sorted(
            (
                Outage(workload, start_ns, None if end_ns == NEVER else end_ns, self.stop_ns)
                for workload, start_ns, end_ns in self._raw
            ),
            key=lambda o: (o.start_ns, o.workload),
        )

    def _room(self, rows: int) -> None:
        """Room for `rows` waiting final rows, and for all outages that may be found meanwhile."""
        if self._pending.shape[1] < rows:
            wider = np.zeros((4, 2 * rows), np.int64)
            wider[:, : self._pending.shape[1]] = self._pending
            self._pending = wider
        need = rows + int(self._gaps.kept_count.sum()) + len(self._gaps.limits)
        if len(self._found) < need:
            self._found = np.zeros((2 * need, 3), np.int64)

    def _collect(self) -> None:
        self._raw += map(tuple, self._found[: self._gaps.sizes[out.FOUND]].tolist())
        self._gaps.sizes[out.FOUND] = 0
