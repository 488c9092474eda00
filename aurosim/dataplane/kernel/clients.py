"""Clients: they send, wait, give up, wait a little, and try again (see the reference).

Where the reference calls ``send`` from inside what led to it, a function here returns the time at
which the slot sends next (NEVER: not now), and the loop sends: compiled code cannot call in
circles.
"""

from __future__ import annotations

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    NO_STATEMENT,
    REQUESTS_MAX,
    Final,
    Kind,
    Outcome,
    StatementKind,
)
from aurosim.dataplane.distributions import next_arrival_ns, unit_exponential
from aurosim.dataplane.kernel import losses
from aurosim.dataplane.kernel.instances import change as change_wait
from aurosim.dataplane.kernel.instances import given_up
from aurosim.dataplane.kernel.pools import NONE, ONE, ZERO, drop_tx
from aurosim.dataplane.kernel.queue import cancel, push
from aurosim.dataplane.kernel.requests import enter, leave
from aurosim.dataplane.kernel.slot import (
    close,
    commit_sent,
    entity,
    forget_tx,
    plan_of,
    take_slot,
    write_row,
)
from aurosim.dataplane.kernel.state import State

ARRIVE_RANK = np.int64(int(Kind.ARRIVE) << 48)
FAILURE_RANK = np.int64(int(Kind.FAILURE) << 48)
RETURN_RANK = np.int64(int(Kind.RETURN) << 48)
SEND_RANK = np.int64(int(Kind.SEND) << 48)
DUE_RANK = np.int64(int(Kind.DUE) << 48)
DEADLINE_RANK = np.int64(int(Kind.DEADLINE) << 48)
OK = np.int64(Outcome.OK)
QUEUE_FULL = np.int64(Outcome.CLIENT_QUEUE_FULL)
RESET = np.int64(Outcome.CONNECTION_RESET)
CONNECT_TIMEOUT = np.int64(Outcome.CONNECT_TIMEOUT)
STATEMENT_TIMEOUT = np.int64(Outcome.STATEMENT_TIMEOUT)
UNKNOWN = np.int64(Outcome.UNKNOWN_OUTCOME)
FULL = np.int64(Outcome.VOLUME_FULL)
NOT_FINAL, GOOD, BAD = np.int64(Final.NOT), np.int64(Final.GOOD), np.int64(Final.BAD)
COMMIT = np.int64(StatementKind.COMMIT)
CONNECT_KIND = np.int64(StatementKind.CONNECT)
NO_KIND = np.int64(StatementKind.NONE)
CPU_WAIT = np.int64(0)
POOL_REQUESTS = np.int64(REQUESTS_MAX - 1)


@kernel_inner
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


# --- open arrivals ------------------------------------------------------------------------------
@kernel_inner
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


@kernel_inner
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
        waiter = S.waiting[w, workload.waiting_end & (S.waiting.shape[1] - 1)]
        waiter.request = request
        waiter.due_ns = now
        workload.waiting_end += 1
        return NONE
    leave(S, w, now)
    top = S.top[0]
    row = S.row[top.rows]
    row.workload = w
    row.kind = NO_KIND
    row.outcome = QUEUE_FULL
    row.final = BAD
    row.attempt = 0
    row.statement = NO_STATEMENT
    row.instance = NONE
    row.request = request
    row.due_ns = now
    row.start_ns = now
    row.end_ns = now
    row.lsn = 0
    row.stale_ns = 0
    top.rows += 1
    return NONE


# --- a request ----------------------------------------------------------------------------------
@kernel_inner
def begin(S: State, x: int, request: int, due_ns: int) -> None:
    """``x`` takes up a request."""
    slot = S.slot[x]
    slot.open = True
    slot.request = request
    slot.due_ns = due_ns
    slot.attempt = 0
    slot.statement = 0
    forget_tx(S, x)


@kernel_inner
def finish(S: State, x: int, end_ns: int, pause_ns: int, now: int) -> int:
    """The request has ended, or will have at ``end_ns``; returns when the connection sends next. A
    closed load pauses before it thinks when the request failed. A client that thinks first is in
    mid-thought once its connection is there, or refused."""
    slot = S.slot[x]
    w = slot.workload
    workload = S.workload[w]
    found = not slot.open
    slot.open = False
    slot.deadline_ns = NEVER
    forget_tx(S, x)
    if workload.open:
        if end_ns > now:
            slot.progress = push(S, end_ns, RETURN_RANK | entity(S, x), x)
            return NEVER
        return release(S, x, end_ns)
    slot.turn += 1
    request = slot.turn * workload.slots + slot.number
    law, mean_ns, key = workload.think_law, workload.think_mean_ns, workload.requests_key
    if found:
        due_ns = end_ns + laws.first_think_ns(law, mean_ns, key, request)
    else:
        due_ns = end_ns + pause_ns + laws.think_ns(law, mean_ns, key, request)
    begin(S, x, request, due_ns)
    enter(S, w, due_ns)
    return due_ns


@kernel_inner
def release(S: State, x: int, now: int) -> int:
    """The first of the waiting room takes the connection and sends now, else it rests (NEVER)."""
    w = S.slot[x].workload
    workload = S.workload[w]
    if workload.waiting_first < workload.waiting_end:
        waiter = S.waiting[w, workload.waiting_first & (S.waiting.shape[1] - 1)]
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


# --- sending ------------------------------------------------------------------------------------
@kernel_inner
def send(S: State, x: int, send_ns: int, now: int) -> int:
    """Send the slot's statement at ``send_ns``, now or later: one event, its arrival. Returns
    NEVER, or when to send instead because the transaction is lost with its connection."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    slot.send_ns = send_ns
    if not slot.connected or slot.reset_ns <= send_ns:
        if send_ns > now:
            slot.progress = push(S, send_ns, SEND_RANK | entity(S, x), x)
            return NEVER
        return reconnect(S, x, now)
    arm(S, x, send_ns + workload.statement_timeout_ns, now)
    if slot.reset_ns < NEVER:
        slot.code = RESET
        slot.progress = push(S, slot.reset_ns, FAILURE_RANK | entity(S, x), x)
        return NEVER
    arrive_ns = send_ns + S.hop[slot.workload, slot.instance]
    slot.progress = push(S, arrive_ns, ARRIVE_RANK | entity(S, x), x)
    return NEVER


@kernel_inner
def reconnect(S: State, x: int, now: int) -> int:
    """There is no connection: open one, unless it was lost in mid-transaction."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    slot.connected = False
    slot.reset_ns = NEVER
    S.job[slot.job].slot = NONE
    if slot.open and slot.statement != 0 and slot.statement != CONNECT:
        return fail(S, x, RESET, now)
    slot.statement = CONNECT
    slot.instance = resolve(S, x, now)
    slot.connects += 1
    arm(S, x, now + workload.connect_timeout_ns, now)
    arrive_ns = now + S.hop[slot.workload, slot.instance]
    slot.progress = push(S, arrive_ns, ARRIVE_RANK | entity(S, x), x)
    return NEVER


@kernel_inner
def resolve(S: State, x: int, now: int) -> int:
    """The instance the endpoint's name leads to, through the clients' DNS cache."""
    slot = S.slot[x]
    w = slot.workload
    workload = S.workload[w]
    if workload.role < 0:
        return workload.instance
    if now >= workload.dns_until_ns:
        count = S.record_count[workload.cluster, workload.role]
        for place in range(count):
            S.dns[w, place] = S.record[workload.cluster, workload.role, place]
        S.dns_count[w] = count
        workload.dns_until_ns = now + workload.dns_cache_ns
    return S.dns[w, (slot.number + slot.connects) % S.dns_count[w]]


@kernel_inner
def arm(S: State, x: int, deadline_ns: int, now: int) -> None:
    """Set the slot's deadline; its one timer is never further ahead than the shortest timeout."""
    slot = S.slot[x]
    slot.deadline_ns = deadline_ns
    if not slot.timer:
        slot.timer = True
        at_ns = min(deadline_ns, now + S.workload[slot.workload].timer_step_ns)
        push(S, at_ns, DEADLINE_RANK | (slot.workload << 40) | slot.number, x)


# --- answers ------------------------------------------------------------------------------------
@kernel_inner
def reply(S: State, j: int, now: int) -> int:
    """The answer of a job leaves, or that the volume is full; returns when its slot sends next."""
    job = S.job[j]
    change_wait(S, job.instance, CPU_WAIT, -ONE, now)
    job.active = False
    t = job.tx
    job.tx = NONE
    at_ns = NEVER
    if job.slot != NONE and job.full:
        refused(S, job.slot, FULL, now)
    elif job.slot != NONE:
        at_ns = answered(S, job.slot, j, t, now)
    else:
        given_up(S, j, now)
    drop_tx(S, t)
    return at_ns


@kernel_inner
def answered(S: State, x: int, j: int, t: int, now: int) -> int:
    """The instance's answer leaves at ``now``; it counts if it arrives by the deadline."""
    slot, job = S.slot[x], S.job[j]
    workload = S.workload[slot.workload]
    hop = S.hop[slot.workload, slot.instance]
    if slot.statement == CONNECT:
        trips = S.instance[slot.instance].connect_trips
        opened_ns = now + hop + (trips - 1) * 2 * hop
        if opened_ns <= slot.deadline_ns:
            return connection_opened(S, x, j, opened_ns, now)
        return NEVER
    end_ns = now + hop
    if end_ns > slot.deadline_ns:
        return NEVER
    plan = S.statement[job.plan]
    last = slot.statement + 1 == workload.statements
    if t != NONE and (plan.autocommit or plan.kind == COMMIT):
        losses.acknowledged(S, j, t, now, end_ns)
        forget_tx(S, x)
    final = GOOD if last else NOT_FINAL
    write_row(S, x, plan.kind, OK, final, end_ns, job.lsn, job.stale_ns)
    if last:
        leave(S, slot.workload, end_ns)
        return finish(S, x, end_ns, ZERO, now)
    slot.statement += 1
    return end_ns


@kernel_inner
def connection_opened(S: State, x: int, j: int, end_ns: int, now: int) -> int:
    """A connection is there: the transaction starts, or who wanted only it has it."""
    slot = S.slot[x]
    slot.connected = True
    slot.epoch = S.job[j].epoch
    if not slot.open:
        slot.statement = 0
        return finish(S, x, end_ns, ZERO, now)
    write_row(S, x, CONNECT_KIND, OK, NOT_FINAL, end_ns, ZERO, ZERO)
    slot.statement = 0
    return end_ns


@kernel_inner
def refused(S: State, x: int, code: int, now: int) -> None:
    """The instance answers with an error, which travels back."""
    slot = S.slot[x]
    slot.code = code
    at_ns = now + S.hop[slot.workload, slot.instance]
    slot.progress = push(S, at_ns, FAILURE_RANK | entity(S, x), x)


@kernel_inner
def deadline(S: State, x: int, now: int) -> int:
    """The slot's timer: a timeout, or too early and set again, or no longer needed."""
    slot = S.slot[x]
    slot.timer = False
    if slot.deadline_ns == NEVER:
        return NEVER
    if slot.deadline_ns > now:
        arm(S, x, slot.deadline_ns, now)
        return NEVER
    code = CONNECT_TIMEOUT if slot.statement == CONNECT else STATEMENT_TIMEOUT
    return fail(S, x, code, now)


# --- failing ------------------------------------------------------------------------------------
@kernel_inner
def fail(S: State, x: int, code: int, now: int) -> int:
    """The attempt has failed for its client: close, then wait and try again, or give up."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    cancel(S, slot.progress)
    slot.progress = NONE
    slot.code = OK
    slot.deadline_ns = NEVER
    if not slot.open:  # only wanted a connection
        close(S, x, now)
        return finish(S, x, now, ZERO, now)
    if (code in (STATEMENT_TIMEOUT, RESET)) and commit_sent(S, x, now):
        code = UNKNOWN
    last = code == UNKNOWN or slot.attempt + 1 >= workload.attempts
    connecting = slot.statement == CONNECT
    kind = CONNECT_KIND if connecting else S.statement[plan_of(S, x)].kind
    write_row(S, x, kind, code, BAD if last else NOT_FINAL, now, ZERO, ZERO)
    close(S, x, now)
    slot.statement = 0
    forget_tx(S, x)
    wait = laws.backoff_ns(
        workload.backoff_ns, workload.backoff_max_ns, slot.attempt, workload.jitter,
        workload.requests_key, slot.request,
    )  # fmt: skip
    if last:
        leave(S, slot.workload, now)
        return finish(S, x, now, wait, now)
    slot.attempt += 1
    slot.send_ns = now + wait
    slot.progress = push(S, now + wait, SEND_RANK | entity(S, x), x)
    return NEVER
