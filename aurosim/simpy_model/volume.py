"""The volume: one log over protection groups of 10 GiB, and the data that fill them.

Records get their place in the log in order; each goes into the open boxcar of its group, which
leaves when its sender gets a vCPU. VDL, up to where *everything* is durable, moves over an entry
of the log when that one and all before it are; a commit waits for VDL to pass its record, so one
slow group holds up the commits of all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import simpy

from aurosim.simpy_model.setting import Setting, Steps
from aurosim.simpy_model.storage import Boxcar, Storage


@dataclass
class Redo:
    """Some of the log, durable since a time, on its way to who follows it."""

    since_s: float
    records: int = 0
    writes: int = 0  # statements
    bytes: int = 0

    def add(self, more: Redo) -> None:
        self.records += more.records
        self.writes += more.writes
        self.bytes += more.bytes


@dataclass
class Entry:
    """What one statement, or one commit, wrote to the log."""

    redo: Redo
    boxcars: list[Boxcar]
    passed: simpy.Event  # by VDL


class Volume:
    """The log and the space of a cluster."""

    def __init__(self, setting: Setting, region: str) -> None:
        spec = setting.scenario.cluster.storage
        self.env = setting.env
        self.group_bytes = setting.whole("protection_group_bytes")
        self.used_bytes, self.limit_bytes, self.free_bytes = spec.size, spec.limit, 0
        self.storage = Storage(setting, region, -(-spec.limit // self.group_bytes))
        self.writer: Any | None = None
        self.followers: list[Callable[[Redo], object]] = []
        self._chance = setting.chance(f"places/{region}")
        self._open: dict[int, Boxcar] = {}
        self._log: deque[Entry] = deque()

    @property
    def groups(self) -> int:
        """As many as the data need; a new one is there at once."""
        return -(-self.used_bytes // self.group_bytes)

    def take_space(self, needs_bytes: int) -> bool:
        """Space for rows, first what was freed (below 0: frees it); False when all is full."""
        grown = max(self.used_bytes, self.used_bytes + needs_bytes - self.free_bytes)
        if grown > self.limit_bytes:
            return False
        self.free_bytes += grown - self.used_bytes - needs_bytes
        self.used_bytes = grown
        return True

    def append(self, records: int, size: int, writes: int) -> Entry:
        """Records go to the log and into their groups' open boxcars."""
        assert self.writer is not None
        boxcars = []
        for _ in range(records):
            group = int(self._chance.uniform() * self.groups) if self.groups > 1 else 0
            if group not in self._open:
                self._open[group] = Boxcar(self.env, group)
                self.writer.begin(self._send(self._open[group], self.writer))
            boxcars.append(self._open[group])
            boxcars[-1].bytes += size / records
        entry = Entry(Redo(self.env.now, records, writes, size), boxcars, self.env.event())
        self._log.append(entry)
        return entry

    def _send(self, boxcar: Boxcar, writer: Any) -> Steps:
        """The sender's turn comes; what was written meanwhile has joined the boxcar."""
        with writer.cpu.request() as turn:
            yield turn
        del self._open[boxcar.group]
        yield from self.storage.write(boxcar, writer.zone)
        self._advance()

    def _advance(self) -> None:
        """VDL moves over what is durable: commits go on, followers get the redo."""
        redo = Redo(self.env.now)
        while self._log and all(boxcar.durable for boxcar in self._log[0].boxcars):
            entry = self._log.popleft()
            redo.add(entry.redo)
            entry.passed.succeed()
        for follow in self.followers if redo.records else ():
            follow(redo)

    def writer_stopped(self) -> None:
        """What was not durable is dropped: its commits were never acknowledged."""
        self.writer = None
        for pending in (self._open, self._log, self.storage.flying):
            pending.clear()

    def recover(self) -> Steps:
        """Waits for a read quorum in every group: only then the end of the log is known."""
        while not self.storage.quorum("read_quorum", self.groups):
            yield self.storage.back
