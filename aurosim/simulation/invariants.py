"""What is true of every run at every moment: checkers of one property each.

Two planes that agree may share a mistake; these say what no run may do, whatever happened to the
cluster. They look at pictures of the data plane, each beside the one before it, and at nothing
else: all those of a stretch of the run at once, a column for each number. A broken one is a fault
of aurosim, not of the scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import NEVER, Observation, Pictures, Status
from aurosim.dataplane.plan import Plan
from aurosim.metrics.recorder import Recorder


class InvariantError(AssertionError):
    """aurosim did what cannot be: a fault of ours. The message has the property and the numbers."""


Broken = Iterator[tuple[int, str]]
"""Rows in which the property is broken, and what was found there."""
Checker = Callable[[Pictures, Pictures, Plan], Broken]


def _places(wrong: Any) -> Iterator[Any]:
    """Where it is so: a row, or a row and a column."""
    return map(tuple, np.argwhere(wrong).tolist()) if wrong.any() else iter(())


def _each(things: Any, name: str) -> npt.NDArray[Any]:
    """A number of each thing of the plan, to be compared with all rows of its column."""
    return np.array([getattr(each, name) for each in things])


def time_goes_on(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """Neither the clock nor the number of rows goes back."""
    was, is_ = before.moments, now.moments
    for (r,) in _places(is_["now_ns"] < was["now_ns"]):
        yield r, f"the time is {is_['now_ns'][r]} ns after {was['now_ns'][r]} ns"
    for (r,) in _places(is_["rows"] < was["rows"]):
        yield r, f"{is_['rows'][r]} rows after {was['rows'][r]}"


def log_is_in_order(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """applied LSN of an instance that is up <= VDL <= next LSN."""
    vdl, ends = now.clusters["vdl"], now.clusters["next_lsn"]
    for r, k in _places(vdl > ends):
        name = plan.clusters[k].name
        yield r, f"{name}: VDL {vdl[r, k]} is beyond the next LSN {ends[r, k]}"
    up, applied = now.instances["status"] == Status.UP, now.instances["applied_lsn"]
    most = vdl[:, _each(plan.instances, "cluster")]
    for r, i in _places(up & (applied > most)):
        name = plan.instances[i].name
        yield r, f"{name}: applied LSN {applied[r, i]} is beyond VDL {most[r, i]}"


def recovered(before: Observation, now: Observation, cluster: int) -> bool:
    """Whether the cluster may have recovered in between: no writer, another one, or a new epoch."""
    then, view = before.clusters[cluster], now.clusters[cluster]
    if view.writer < 0 or view.writer != then.writer:
        return True
    return before.instances[view.writer].epoch != now.instances[view.writer].epoch


def vdl_never_falls(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """VDL only grows, but for a recovery, which may find less where segments died."""
    was, is_ = before.clusters["vdl"], now.clusters["vdl"]
    for r, k in _places(is_ < was):
        if not recovered(before.observation(r), now.observation(r), k):
            yield r, f"{plan.clusters[k].name}: VDL fell from {was[r, k]} to {is_[r, k]}"


def secondaries_follow(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """A secondary's log ends no later than its source's, and just there if nothing is missing."""
    views = now.clusters
    commits, size, source = views["behind_commits"], views["behind_bytes"], views["source"]
    for r, k in _places((commits < 0) | (size < 0)):
        yield r, f"{plan.clusters[k].name}: {commits[r, k]} commits and {size[r, k]} B behind"
    vdl, since_ns = views["vdl"], views["behind_since_ns"]
    ends = np.take_along_axis(vdl, np.maximum(source, 0), axis=1)
    wrong = (vdl > ends) | ((vdl < ends) != (since_ns < NEVER))
    for r, k in _places((source >= 0) & wrong):
        yield r, (
            f"{plan.clusters[k].name}: VDL {vdl[r, k]}, its source's {ends[r, k]}, missing since"
            f" {since_ns[r, k]} ns"
        )


def vcpus_are_shared(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """0 <= vCPUs busy <= vCPUs, at the moment and on average since the last picture. Those that
    were busy when an instance shrank may be so for a while. Sizes change between two pictures of
    one moment, so what comes before a picture belongs to the size of the picture before."""
    vcpu, busy, queue = (now.instances[name] for name in ("vcpu", "busy", "queue"))
    most = np.maximum(before.instances["vcpu"], before.instances["busy"])
    for r, i in _places((busy < 0) | (busy > np.maximum(vcpu, most))):
        yield r, f"{plan.instances[i].name}: {busy[r, i]} of {vcpu[r, i]} vCPUs are busy"
    most_ns = most * (now.at_ns - before.at_ns)[:, np.newaxis]
    worked_ns = now.instances["busy_ns"] - before.instances["busy_ns"]
    for r, i in _places(worked_ns > most_ns):
        yield r, (
            f"{plan.instances[i].name}: {worked_ns[r, i]} ns of vCPU used where {most_ns[r, i]} ns"
            " passed"
        )
    for r, i in _places(queue < 0):
        yield r, f"{plan.instances[i].name}: {queue[r, i]} tasks wait for a vCPU"


def connections_fit(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """0 <= connections <= the most so far, and no more than max_connections but for those that were
    open when it was lowered."""
    there, most = now.instances["connections"], now.instances["connections_max"]
    limit, before_limit = now.instances["max_connections"], before.instances["max_connections"]
    allowed = np.maximum(np.maximum(limit, before_limit), before.instances["connections"])
    for r, i in _places((there < 0) | (there > most) | (there > allowed)):
        yield r, (
            f"{plan.instances[i].name}: {there[r, i]} connections, at most {most[r, i]} so far,"
            f" {limit[r, i]} allowed"
        )


def connections_are_kept(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """Each place of a pool leads somewhere or nowhere, and each session of an instance belongs to a
    client or to nobody any more."""
    held, nowhere = now.instances["held"].sum(axis=1), now.workloads["nowhere"].sum(axis=1)
    places = sum(workload.slots for workload in plan.workloads)
    for (r,) in _places(held + nowhere != places):
        yield r, f"{held[r]} connections and {nowhere[r]} places without one, of {places}"
    zombies, there = now.instances["zombies"], now.instances["connections"]
    for r, i in _places((zombies < 0) | (zombies > there)):
        yield r, f"{plan.instances[i].name}: {zombies[r, i]} zombies in {there[r, i]} connections"


def absent_is_idle(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """An instance that is not there has nobody and does nothing, and is no writer."""
    there, busy = now.instances["connections"], now.instances["busy"]
    writers = now.clusters["writer"][:, _each(plan.instances, "cluster")]
    writes = writers == np.arange(len(plan.instances))
    absent = now.instances["status"] == Status.ABSENT
    for r, i in _places(absent & ((there > 0) | (busy > 0) | writes)):
        yield r, (
            f"{plan.instances[i].name} is absent, with {there[r, i]} connections and"
            f" {busy[r, i]} vCPUs busy{', and the writer' if writes[r, i] else ''}"
        )


GROWING = (
    (
        "instances",
        ("busy_ns", "vcpu_ns", "there_ns", "connections_max", "touches", "misses", "wait_ns"),
    ),
    ("clusters", ("redo_bytes", "storage_reads", "storage_writes")),
    ("workloads", ("in_system_ns",)),
)


def areas_only_grow(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """Integrals over time and counters never go back, and no more pages miss than are touched."""
    for part, columns in GROWING:
        old, new = getattr(before, part), getattr(now, part)
        for name in columns:
            fell = new[name] < old[name]
            fell = fell.any(axis=2) if fell.ndim > 2 else fell
            for r, k in _places(fell):
                was, is_ = old[name][r, k].tolist(), new[name][r, k].tolist()
                yield r, f"{getattr(plan, part)[k].name}: {name} fell from {was} to {is_}"
    touches, misses = now.instances["touches"], now.instances["misses"]
    for r, i in _places(misses > touches):
        name = plan.instances[i].name
        yield r, f"{name}: {misses[r, i]} misses in {touches[r, i]} touches"


def requests_are_kept(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """Due = ended + in the system; none vanishes or comes back; who waits is in the system."""
    due, ended = now.workloads["due"], now.workloads["ended"]
    inside, waiting = now.workloads["in_system"], now.workloads["waiting"]
    for r, w in _places((due != ended + inside) | (inside < 0)):
        yield r, (
            f"{plan.workloads[w].name}: {due[r, w]} due, {ended[r, w]} ended,"
            f" {inside[r, w]} in the system"
        )
    for r, w in _places((due < before.workloads["due"]) | (ended < before.workloads["ended"])):
        then, view = before.observation(r).workloads[w], now.observation(r).workloads[w]
        yield r, f"{plan.workloads[w].name}: due or ended fell, {then} to {view}"
    for r, w in _places((waiting < 0) | (waiting > inside)):
        yield r, (
            f"{plan.workloads[w].name}: {waiting[r, w]} wait, {inside[r, w]} are in the system"
        )
    places = np.array([
        NEVER if w.rate is None else w.queue_limit * w.processes for w in plan.workloads
    ])  # fmt: skip
    for r, w in _places(waiting > places):
        yield r, f"{plan.workloads[w].name}: {waiting[r, w]} wait where {places[w]} may"


def queue_is_bounded(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """The event queue holds no more than the contract allows."""
    pending, bound = now.moments["events_pending"], now.moments["events_bound"]
    for (r,) in _places(pending > bound):
        yield r, f"{pending[r]} events pending where {bound[r]} may be"


def losses_are_not_undone(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """An acknowledged commit that is lost stays lost; what waits is no less than nothing."""
    was, is_ = before.clusters["lost_commits"], now.clusters["lost_commits"]
    for r, k in _places(is_ < was):
        yield r, f"{plan.clusters[k].name}: lost commits fell from {was[r, k]} to {is_[r, k]}"
    flying, waiting = now.clusters["batches_in_flight"], now.clusters["commits_waiting"]
    for r, k in _places((flying < 0) | (waiting < 0)):
        yield r, (
            f"{plan.clusters[k].name}: {flying[r, k]} batches in flight,"
            f" {waiting[r, k]} commits waiting"
        )


def volume_only_grows(before: Pictures, now: Pictures, plan: Plan) -> Broken:
    """The space in use never falls and keeps its limit; there are just the groups it needs, and no
    fewer than at the start."""
    used, free, groups = (now.clusters[name] for name in ("used_bytes", "free_bytes", "groups"))
    limit = _each(plan.clusters, "limit_bytes")
    for r, k in _places((free < 0) | (free > used) | (used > limit)):
        yield r, (
            f"{plan.clusters[k].name}: {free[r, k]} bytes free of {used[r, k]} used, where"
            f" {limit[k]} may be"
        )
    for r, k in _places(
        (used < before.clusters["used_bytes"]) | (groups < before.clusters["groups"])
    ):
        then, view = before.observation(r).clusters[k], now.observation(r).clusters[k]
        yield r, f"{plan.clusters[k].name}: the volume shrank, {then} to {view}"
    needed = -(-used // _each(plan.clusters, "group_bytes"))
    for r, k in _places(groups != np.maximum(_each(plan.clusters, "groups"), needed)):
        yield r, f"{plan.clusters[k].name}: {groups[r, k]} groups for {used[r, k]} bytes"


CHECKERS: tuple[Checker, ...] = (
    time_goes_on,
    log_is_in_order,
    vdl_never_falls,
    secondaries_follow,
    vcpus_are_shared,
    connections_fit,
    connections_are_kept,
    absent_is_idle,
    areas_only_grow,
    requests_are_kept,
    queue_is_bounded,
    losses_are_not_undone,
    volume_only_grows,
)


def check(seen: Pictures, plan: Plan) -> None:
    """Raises InvariantError where a picture, or the way to it from the one before, cannot be. The
    first picture was looked at before."""
    before, now = seen.rows(slice(-1)), seen.rows(slice(1, None))
    broken = [
        (r, f"{checker.__name__}: {message}")
        for checker in CHECKERS
        for r, message in checker(before, now, plan)
    ]
    if broken:
        first = min(r for r, _ in broken)
        told = "; ".join(message for r, message in broken if r == first)
        raise InvariantError(f"at {now.at_ns[first]} ns: {told}")


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
