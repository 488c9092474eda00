"""The loop: take the next event, answer it, until the time is up or a pool runs low.

`run` is one of two compiled functions that Python calls (the other is in `commands`): each holds
everything inlined that it needs, so there are few.
"""

from __future__ import annotations

from aurosim.compiled import kernel_entry, kernel_inner
from aurosim.dataplane.contract import NEVER, Kind
from aurosim.dataplane.kernel import clients, instances, pools, regions, replication, storage
from aurosim.dataplane.kernel.handle import held
from aurosim.dataplane.kernel.pools import CHUNK_TASK, JOB_TASK, NONE, ZERO, enqueue
from aurosim.dataplane.kernel.queue import adapt, first_before
from aurosim.dataplane.kernel.queue import release as take
from aurosim.dataplane.kernel.state import State

DONE, MORE_EVENTS, LOW = 0, 1, 2
QUORUM, READ_DONE, CHUNK = int(Kind.QUORUM), int(Kind.READ_DONE), int(Kind.CHUNK)
CPU_DONE, APPLY_DONE, ARRIVE = int(Kind.CPU_DONE), int(Kind.APPLY_DONE), int(Kind.ARRIVE)
LINK_SEND, LINK_APPLY = int(Kind.LINK_SEND), int(Kind.LINK_APPLY)
CLOSE, FAILURE, RETURN = int(Kind.CLOSE), int(Kind.FAILURE), int(Kind.RETURN)
DUE, DEADLINE = int(Kind.DUE), int(Kind.DEADLINE)
CHECK_EVERY = 8
"""Events between two looks at the pools; a power of two."""
FEW = 8 * CHECK_EVERY
"""More rows, jobs, transactions or keys than that many events can take."""


@kernel_entry
def run(state: State, until: int, most: int, margin: int) -> int:
    """Run events strictly before ``until``, at most ``most``, while every pool has ``margin`` and
    room for the senders of the groups there are."""
    S = held(state)
    top = S.top[0]
    done = 0
    while done < most:
        if done & (CHECK_EVERY - 1) == 0:
            if short(S, margin):
                top.events += done
                return LOW
            adapt(S)
        e = first_before(S, until)
        if e == NONE:
            top.now = until
            top.events += done
            return DONE
        now = S.event[e].when
        kind = S.event[e].rank >> 48
        subject = take(S, e)
        done += 1
        top.now = now
        if subject == NONE:
            continue
        work, x, at_ns = NONE, NONE, NEVER  # an instance to dispatch, a slot to send
        if kind == ARRIVE:
            work = arrives(S, subject, now)
        elif kind == CPU_DONE:
            work = S.job[subject].instance
            x = S.job[subject].slot
            at_ns = burst_ends(S, subject, now)
        elif kind in (QUORUM, LINK_APPLY):
            volume_grows(S, subject, kind == QUORUM, now)
        elif kind == CHUNK:
            work = replication.chunk_arrives(S, subject, now)
        elif kind == APPLY_DONE:
            work = S.chunk[subject].instance
            apply_ends(S, subject, now)
        elif kind == DUE:
            x = clients.fall_due(S, subject, now)
            at_ns = now
        elif kind == READ_DONE:
            work = pages_come(S, subject, now)
        elif kind == LINK_SEND:
            regions.leave(S, subject, now)
        elif kind == CLOSE:
            instances.close_arrives(S, subject)
        else:
            x = subject
            at_ns = client_event(S, x, kind, now)
        if x != NONE:
            while at_ns != NEVER:
                at_ns = clients.send(S, x, at_ns, now)
        if work != NONE:
            instances.dispatch(S, work, now)
    top.events += done
    return MORE_EVENTS


@kernel_inner
def short(S: State, margin: int) -> bool:
    """Whether some pool or ring could run out before the next look."""
    top = S.top[0]
    margin += CHECK_EVERY * senders(S) + may_write(S) * top.records_most
    return (
        top.free_events < margin
        or top.free_jobs < FEW
        or top.free_txs < FEW
        or top.free_cells < margin
        or top.free_keys < margin
        or top.free_boxcars < margin
        or top.free_chunks < margin
        or top.rows > S.row.shape[0] - FEW
        or top.lags > S.lag.shape[0] - (S.chunk.shape[0] - top.free_chunks) - margin
        or rings_short(S, margin)
    )


@kernel_inner
def senders(S: State) -> int:
    """The most senders that can wait in a run queue now. Those of records yet to be written, in new
    groups too, are in the margin by the records."""
    count = ZERO
    for cl in range(len(S.cluster)):
        count += S.cluster[cl].groups
    return min(count, S.top[0].senders_most)


@kernel_inner
def may_write(S: State) -> int:
    """Statements stalled at the LSN limit: one move of VDL may let all of them write."""
    count = ZERO
    for cl in range(len(S.cluster)):
        count += S.cluster[cl].stalled_end - S.cluster[cl].stalled_first
    return count


@kernel_inner
def rings_short(S: State, margin: int) -> bool:
    """The same for the rings of a cluster."""
    for cl in range(len(S.cluster)):
        cluster = S.cluster[cl]
        if (
            cluster.log_end - cluster.log_first > S.log.shape[1] - margin
            or cluster.watch_end - cluster.watch_first > S.watch.shape[1] - FEW
            or cluster.changes_end - cluster.changes_first
            > S.change.shape[1] - CHECK_EVERY * S.top[0].writes_most
        ):
            return True
    return False


@kernel_inner
def arrives(S: State, x: int, now: int) -> int:
    """What was sent reaches its instance; returns it if it took the statement up."""
    slot = S.slot[x]
    slot.progress = NONE
    i = slot.instance
    if S.instance[i].status == instances.DARK:
        return NONE  # lost on the way: only the client's own deadline will tell it
    code = instances.refusal(S, x, i)
    if code != instances.OK:
        clients.refused(S, x, code, now)
        return NONE
    instances.take_up(S, x, i, now)
    return i


@kernel_inner
def burst_ends(S: State, j: int, now: int) -> int:
    """A statement's burst or slice ends; returns when its slot sends next."""
    job = S.job[j]
    job.event = NONE
    instances.release(S, job.instance, now)
    if job.left_ns > 0:
        enqueue(S, job.instance, (j << 2) | JOB_TASK)
        return NEVER
    if instances.go_on(S, j, now):
        return clients.reply(S, j, now)
    return NEVER


@kernel_inner
def apply_ends(S: State, c: int, now: int) -> None:
    """A burst of applying redo ends."""
    chunk = S.chunk[c]
    chunk.event = NONE
    instances.release(S, chunk.instance, now)
    if chunk.left_ns > 0:
        enqueue(S, chunk.instance, (c << 2) | CHUNK_TASK)
        return
    chunk.working = False
    if chunk.seen:
        pools.give_chunk(S, c)


@kernel_inner
def volume_grows(S: State, subject: int, quorum: bool, now: int) -> None:
    """A boxcar has its write quorum, or a secondary's volume a batch: if VDL moves, readers and
    other regions get what it passed, and who waited for it goes on."""
    if quorum:
        cl = storage.durable(S, subject)
        storage.move_vdl(S, cl, now)
    else:
        cl = subject
        regions.take_in(S, cl, now)
    if S.cluster[cl].passed == 0:
        return
    storage.ship_all(S, cl, now)
    if quorum:
        regions.replicate(S, cl, now)
    else:
        regions.schedule(S, cl, now)
    while True:
        j = storage.released(S, cl)
        if j == NONE:
            break
        i = instances.resume(S, j, now)
        instances.dispatch(S, i, now)


@kernel_inner
def pages_come(S: State, j: int, now: int) -> int:
    """The pages are here, unless their segment was lost meanwhile: then ask another."""
    job = S.job[j]
    job.event = NONE
    if storage.live(S, job.group) >> job.member & 1:
        return instances.resume(S, j, now)
    storage.read(S, j, now)
    return NONE


@kernel_inner
def client_event(S: State, x: int, kind: int, now: int) -> int:
    """What happens at a client; returns when its slot sends next."""
    slot = S.slot[x]
    if kind == DEADLINE:
        return clients.deadline(S, x, now)
    slot.progress = NONE
    if kind == RETURN:
        return clients.release(S, x, now)
    if kind == FAILURE:
        return clients.fail(S, x, slot.code, now)
    return now  # SEND
