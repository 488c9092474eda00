"""Clients: they send, wait, give up, wait a little, and try again.

A workload's clients share a pool of connections. An open load's request takes a free connection or
waits in a bounded room; a closed load's connection thinks and goes again. Each statement of a
transaction is a round trip. A failed attempt closes its connection; the next resolves the endpoint
anew (through the clients' DNS cache), opens another, and runs the transaction from the start. A
COMMIT that was sent and not answered is never tried again: nobody knows whether it happened.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    NO_STATEMENT,
    Final,
    Kind,
    OpenRequest,
    Outcome,
    StatementKind,
    WorkloadView,
    pool_request,
    slot_entity,
)
from aurosim.dataplane.distributions import next_arrival_ns, unit_exponential
from aurosim.dataplane.plan import WorkloadPlan
from aurosim.dataplane.reference.moment import Moment
from aurosim.dataplane.reference.requests import Requests
from aurosim.dataplane.reference.slot import LOST_COMMIT, Slot
from aurosim.dataplane.reference.statement import Job

if TYPE_CHECKING:
    from aurosim.dataplane.reference.plane import ReferencePlane


class Clients:
    """One workload's clients."""

    def __init__(self, plane: ReferencePlane, index: int, plan: WorkloadPlan) -> None:
        self.plane = plane
        self.clock = plane.clock
        self.index = index
        self.plan = plan
        self.slots = [Slot(self, number) for number in range(plan.slots)]
        self.free: deque[Slot] = deque()  # connections that are open and idle
        self.unopened: deque[Slot] = deque()  # places of the pool without a connection
        self.waiting: deque[tuple[int, int]] = deque()
        self.next_request = 0
        self.segment = 0
        self.dns_until_ns = -1
        self.dns: tuple[int, ...] = ()
        self.requests = Requests()

    def start(self) -> None:
        """Every connection starts at a random step; an open load's arrivals start at once. A closed
        load's client that thinks first opens its connection as a pool does, for no request."""
        closed = self.plan.rate is None
        for slot in self.slots:
            slot.request = slot.number if closed else pool_request(slot.number)
            at_ns = laws.start_ns(
                self.plan.start_spread_ns, self.plan.requests_key, slot.request
            )
            if closed and not self.plan.think_first:
                self.begin(slot, slot.request, at_ns, at_ns)
            else:
                slot.send_ns = at_ns
                slot.progress = self.clock.at(at_ns, Kind.SEND, slot.entity(), self.send_due, slot)
        if not closed:
            self.schedule_arrival(0)

    # --- open arrivals -------------------------------------------------------------------
    def schedule_arrival(self, now: int) -> None:
        """Draw when the next request falls due."""
        rate = self.plan.rate
        assert rate is not None
        e = unit_exponential(self.plan.arrivals_key, self.next_request, 0)
        at_ns, self.segment = next_arrival_ns(
            now, e, rate.starts_ns, rate.rate0_per_s, rate.rate1_per_s, rate.end_ns, self.segment
        )
        if at_ns <= rate.end_ns:
            self.clock.at(at_ns, Kind.DUE, self.index, self.fall_due, self)

    def fall_due(self, moment: Moment) -> None:
        """A request of an open load is due: it takes a connection, waits, or is refused."""
        self.clock.begin(moment)
        now = self.clock.env.now
        request = self.next_request
        self.next_request += 1
        self.schedule_arrival(now)
        if self.free or self.unopened:
            slot = self.free.popleft() if self.free else self.unopened.popleft()
            self.begin(slot, request, now, now)
            return
        self.requests.enter(now)
        if len(self.waiting) < self.plan.queue_limit:
            self.waiting.append((request, now))
            return
        self.requests.leave(now)
        self.plane.row((
            self.index, StatementKind.NONE, Outcome.CLIENT_QUEUE_FULL, Final.BAD, 0, NO_STATEMENT,
            -1, request, now, now, now, 0, 0,
        ))

    # --- a request -----------------------------------------------------------------------
    def begin(self, slot: Slot, request: int, due_ns: int, send_ns: int, *, waited: bool = False
              ) -> None:
        """``slot`` takes up a request and sends its first statement at ``send_ns``."""
        slot.open = True
        slot.request = request
        slot.due_ns = due_ns
        slot.attempt = 0
        slot.statement = 0
        slot.transaction = None
        if not waited:
            self.requests.enter(due_ns)
        self.send(slot, send_ns)

    def finish(self, slot: Slot, end_ns: int, pause_ns: int = 0) -> None:
        """The request has ended, or will have at ``end_ns``: what the connection does next. A
        closed load pauses before it thinks when the request failed. A client that thinks first is
        in mid-thought once its connection is there, or refused."""
        found = not slot.open
        slot.open = False
        slot.deadline_ns = NEVER
        slot.transaction = None
        if self.plan.rate is not None:
            if end_ns > self.clock.now():
                slot.progress = self.clock.at(
                    end_ns, Kind.RETURN, slot.entity(), self.returned, slot
                )
            else:
                self.release(slot, end_ns)
            return
        slot.turn += 1
        request = slot.turn * self.plan.slots + slot.number
        think = laws.first_think_ns if found else laws.think_ns
        due_ns = end_ns + pause_ns + think(
            self.plan.think_law, self.plan.think_mean_ns, self.plan.requests_key, request
        )
        self.begin(slot, request, due_ns, due_ns)

    def returned(self, moment: Moment) -> None:
        """The last reply has arrived: the connection is back in its pool."""
        slot: Slot | None = self.clock.begin(moment)
        if slot is not None:
            slot.progress = None
            self.release(slot, self.clock.env.now)

    def release(self, slot: Slot, now: int) -> None:
        """The first of the waiting room takes the connection, else it rests."""
        if self.waiting:
            request, due_ns = self.waiting.popleft()
            self.begin(slot, request, due_ns, now, waited=True)
        elif slot.connected:
            self.free.append(slot)
        else:
            self.unopened.append(slot)

    # --- sending -------------------------------------------------------------------------
    def send(self, slot: Slot, send_ns: int) -> None:
        """Send the slot's statement at ``send_ns``, now or later: one event, its arrival. If the
        connection won't be there by then, the client has to wake up first."""
        slot.send_ns = send_ns
        if not slot.connected or slot.reset_ns <= send_ns:
            if send_ns > self.clock.now():
                slot.progress = self.clock.at(
                    send_ns, Kind.SEND, slot.entity(), self.send_due, slot
                )
            else:
                self.reconnect(slot, send_ns)
            return
        self.arm(slot, send_ns + self.plan.statement_timeout_ns)
        if slot.reset_ns < NEVER:
            slot.code = Outcome.CONNECTION_RESET
            slot.progress = self.clock.at(
                slot.reset_ns, Kind.FAILURE, slot.entity(), self.failure, slot
            )
            return
        slot.progress = self.clock.at(
            send_ns + self.plan.hop_ns[slot.instance], Kind.ARRIVE, slot.entity(), self.arrive, slot
        )

    def send_due(self, moment: Moment) -> None:
        """A client wakes up to send."""
        slot: Slot | None = self.clock.begin(moment)
        if slot is not None:
            slot.progress = None
            self.send(slot, self.clock.env.now)

    def reconnect(self, slot: Slot, now: int) -> None:
        """There is no connection: open one, unless it was lost in mid-transaction."""
        slot.connected = False
        slot.reset_ns = NEVER
        slot.job.slot = None
        if slot.open and slot.statement not in (0, CONNECT):
            self.fail(slot, Outcome.CONNECTION_RESET, now)
            return
        slot.statement = CONNECT
        slot.instance = self.resolve(slot, now)
        slot.connects += 1
        self.arm(slot, now + self.plan.connect_timeout_ns)
        slot.progress = self.clock.at(
            now + self.plan.hop_ns[slot.instance], Kind.ARRIVE, slot.entity(), self.arrive, slot
        )

    def resolve(self, slot: Slot, now: int) -> int:
        """The instance the endpoint's name leads to, through the clients' DNS cache. Connections
        take the names of a record in turn."""
        if self.plan.role < 0:
            return self.plan.instance
        if now >= self.dns_until_ns:
            self.dns = self.plane.records[self.plan.cluster][self.plan.role]
            self.dns_until_ns = now + self.plan.dns_cache_ns
        return self.dns[(slot.number + slot.connects) % len(self.dns)]

    def arrive(self, moment: Moment) -> None:
        """What was sent reaches its instance."""
        slot: Slot | None = self.clock.begin(moment)
        if slot is not None:
            slot.progress = None
            self.plane.instances[slot.instance].arrive(slot, self.clock.env.now)

    # --- answers -------------------------------------------------------------------------
    def answered(self, slot: Slot, job: Job, now: int) -> None:
        """The instance's answer leaves at ``now``; it counts if it arrives by the deadline."""
        plan = self.plan
        hop = plan.hop_ns[slot.instance]
        if slot.statement == CONNECT:
            trips = self.plane.instances[slot.instance].plan.connect_trips
            end_ns = now + hop + (trips - 1) * 2 * hop
            if end_ns <= slot.deadline_ns:
                self.connection_opened(slot, job, end_ns)
            return
        end_ns = now + hop
        if end_ns > slot.deadline_ns:
            return
        statement = job.plan
        last = slot.statement + 1 == len(slot.statements)
        if job.transaction is not None and (
            statement.autocommit or statement.kind == StatementKind.COMMIT
        ):
            job.instance.volume.acknowledged(job, end_ns)
            slot.transaction = None
        self.plane.row((
            self.index, statement.kind, Outcome.OK, Final.GOOD if last else Final.NOT, slot.attempt,
            slot.statement, slot.instance, slot.request, slot.due_ns, slot.send_ns, end_ns, job.lsn,
            job.stale_ns,
        ))
        if last:
            self.requests.leave(end_ns)
            self.finish(slot, end_ns)
        else:
            slot.statement += 1
            self.send(slot, end_ns)

    def connection_opened(self, slot: Slot, job: Job, end_ns: int) -> None:
        """A connection is there: the transaction starts, or who wanted only it has it."""
        slot.connected = True
        slot.epoch = job.epoch
        slot.statement = 0
        if not slot.open:
            self.finish(slot, end_ns)
            return
        self.connect_row(slot, Outcome.OK, Final.NOT, end_ns)
        self.send(slot, end_ns)

    def connect_row(self, slot: Slot, outcome: Outcome, final: Final, end_ns: int) -> None:
        """The opening of a connection for a request has ended."""
        self.plane.row((
            self.index, StatementKind.CONNECT, outcome, final, slot.attempt, CONNECT, slot.instance,
            slot.request, slot.due_ns, slot.send_ns, end_ns, 0, 0,
        ))

    def refused(self, slot: Slot, code: Outcome, now: int) -> None:
        """The instance answers with an error, which travels back."""
        slot.code = code
        slot.progress = self.clock.at(
            now + self.plan.hop_ns[slot.instance], Kind.FAILURE, slot.entity(), self.failure, slot
        )

    def failure(self, moment: Moment) -> None:
        """An error or a reset reaches the client."""
        slot: Slot | None = self.clock.begin(moment)
        if slot is not None:
            slot.progress = None
            self.fail(slot, slot.code, self.clock.env.now)

    def arm(self, slot: Slot, deadline_ns: int) -> None:
        """Set the slot's deadline. Its one timer is never further ahead than the shortest timeout,
        so a pending one is never later than a new deadline and need not be moved."""
        slot.deadline_ns = deadline_ns
        if not slot.timer:
            slot.timer = True
            at_ns = min(deadline_ns, self.clock.now() + self.plan.timer_step_ns)
            self.clock.at(
                at_ns, Kind.DEADLINE, slot_entity(self.index, slot.number), self.deadline, slot
            )

    def deadline(self, moment: Moment) -> None:
        """The slot's timer: a timeout, or too early and set again, or no longer needed."""
        slot: Slot = self.clock.begin(moment)
        slot.timer = False
        now = self.clock.env.now
        if slot.deadline_ns == NEVER:
            return
        if slot.deadline_ns > now:
            self.arm(slot, slot.deadline_ns)
            return
        connecting = slot.statement == CONNECT
        self.fail(slot, Outcome.CONNECT_TIMEOUT if connecting else Outcome.STATEMENT_TIMEOUT, now)

    # --- failing -------------------------------------------------------------------------
    def fail(self, slot: Slot, code: Outcome, now: int) -> None:
        """The attempt has failed for its client: close, then wait and try again, or give up."""
        plan = self.plan
        self.clock.cancel(slot.progress)
        slot.progress = None
        slot.code = Outcome.OK
        slot.deadline_ns = NEVER
        if not slot.open:  # only wanted a connection
            slot.close(now)
            self.finish(slot, now)
            return
        if code in LOST_COMMIT and slot.commit_sent(now):
            code = Outcome.UNKNOWN_OUTCOME
        last = code == Outcome.UNKNOWN_OUTCOME or slot.attempt + 1 >= plan.attempts
        final = Final.BAD if last else Final.NOT
        if slot.statement == CONNECT:
            self.connect_row(slot, code, final, now)
        else:
            kind = slot.statements[slot.statement].kind
            self.plane.row((
                self.index, kind, code, final, slot.attempt, slot.statement, slot.instance,
                slot.request, slot.due_ns, slot.send_ns, now, 0, 0,
            ))
        slot.close(now)
        slot.statement = 0
        slot.transaction = None
        wait = laws.backoff_ns(
            plan.backoff_ns, plan.backoff_max_ns, slot.attempt, plan.jitter, plan.requests_key,
            slot.request,
        )
        if last:
            self.requests.leave(now)
            self.finish(slot, now, wait)
            return
        slot.attempt += 1
        self.send_later(slot, now + wait)

    def send_later(self, slot: Slot, at_ns: int) -> None:
        """The client sleeps until its next attempt."""
        slot.send_ns = at_ns
        slot.progress = self.clock.at(at_ns, Kind.SEND, slot.entity(), self.send_due, slot)

    def lost(self, slot: Slot, epoch: int, told_ns: int, now: int) -> None:
        """The instance this connection leads to died at ``now`` after its life ``epoch``; its host
        tells so at ``told_ns``. What the client had planned is planned again."""
        if slot.server_epoch() != epoch:
            return  # an older life's connection, or a request to connect that is on its way
        connecting = slot.statement == CONNECT
        slot.reset_ns = told_ns
        if not slot.open and not connecting:
            return
        if slot.progress is not None and slot.code != Outcome.OK:
            return  # an error is on its way already
        self.clock.cancel(slot.progress)
        slot.progress = None
        if connecting:
            self.refused(slot, Outcome.CONNECTION_RESET, now)
        else:
            self.send(slot, slot.send_ns)

    # --- looking -------------------------------------------------------------------------
    def view(self) -> WorkloadView:
        """What it looks like now; requests planned for later are not due yet."""
        now = self.clock.now_ns
        ahead = [slot.due_ns for slot in self.slots if slot.open and slot.due_ns > now]
        return self.requests.view(now, ahead, len(self.waiting))

    def open_requests(self) -> list[OpenRequest]:
        """Requests due and not ended."""
        now = self.clock.now_ns
        found = [(slot.request, slot.due_ns) for slot in self.slots if slot.open]
        found += self.waiting
        return [
            OpenRequest(self.index, request, due_ns)
            for request, due_ns in sorted(found)
            if due_ns <= now
        ]
