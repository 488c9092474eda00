"""What is true of every run at every moment: checkers of one property each.

Two planes that agree may share a mistake; these say what no run may do, whatever happened to the
cluster. They look at two pictures of the data plane, one after the other, and at nothing else. A
broken one is a fault of aurosim, not of the scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aurosim.dataplane.contract import NEVER, InstanceView, Observation, Status
from aurosim.dataplane.plan import Plan
from aurosim.metrics.recorder import Recorder


class InvariantError(AssertionError):
    """aurosim did what cannot be: a fault of ours. The message has the property and the numbers."""


Checker = Callable[[Observation, Observation, Plan], Iterator[str]]


def time_goes_on(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """Neither the clock nor the number of rows goes back."""
    if now.now_ns < before.now_ns:
        yield f"the time is {now.now_ns} ns after {before.now_ns} ns"
    if now.rows < before.rows:
        yield f"{now.rows} rows after {before.rows}"


def log_is_in_order(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """applied LSN of an instance that is up <= VDL <= next LSN."""
    for cluster, view in zip(plan.clusters, now.clusters, strict=True):
        if view.vdl > view.next_lsn:
            yield f"{cluster.name}: VDL {view.vdl} is beyond the next LSN {view.next_lsn}"
    for instance, mine in zip(plan.instances, now.instances, strict=True):
        vdl = now.clusters[instance.cluster].vdl
        if mine.status == Status.UP and mine.applied_lsn > vdl:
            yield f"{instance.name}: applied LSN {mine.applied_lsn} is beyond VDL {vdl}"


def recovered(before: Observation, now: Observation, plan: Plan, cluster: int) -> bool:
    """Whether the cluster may have recovered in between: no writer, another one, or a new epoch."""
    then, view = before.clusters[cluster], now.clusters[cluster]
    if view.writer < 0 or view.writer != then.writer:
        return True
    return before.instances[view.writer].epoch != now.instances[view.writer].epoch


def vdl_never_falls(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """VDL only grows, but for a recovery, which may find less where segments died."""
    for n, cluster in enumerate(plan.clusters):
        then, view = before.clusters[n], now.clusters[n]
        if view.vdl < then.vdl and not recovered(before, now, plan, n):
            yield f"{cluster.name}: VDL fell from {then.vdl} to {view.vdl}"


def secondaries_follow(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """A secondary's log ends no later than its source's, and just there if nothing is missing."""
    for cluster, view in zip(plan.clusters, now.clusters, strict=True):
        if view.behind_commits < 0 or view.behind_bytes < 0:
            yield f"{cluster.name}: {view.behind_commits} commits and {view.behind_bytes} B behind"
        if view.source < 0:
            continue
        end = now.clusters[view.source].vdl
        if view.vdl > end or (view.vdl < end) != (view.behind_since_ns < NEVER):
            yield (
                f"{cluster.name}: VDL {view.vdl}, its source's {end}, missing since"
                f" {view.behind_since_ns} ns"
            )


def vcpus_are_shared(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """0 <= vCPUs busy <= vCPUs, at the moment and on average since the last picture. Those that
    were busy when an instance shrank may be so for a while, and the time before a picture's moment
    belongs to the size of the picture before: sizes change between two pictures of one moment."""
    for instance, then, view in zip(plan.instances, before.instances, now.instances, strict=True):
        most = max(view.vcpu, then.vcpu, then.busy)
        if not 0 <= view.busy <= most:
            yield f"{instance.name}: {view.busy} of {view.vcpu} vCPUs are busy"
        most_ns = max(then.vcpu, then.busy) * (now.now_ns - before.now_ns)
        if view.busy_ns - then.busy_ns > most_ns:
            worked_ns = view.busy_ns - then.busy_ns
            yield f"{instance.name}: {worked_ns} ns of vCPU used where {most_ns} ns passed"
        if view.queue < 0:
            yield f"{instance.name}: {view.queue} tasks wait for a vCPU"


def connections_fit(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """0 <= connections <= the most so far, and no more than max_connections but for those that were
    open when it was lowered."""
    for instance, then, view in zip(plan.instances, before.instances, now.instances, strict=True):
        allowed = max(view.max_connections, then.max_connections, then.connections)
        if not 0 <= view.connections <= min(view.connections_max, allowed):
            yield (
                f"{instance.name}: {view.connections} connections, at most {view.connections_max}"
                f" so far, {view.max_connections} allowed"
            )


def absent_is_idle(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """An instance that is not there has nobody and does nothing, and is nobody's writer."""
    for n, (instance, view) in enumerate(zip(plan.instances, now.instances, strict=True)):
        writes = now.clusters[instance.cluster].writer == n
        if view.status == Status.ABSENT and (view.connections or view.busy or writes):
            yield (
                f"{instance.name} is absent, with {view.connections} connections and"
                f" {view.busy} vCPUs busy{', and the writer' if writes else ''}"
            )


def _growing(view: InstanceView) -> tuple[int, ...]:
    return (
        view.busy_ns, view.connections_max, view.touches, view.misses, view.vcpu_ns, view.there_ns,
        *view.wait_ns,
    )  # fmt: skip


def areas_only_grow(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """Integrals over time and counters never go back, and no more pages miss than are touched."""
    for instance, then, view in zip(plan.instances, before.instances, now.instances, strict=True):
        if any(new < old for old, new in zip(_growing(then), _growing(view), strict=True)):
            yield f"{instance.name}: an area or counter fell, {_growing(then)} to {_growing(view)}"
        if view.misses > view.touches:
            yield f"{instance.name}: {view.misses} misses in {view.touches} touches"
    for cluster, old, new in zip(plan.clusters, before.clusters, now.clusters, strict=True):
        was = (old.redo_bytes, old.storage_reads, old.storage_writes)
        is_ = (new.redo_bytes, new.storage_reads, new.storage_writes)
        if any(b < a for a, b in zip(was, is_, strict=True)):
            yield f"{cluster.name}: a counter fell, {was} to {is_}"
    for workload, one, two in zip(plan.workloads, before.workloads, now.workloads, strict=True):
        if two.in_system_ns < one.in_system_ns:
            yield f"{workload.name}: time in the system fell to {two.in_system_ns} ns"


def requests_are_kept(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """Due = ended + in the system; none vanishes or comes back; who waits is in the system."""
    for workload, then, view in zip(plan.workloads, before.workloads, now.workloads, strict=True):
        if view.due != view.ended + view.in_system or view.in_system < 0:
            yield (
                f"{workload.name}: {view.due} due, {view.ended} ended,"
                f" {view.in_system} in the system"
            )
        if view.due < then.due or view.ended < then.ended:
            yield f"{workload.name}: due or ended fell, {then} to {view}"
        if not 0 <= view.waiting <= view.in_system:
            yield f"{workload.name}: {view.waiting} wait, {view.in_system} are in the system"
        if workload.rate is not None and view.waiting > workload.queue_limit:
            yield f"{workload.name}: {view.waiting} wait where {workload.queue_limit} may"


def queue_is_bounded(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """The event queue holds no more than the contract allows."""
    if now.events_pending > now.events_bound:
        yield f"{now.events_pending} events pending where {now.events_bound} may be"


def losses_are_not_undone(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """An acknowledged commit that is lost stays lost; what waits is no less than nothing."""
    for cluster, then, view in zip(plan.clusters, before.clusters, now.clusters, strict=True):
        if view.lost_commits < then.lost_commits:
            was, is_ = then.lost_commits, view.lost_commits
            yield f"{cluster.name}: lost commits fell from {was} to {is_}"
        if view.batches_in_flight < 0 or view.commits_waiting < 0:
            yield (
                f"{cluster.name}: {view.batches_in_flight} batches in flight,"
                f" {view.commits_waiting} commits waiting"
            )


def volume_only_grows(before: Observation, now: Observation, plan: Plan) -> Iterator[str]:
    """The space in use never falls and keeps its limit; there are just the groups it needs, and no
    fewer than at the start."""
    for cluster, then, view in zip(plan.clusters, before.clusters, now.clusters, strict=True):
        if not 0 <= view.free_bytes <= view.used_bytes <= cluster.limit_bytes:
            yield (
                f"{cluster.name}: {view.free_bytes} bytes free of {view.used_bytes} used, where"
                f" {cluster.limit_bytes} may be"
            )
        if view.used_bytes < then.used_bytes or view.groups < then.groups:
            yield f"{cluster.name}: the volume shrank, {then} to {view}"
        full, rest = divmod(view.used_bytes, cluster.group_bytes)
        if view.groups != max(cluster.groups, full + (rest > 0)):
            yield f"{cluster.name}: {view.groups} groups for {view.used_bytes} bytes"


CHECKERS: tuple[Checker, ...] = (
    time_goes_on,
    log_is_in_order,
    vdl_never_falls,
    secondaries_follow,
    vcpus_are_shared,
    connections_fit,
    absent_is_idle,
    areas_only_grow,
    requests_are_kept,
    queue_is_bounded,
    losses_are_not_undone,
    volume_only_grows,
)


def check(previous: Observation | None, now: Observation, plan: Plan) -> None:
    """Raises InvariantError where `now`, or the way from `previous` to it, cannot be."""
    before = now if previous is None else previous
    broken = [
        f"{checker.__name__}: {message}"
        for checker in CHECKERS
        for message in checker(before, now, plan)
    ]
    if broken:
        raise InvariantError(f"at {now.now_ns} ns: " + "; ".join(broken))


def check_end(recorder: Recorder, now: Observation) -> None:
    """At the end: Little's law as an identity of this run, in whole ns, from two counters.

    The two share nothing: the data plane keeps the area under the number of requests in the
    system; the recorder adds up the times they spent there, from the rows and, up to now, from
    those still open. Source: S. Stidham, "A last word on L = lambda W", Operations Research 22(2),
    1974.
    """
    for n, workload in enumerate(recorder.plan.workloads):
        area_ns, waited_ns = now.workloads[n].in_system_ns, recorder.waited_ns(n)
        if area_ns != waited_ns:
            raise InvariantError(
                f"{workload.name}: Little's law fails by {area_ns - waited_ns} ns: the data plane's"
                f" area is {area_ns} ns, rows and open requests add up to {waited_ns} ns"
            )
