"""The instances of a cluster, and who holds the writer's seat.

There is at most one writer. The *seat* belongs to the instance that is the writer, or that is to
become it: after a crash in place the crashed writer keeps its seat, a failover gives it to another.
A secondary cluster of a global database has no writer, and nobody holds its seat.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurosim.cluster.instance import Instance, Process, Role

NOBODY = -1


@dataclass
class Topology:
    """All instances of the cluster by index, and the index of the one that holds the seat, or
    `NOBODY`. Indexes are those of the plan: a cluster's follow one another.
    """

    instances: list[Instance]
    seat: int

    def __post_init__(self) -> None:
        first = self.instances[0].index if self.instances else 0
        numbers = range(first, first + len(self.instances))
        assert [each.index for each in self.instances] == list(numbers)
        for each in self.instances:
            each.role = Role.WRITER if each.index == self.seat else Role.READER

    @property
    def has_seat(self) -> bool:
        """Whether there is a writer, or one to come."""
        return self.seat != NOBODY

    def seated(self, instance: Instance) -> bool:
        """Whether the instance holds the seat."""
        return instance.index == self.seat

    @property
    def holder(self) -> Instance:
        """The instance that holds the writer's seat, open or not."""
        assert self.has_seat, "a cluster without a seat has no writer to come"
        return self.instances[self.seat - self.instances[0].index]

    @property
    def writer(self) -> Instance | None:
        """The instance that accepts writes, None while there is none."""
        return self.holder if self.has_seat and self.holder.process is Process.RUNNING else None

    def give_seat(self, to: Instance) -> Instance | None:
        """Another instance is to become the writer; returns who held the seat, now a reader."""
        before = self.leave_seat()
        self.seat, to.role = to.index, Role.WRITER
        return before

    def leave_seat(self) -> Instance | None:
        """Nobody is to be the writer; returns who held the seat, now a reader."""
        if not self.has_seat:
            return None
        before, self.seat = self.holder, NOBODY
        before.role, before.ready, before.listed = Role.READER, False, before.healthy
        return before
