"""Why an outage lasted: at each instant its cause is the earliest condition that is not met yet.

The conditions stand in an order: each is waited for only once those before it are met. So the parts
need no residual: they sum to the outage, to the nanosecond. When a condition was met is recorded:
the first three by the control plane, the others by rows of the process itself (`fleet.Marks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from aurosim.dataplane.contract import (
    NEVER,
    ROLE_GLOBAL,
    ROLE_READER,
    ROLE_WRITER,
    Observation,
    Status,
)
from aurosim.dataplane.plan import Plan, WorkloadPlan
from aurosim.metrics.fleet import Outage, ProcessOutage
from aurosim.metrics.records import ControlRecords, TakeoverRecord
from aurosim.metrics.regions import primary_at
from aurosim.scenario.results import CAUSES


class Trouble(NamedTuple):
    """What the control plane wrote of a failure: when it was noticed, when a writer was open, when
    the endpoint's record named it; None for what is not known to have happened."""

    start_ns: int
    noticed_ns: int | None
    open_ns: int | None
    moved_ns: int | None


def parts(start_ns: int, end_ns: int, met_ns: Sequence[int]) -> list[int]:
    """How long each condition was the earliest one unmet, by when each was met; what is left until
    the end is the answer's. One that was met before the start has no part."""
    found, at_ns = [], start_ns
    for met in met_ns:
        until_ns = min(max(met, at_ns), end_ns)
        found.append(until_ns - at_ns)
        at_ns = until_ns
    return [*found, end_ns - at_ns]


def of_process(outage: ProcessOutage, troubles: Iterable[Trouble], expired_ns: int) -> list[int]:
    """The parts of a process's outage, in the order of `CAUSES`.

    From the start of one trouble to the next the first one is waited for. What is not met goes on
    in an outage that is open, and was met without a word in one that is over.
    """
    start_ns, end_ns = outage.start_ns, outage.until_ns
    unknown_ns = NEVER if outage.end_ns is None else 0
    mine = [
        each
        for each in sorted(troubles, key=lambda each: each.start_ns)
        if each.start_ns < end_ns and any(ns is None or ns > start_ns for ns in each)
    ]
    own = (expired_ns, *_connections(outage, bool(mine)))
    edges = [start_ns, *(max(each.start_ns, start_ns) for each in mine[1:]), end_ns]
    sums = [0] * len(CAUSES)
    for (a, b), each in zip(pairwise(edges), mine or [Trouble(0, 0, 0, 0)], strict=True):
        told = (unknown_ns if ns is None else ns for ns in each[1:])
        sums = [s + p for s, p in zip(sums, parts(a, b, (*told, *own)), strict=True)]
    return sums


def _connections(outage: ProcessOutage, troubled: bool) -> tuple[int, int, int]:
    """When the process's last socket was released, its last poisoned connection dropped, its last
    connection opened. In an outage that is open one of them may be what it still waits for."""
    marks = outage.marks
    socket_ns, poison_ns, open_ns = marks.socket_ns, marks.poison_ns, marks.open_ns
    if outage.end_ns is not None:
        return socket_ns, poison_ns, open_ns
    if poison_ns > max(socket_ns, open_ns):
        poison_ns = NEVER
    elif not open_ns and marks.named >= 0:  # it tried to open one, in vain
        open_ns = NEVER
    elif not open_ns and troubled:  # it did not even try: it waits on those that it had
        socket_ns = NEVER
    return socket_ns, poison_ns, open_ns


def expired_ns(outage: ProcessOutage, right: Callable[[int], bool]) -> int:
    """When the last cached answer expired that led elsewhere than to who answered, or, where nobody
    did, than where it ought to lead."""
    marks = outage.marks
    return marks.other_ns if marks.named >= 0 and right(marks.named) else marks.expiry_ns


class Causes:
    """Says why the outages of a run lasted, by what the control plane wrote and how it ended."""

    def __init__(self, plan: Plan, control: ControlRecords, last: Observation) -> None:
        self._plan, self._control, self._last = plan, control, last
        self._troubles = [self._of_workload(each) for each in plan.workloads]

    def of(self, outage: Outage) -> list[float]:
        """The parts of a workload's outage in ns: means over the processes that had it."""
        rows = [self.of_process(each) for each in outage.of]
        return [sum(column) / outage.processes for column in zip(*rows, strict=True)]

    def of_process(self, outage: ProcessOutage) -> list[int]:
        """The parts of a process's outage in ns."""
        workload = self._plan.workloads[outage.workload]
        at_ns = expired_ns(outage, lambda instance: self._right(workload, instance))
        return of_process(outage, self._troubles[outage.workload], at_ns)

    def _right(self, workload: WorkloadPlan, instance: int) -> bool:
        """Whether an endpoint's name ought to lead to an instance, at the end of the run."""
        if workload.role == ROLE_READER:
            return self._last.instances[instance].status == Status.UP
        return any(each.writer == instance for each in self._last.clusters)

    # --- what the control plane wrote ---------------------------------------------------------
    def _of_workload(self, workload: WorkloadPlan) -> list[Trouble]:
        """The failures that keep a workload from its writer, or from the one instance it knows."""
        if workload.role == ROLE_WRITER:
            return [*self._of_cluster(workload.cluster), *self._left(workload.cluster)]
        if workload.role == ROLE_GLOBAL:
            clusters, control = self._plan.clusters, self._control
            return [
                *map(_moved, self._takes()),
                *(
                    each
                    for n, cluster in enumerate(clusters)
                    for each in self._of_cluster(n)
                    if primary_at(control, clusters[0].name, each.start_ns) == cluster.name
                ),
            ]
        if workload.role == ROLE_READER:
            return []  # its record loses who is down, and names another: no writer is waited for
        instance = self._plan.instances[workload.instance]
        return [
            Trouble(each.start_ns, each.start_ns, each.end_ns, each.start_ns)
            for each in self._control.clusters[instance.cluster].restarts
            if each.instance == instance.name
        ]

    def _of_cluster(self, n: int) -> list[Trouble]:
        """Failovers within a cluster, and restarts of its writer that kept its seat: neither
        another instance nor another region got it meanwhile."""
        control, name = self._control.clusters[n], self._plan.clusters[n].name
        found = [
            Trouble(each.lost_ns, each.detected_ns, each.promoted_ns, each.endpoint_moved_ns)
            for each in control.failovers
        ]
        for each in control.restarts:
            until_ns = NEVER if each.end_ns is None else each.end_ns
            lost = any(
                failover.from_ == each.instance and each.start_ns <= failover.lost_ns <= until_ns
                for failover in control.failovers
            ) or any(
                take.from_ == name
                and each.start_ns <= (NEVER if take.promoted_ns is None else take.promoted_ns)
                and take.start_ns <= until_ns
                for take in self._takes()
            )
            if not lost and self._writer_at(n, each.start_ns) == each.instance:
                found.append(Trouble(each.start_ns, each.start_ns, each.end_ns, each.start_ns))
        return found

    def _writer_at(self, n: int, at_ns: int) -> str:
        """The name of a cluster's writer at a time; empty where it had none."""
        cluster, takes = self._plan.clusters[n], self._takes()
        first = self._plan.instances[cluster.writer].name if cluster.writer >= 0 else ""
        seats = [(0, first)]
        for each in self._control.clusters[n].failovers:
            seats.append((NEVER if each.promoted_ns is None else each.promoted_ns, each.to))
        for take in takes:
            if take.promoted_ns is not None and cluster.name in (take.from_, take.to):
                seats.append((take.promoted_ns, take.writer if take.to == cluster.name else ""))
        return max(seat for seat in seats if seat[0] <= at_ns)[1]

    def _left(self, n: int) -> list[Trouble]:
        """Moves of the primary away from a cluster, whose own endpoint has no writer until it is
        the primary again."""
        name, takes = self._plan.clusters[n].name, self._takes()
        found = []
        for take in takes:
            if take.from_ == name:
                back = [o for o in takes if o.to == name and o.start_ns > take.start_ns]
                again_ns = back[0].promoted_ns if back else None
                found.append(_moved(take)._replace(open_ns=again_ns, moved_ns=again_ns))
        return found

    def _takes(self) -> list[TakeoverRecord]:
        """The primary's moves in their order, but for those that were given up."""
        moves = (*self._control.regional_failovers, *self._control.switchovers)
        writers = {
            cluster.name
            for cluster, view in zip(self._plan.clusters, self._last.clusters, strict=True)
            if view.writer >= 0
        }
        made = [o for o in moves if o.promoted_ns is not None or o.from_ not in writers]
        return sorted(made, key=lambda take: take.start_ns)


def _moved(take: TakeoverRecord) -> Trouble:
    """A move of the primary: who asked for it had noticed."""
    since_ns = take.start_ns if take.lost_ns is None else take.lost_ns
    return Trouble(since_ns, take.start_ns, take.promoted_ns, take.endpoint_moved_ns)
