"""The cluster volume: one log over protection groups of 10 GiB, and the data that fill them.

Records get their place in the log in order; each goes into the open boxcar of its group, which
leaves when its sender gets a vCPU. VDL, the point up to which *everything* is durable, moves over
an entry of the log when that one and all before it are; a commit waits for VDL to pass its record,
so one slow group holds up the commits of all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import simpy

from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.storage import Boxcar, Storage

if TYPE_CHECKING:
    from aurosim.scenario.cluster import StorageSpec
    from aurosim.simpy_model.instance import Instance


@dataclass(eq=False)
class Entry:
    """What one statement, or one commit, wrote to the log."""

    boxcars: list[Boxcar]
    records: int
    bytes: int
    is_write: bool
    passed: simpy.Event  # by VDL


@dataclass
class Redo:
    """Some of the log that became durable, on its way to who follows it."""

    since_s: float
    records: int = 0
    writes: int = 0
    bytes: int = 0

    def add(self, more: Entry | Redo) -> None:
        """And what follows it."""
        self.records += more.records
        self.writes += more.writes if isinstance(more, Redo) else more.is_write
        self.bytes += more.bytes


class Volume:
    """The log and the space of a cluster."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, storage: Storage, spec: StorageSpec,
        name: str,
    ) -> None:  # fmt: skip
        self.env = env
        self.storage = storage
        self.group_bytes = numbers.whole("protection_group_bytes")
        self.used_bytes, self.limit_bytes = spec.size, spec.limit
        self.free_bytes = 0
        self.groups = -(-spec.size // self.group_bytes)
        self.writer: Instance | None = None
        self.followers: list[Callable[[Redo], None]] = []
        self._chance = Chance(numbers.seed, f"{name}/places")
        self._open: dict[int, Boxcar] = {}
        self._log: deque[Entry] = deque()

    # --- space -----------------------------------------------------------------------------
    def take_space(self, needs_bytes: int) -> bool:
        """Space for rows, first what was freed; False when the volume is full."""
        if needs_bytes > self.free_bytes:
            grown = self.used_bytes + needs_bytes - self.free_bytes
            if grown > self.limit_bytes:
                return False
            self.used_bytes, self.free_bytes = grown, 0
            self.groups = max(self.groups, -(-grown // self.group_bytes))
        else:
            self.free_bytes = min(self.free_bytes - needs_bytes, self.used_bytes)
        return True

    # --- the log ---------------------------------------------------------------------------
    def append(self, records: int, size: int, *, is_write: bool) -> Entry:
        """Records go to the log and into their groups' open boxcars."""
        assert self.writer is not None
        boxcars: list[Boxcar] = []
        for _ in range(records):
            group = self._chance.below(self.groups) if self.groups > 1 else 0
            boxcar = self._open.get(group)
            if boxcar is None:
                boxcar = Boxcar(group, [self.env.event() for _ in range(6)])
                self._open[group] = boxcar
                self.writer.begin(self._send(boxcar, self.writer))
            boxcar.bytes += size / records
            boxcars.append(boxcar)
        entry = Entry(boxcars, records, size, is_write, self.env.event())
        self._log.append(entry)
        return entry

    def _send(self, boxcar: Boxcar, writer: Instance) -> Steps:
        """The sender's turn comes; what was written meanwhile has joined the boxcar."""
        with writer.cpu.resource.request() as turn:
            yield turn
        del self._open[boxcar.group]
        yield from self.storage.write(boxcar, writer.zone)
        self._advance()

    def _advance(self) -> None:
        """VDL moves over what is durable: commits go on, followers get the redo."""
        redo = Redo(self.env.now)
        while self._log and all(boxcar.durable for boxcar in self._log[0].boxcars):
            entry = self._log.popleft()
            redo.add(entry)
            entry.passed.succeed()
        if redo.records:
            for follow in self.followers:
                follow(redo)

    # --- another writer --------------------------------------------------------------------
    def writer_stopped(self) -> None:
        """What was not durable is not waited for any more: its commits were never acknowledged."""
        self.writer = None
        self._open.clear()
        self._log.clear()
        self.storage.flying.clear()

    def recover(self) -> Steps:
        """Waits for a read quorum in every group: only then the end of the log is known."""
        storage = self.storage
        while any(len(storage.live(g)) < storage.read_quorum for g in range(self.groups)):
            yield storage.back

    @property
    def writable(self) -> bool:
        """Whether every group has its write quorum."""
        whole = sum(map(self.storage.zones.reachable, "aabbcc"))
        touched = {group for group, _ in self.storage.lost}
        fewest = min([whole, *(len(self.storage.live(group)) for group in touched)])
        return fewest >= self.storage.write_quorum
