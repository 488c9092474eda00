"""A transaction slot: one connection of a pool and the request that uses it (see the reference)."""

from __future__ import annotations

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane.contract import CONNECT, NEVER, Kind, StatementKind
from aurosim.dataplane.kernel.pools import NONE, drop_tx, take_job
from aurosim.dataplane.kernel.queue import push
from aurosim.dataplane.kernel.state import State

CLOSE_RANK = np.int64(int(Kind.CLOSE) << 48)
COMMIT = np.int64(StatementKind.COMMIT)


@kernel_inner
def entity(S: State, x: int) -> int:
    """The running attempt, as an entity."""
    slot = S.slot[x]
    return (slot.workload << 40) | (slot.request << 6) | slot.attempt


@kernel_inner
def plan_of(S: State, x: int) -> int:
    """The plan of the slot's statement."""
    slot = S.slot[x]
    return S.workload[slot.workload].first_statement + slot.statement


@kernel_inner
def write_row(
    S: State, x: int, kind: int, outcome: int, final: int, end_ns: int, lsn: int, stale_ns: int
) -> None:
    """A slot's statement has ended for its client."""
    top, slot = S.top[0], S.slot[x]
    row = S.row[top.rows]
    row.workload = slot.workload
    row.kind = kind
    row.outcome = outcome
    row.final = final
    row.attempt = slot.attempt
    row.statement = slot.statement
    row.instance = slot.instance
    row.request = slot.request
    row.due_ns = slot.due_ns
    row.start_ns = slot.send_ns
    row.end_ns = end_ns
    row.lsn = lsn
    row.stale_ns = stale_ns
    top.rows += 1


@kernel_inner
def forget_tx(S: State, x: int) -> None:
    """The slot's transaction is over."""
    drop_tx(S, S.slot[x].tx)
    S.slot[x].tx = NONE


@kernel_inner
def commit_sent(S: State, x: int, now: int) -> bool:
    """Whether what failed is a commit of changes that is on its way or further."""
    slot = S.slot[x]
    if slot.statement == CONNECT or slot.send_ns >= now:
        return False
    plan = S.statement[plan_of(S, x)]
    return plan.autocommit or (plan.kind == COMMIT and slot.tx != NONE)


@kernel_inner
def half_open(S: State, x: int) -> bool:
    """The instance works on the opening, or has opened and the answer came too late."""
    slot = S.slot[x]
    job = S.job[slot.job]
    return slot.statement == CONNECT and job.slot == x and job.statement == CONNECT


@kernel_inner
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
            slot.job = take_job(S)
            S.top[0].abandoned += 1
        elif slot.reset_ns == NEVER and (slot.connected or half_open(S, x)):
            carrier = take_job(S)  # carries the news to the instance
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


@kernel_inner
def take_slot(S: State, w: int) -> int:
    """A free place of the pool, one with an open connection first; NONE when there is none."""
    workload = S.workload[w]
    x = workload.free
    if x != NONE:
        workload.free = S.slot[x].next
        return x
    x = workload.unopened
    if x != NONE:
        workload.unopened = S.slot[x].next
    return x
