"""The words of the rules over arrays: each takes the place of the one of its name in
`mechanics.words` when the rules are compiled (see there for what they mean)."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane.compiled.arrays import Arrays
from aurosim.dataplane.compiled.queue import cancel, push
from aurosim.dataplane.mechanics.state import POOLS

HASH = 0x9E3779B97F4A7C15 >> 1
__all__ = ["cancel", "push"]


@kernel_inner
def wide(number: int) -> int:
    return np.int64(number)


# --- pools: a list of free records for each, through ``next`` ----------------------------------
TAKE_AND_GIVE = """
def take_{pool}(S):
    top = S.top[0]
    x = top.free_{pool}
    top.free_{pool} = S.{pool}[x].next
    top.free_{pool}s -= 1
    return x

def give_{pool}(S, x):
    top = S.top[0]
    S.{pool}[x].next = top.free_{pool}
    top.free_{pool} = x
    top.free_{pool}s += 1
"""
for _pool in POOLS:
    exec(TAKE_AND_GIVE.format(pool=_pool))
    for _name in (f"take_{_pool}", f"give_{_pool}"):
        globals()[_name] = kernel_inner(globals()[_name])


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
    S: Arrays, process: int, workload: int, kind: int, outcome: int, final: int, attempt: int,
    statement: int, instance: int, request: int, due_ns: int, start_ns: int,
    end_ns: int, lsn: int, stale_ns: int,
) -> None:  # fmt: skip
    top = S.top[0]
    ended = S.row[top.rows]
    ended.process = process
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
