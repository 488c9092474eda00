"""A statement at its instance, and the transaction it belongs to."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from aurosim.dataplane.contract import NEVER, statement_entity
from aurosim.dataplane.plan import StatementPlan

if TYPE_CHECKING:
    from aurosim.dataplane.reference.instances import Instance
    from aurosim.dataplane.reference.moment import Moment
    from aurosim.dataplane.reference.slot import Slot
    from aurosim.dataplane.reference.storage import Boxcar


class Step(IntEnum):
    """How far a statement is."""

    CONNECT = 0  # the instance opens a connection
    BODY = 1  # its own work
    MISS = 2  # reading pages, then taking them in
    STALLED = 3  # waits for room below the LSN allocation limit
    SUBMIT = 4  # a commit's first pass
    ACK = 5  # waits for VDL, then the second pass
    REPLY = 6  # the third pass


class Transaction:
    """What an attempt has written: its boxcars, until all six copies hold them, and its keys."""

    __slots__ = ("boxcars", "keys")

    def __init__(self) -> None:
        self.boxcars: list[Boxcar] = []
        self.keys: list[tuple[int, int]] = []


class Job:
    """A statement as its instance sees it. A slot keeps one and uses it again, unless the client
    gives a statement up: then ``slot`` is None and the job ends alone."""

    __slots__ = (
        "active", "closed_ns", "entity", "epoch", "instance", "key", "left_ns", "lsn", "misses",
        "moment", "plan", "reads", "slot", "source", "stale_ns", "statement", "step",
        "transaction",
    )  # fmt: skip

    plan: StatementPlan
    instance: Instance
    step: Step

    def __init__(self) -> None:
        self.active = False
        self.slot: Slot | None = None
        self.moment: Moment | None = None

    def begin(self, slot: Slot, instance: Instance) -> None:
        """Taken up at ``instance``."""
        self.active = True
        self.slot = slot
        self.instance = instance
        self.epoch = instance.epoch
        self.entity = statement_entity(slot.clients.index, slot.request, slot.attempt)
        self.statement: int = slot.statement
        self.transaction: Transaction | None = None
        self.key: tuple[int, int] | None = None
        self.misses = 0
        self.reads = 0  # tries of the storage read
        self.source = (0, 0)  # the segment read from: group, member
        self.lsn = 0
        self.stale_ns = 0
        self.left_ns = 0
        self.closed_ns = NEVER  # when its client's closing arrives
