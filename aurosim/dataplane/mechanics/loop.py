"""What the data plane does at an event: each kind has its answer, in the order they are most often.

Taking the next event out of the queue is the business of whoever runs the rules.
"""

from __future__ import annotations

from aurosim.dataplane.contract import NEVER, VALIDATE, Kind
from aurosim.dataplane.mechanics import instances, regions, replication, storage
from aurosim.dataplane.mechanics.clients import arrivals, attempt, connection, pool, silence
from aurosim.dataplane.mechanics.records import end_chunk
from aurosim.dataplane.mechanics.run_queue import CHUNK_TASK, JOB_TASK, enqueue
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE

QUORUM, READ_DONE, CHUNK = int(Kind.QUORUM), int(Kind.READ_DONE), int(Kind.CHUNK)
CPU_DONE, APPLY_DONE, ARRIVE = int(Kind.CPU_DONE), int(Kind.APPLY_DONE), int(Kind.ARRIVE)
LINK_SEND, LINK_APPLY = int(Kind.LINK_SEND), int(Kind.LINK_APPLY)
CLOSE, FAILURE, RETURN = int(Kind.CLOSE), int(Kind.FAILURE), int(Kind.RETURN)
DUE, DEADLINE = int(Kind.DUE), int(Kind.DEADLINE)
OWN_WRITE = int(Kind.OWN_WRITE)
PATIENCE, REST = int(Kind.PATIENCE), int(Kind.REST)


def answer(S: State, kind: int, subject: int, now: int) -> None:
    """An event has come: ``subject`` is the index of what it is about."""
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
        x = arrivals.fall_due(S, subject, now)
        at_ns = now
    elif kind == OWN_WRITE:
        x = arrivals.own_write(S, subject, now)
        at_ns = now
    elif kind == READ_DONE:
        work = pages_come(S, subject, now)
    elif kind == LINK_SEND:
        regions.leave(S, subject, now)
    elif kind == CLOSE:
        instances.close_arrives(S, subject)
    elif kind == PATIENCE:
        pool.patience_ends(S, subject, now)
    elif kind == REST:
        pool.rest_ends(S, subject, now)
    else:
        x = subject
        at_ns = client_event(S, x, kind, now)
    if x != NONE:
        while at_ns != NEVER:
            at_ns = attempt.send(S, x, at_ns, now)
    if work != NONE:
        instances.dispatch(S, work, now)


def arrives(S: State, x: int, now: int) -> int:
    """What was sent reaches its instance; returns it if it took the statement up."""
    slot = S.slot[x]
    slot.progress = NONE
    i = slot.instance
    if S.instance[i].status >= instances.DARK:
        silence.unacknowledged(S, x)
        return NONE
    code = instances.refusal(S, x, i)
    if code != instances.OK:
        connection.refused(S, x, code, now)
        return NONE
    if slot.statement == VALIDATE:
        attempt.lives(S, x, now)
        return NONE
    instances.take_up(S, x, i, now)
    return i


def burst_ends(S: State, j: int, now: int) -> int:
    """A statement's burst or slice ends; returns when its slot sends next."""
    job = S.job[j]
    job.event = NONE
    instances.release(S, job.instance, now)
    if job.left_ns > 0:
        enqueue(S, job.instance, (j << 2) | JOB_TASK)
        return NEVER
    if instances.go_on(S, j, now):
        return attempt.reply(S, j, now)
    return NEVER


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
        end_chunk(S, c)


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


def pages_come(S: State, j: int, now: int) -> int:
    """The pages are here, unless their segment was lost meanwhile: then ask another."""
    job = S.job[j]
    job.event = NONE
    if storage.live(S, job.group) >> job.member & 1:
        return instances.resume(S, j, now)
    storage.read(S, j, now)
    return NONE


def client_event(S: State, x: int, kind: int, now: int) -> int:
    """What happens at a client; returns when its slot sends next."""
    slot = S.slot[x]
    if kind == DEADLINE:
        return attempt.deadline(S, x, now)
    slot.progress = NONE
    if kind == RETURN:
        return pool.release(S, x, now)
    if kind == FAILURE:
        return attempt.fail(S, x, slot.code, now)
    return now  # SEND
