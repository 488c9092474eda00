"""Connections: opened, refused, closed; and what a client learns of one whose instance died."""

from __future__ import annotations

from aurosim.dataplane.contract import CONNECT, NEVER, Kind
from aurosim.dataplane.mechanics.clients.slots import arm, entity
from aurosim.dataplane.mechanics.records import new_job
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, push

ARRIVE_RANK = int(Kind.ARRIVE) << 48
FAILURE_RANK = int(Kind.FAILURE) << 48
CLOSE_RANK = int(Kind.CLOSE) << 48


def connect(S: State, x: int, instance: int, now: int) -> None:
    """The slot asks an instance for a connection."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    slot.statement = CONNECT
    slot.send_ns = now
    slot.instance = instance
    slot.connects += 1
    arm(S, x, now + workload.connect_timeout_ns, now)
    arrive_ns = now + S.hop[slot.workload, slot.instance]
    slot.progress = push(S, arrive_ns, ARRIVE_RANK | entity(S, x), x)


def refused(S: State, x: int, code: int, now: int) -> None:
    """The instance answers with an error, which travels back."""
    slot = S.slot[x]
    slot.code = code
    at_ns = now + S.hop[slot.workload, slot.instance]
    slot.progress = push(S, at_ns, FAILURE_RANK | entity(S, x), x)


def close(S: State, x: int, now: int) -> None:
    """Give the connection up. A statement in work runs on and its answer is dropped; the instance
    sees the connection closed one hop later."""
    slot = S.slot[x]
    if slot.instance != NONE:
        seen_ns = now + S.hop[slot.workload, slot.instance]
        job = S.job[slot.job]
        if job.active:
            job.slot = NONE
            job.closed_ns = seen_ns
            slot.job = new_job(S)
            S.top[0].abandoned += 1
        elif slot.reset_ns == NEVER and (slot.connected or half_open(S, x)):
            carrier = new_job(S)  # carries the news to the instance
            S.job[carrier].instance = slot.instance
            S.job[carrier].epoch = slot.epoch if slot.connected else job.epoch
            S.top[0].abandoned += 1
            push(S, seen_ns, CLOSE_RANK | entity(S, x), carrier)
            job.slot = NONE
        else:
            job.slot = NONE
    slot.instance = NONE
    slot.connected = False
    slot.reset_ns = NEVER
    slot.dead_ns = NEVER


def half_open(S: State, x: int) -> bool:
    """The instance works on the opening, or has opened and the answer came too late."""
    slot = S.slot[x]
    job = S.job[slot.job]
    return slot.statement == CONNECT and job.slot == x and job.statement == CONNECT


def server_epoch(S: State, x: int) -> int:
    """In which life its instance knows this connection; NONE when it knows of none."""
    slot = S.slot[x]
    if slot.connected:
        return slot.epoch
    return S.job[slot.job].epoch if half_open(S, x) else NONE
