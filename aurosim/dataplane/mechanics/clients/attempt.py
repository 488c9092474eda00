"""An attempt: a request's statements one by one, its answers, its deadline, its failure."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    REQUESTS_MAX,
    VALIDATE,
    Final,
    Kind,
    Outcome,
    Reuse,
    StatementKind,
)
from aurosim.dataplane.mechanics import drivers, losses
from aurosim.dataplane.mechanics.clients.connection import close, connect, refused
from aurosim.dataplane.mechanics.clients.names import led_until_ns
from aurosim.dataplane.mechanics.clients.pool import begin, release
from aurosim.dataplane.mechanics.clients.requests import enter, leave
from aurosim.dataplane.mechanics.clients.slots import (
    arm,
    commit_sent,
    entity,
    forget_tx,
    plan_of,
    write_row,
)
from aurosim.dataplane.mechanics.instances import change as change_wait
from aurosim.dataplane.mechanics.instances import given_up
from aurosim.dataplane.mechanics.records import drop_tx
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, ONE, ZERO, cancel, push

ARRIVE_RANK = int(Kind.ARRIVE) << 48
FAILURE_RANK = int(Kind.FAILURE) << 48
RETURN_RANK = int(Kind.RETURN) << 48
SEND_RANK = int(Kind.SEND) << 48
OWN_WRITE_RANK = int(Kind.OWN_WRITE) << 48
REQUEST_BITS = REQUESTS_MAX.bit_length() - 1
OK, FULL = int(Outcome.OK), int(Outcome.VOLUME_FULL)
RESET, UNKNOWN = int(Outcome.CONNECTION_RESET), int(Outcome.UNKNOWN_OUTCOME)
TIMED_OUT = int(Outcome.CONNECTION_TIMED_OUT)
CONNECT_TIMEOUT = int(Outcome.CONNECT_TIMEOUT)
STATEMENT_TIMEOUT = int(Outcome.STATEMENT_TIMEOUT)
NOT_FINAL, GOOD, BAD = int(Final.NOT), int(Final.GOOD), int(Final.BAD)
COMMIT, CONNECT_KIND = int(StatementKind.COMMIT), int(StatementKind.CONNECT)
PER_REQUEST = int(Reuse.PER_REQUEST)
CPU_WAIT = 0


# --- a request ----------------------------------------------------------------------------------
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
    slot.used_ns = end_ns
    forget_tx(S, x)
    if workload.reuse == PER_REQUEST:
        close(S, x, end_ns)
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


# --- sending ------------------------------------------------------------------------------------
def send(S: State, x: int, send_ns: int, now: int) -> int:
    """Send the slot's statement at ``send_ns``, now or later: one event, its arrival. Returns
    NEVER, or when to send instead because the transaction is lost with its connection, or the
    pool asks first whether it lives."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    slot.send_ns = send_ns
    if needs_a_look(S, x, send_ns):
        if send_ns > now:
            slot.progress = push(S, send_ns, SEND_RANK | entity(S, x), x)
            return NEVER
        return lend(S, x, now)
    timeout_ns = workload.statement_timeout_ns
    if slot.statement == VALIDATE:
        timeout_ns = workload.validation_timeout_ns
    arm(S, x, send_ns + timeout_ns, now)
    if slot.reset_ns < NEVER:
        slot.code = RESET
        slot.progress = push(S, slot.reset_ns, FAILURE_RANK | entity(S, x), x)
        return NEVER
    arrive_ns = send_ns + S.hop[slot.workload, slot.instance]
    slot.progress = push(S, arrive_ns, ARRIVE_RANK | entity(S, x), x)
    return NEVER


def needs_a_look(S: State, x: int, at_ns: int) -> bool:
    """Whether there is more to do at ``at_ns`` than to send: no connection, one that its host has
    reported dead, or a rule of the pool for the first statement of an attempt."""
    slot = S.slot[x]
    if not slot.connected or slot.reset_ns <= at_ns or slot.dead_ns <= at_ns:
        return True
    if slot.statement != 0:
        return False
    validate_after_ns = S.workload[slot.workload].validate_after_ns
    return slot.expires_ns <= at_ns or at_ns - slot.used_ns > validate_after_ns


def lend(S: State, x: int, now: int) -> int:
    """The pool gives the slot's connection to whoever sends now, and opens one where there is none.
    One that is dead is found out by the pool if it asks, else by whoever sends."""
    slot = S.slot[x]
    if slot.connected:
        dead = slot.reset_ns <= now or slot.dead_ns <= now
        asks = now - slot.used_ns > S.workload[slot.workload].validate_after_ns
        if slot.statement != 0:
            return fail(S, x, RESET, now)
        if slot.expires_ns > now and not (dead and asks):
            if dead:
                return fail(S, x, RESET, now)
            slot.statement = VALIDATE
            return now
        close(S, x, now)
    open_connection(S, x, now)
    return NEVER


def open_connection(S: State, x: int, now: int) -> None:
    """The slot asks for a connection, now or once its process opens any again."""
    slot = S.slot[x]
    again_ns = S.process[slot.process].login_ns
    if again_ns > now:
        slot.statement = 0
        slot.progress = push(S, again_ns, SEND_RANK | entity(S, x), x)
    else:
        connect(S, x, drivers.where(S, x, now), now)


def lives(S: State, x: int, now: int) -> None:
    """The instance says that the connection lives; once the client knows, in time, it sends."""
    slot = S.slot[x]
    known_ns = now + S.hop[slot.workload, slot.instance]
    if known_ns <= slot.deadline_ns:
        slot.statement = 0
        slot.send_ns = known_ns
        slot.used_ns = known_ns
        slot.progress = push(S, known_ns, SEND_RANK | entity(S, x), x)


# --- answers ------------------------------------------------------------------------------------
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
    held_ns = end_ns
    if workload.hold_mean_ns > 0:
        law, mean_ns, key = workload.hold_law, workload.hold_mean_ns, workload.requests_key
        held_ns += laws.hold_ns(law, mean_ns, workload.statements, key, slot.request)
    if last:
        leave(S, slot.workload, end_ns)
        if workload.reader != NONE:
            written(S, x, end_ns)
        return finish(S, x, held_ns, ZERO, now)
    slot.statement += 1
    return held_ns


def written(S: State, x: int, end_ns: int) -> None:
    """Whoever reads this workload's writes is due so long after the client was told of this one."""
    slot = S.slot[x]
    w = S.workload[slot.workload].reader
    while w != NONE:
        workload = S.workload[w]
        entity_ = (w << 40) | (slot.request << 6)
        subject = (w << REQUEST_BITS) | slot.request
        push(S, end_ns + workload.own_write_after_ns, OWN_WRITE_RANK | entity_, subject)
        w = workload.next_reader


def connection_opened(S: State, x: int, j: int, end_ns: int, now: int) -> int:
    """A connection is there: the transaction starts, or who wanted only it has it."""
    slot = S.slot[x]
    slot.connected = True
    slot.epoch = S.job[j].epoch
    slot.used_ns = end_ns
    workload = S.workload[slot.workload]
    if slot.connects > 1 and workload.max_lifetime_ns < NEVER:
        slot.expires_ns = end_ns + laws.lifetime_ns(
            workload.max_lifetime_ns, workload.lifetime_jitter, workload.requests_key,
            slot.number, slot.connects,
        )  # fmt: skip
    if not slot.open:
        slot.statement = 0
        return finish(S, x, end_ns, ZERO, now)
    write_row(S, x, CONNECT_KIND, OK, NOT_FINAL, end_ns, led_until_ns(S, x), ZERO)
    slot.statement = 0
    return end_ns


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
def fail(S: State, x: int, code: int, now: int) -> int:
    """The attempt has failed for its client: what of its connection is the driver's to say; then
    it waits and tries again, or gives up. A pool that asked in vain opens another connection."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    cancel(S, slot.progress)
    slot.progress = NONE
    slot.code = OK
    slot.hush = 0
    slot.deadline_ns = NEVER
    if slot.statement == VALIDATE:
        close(S, x, now)
        open_connection(S, x, now)
        return NEVER
    if slot.statement == CONNECT:
        S.process[slot.process].login_ns = now + workload.login_retry_ns
    if not slot.open:  # only wanted a connection
        drivers.failed(S, x, code, now)
        return finish(S, x, now, ZERO, now)
    if (code in (STATEMENT_TIMEOUT, RESET, TIMED_OUT)) and commit_sent(S, x, now):
        code = UNKNOWN
    last = code == UNKNOWN or slot.attempt + 1 >= workload.attempts
    connecting = slot.statement == CONNECT
    kind = CONNECT_KIND if connecting else S.statement[plan_of(S, x)].kind
    until_ns = led_until_ns(S, x) if connecting else ZERO
    write_row(S, x, kind, code, BAD if last else NOT_FINAL, now, until_ns, ZERO)
    drivers.failed(S, x, code, now)
    slot.used_ns = now
    slot.statement = 0
    forget_tx(S, x)
    wait = drivers.wait_ns(S, x)
    if last:
        leave(S, slot.workload, now)
        return finish(S, x, now, wait, now)
    slot.attempt += 1
    slot.send_ns = now + wait
    slot.progress = push(S, now + wait, SEND_RANK | entity(S, x), x)
    return NEVER
