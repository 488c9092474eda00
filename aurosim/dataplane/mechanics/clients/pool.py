"""The pool: requests of an open load borrow connections, or wait in its waiting room."""

from __future__ import annotations

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.mechanics.clients.slots import forget_tx
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, at


def begin(S: State, x: int, request: int, due_ns: int) -> None:
    """``x`` takes up a request."""
    slot = S.slot[x]
    slot.open = True
    slot.request = request
    slot.due_ns = due_ns
    slot.attempt = 0
    slot.statement = 0
    forget_tx(S, x)


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


def release(S: State, x: int, now: int) -> int:
    """The first of the waiting room takes the connection and sends now, else it rests (NEVER)."""
    w = S.slot[x].workload
    workload = S.workload[w]
    if workload.waiting_first < workload.waiting_end:
        waiter = at(S.waiting, w, workload.waiting_first)
        workload.waiting_first += 1
        begin(S, x, waiter.request, waiter.due_ns)
        return now
    S.slot[x].next = NONE
    if S.slot[x].connected:
        if workload.free == NONE:
            workload.free = x
        else:
            S.slot[workload.free_end].next = x
        workload.free_end = x
        return NEVER
    if workload.unopened == NONE:
        workload.unopened = x
    else:
        S.slot[workload.unopened_end].next = x
    workload.unopened_end = x
    return NEVER
