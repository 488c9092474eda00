"""The recorder: everything a run tells, kept in memory that does not grow with its requests.

It takes blocks of rows, of lag samples and of pictures as the data plane makes them; pictures at
the boundary of each interval tell how the data plane and the volume were. `finish` closes the
books: what is unfinished at the end of the run is judged there. The words are those of
docs/summary.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import LAG, Observation, OpenRequest, Pictures, lag_row
from aurosim.dataplane.plan import Plan
from aurosim.dataplane.unloaded import unloaded_ns
from aurosim.meters.histogram import Histograms
from aurosim.meters.intervals import ADDS, KEEPS_LARGEST, Intervals
from aurosim.metrics import outages as out
from aurosim.metrics import tables as tab
from aurosim.metrics.digest import digest, digest_lag
from aurosim.metrics.fleet import Marks, Outage, ProcessOutage, together
from aurosim.metrics.levels import Levels
from aurosim.metrics.peaks import Peaks
from aurosim.units import NEVER, NS_PER_S

Int64s = npt.NDArray[np.int64]
IMPAIRED_ONE_IN = 20
"""A window is impaired if more than one in so many of the requests that finished in it is bad."""
UNLOADED_TIMES = 5
"""A request is unanswered after the threshold and so many of its own unloaded times."""


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

    `warm_up_ns` to `end_ns` is the measured time. `rows`, `lag` are sinks of the data plane; `look`
    wants a picture of all `moments_ns`; `finish` comes once, with the data plane flushed.
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
        fleets = [workload.processes for workload in plan.workloads]
        self.workload_of = np.repeat(np.arange(len(fleets)), fleets)
        limits = np.stack([outage_threshold_ns + unloaded, self.unanswered_ns], axis=1)
        limits = limits[self.workload_of]
        self._gaps = out.make(limits, warm_up_ns, outage_threshold_ns, reply_skew_ns(plan))
        self._pending = np.zeros((out.PENDING_ROWS, 0), np.int64)
        self._found = np.zeros((0, out.FOUND_COLUMNS), np.int64)
        self._raw: list[list[int]] = []
        self.process_outages: list[ProcessOutage] = []
        self.outages: list[Outage] = []
        self.late_bad = np.zeros(len(plan.workloads), np.int64)
        self.open = np.zeros(len(plan.workloads), np.int64)
        self.open_ns = np.zeros(len(plan.workloads), np.int64)
        self._before = Pictures.empty(
            1, len(plan.instances), len(plan.clusters), len(plan.workloads)
        )
        self._looked_ns = 0
        self.last: Observation | None = None
        self.at_warm_up: Observation | None = None
        self.finished = False

    # --- while the run goes on ---------------------------------------------------------------
    def rows(self, block: npt.NDArray[np.void]) -> None:
        """Digests finished rows, in the order the data plane finished them."""
        assert not self.finished
        waiting = int(self._gaps.sizes[out.PENDING])
        self._room(waiting + 2 * len(block))
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
    def moments_ns(self) -> Int64s:
        """At which moments `look` wants a picture: the ends of intervals, of windows of `peaks`,
        and of the warm-up.
        """
        ends = np.arange(self.width_ns, self.end_ns, self.width_ns)
        ends = np.concatenate([ends, [self.warm_up_ns, self.end_ns], self.peaks.edges_ns])
        return np.unique(ends[ends > 0])

    def look(self, seen: Pictures, volumes: Int64s | None = None) -> None:
        """Takes in pictures of the data plane, and how its volumes stood at each of them: the
        columns of `levels.VOLUME` for each cluster. Of several pictures of a moment the first is
        taken; what is between two boundaries is passed over.
        """
        at_ns = seen.at_ns
        first = np.diff(at_ns, prepend=self._looked_ns) > 0
        self._looked_ns = int(at_ns[-1])
        self.peaks.take(seen.rows(first))
        ends = (at_ns % self.width_ns == 0) | (at_ns == self.warm_up_ns) | (at_ns == self.end_ns)
        ends &= first
        self._roll(seen.rows(ends), None if volumes is None else volumes[ends])

    def _roll(self, seen: Pictures, volumes: Int64s | None) -> None:
        if not len(seen.moments):
            return
        seen = Pictures.joined([self._before, seen])
        self._silent_links(seen)
        self.levels.roll(seen, volumes)
        self._before = seen.rows(slice(-1, None))
        for row in np.flatnonzero(seen.at_ns[1:] == self.warm_up_ns).tolist():
            self.at_warm_up = seen.observation(row + 1)

    def _silent_links(self, seen: Pictures) -> None:
        """Where nothing arrived in an interval although something was lacking all the time, its age
        is a lag sample: a dead link has none of its own, and would seem to have no lag."""
        before, now, at_ns = seen.clusters[:-1], seen.clusters[1:], seen.at_ns[:, np.newaxis]
        silent = (now["source"] >= 0) & (now["behind_since_ns"] <= at_ns[:-1])
        silent &= (now["vdl"] == before["vdl"]) & (at_ns[:-1] > 0)
        rows, clusters = np.nonzero(silent)
        if len(rows):
            samples = np.zeros(len(rows), LAG)
            samples["instance"] = lag_row(len(self.plan.instances), 0) + clusters
            samples["at_ns"] = at_ns[1:][rows, 0] - 1
            samples["lag_ns"] = at_ns[1:][rows, 0] - now["behind_since_ns"][silent]
            self.lag(samples)

    # --- at the end --------------------------------------------------------------------------
    def finish(
        self, seen: Pictures, open_requests: Sequence[OpenRequest], volumes: Int64s | None = None
    ) -> None:
        """Closes the books at a last picture: the end of the run, or where it was interrupted."""
        assert not self.finished
        self.look(seen, volumes)
        if seen.at_ns[-1] > self._before.at_ns[-1]:  # it was interrupted, within an interval
            self._roll(seen, volumes)
        self.last = self._before.observation()
        self.finished = True
        self._room(int(self._gaps.sizes[out.PENDING]))
        out.settle(self._gaps, self._pending, self._found, self.end_ns)
        travelling = self._pending[:, : self._gaps.sizes[out.PENDING]]  # replies
        unfinished = [(each.process, each.due_ns) for each in open_requests]
        for process, due_ns in unfinished:
            self.open_ns[self.workload_of[process]] += self.stop_ns - due_ns
        unfinished += zip(
            travelling[out.P_ASKER].tolist(), travelling[out.P_DUE].tolist(), strict=True
        )
        for process, due_ns in unfinished:
            self._unfinished(process, due_ns)
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

    def asked(self, workload: int) -> int:
        """How many processes of a workload asked for anything after warm-up."""
        return int(self._gaps.asked[self.workload_of == workload].sum())

    def longest_ns(self, workload: int) -> list[int]:
        """The longest outage of each process of a workload that had one."""
        longest: dict[int, int] = {}
        for each in self.process_outages:
            if each.workload == workload:
                longest[each.process] = max(longest.get(each.process, 0), each.lasted_ns)
        return list(longest.values())

    def impaired_ns(self, workload: int) -> int:
        """Time of windows in which too many of the requests that finished were bad."""
        good, bad = self.tables.windows[workload].T.astype(np.int64)
        starts_ns = self.warm_up_ns + tab.WINDOW_NS * np.flatnonzero(
            bad * IMPAIRED_ONE_IN > good + bad
        )
        return int(np.minimum(tab.WINDOW_NS, self.stop_ns - starts_ns).sum())

    def _unfinished(self, process: int, due_ns: int) -> None:
        """A request without an answer at the end: bad, or open, for all one can say.

        It is bad if it is unanswered and its process had no good completion since it fell due, or
        if it is older than its client's patience.
        """
        workload = self.workload_of[process]
        age_ns = self.stop_ns - due_ns
        current = self._gaps.current[process]
        nobody = due_ns >= current[out.START]
        bad = bool(age_ns > self.unanswered_ns[workload] and nobody)
        bad |= age_ns > self.plan.workloads[workload].give_up_ns
        at_ns = min(due_ns, self.end_ns - 1)
        self.series.add(workload * tab.WORKLOAD_SERIES + tab.S_DUE, at_ns)
        if due_ns >= self.warm_up_ns:
            (self.late_bad if bad else self.open)[workload] += 1
        if nobody and not bad:
            current[out.ANSWERED] = min(current[out.ANSWERED], due_ns)
        self._gaps.asked[process] |= self.stop_ns >= self.warm_up_ns
        out.trouble(self._gaps, process, due_ns, self.stop_ns, not bad)

    def _close_outages(self) -> None:
        """What is kept and what goes on is judged, now that every request is known."""
        self._room(0)
        out.close(self._gaps, self._found, self.stop_ns)
        self._collect()
        for process, start_ns, end_ns, *marks in self._raw:
            workload, until_ns = int(self.workload_of[process]), None if end_ns == NEVER else end_ns
            self.process_outages.append(
                ProcessOutage(process, workload, start_ns, until_ns, self.stop_ns, Marks(*marks))
            )
        self.process_outages.sort(key=lambda o: (o.start_ns, o.process))
        self.outages = together(self.process_outages)

    def _room(self, rows: int) -> None:
        """Room for `rows` waiting rows, and for all outages that may be found meanwhile."""
        if self._pending.shape[1] < rows:
            wider = np.zeros((out.PENDING_ROWS, 2 * rows), np.int64)
            wider[:, : self._pending.shape[1]] = self._pending
            self._pending = wider
        need = rows + int(self._gaps.kept_count.sum()) + len(self._gaps.limits)
        if len(self._found) < need:
            self._found = np.zeros((2 * need, out.FOUND_COLUMNS), np.int64)

    def _collect(self) -> None:
        self._raw += self._found[: self._gaps.sizes[out.FOUND]].tolist()
        self._gaps.sizes[out.FOUND] = 0
