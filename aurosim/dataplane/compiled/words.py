"""The words of the rules over arrays: each takes the place of the one of its name in
`mechanics.words` when the rules are compiled (see there for what they mean)."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane.compiled.arrays import Arrays
from aurosim.dataplane.compiled.queue import cancel, push

HASH = 0x9E3779B97F4A7C15 >> 1
__all__ = ["cancel", "push"]


@kernel_inner
def wide(number: int) -> int:
    return np.int64(number)


# --- pools ------------------------------------------------------------------------------------
@kernel_inner
def take_job(S: Arrays) -> int:
    top = S.top[0]
    j = top.free_job
    top.free_job = S.job[j].next
    top.free_jobs -= 1
    return j


@kernel_inner
def give_job(S: Arrays, j: int) -> None:
    top = S.top[0]
    S.job[j].next = top.free_job
    top.free_job = j
    top.free_jobs += 1


@kernel_inner
def take_tx(S: Arrays) -> int:
    top = S.top[0]
    t = top.free_tx
    top.free_tx = S.tx[t].next
    top.free_txs -= 1
    return t


@kernel_inner
def give_tx(S: Arrays, t: int) -> None:
    top = S.top[0]
    S.tx[t].next = top.free_tx
    top.free_tx = t
    top.free_txs += 1


@kernel_inner
def take_cell(S: Arrays) -> int:
    top = S.top[0]
    c = top.free_cell
    top.free_cell = S.cell[c].next
    top.free_cells -= 1
    return c


@kernel_inner
def give_cell(S: Arrays, c: int) -> None:
    top = S.top[0]
    S.cell[c].next = top.free_cell
    top.free_cell = c
    top.free_cells += 1


@kernel_inner
def take_key(S: Arrays) -> int:
    top = S.top[0]
    k = top.free_key
    top.free_key = S.key[k].next
    top.free_keys -= 1
    return k


@kernel_inner
def give_key(S: Arrays, k: int) -> None:
    top = S.top[0]
    S.key[k].next = top.free_key
    top.free_key = k
    top.free_keys += 1


@kernel_inner
def take_boxcar(S: Arrays) -> int:
    top = S.top[0]
    b = top.free_boxcar
    top.free_boxcar = S.boxcar[b].next
    top.free_boxcars -= 1
    return b


@kernel_inner
def give_boxcar(S: Arrays, b: int) -> None:
    top = S.top[0]
    S.boxcar[b].next = top.free_boxcar
    top.free_boxcar = b
    top.free_boxcars += 1


@kernel_inner
def take_chunk(S: Arrays) -> int:
    top = S.top[0]
    c = top.free_chunk
    top.free_chunk = S.chunk[c].next
    top.free_chunks -= 1
    return c


@kernel_inner
def give_chunk(S: Arrays, c: int) -> None:
    top = S.top[0]
    S.chunk[c].next = top.free_chunk
    top.free_chunk = c
    top.free_chunks += 1


# --- rings ------------------------------------------------------------------------------------
@kernel_inner
def at(ring: Any, owner: int, place: int) -> Any:
    return ring[owner, place & (ring.shape[1] - 1)]


@kernel_inner
def fresh(ring: Any, owner: int, first: int, end: int) -> Any:
    return ring[owner, end & (ring.shape[1] - 1)]


@kernel_inner
def put(ring: Any, owner: int, first: int, end: int, index: int) -> None:
    ring[owner, end & (ring.shape[1] - 1)] = index


@kernel_inner
def replace(ring: Any, owner: int, place: int, index: int) -> None:
    ring[owner, place & (ring.shape[1] - 1)] = index


# --- the changes of a row: a table of hashes, whose chains may hold other rows, too -----------
@kernel_inner
def hashed(S: Arrays, key: int) -> int:
    """The place of a key in the table."""
    mixed = (key * HASH) >> 20
    return mixed & (S.change_table.shape[1] - 1)


@kernel_inner
def chain(S: Arrays, cl: int, key: int) -> int:
    return S.change_table[cl, hashed(S, key)]


@kernel_inner
def set_chain(S: Arrays, cl: int, key: int, place: int) -> None:
    S.change_table[cl, hashed(S, key)] = place


@kernel_inner
def hash_all(S: Arrays, cl: int) -> None:
    """Fill the empty table of hashes from the ring of changes."""
    cluster = S.cluster[cl]
    for place in range(cluster.changes_first, cluster.changes_end):
        change = at(S.change, cl, place)
        change.next = chain(S, cl, change.key)
        set_chain(S, cl, change.key, place)


# --- what is handed out -----------------------------------------------------------------------
@kernel_inner
def row(
    S: Arrays, workload: int, kind: int, outcome: int, final: int, attempt: int, statement: int,
    instance: int, request: int, due_ns: int, start_ns: int, end_ns: int, lsn: int, stale_ns: int,
) -> None:  # fmt: skip
    top = S.top[0]
    ended = S.row[top.rows]
    ended.workload = workload
    ended.kind = kind
    ended.outcome = outcome
    ended.final = final
    ended.attempt = attempt
    ended.statement = statement
    ended.instance = instance
    ended.request = request
    ended.due_ns = due_ns
    ended.start_ns = start_ns
    ended.end_ns = end_ns
    ended.lsn = lsn
    ended.stale_ns = stale_ns
    top.rows += 1


@kernel_inner
def lag_sample(S: Arrays, instance: int, now: int, lag_ns: int) -> None:
    top = S.top[0]
    sample = S.lag[top.lags]
    sample.instance = instance
    sample.at_ns = now
    sample.lag_ns = lag_ns
    top.lags += 1
