"""The few words that differ between the two ways of running: here over plain objects.

Each has a twin of the same name in `compiled.words`, over arrays, which takes its place when the
rules are compiled. Everything else about a rule is the same in both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aurosim.dataplane.mechanics.state import State, widen

NONE = -1
"""No record, no event."""
ZERO = 0
ONE = 1


def wide(number: int) -> int:
    """A small number of a record as one of 64 bits; Python has only one kind."""
    return number


# --- the event queue --------------------------------------------------------------------------
def push(S: State, when: int, rank: int, subject: int) -> Any:
    """A new event; returns the handle by which it can be cancelled."""
    return S.queue.push(when, rank, subject)


def cancel(S: State, e: Any) -> None:
    """Let an event pass without effect; it may be NONE."""
    if e != NONE and e.subject != NONE:
        e.subject = NONE
        S.top[0].cancelled += 1


# --- pools: a record taken still holds what it held -------------------------------------------
def _pool(name: str) -> tuple[Callable[[State], int], Callable[[State, int], None]]:
    """How a record of a pool is taken, by its index, and given back."""

    def take(S: State) -> int:
        return S.take(name)

    def give(S: State, x: int) -> None:
        S.free[name].append(x)

    return take, give


take_job, give_job = _pool("job")
take_tx, give_tx = _pool("tx")
take_cell, give_cell = _pool("cell")  # of a list of boxcars
take_key, give_key = _pool("key")  # of a list of changed rows
take_boxcar, give_boxcar = _pool("boxcar")
take_chunk, give_chunk = _pool("chunk")
take_waiter, give_waiter = _pool("waiter")


# --- rings: positions that only grow ----------------------------------------------------------
def at(ring: Any, owner: int, place: int) -> Any:
    """What an owner's ring has at a position."""
    row = ring[owner]
    return row[place & (len(row) - 1)]


def fresh(ring: Any, owner: int, first: int, end: int) -> Any:
    """The record behind the last of a ring that is filled from ``first`` to ``end``."""
    row = ring[owner]
    if end - first == len(row):
        widen(row, first, end)
    return row[end & (len(row) - 1)]


def put(ring: Any, owner: int, first: int, end: int, index: int) -> None:
    """An index behind the last of such a ring."""
    row = ring[owner]
    if end - first == len(row):
        widen(row, first, end)
    row[end & (len(row) - 1)] = index


def replace(ring: Any, owner: int, place: int, index: int) -> None:
    """Another index at a position."""
    row = ring[owner]
    row[place & (len(row) - 1)] = index


# --- the changes of a row, newest first -------------------------------------------------------
def chain(S: State, cl: int, key: int) -> int:
    """The position of the newest change whose row may be ``key``, in the ring of changes; NONE."""
    return S.change_table.get((cl, key), NONE)


def set_chain(S: State, cl: int, key: int, place: int) -> None:
    """That is ``place`` now, or NONE."""
    if place == NONE:
        S.change_table.pop((cl, key), None)
    else:
        S.change_table[cl, key] = place


# --- what is handed out -----------------------------------------------------------------------
def row(
    S: State, process: int, workload: int, kind: int, outcome: int, final: int, attempt: int,
    statement: int, instance: int, request: int, due_ns: int, start_ns: int,
    end_ns: int, lsn: int, stale_ns: int,
) -> None:  # fmt: skip
    """A statement has ended for its client (`contract.ROW`)."""
    S.row.append((
        process, workload, instance, kind, outcome, final, attempt, statement, request, due_ns,
        start_ns, end_ns, lsn, stale_ns,
    ))


def lag_sample(S: State, instance: int, now: int, lag_ns: int) -> None:
    """A reader has applied a chunk, or a secondary's volume a batch (`contract.LAG`)."""
    S.lag.append((instance, now, lag_ns))
