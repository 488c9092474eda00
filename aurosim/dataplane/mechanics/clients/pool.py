"""The pool of a process: requests borrow connections, or wait in its waiting room.

Who has a connection to lend gives it as it is, whatever it last answered, unless the pool has a
rule against it: a lifetime, a time to rest, or a question whether it lives (`attempt.lend`).
"""

from __future__ import annotations

from aurosim.dataplane.contract import (
    NEVER,
    NO_STATEMENT,
    Final,
    Kind,
    Outcome,
    Reuse,
    StatementKind,
)
from aurosim.dataplane.mechanics.clients.connection import close
from aurosim.dataplane.mechanics.clients.requests import leave
from aurosim.dataplane.mechanics.clients.slots import forget_tx
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import (
    NONE,
    ZERO,
    give_waiter,
    push,
    row,
    take_waiter,
)

PATIENCE_RANK = int(Kind.PATIENCE) << 48
REST_RANK = int(Kind.REST) << 48
LAST_IN = int(Reuse.LAST_IN)
QUEUE_FULL, POOL_TIMEOUT = int(Outcome.CLIENT_QUEUE_FULL), int(Outcome.POOL_TIMEOUT)
BAD = int(Final.BAD)
NO_KIND = int(StatementKind.NONE)
REFUSED = NO_STATEMENT


def begin(S: State, x: int, request: int, due_ns: int) -> None:
    """``x`` takes up a request."""
    slot = S.slot[x]
    slot.open = True
    slot.request = request
    slot.due_ns = due_ns
    slot.attempt = 0
    slot.statement = 0
    forget_tx(S, x)


# --- connections ---------------------------------------------------------------------------------
def take_slot(S: State, p: int) -> int:
    """A free place of the pool, one with an open connection first; NONE when there is none."""
    process = S.process[p]
    while process.free != NONE:
        x = process.free
        process.free = S.slot[x].next
        if S.slot[x].connected:
            return x
        put_unopened(S, p, x)  # it was closed while it rested
    x = process.unopened
    if x != NONE:
        process.unopened = S.slot[x].next
    return x


def put_unopened(S: State, p: int, x: int) -> None:
    """A place without a connection, behind all others."""
    process = S.process[p]
    S.slot[x].next = NONE
    if process.unopened == NONE:
        process.unopened = x
    else:
        S.slot[process.unopened_end].next = x
    process.unopened_end = x


def put_free(S: State, p: int, x: int) -> None:
    """A connection that rests: before all others or behind them, by the pool's order."""
    process, slot = S.process[p], S.slot[x]
    slot.next = NONE
    if process.free == NONE:
        process.free = x
        process.free_end = x
    elif S.workload[process.workload].reuse == LAST_IN:
        slot.next = process.free
        process.free = x
    else:
        S.slot[process.free_end].next = x
        process.free_end = x


def release(S: State, x: int, now: int) -> int:
    """The first of the waiting room takes the connection and sends now, else it rests (NEVER)."""
    slot = S.slot[x]
    p = slot.process
    process = S.process[p]
    if process.waiting != NONE:
        waiter = S.waiter[process.waiting]
        begin(S, x, waiter.request, waiter.due_ns)
        drop_first(S, p)
        return now
    if slot.connected:
        put_free(S, p, x)
        watch_rest(S, x, now)
    else:
        put_unopened(S, p, x)
    return NEVER


def rests_until_ns(S: State, x: int) -> int:
    """When an idle connection has lived or rested long enough; NEVER."""
    slot = S.slot[x]
    return min(slot.expires_ns, slot.used_ns + S.workload[slot.workload].idle_timeout_ns)


def watch_rest(S: State, x: int, now: int) -> None:
    """One timer for each connection that may be closed while it rests."""
    slot = S.slot[x]
    at_ns = rests_until_ns(S, x)
    if at_ns < NEVER and not slot.watched:
        slot.watched = True
        push(S, max(at_ns, now), REST_RANK | (slot.workload << 40) | slot.number, x)


def rest_ends(S: State, x: int, now: int) -> None:
    """A connection that has rested or lived long enough is closed; one in use is not."""
    slot = S.slot[x]
    slot.watched = False
    if slot.open or not slot.connected:
        return
    if rests_until_ns(S, x) > now:
        watch_rest(S, x, now)
    else:
        close(S, x, now)


# --- the waiting room ----------------------------------------------------------------------------
def wait(S: State, p: int, request: int, now: int) -> None:
    """A request for which there is no connection waits for one, or is refused."""
    process = S.process[p]
    workload = S.workload[process.workload]
    if process.waiters >= workload.queue_limit:
        refuse(S, p, QUEUE_FULL, request, now, now)
        return
    number = take_waiter(S)
    waiter = S.waiter[number]
    waiter.request = request
    waiter.due_ns = now
    waiter.next = NONE
    if process.waiting == NONE:
        process.waiting = number
    else:
        S.waiter[process.waiting_end].next = number
    process.waiting_end = number
    process.waiters += 1
    workload.waiting += 1
    watch_patience(S, p, now)


def drop_first(S: State, p: int) -> None:
    """The first of a waiting room waits no more."""
    process = S.process[p]
    number = process.waiting
    process.waiting = S.waiter[number].next
    process.waiters -= 1
    S.workload[process.workload].waiting -= 1
    give_waiter(S, number)


def watch_patience(S: State, p: int, now: int) -> None:
    """One timer for each waiting room, for whoever is first in it."""
    process = S.process[p]
    patience_ns = S.workload[process.workload].borrow_timeout_ns
    if patience_ns < NEVER and not process.patience:
        process.patience = True
        at_ns = S.waiter[process.waiting].due_ns + patience_ns
        push(S, max(at_ns, now), PATIENCE_RANK | (process.workload << 40) | process.number, p)


def patience_ends(S: State, p: int, now: int) -> None:
    """Whoever has waited for as long as the pool lets him gets no connection any more."""
    process = S.process[p]
    process.patience = False
    if process.waiting == NONE:
        return
    waiter = S.waiter[process.waiting]
    request, due_ns = waiter.request, waiter.due_ns
    if due_ns + S.workload[process.workload].borrow_timeout_ns <= now:
        drop_first(S, p)
        refuse(S, p, POOL_TIMEOUT, request, due_ns, now)
    if process.waiting != NONE:
        watch_patience(S, p, now)


def refuse(S: State, p: int, code: int, request: int, due_ns: int, now: int) -> None:
    """A request ends without a connection."""
    w = S.process[p].workload
    leave(S, w, now)
    row(
        S, p, w, NO_KIND, code, BAD, ZERO, REFUSED, NONE, request, due_ns, now, now, ZERO, ZERO
    )
