"""Looking: how everything is, as a row of `observation.Pictures`.

The last place is for who asks for a single picture; those at wanted moments fill the others. A mere
count is a line of its view in `observation`: its place in the record and its copying follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aurosim.dataplane.contract import NEVER, ROLE_GLOBAL, ROLE_WRITER, WAITS, Status
from aurosim.dataplane.mechanics.clients.connection import server_epoch
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, ZERO, at
from aurosim.dataplane.observation import ClusterView, InstanceView, WorkloadView, counts

SPARE_EVENTS = 64
ABSENT = int(Status.ABSENT)
WRITERS = (ROLE_WRITER, ROLE_GLOBAL)

COUNTING = {"instance": InstanceView, "cluster": ClusterView, "workload": WorkloadView}


def counting(record: str, view: type) -> str:
    """The source of a rule that copies a view's counts from the record of the same names."""
    lines = [f"def count_{record}(S, place, x):"]
    seen = f"S.seen_{record}[place, x]"
    lines += [f"    {seen}.{name} = S.{record}[x].{name}" for name in counts(view)]
    return "\n".join([*lines, "    return 0"])


if TYPE_CHECKING:

    def count_instance(S: State, place: int, x: int) -> int: ...
    def count_cluster(S: State, place: int, x: int) -> int: ...
    def count_workload(S: State, place: int, x: int) -> int: ...

else:
    for _record, _view in COUNTING.items():
        exec(counting(_record, _view))


def full(S: State) -> bool:
    """Whether no place is left but the last."""
    return S.top[0].pictures >= len(S.seen) - 1


def take(S: State, now: int) -> None:
    """The picture that is due; then the next one is."""
    top = S.top[0]
    look(S, top.pictures, now)
    top.pictures += 1
    if S.moment[top.moment] <= now:
        top.moment += 1
    top.look_ns = S.moment[top.moment]


def look(S: State, place: int, now: int) -> None:
    """How everything is now, and what the queue may hold: see docs/decisions. A cancelled event
    waits for its time."""
    top, seen = S.top[0], S.seen[place]
    bound = SPARE_EVENTS + top.abandoned + top.cancelled + top.chunks
    for i in range(len(S.instance)):
        look_at_instance(S, place, i, now)
        bound += max(S.instance[i].vcpu, S.instance[i].busy)
    for cl in range(len(S.cluster)):
        look_at_cluster(S, place, cl)
        cluster = S.cluster[cl]
        bound += 8 * cluster.flying + cluster.groups + cluster.batches_flying + 1
    for w in range(len(S.workload)):
        look_at_workload(S, place, w, now)
        bound += 3 * S.workload[w].slots + S.workload[w].processes
    seen.now_ns = now
    seen.rows = top.rows_before + top.rows
    seen.events_pending = top.pending
    seen.events_bound = bound


def look_at_instance(S: State, place: int, i: int, now: int) -> None:
    """An instance now; a writer holds what is durable."""
    instance, view = S.instance[i], S.seen_instance[place, i]
    count_instance(S, place, i)
    cluster = S.cluster[instance.cluster]
    view.status = instance.status
    view.epoch = instance.epoch
    view.connections = instance.connections
    view.held = ZERO
    view.zombies = instance.connections
    view.busy = instance.busy
    view.queue = instance.queued
    view.busy_ns = instance.busy * now - instance.busy_sum_ns
    for wait in range(WAITS):
        view.wait_ns[wait] = instance.level[wait] * now - instance.level_sum_ns[wait]
    view.applied_lsn = instance.applied_lsn
    view.lag_ns = instance.lag_ns
    view.vcpu = instance.vcpu
    view.max_connections = instance.max_connections
    view.vcpu_ns = -instance.vcpu_sum_ns
    view.there_ns = -instance.there_sum_ns
    if instance.status != ABSENT:
        view.vcpu_ns += instance.vcpu * now
        view.there_ns += now
    if cluster.writer == i:
        view.applied_lsn = cluster.vdl
        view.lag_ns = ZERO


def look_at_cluster(S: State, place: int, cl: int) -> None:
    """The log and the volume now; batches of redo may not have reached it yet."""
    cluster, view = S.cluster[cl], S.seen_cluster[place, cl]
    count_cluster(S, place, cl)
    view.writer = cluster.writer
    view.next_lsn = cluster.next_lsn
    view.vdl = cluster.vdl
    view.batches_in_flight = cluster.flying
    view.commits_waiting = cluster.commits_end - cluster.commits_first
    view.groups = cluster.groups
    view.source = cluster.source
    view.behind_commits = ZERO
    view.behind_bytes = ZERO
    view.behind_since_ns = NEVER
    for number in range(cluster.batch_first, cluster.batch_end):
        batch = at(S.batch, cl, number)
        view.behind_commits += batch.commits
        view.behind_bytes += batch.bytes
        if number == cluster.batch_first:
            view.behind_since_ns = batch.since_ns


def look_at_workload(S: State, place: int, w: int, now: int) -> None:
    """A workload's requests now; those that are booked for later are not due yet."""
    load, view = S.workload[w], S.seen_workload[place, w]
    count_workload(S, place, w)
    view.nowhere = ZERO
    view.astray = ZERO
    ahead = ZERO
    ahead_ns = ZERO
    for x in range(load.first_slot, load.first_slot + load.slots):
        slot = S.slot[x]
        if slot.open and slot.due_ns > now:
            ahead += 1
            ahead_ns += slot.due_ns
        look_at_connection(S, place, x)
    level = load.level - ahead
    view.due = load.due - ahead
    view.ended = load.ended
    view.in_system = level
    view.in_system_ns = level * now - (load.level_sum_ns - ahead_ns)
    view.waiting = load.waiting


def look_at_connection(S: State, place: int, x: int) -> None:
    """Where a connection leads, as its client and as its instance have it."""
    slot = S.slot[x]
    view = S.seen_workload[place, slot.workload]
    i = slot.instance
    if i != NONE and server_epoch(S, x) == S.instance[i].epoch:
        S.seen_instance[place, i].zombies -= 1
    if not slot.connected:
        view.nowhere += 1
        return
    S.seen_instance[place, i].held += 1
    if S.workload[slot.workload].role in WRITERS and S.cluster[S.instance[i].cluster].writer != i:
        view.astray += 1
