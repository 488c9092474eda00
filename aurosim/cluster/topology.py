"""The instances of a cluster, and who holds the writer's seat.

There is at most one writer. The *seat* belongs to the instance that is the writer, or that is to
become it: after a crash in place the crashed writer keeps its seat, a failover gives it to another.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurosim.cluster.instance import Instance, Process, Role


@dataclass
class Topology:
    """All instances by index, and the index of the one that holds the seat."""

    instances: list[Instance]
    seat: int

    def __post_init__(self) -> None:
        assert [each.index for each in self.instances] == list(range(len(self.instances)))
        for each in self.instances:
            each.role = Role.WRITER if each.index == self.seat else Role.READER

    @property
    def holder(self) -> Instance:
        """The instance that holds the writer's seat, open or not."""
        return self.instances[self.seat]

    @property
    def writer(self) -> Instance | None:
        """The instance that accepts writes, None while there is none."""
        return self.holder if self.holder.process is Process.RUNNING else None

    def give_seat(self, to: Instance) -> Instance:
        """Another instance is to become the writer; returns who held the seat, now a reader."""
        before = self.holder
        before.role, before.ready, before.listed = Role.READER, False, before.healthy
        self.seat, to.role = to.index, Role.WRITER
        return before
