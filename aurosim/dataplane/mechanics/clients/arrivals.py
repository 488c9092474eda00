"""How a load begins, and how the requests of an open one fall due."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    NO_STATEMENT,
    REQUESTS_MAX,
    Final,
    Kind,
    Outcome,
    StatementKind,
)
from aurosim.dataplane.distributions import next_arrival_ns, unit_exponential
from aurosim.dataplane.mechanics.clients.attempt import send
from aurosim.dataplane.mechanics.clients.pool import begin, take_slot
from aurosim.dataplane.mechanics.clients.requests import enter, leave
from aurosim.dataplane.mechanics.clients.slots import entity
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, ZERO, fresh, push, row

SEND_RANK = int(Kind.SEND) << 48
DUE_RANK = int(Kind.DUE) << 48
QUEUE_FULL, BAD = int(Outcome.CLIENT_QUEUE_FULL), int(Final.BAD)
NO_KIND = int(StatementKind.NONE)
REFUSED = NO_STATEMENT
POOL_REQUESTS = REQUESTS_MAX - 1


def start(S: State, w: int, spread_ns: int) -> None:
    """Every connection starts at a random step; an open load's arrivals start at once. A closed
    load's client that thinks first opens its connection as a pool does, for no request."""
    workload = S.workload[w]
    for x in range(workload.first_slot, workload.first_slot + workload.slots):
        slot = S.slot[x]
        slot.request = POOL_REQUESTS - slot.number if workload.open else slot.number
        at_ns = laws.start_ns(spread_ns, workload.requests_key, slot.request)
        if not (workload.open or workload.think_first):
            begin(S, x, slot.request, at_ns)
            enter(S, w, at_ns)
            send(S, x, at_ns, ZERO)
        else:
            slot.send_ns = at_ns
            slot.progress = push(S, at_ns, SEND_RANK | entity(S, x), x)
    if workload.open:
        schedule_arrival(S, w, ZERO)


def schedule_arrival(S: State, w: int, now: int) -> None:
    """Draw when the next request falls due."""
    workload = S.workload[w]
    e = unit_exponential(workload.arrivals_key, workload.next_request, ZERO)
    first, end = workload.first_rate, workload.first_rate + workload.rates
    at_ns, segment = next_arrival_ns(
        now, e, S.rate_start[first:end], S.rate0[first:end], S.rate1[first:end],
        workload.rate_end_ns, workload.segment,
    )  # fmt: skip
    workload.segment = segment
    if at_ns <= workload.rate_end_ns:
        push(S, at_ns, DUE_RANK | w, w)


def fall_due(S: State, w: int, now: int) -> int:
    """A request of an open load is due: it waits or is refused (NONE), or takes the connection
    returned, to be sent now."""
    workload = S.workload[w]
    request = workload.next_request
    workload.next_request += 1
    schedule_arrival(S, w, now)
    x = take_slot(S, w)
    if x != NONE:
        begin(S, x, request, now)
        enter(S, w, now)
        return x
    enter(S, w, now)
    if workload.waiting_end - workload.waiting_first < workload.queue_limit:
        waiter = fresh(S.waiting, w, workload.waiting_first, workload.waiting_end)
        waiter.request = request
        waiter.due_ns = now
        workload.waiting_end += 1
        return NONE
    leave(S, w, now)
    row(
        S, w, NO_KIND, QUEUE_FULL, BAD, ZERO, REFUSED, NONE, request, now, now, now, ZERO, ZERO
    )
    return NONE
