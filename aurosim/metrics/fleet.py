"""Outages of processes, and of a workload, whose outages are the unions of its processes'.

A fleet does not come back as one man: so an outage of a workload tells when the first, when half,
and when the last of its processes was back, how many had it, and how long they were out together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Marks(NamedTuple):
    """What happened to a process's connections in an outage: the last of each, 0 where none did.

    Of an outage that is open `expiry_ns` is that of any cached answer, `named` where it led to, and
    `other_ns` the last expiry of those that led elsewhere.
    """

    socket_ns: int = 0
    poison_ns: int = 0
    open_ns: int = 0
    expiry_ns: int = 0
    other_ns: int = 0
    named: int = -1


@dataclass(frozen=True)
class ProcessOutage:
    """An outage of a process, its place among all workloads' ones, within the measured time; None
    ends one that is open at `seen_ns`."""

    process: int
    workload: int
    start_ns: int
    end_ns: int | None
    seen_ns: int
    marks: Marks = Marks()

    @property
    def until_ns(self) -> int:
        """Its end; of an open one how far it was seen."""
        return self.seen_ns if self.end_ns is None else self.end_ns

    @property
    def lasted_ns(self) -> int:
        """How long it lasted; of an open one how long so far."""
        return self.until_ns - self.start_ns


@dataclass(frozen=True)
class Outage:
    """A workload's outage: outages of its processes of which each overlaps another one."""

    of: tuple[ProcessOutage, ...]

    @property
    def workload(self) -> int:
        return self.of[0].workload

    @property
    def start_ns(self) -> int:
        return min(each.start_ns for each in self.of)

    @property
    def end_ns(self) -> int | None:
        """When the last of its processes was back; None where one never was."""
        ends = [each.end_ns for each in self.of if each.end_ns is not None]
        return max(ends) if len(ends) == len(self.of) else None

    @property
    def lasted_ns(self) -> int:
        """How long it lasted; of an open one how long so far."""
        return max(each.until_ns for each in self.of) - self.start_ns

    @property
    def longest_ns(self) -> int:
        """The longest of any process in it."""
        return max(each.lasted_ns for each in self.of)

    @property
    def process_ns(self) -> int:
        """For how long its processes were out, all together."""
        return sum(each.lasted_ns for each in self.of)

    @property
    def processes(self) -> int:
        """How many processes had it."""
        return len({each.process for each in self.of})

    @property
    def first_back_ns(self) -> int | None:
        """When the first of its processes was back."""
        return min((each.end_ns for each in self.of if each.end_ns is not None), default=None)

    @property
    def half_back_ns(self) -> int | None:
        """When half of its processes were back, and stayed so."""
        last: dict[int, int | None] = {}
        for each in self.of:  # in the order of their start
            last[each.process] = each.end_ns
        ends = sorted(end_ns for end_ns in last.values() if end_ns is not None)
        half = (len(last) + 1) // 2
        return ends[half - 1] if len(ends) >= half else None


def together(found: Iterable[ProcessOutage]) -> list[Outage]:
    """The outages of workloads, in the order of their start. Two of one process, which never
    overlap, stay two."""
    unions: list[list[ProcessOutage]] = []
    until_ns = 0
    for each in sorted(found, key=lambda o: (o.workload, o.start_ns, o.process)):
        if unions and each.workload == unions[-1][0].workload and each.start_ns < until_ns:
            unions[-1].append(each)
            until_ns = max(until_ns, each.until_ns)
        else:
            unions.append([each])
            until_ns = each.until_ns
    return sorted((Outage(tuple(of)) for of in unions), key=lambda o: (o.start_ns, o.workload))
