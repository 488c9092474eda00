"""How a load begins, and how the requests of an open one fall due."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import NEVER, REQUESTS_MAX, Kind, Reuse
from aurosim.dataplane.distributions import next_arrival_ns, unit_exponential
from aurosim.dataplane.mechanics.clients.attempt import send
from aurosim.dataplane.mechanics.clients.names import answered_before
from aurosim.dataplane.mechanics.clients.pool import begin, put_unopened, take_slot, wait
from aurosim.dataplane.mechanics.clients.requests import enter
from aurosim.dataplane.mechanics.clients.slots import entity
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, ZERO, push

SEND_RANK = int(Kind.SEND) << 48
DUE_RANK = int(Kind.DUE) << 48
PER_REQUEST = int(Reuse.PER_REQUEST)
POOL_REQUESTS = REQUESTS_MAX - 1
REQUEST_BITS = REQUESTS_MAX.bit_length() - 1


def start(S: State, w: int, spread_ns: int) -> None:
    """Every connection starts at a random step; an open load's arrivals start at once. A closed
    load's client that thinks first opens its connection as a pool does, for no request. Who opens
    one for each request has none."""
    workload = S.workload[w]
    remember_lookups(S, w)
    for x in range(workload.first_slot, workload.first_slot + workload.slots):
        slot = S.slot[x]
        slot.request = POOL_REQUESTS - slot.number if workload.open else slot.number
        at_ns = laws.start_ns(spread_ns, workload.requests_key, slot.request)
        if workload.reuse == PER_REQUEST:
            start_without(S, x, at_ns)
        elif not (workload.open or workload.think_first):
            begin(S, x, slot.request, at_ns)
            enter(S, w, at_ns)
            send(S, x, at_ns, ZERO)
        else:
            slot.send_ns = at_ns
            slot.progress = push(S, at_ns, SEND_RANK | entity(S, x), x)
    if workload.open:
        schedule_arrival(S, w, ZERO)


def start_without(S: State, x: int, at_ns: int) -> None:
    """Who opens a connection for each request begins without one, in mid-thought if it thinks."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    if workload.open:
        put_unopened(S, slot.process, x)
        return
    if workload.think_first:
        law, mean_ns, key = workload.think_law, workload.think_mean_ns, workload.requests_key
        at_ns += laws.first_think_ns(law, mean_ns, key, slot.request)
    begin(S, x, slot.request, at_ns)
    enter(S, slot.workload, at_ns)
    send(S, x, at_ns, ZERO)


def remember_lookups(S: State, w: int) -> None:
    """The connections that a pool has at the start were opened in the past, each at a random point
    of its lifetime by now, and those of one time by one lookup. Without lifetimes all were opened
    at once, and the answer to that has expired long ago."""
    workload = S.workload[w]
    key = workload.requests_key
    cache_ns = max(workload.dns_cache_ns, workload.resolver_ttl_ns)
    for x in range(workload.first_slot, workload.first_slot + workload.slots):
        slot = S.slot[x]
        slot.past = ZERO
        if workload.max_lifetime_ns == NEVER or workload.role < 0:
            continue
        lifetime_ns = laws.lifetime_ns(
            workload.max_lifetime_ns, workload.lifetime_jitter, key, slot.number, ZERO
        )
        age_ns = laws.age_ns(lifetime_ns, key, slot.number)
        slot.expires_ns = lifetime_ns - age_ns
        slot.past = slot.number if cache_ns == 0 else age_ns // cache_ns
        process = S.process[slot.process]
        process.answer_until_ns = max(process.answer_until_ns, workload.dns_cache_ns - age_ns)
        if process.answer_until_ns == workload.dns_cache_ns - age_ns:
            process.answer = answered_before(S, x, slot.past, ZERO)


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
    return take_in(S, w, request, now)


def own_write(S: State, reader: int, now: int) -> int:
    """Who reads what was committed a while ago is due: ``reader`` is its workload and, as its own,
    the number of the request that wrote."""
    return take_in(S, reader >> REQUEST_BITS, reader & (REQUESTS_MAX - 1), now)


def take_in(S: State, w: int, request: int, now: int) -> int:
    """A request waits or is refused (NONE), or takes the connection returned."""
    workload = S.workload[w]
    p = workload.first_process
    if workload.processes > 1:
        p += laws.process_of(workload.processes, workload.requests_key, request)
    x = take_slot(S, p)
    enter(S, w, now)
    if x != NONE:
        begin(S, x, request, now)
    else:
        wait(S, p, request, now)
    return x
