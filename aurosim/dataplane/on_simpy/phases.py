"""Where a request is, read off the records of its slot and its job: the one place that knows which
fields say so."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from aurosim.dataplane.contract import Kind
from aurosim.dataplane.mechanics.instances import ACK, MISS, STALLED
from aurosim.dataplane.mechanics.run_queue import next_task
from aurosim.dataplane.mechanics.words import NONE, at


class Place(Enum):
    """What a request is doing, or waiting for."""

    POOL = "in its client's waiting room"
    PAUSE = "not sent yet: it is not time"
    TRAVEL = "on its way to an instance"
    QUEUE = "in an instance's run queue"
    CPU = "on a vCPU"
    READ = "reading pages"
    NO_COPY = "no copy to read from"
    LOG_FULL = "no room for its redo in the log"
    COMMIT = "waiting for VDL"
    ERROR = "an error is on its way back"
    SILENCE = "nobody will answer"
    OVER = "ended"


AT_INSTANCE = (
    Place.QUEUE, Place.CPU, Place.READ, Place.NO_COPY, Place.LOG_FULL, Place.COMMIT,
)  # fmt: skip
BY_KIND = {Kind.ARRIVE: Place.TRAVEL, Kind.FAILURE: Place.ERROR, Kind.SEND: Place.PAUSE}


class Phase(NamedTuple):
    """A place, the attempt and statement there, the step of the job, and the event it waits for."""

    place: Place
    attempt: int = 0
    statement: int = 0
    step: int = NONE
    event: Any = NONE


def phase(S: Any, x: int, request: int) -> Phase:
    """Where ``request`` is, which has slot ``x``."""
    slot = S.slot[x]
    if slot.request != request or not slot.open:
        return Phase(Place.OVER)
    attempt, statement = slot.attempt, slot.statement
    if slot.hush:
        return Phase(Place.SILENCE, attempt, statement, NONE, slot.progress)
    if slot.progress != NONE:
        return Phase(BY_KIND[slot.progress.kind], attempt, statement, NONE, slot.progress)
    job = S.job[slot.job]
    if not (job.active and job.slot == x):
        return Phase(Place.SILENCE, attempt, statement)
    if job.event != NONE:
        place = Place.CPU if job.event.kind == Kind.CPU_DONE else Place.READ
        return Phase(place, attempt, statement, job.step, job.event)
    return Phase(_waiting(S, slot.job), attempt, statement, job.step)


def _waiting(S: Any, j: int) -> Place:
    """What a job without an event waits for: a vCPU, unless it is out of the run queue."""
    job = S.job[j]
    cl = S.instance[job.instance].cluster
    cluster = S.cluster[cl]
    if job.step == ACK and job.left_ns == 0:  # the pass to come is not reckoned yet: -1
        return Place.COMMIT
    if job.step == STALLED and job.lsn == 0:
        return Place.LOG_FULL
    if job.step == MISS and job.left_ns == 0:
        places = range(cluster.reads_first, cluster.reads_end)
        if any(at(S.reads, cl, place) == j for place in places):
            return Place.NO_COPY
    return Place.QUEUE


def ahead(S: Any, i: int, task: int) -> int:
    """How many tasks stand before this one in an instance's run queue."""
    count, other = 0, S.instance[i].head
    while other not in (NONE, task):
        count, other = count + 1, next_task(S, other)
    return count


def boxcars(S: Any, t: int) -> list[int]:
    """The boxcars that a transaction's redo is in, in the order they were named."""
    found: list[int] = []
    c = S.tx[t].boxcars if t != NONE else NONE
    while c != NONE:
        if S.cell[c].boxcar not in found:
            found.append(S.cell[c].boxcar)
        c = S.cell[c].next
    return found
