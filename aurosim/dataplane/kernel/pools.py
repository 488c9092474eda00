"""Pools: records taken and given back, and the lists that are made of them."""

from __future__ import annotations

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.kernel.state import MEMBERS, State

# Constants are numpy's integers: a literal would make numba compile a callee once more for it.
NONE = np.int64(-1)
ZERO = np.int64(0)
ONE = np.int64(1)


@kernel_inner
def take_job(S: State) -> int:
    """A free job."""
    top = S.top[0]
    j = top.free_job
    top.free_job = S.job[j].next
    top.free_jobs -= 1
    S.job[j].active = False
    S.job[j].slot = NONE
    S.job[j].tx = NONE
    S.job[j].event = NONE
    return j


@kernel_inner
def give_job(S: State, j: int) -> None:
    """The job is free again."""
    top = S.top[0]
    S.job[j].next = top.free_job
    top.free_job = j
    top.free_jobs += 1


@kernel_inner
def take_cell(S: State, b: int) -> int:
    """A list cell that names boxcar ``b``."""
    top = S.top[0]
    c = top.free_cell
    top.free_cell = S.cell[c].next
    top.free_cells -= 1
    S.cell[c].boxcar = b
    S.cell[c].next = NONE
    return c


@kernel_inner
def give_boxcars(S: State, c: int) -> None:
    """A list of boxcars is no longer needed."""
    top = S.top[0]
    while c != NONE:
        after = S.cell[c].next
        drop_boxcar(S, S.cell[c].boxcar)
        S.cell[c].next = top.free_cell
        top.free_cell = c
        top.free_cells += 1
        c = after


@kernel_inner
def take_boxcar(S: State, g: int) -> int:
    """A new boxcar of group ``g``, held by the group."""
    top = S.top[0]
    b = top.free_boxcar
    boxcar = S.boxcar[b]
    top.free_boxcar = boxcar.next
    top.free_boxcars -= 1
    for member in range(MEMBERS):
        boxcar.persist_ns[member] = NEVER
        boxcar.ack_ns[member] = NEVER
    boxcar.quorum_at_ns = NEVER
    boxcar.number = S.group[g].number
    boxcar.bytes = 0
    boxcar.settled_ns = 0
    boxcar.group = g
    boxcar.copies = 0
    boxcar.event = NONE
    boxcar.holds = 1
    boxcar.flying_next = NONE
    boxcar.flying_last = NONE
    boxcar.durable = False
    boxcar.missing = True
    return b


@kernel_inner
def drop_boxcar(S: State, b: int) -> None:
    """One holder less; without holders it is free again."""
    boxcar = S.boxcar[b]
    boxcar.holds -= 1
    if boxcar.holds == 0:
        top = S.top[0]
        boxcar.next = top.free_boxcar
        top.free_boxcar = b
        top.free_boxcars += 1


@kernel_inner
def take_tx(S: State) -> int:
    """A transaction that has written nothing yet, held by its slot."""
    top = S.top[0]
    t = top.free_tx
    tx = S.tx[t]
    top.free_tx = tx.next
    top.free_txs -= 1
    tx.boxcars = NONE
    tx.boxcars_end = NONE
    tx.keys = NONE
    tx.keys_end = NONE
    tx.holds = 1
    return t


@kernel_inner
def drop_tx(S: State, t: int) -> None:
    """One holder less; without holders its lists are free again. ``t`` may be NONE."""
    if t == NONE:
        return
    tx = S.tx[t]
    tx.holds -= 1
    if tx.holds > 0:
        return
    top = S.top[0]
    give_boxcars(S, tx.boxcars)
    k = tx.keys
    while k != NONE:
        after = S.key[k].next
        S.key[k].next = top.free_key
        top.free_key = k
        top.free_keys += 1
        k = after
    tx.next = top.free_tx
    top.free_tx = t
    top.free_txs += 1


@kernel_inner
def remember_key(S: State, t: int, key: int) -> None:
    """The transaction changes a row; a row changed twice is one change."""
    tx = S.tx[t]
    k = tx.keys
    while k != NONE:
        if S.key[k].key == key:
            return
        k = S.key[k].next
    top = S.top[0]
    k = top.free_key
    top.free_key = S.key[k].next
    top.free_keys -= 1
    S.key[k].key = key
    S.key[k].next = NONE
    if tx.keys == NONE:
        tx.keys = k
    else:
        S.key[tx.keys_end].next = k
    tx.keys_end = k


@kernel_inner
def take_chunk(S: State) -> int:
    """A free chunk."""
    top = S.top[0]
    c = top.free_chunk
    top.free_chunk = S.chunk[c].next
    top.free_chunks -= 1
    S.chunk[c].event = NONE
    S.chunk[c].next = NONE
    S.chunk[c].done = False
    S.chunk[c].arrived = False
    S.chunk[c].working = False
    S.chunk[c].seen = False
    return c


@kernel_inner
def give_chunk(S: State, c: int) -> None:
    """The chunk is free again."""
    top = S.top[0]
    S.chunk[c].arrived = False
    S.chunk[c].next = top.free_chunk
    top.free_chunk = c
    top.free_chunks += 1


# --- the run queue: tasks are jobs, groups (their senders) and chunks ------------------------
JOB_TASK, GROUP_TASK, CHUNK_TASK = map(np.int64, range(3))


@kernel_inner
def set_next(S: State, task: int, after: int) -> None:
    """Link a task to the one after it."""
    kind = task & 3
    if kind == JOB_TASK:
        S.job[task >> 2].next = after
    elif kind == GROUP_TASK:
        S.group[task >> 2].next = after
    else:
        S.chunk[task >> 2].next_task = after


@kernel_inner
def next_task(S: State, task: int) -> int:
    """The task after this one."""
    kind = task & 3
    if kind == JOB_TASK:
        return S.job[task >> 2].next
    if kind == GROUP_TASK:
        return S.group[task >> 2].next
    return S.chunk[task >> 2].next_task


@kernel_inner
def enqueue(S: State, i: int, task: int) -> None:
    """To the end of the instance's run queue."""
    instance = S.instance[i]
    set_next(S, task, NONE)
    if instance.tail == NONE:
        instance.head = task
    else:
        set_next(S, instance.tail, task)
    instance.tail = task
    instance.queued += 1


@kernel_inner
def dequeue(S: State, i: int) -> int:
    """The first of the run queue; there is one."""
    instance = S.instance[i]
    task = instance.head
    after = next_task(S, task)
    instance.head = after
    if after == NONE:
        instance.tail = NONE
    instance.queued -= 1
    return task
