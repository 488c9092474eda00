"""A transaction slot: one connection of a pool and the request that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    Kind,
    Outcome,
    StatementKind,
    statement_entity,
)
from aurosim.dataplane.reference.moment import Moment
from aurosim.dataplane.reference.statement import Job, Transaction

if TYPE_CHECKING:
    from aurosim.dataplane.reference.clients import Clients

LOST_COMMIT = (Outcome.STATEMENT_TIMEOUT, Outcome.CONNECTION_RESET)


class Slot:
    """A transaction slot: one connection of a pool and the request that uses it."""

    __slots__ = (
        "attempt", "clients", "code", "connected", "connects", "deadline_ns", "due_ns", "epoch",
        "instance", "job", "number", "open", "progress", "request", "reset_ns", "send_ns",
        "statement", "statements", "timer", "transaction", "turn",
    )  # fmt: skip

    def __init__(self, clients: Clients, number: int) -> None:
        self.clients = clients
        self.statements = clients.plan.statements
        self.number = number
        self.job = Job()
        self.open = False  # a request is in progress
        self.request: int = 0
        self.turn = 0
        self.due_ns = 0
        self.attempt: int = 0
        self.statement: int = 0
        self.transaction: Transaction | None = None
        self.instance = -1  # connected to, or being connected to
        self.connected = False
        self.connects = 0
        self.epoch = 0  # of the instance when the connection opened
        self.reset_ns = NEVER  # when the news of a dead connection arrives
        self.send_ns = 0
        self.deadline_ns = NEVER
        self.timer = False  # a DEADLINE moment is pending
        self.progress: Moment | None = None  # the moment the client side waits for
        self.code = Outcome.OK  # what a pending FAILURE says

    def entity(self) -> int:
        """The running attempt, as an entity."""
        return statement_entity(self.clients.index, self.request, self.attempt)

    def commit_sent(self, now: int) -> bool:
        """Whether what failed is a commit of changes that is on its way or further."""
        if self.statement == CONNECT or self.send_ns >= now:
            return False
        plan = self.statements[self.statement]
        return plan.autocommit or (
            plan.kind == StatementKind.COMMIT and self.transaction is not None
        )

    def close(self, now: int) -> None:
        """Give the connection up. A statement in work runs on and its answer is dropped; the
        instance sees the connection closed one hop later."""
        job, clients = self.job, self.clients
        plan = clients.plan
        if self.instance >= 0:
            seen_ns = now + plan.hop_ns[self.instance]
            if job.active:
                job.slot = None
                job.closed_ns = seen_ns
                self.job = Job()
                clients.plane.abandoned += 1
            elif self.reset_ns == NEVER and (self.connected or self.half_open()):
                instance = clients.plane.instances[self.instance]
                epoch = self.epoch if self.connected else job.epoch
                clients.plane.abandoned += 1
                clients.clock.at(seen_ns, Kind.CLOSE, self.entity(), instance.close, (epoch,))
            if not job.active:
                job.slot = None
        self.instance = -1
        self.connected = False
        self.reset_ns = NEVER

    def server_epoch(self) -> int:
        """In which life its instance knows this connection; -1 when it knows of none."""
        if self.connected:
            return self.epoch
        return self.job.epoch if self.half_open() else -1

    def half_open(self) -> bool:
        """The instance works on the opening, or has opened and the answer came too late."""
        job = self.job
        return self.statement == CONNECT and job.slot is self and job.statement == CONNECT
