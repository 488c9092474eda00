"""The loop: take the next event, answer it, until the time is up or a pool runs low.

The only compiled functions that Python calls are here: each holds everything inlined that it
needs, so there are few.
"""

from __future__ import annotations

import numpy as np

from aurosim.compiled import kernel_entry, kernel_inner
from aurosim.dataplane.contract import NEVER, Kind
from aurosim.dataplane.kernel import clients, instances, pools, replication, storage
from aurosim.dataplane.kernel.pools import CHUNK_TASK, GROUP_TASK, JOB_TASK, NONE, ZERO, enqueue
from aurosim.dataplane.kernel.queue import adapt, cancel, first_before
from aurosim.dataplane.kernel.queue import release as take
from aurosim.dataplane.kernel.state import State

DONE, MORE_EVENTS, LOW = 0, 1, 2
QUORUM, READ_DONE, CHUNK = int(Kind.QUORUM), int(Kind.READ_DONE), int(Kind.CHUNK)
CPU_DONE, APPLY_DONE, ARRIVE = int(Kind.CPU_DONE), int(Kind.APPLY_DONE), int(Kind.ARRIVE)
CLOSE, FAILURE, RETURN = int(Kind.CLOSE), int(Kind.FAILURE), int(Kind.RETURN)
DUE, DEADLINE = int(Kind.DUE), int(Kind.DEADLINE)
ROW_MARGIN = np.int64(8)


@kernel_entry
def run(S: State, until: int, most: int, margin: int) -> int:
    """Run events strictly before ``until``, at most ``most``, while every pool has ``margin``."""
    top = S.top[0]
    done = 0
    while done < most:
        if short(S, margin):
            return LOW
        adapt(S)
        e = first_before(S, until)
        if e == NONE:
            top.now = until
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
        elif kind == QUORUM:
            becomes_durable(S, subject, now)
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
    return MORE_EVENTS


@kernel_inner
def short(S: State, margin: int) -> bool:
    """Whether some pool or ring could run out within the next event."""
    top = S.top[0]
    return (
        top.free_events < margin
        or top.free_jobs < 4
        or top.free_txs < 4
        or top.free_cells < margin
        or top.free_keys < 4
        or top.free_boxcars < margin
        or top.free_chunks < margin
        or top.rows > S.row.shape[0] - ROW_MARGIN
        or top.lags > S.lag.shape[0] - margin
        or rings_short(S, margin)
    )


@kernel_inner
def rings_short(S: State, margin: int) -> bool:
    """The same for the rings of a cluster."""
    for cl in range(len(S.cluster)):
        cluster = S.cluster[cl]
        if (
            cluster.log_end - cluster.log_first > S.log.shape[1] - margin
            or cluster.watch_end - cluster.watch_first > S.watch.shape[1] - 4
            or cluster.changes_end - cluster.changes_first > S.change.shape[1] - 256
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
    else:
        replication.applied(S, c, now)


@kernel_inner
def becomes_durable(S: State, b: int, now: int) -> None:
    """A boxcar has its write quorum: VDL may move, and who waited for it goes on."""
    cl = storage.durable(S, b)
    if not storage.move_vdl(S, cl, now):
        return
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


# --- what commands need, called from Python -----------------------------------------------------
@kernel_entry
def start_clients(S: State, w: int, spread_ns: int) -> None:
    """Every connection starts at a random step; an open load's arrivals start at once."""
    clients.start(S, w, spread_ns)


@kernel_entry
def run_held(S: State, i: int, now: int) -> None:
    """The dispatcher runs again: its senders queue, and free vCPUs take what waits."""
    instance = S.instance[i]
    g = instance.held
    instance.held = NONE
    instance.held_end = NONE
    while g != NONE:
        after = S.group[g].next
        enqueue(S, i, (g << 2) | GROUP_TASK)
        g = after
    instances.dispatch(S, i, now)


@kernel_entry
def hash_changes(S: State, cl: int) -> None:
    """Fill the empty table of hashes from the ring of changes."""
    cluster = S.cluster[cl]
    for place in range(cluster.changes_first, cluster.changes_end):
        change = S.change[cl, place & (S.change.shape[1] - 1)]
        bucket = replication.bucket_of(S, change.key)
        change.next = S.change_table[cl, bucket]
        S.change_table[cl, bucket] = place


@kernel_entry
def send_again(S: State, x: int, send_ns: int, now: int) -> None:
    """A slot's plan is made anew."""
    at_ns = send_ns
    while at_ns != NEVER:
        at_ns = clients.send(S, x, at_ns, now)


@kernel_entry
def cancel_event(S: State, e: int) -> None:
    """Let an event pass without effect."""
    cancel(S, e)


@kernel_entry
def refuse(S: State, x: int, code: int, now: int) -> None:
    """An error travels to a slot's client."""
    clients.refused(S, x, code, now)


@kernel_entry
def copy_boxcar(S: State, b: int, members: int, now: int) -> None:
    """Send a boxcar to some members (again)."""
    storage.copy(S, b, members, now)


@kernel_entry
def expect_quorum(S: State, b: int, now: int) -> None:
    """Work out again when a boxcar has its quorum."""
    storage.expect(S, b, now)


@kernel_entry
def read_again(S: State, j: int, now: int) -> None:
    """A read that had nowhere to go tries again."""
    storage.read(S, j, now)


@kernel_entry
def ship_again(S: State, cl: int, now: int) -> None:
    """The readers learn where the log ends."""
    storage.ship_all(S, cl, ZERO, ZERO, now)


@kernel_entry
def forget_changes(S: State, cl: int, lsn: int) -> None:
    """Every reader has applied up to ``lsn``."""
    replication.forget_changes(S, cl, lsn)


@kernel_entry
def free_chunk(S: State, c: int) -> None:
    """A chunk is of no use any more."""
    pools.give_chunk(S, c)


@kernel_entry
def free_job(S: State, j: int) -> None:
    """A job that belongs to nobody ends."""
    instances.end_job(S, j)
    if S.job[j].slot == NONE:
        pools.give_job(S, j)


@kernel_entry
def drop_boxcar(S: State, b: int) -> None:
    """The group no longer keeps a boxcar."""
    pools.drop_boxcar(S, b)


@kernel_entry
def drop_transaction(S: State, t: int) -> None:
    """One holder of a transaction less."""
    pools.drop_tx(S, t)
