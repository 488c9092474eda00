"""Faults of a scenario, each a process that strikes at its time and ends in its own way.

What each does is told with the fault itself, in `scenario.faults`; here is what it finds there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import simpy
from simpy.events import NORMAL, EventPriority

from aurosim.cluster import promotion
from aurosim.cluster.instance import Instance
from aurosim.cluster.topology import Topology
from aurosim.control.context import Context
from aurosim.control.durations import Durations
from aurosim.control.instances import Instances, Steps
from aurosim.control.storage import Storage
from aurosim.control.writer import Writer
from aurosim.dataplane.contract import DataPlane
from aurosim.scenario.faults import struck
from aurosim.scenario.faults.fault import ClusterFault, Fault, PrimaryFault
from aurosim.scenario.faults.targets import WRITER

AFTER_ALL = EventPriority(NORMAL + 1)
"""SimPy's priority of what comes after timeouts and their consequences of the same instant."""


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """The faults of a resolved scenario in the order in which those of one instant strike."""
    return sorted(faults, key=lambda fault: (fault.at, fault.kind, fault.subject))


class Hits(Protocol):
    """What faults strike at."""

    def hit(self, fault: Any) -> Steps:
        """Strikes, and ends with the fault."""


def strike(env: simpy.Environment, fault: Fault, where: Callable[[Fault], Hits]) -> Steps:
    """Waits for the fault's time and strikes at what is there then."""
    yield _due(env, fault.at)
    yield from where(fault).hit(fault)


def _due(env: simpy.Environment, at_ns: int) -> simpy.Event:
    """An event at a time, after all that was under way and is due then too.

    So of two outages back to back the first ends before the second begins.
    """
    event = simpy.Event(env)
    event._ok, event._value = True, None
    env.schedule(event, priority=AFTER_ALL, delay=at_ns - int(env.now))
    return event


class Struck:
    """One cluster as a fault finds it: `struck.Struck` says what is what."""

    def __init__(self, context: Context, writer: Writer, storage: Storage) -> None:
        self._context = context
        self.name = context.log.cluster
        self._topology: Topology = context.topology
        self.durations: Durations = context.durations
        self.plane: DataPlane = context.plane
        self.hosts: Instances = writer.instances
        self.copies = storage
        self.hand_over = writer.hand_over
        self._strikes = 0

    def hit(self, fault: ClusterFault) -> Steps:
        """Strikes, and ends with the fault."""
        self._strikes += 1
        event = self._context.begin(f"fault:{fault.kind}", fault.subject, "scenario")
        if why := self._in_vain(fault):
            event.detail = f"no effect: {why}"
        else:
            yield from fault.strike(self, event)
        self._context.end(event)

    def _in_vain(self, fault: ClusterFault) -> str:
        """Why there is nothing to strike: it needs a writer or copies one by one, and this cluster
        has neither, or its instance is absent."""
        named = getattr(fault.target, "instance", None)
        of_the_writer = named == WRITER and not self._topology.has_seat
        if of_the_writer or (isinstance(fault, PrimaryFault) and not self.leads):
            return f"{self.name} is no primary"
        absent = named != WRITER and named in [e.name for e in self.instances if not e.there]
        return f"{named} is not there" if absent else ""

    @property
    def now(self) -> int:
        """The time, in ns."""
        return self._context.now

    @property
    def leads(self) -> bool:
        """Whether the cluster is the primary."""
        return self._context.leads

    @property
    def news(self) -> simpy.Event:
        """The next change."""
        return self._context.news

    @property
    def instances(self) -> list[Instance]:
        """Its instances."""
        return self._topology.instances

    @property
    def writer(self) -> Instance | None:
        """The instance that accepts writes."""
        return self._topology.writer

    def heir(self) -> Instance | None:
        """The reader that a failover promotes."""
        return promotion.choose(self._topology.instances)

    def alone(self, instance: Instance) -> bool:
        """Whether it holds the writer's seat and nobody could follow it."""
        return self._topology.seated(instance) and self.heir() is None

    def wait(self, for_ns: int) -> simpy.Event:
        """The end of some time."""
        return self._context.env.timeout(for_ns)

    def token(self, word: str) -> str:
        """A name that no other strike has."""
        return f"{word} {self._strikes}"

    def named(self, name: str, event: struck.Event) -> Instance:
        """The instance of this name; for `writer`, the writer's seat's holder."""
        found = [each for each in self._topology.instances if each.name == name]
        assert found or name == WRITER, f"no instance {name!r}"
        instance = self._topology.holder if name == WRITER else found[0]
        event.subject = instance.name
        return instance
