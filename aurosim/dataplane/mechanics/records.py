"""Records as rules take and give them: each begins the same way, and goes when nobody holds it."""

from __future__ import annotations

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.mechanics.fields import MEMBERS
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import (
    NONE,
    give_boxcar,
    give_cell,
    give_chunk,
    give_key,
    give_tx,
    take_boxcar,
    take_cell,
    take_chunk,
    take_job,
    take_key,
    take_tx,
)


def new_job(S: State) -> int:
    """A job of nobody."""
    j = take_job(S)
    job = S.job[j]
    job.active = False
    job.slot = NONE
    job.tx = NONE
    job.event = NONE
    return j


def name_in_cell(S: State, b: int) -> int:
    """A list cell that names boxcar ``b``."""
    c = take_cell(S)
    cell = S.cell[c]
    cell.boxcar = b
    cell.next = NONE
    return c


def drop_boxcars(S: State, c: int) -> None:
    """A list of boxcars is no longer needed."""
    while c != NONE:
        after = S.cell[c].next
        drop_boxcar(S, S.cell[c].boxcar)
        give_cell(S, c)
        c = after


def new_boxcar(S: State, g: int) -> int:
    """A boxcar of group ``g``, held by the group."""
    b = take_boxcar(S)
    boxcar = S.boxcar[b]
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


def drop_boxcar(S: State, b: int) -> None:
    """One holder less; without holders it is free again."""
    boxcar = S.boxcar[b]
    boxcar.holds -= 1
    if boxcar.holds == 0:
        give_boxcar(S, b)


def new_tx(S: State) -> int:
    """A transaction that has written nothing yet, held by its slot."""
    t = take_tx(S)
    tx = S.tx[t]
    tx.boxcars = NONE
    tx.boxcars_end = NONE
    tx.keys = NONE
    tx.keys_end = NONE
    tx.holds = 1
    return t


def drop_tx(S: State, t: int) -> None:
    """One holder less; without holders its lists are free again. ``t`` may be NONE."""
    if t == NONE:
        return
    tx = S.tx[t]
    tx.holds -= 1
    if tx.holds > 0:
        return
    drop_boxcars(S, tx.boxcars)
    k = tx.keys
    while k != NONE:
        after = S.key[k].next
        give_key(S, k)
        k = after
    give_tx(S, t)


def remember_key(S: State, t: int, key: int) -> None:
    """The transaction changes a row; a row changed twice is one change."""
    tx = S.tx[t]
    k = tx.keys
    while k != NONE:
        if S.key[k].key == key:
            return
        k = S.key[k].next
    k = take_key(S)
    S.key[k].key = key
    S.key[k].next = NONE
    if tx.keys == NONE:
        tx.keys = k
    else:
        S.key[tx.keys_end].next = k
    tx.keys_end = k


def new_chunk(S: State) -> int:
    """A chunk of redo that leaves."""
    c = take_chunk(S)
    chunk = S.chunk[c]
    chunk.event = NONE
    chunk.next = NONE
    chunk.done = False
    chunk.arrived = False
    chunk.working = False
    chunk.seen = False
    return c


def end_chunk(S: State, c: int) -> None:
    """The chunk is of no use any more."""
    S.chunk[c].arrived = False
    give_chunk(S, c)
