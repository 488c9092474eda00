"""Faults of a scenario, each a process that strikes at its time and ends in its own way.

Names and meanings follow Aurora's fault injection queries where those have a word (facts section
9): a crash of instance, dispatcher or node restarts in place and never fails over. `host_failure`
and `az_outage` are what they cannot do. A fault that finds nothing to strike (an instance that is
dark already, a failover without a reader) leaves an event that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import simpy
from simpy.events import NORMAL, EventPriority

from aurosim.cluster import promotion
from aurosim.cluster.instance import Instance
from aurosim.control.context import Context
from aurosim.control.events import Event
from aurosim.control.instances import Steps
from aurosim.control.storage import Storage, no_such_group
from aurosim.control.writer import Writer

AFTER_ALL = EventPriority(NORMAL + 1)
"""SimPy's priority of what comes after timeouts and their consequences of the same instant."""

OF_A_PRIMARY = ("failover", "segment_loss", "slow_node")
"""What strikes only where there is a writer and where copies are told apart."""
WRITER = "writer"
"""Names whoever is the writer when the fault strikes."""


@dataclass(frozen=True)
class Fault:
    """One fault: when, what, at whom, for how long, and the scenario's own words for the rest."""

    at_ns: int
    kind: str
    subject: str
    for_ns: int | None
    target: Any

    @property
    def cause(self) -> str:
        """What events name as the reason."""
        return f"{self.kind} {self.target.what}" if self.kind == "crash" else self.kind


def read(specs: Sequence[Any]) -> list[Fault]:
    """The faults of a resolved scenario in the order in which those of one instant strike."""
    faults = []
    for spec in specs:
        target = getattr(spec, spec.kind)
        faults.append(
            Fault(spec.at, spec.kind, _subject(target), getattr(spec, "for_", None), target)
        )
    return sorted(faults, key=lambda fault: (fault.at_ns, fault.kind, fault.subject))


def _subject(target: Any) -> str:
    if hasattr(target, "segments"):
        return f"group {target.group} segments {', '.join(map(str, sorted(target.segments)))}"
    for field in ("instance", "az", "to", "cluster"):
        if (found := getattr(target, field, None)) is not None:
            return str(found)
    return WRITER


def _mask(segments: Sequence[int]) -> int:
    return sum(1 << segment for segment in set(segments))


def strike(env: simpy.Environment, fault: Fault, where: Callable[[Fault], Hits]) -> Steps:
    """Waits for the fault's time and strikes at what is there then."""
    yield _due(env, fault.at_ns)
    yield from where(fault).hit(fault)


def _due(env: simpy.Environment, at_ns: int) -> simpy.Event:
    """An event at a time, after all that was under way and is due then too.

    So of two outages back to back the first ends before the second begins.
    """
    event = simpy.Event(env)
    event._ok, event._value = True, None
    env.schedule(event, priority=AFTER_ALL, delay=at_ns - int(env.now))
    return event


class Hits(Protocol):
    """What faults strike at."""

    def hit(self, fault: Fault) -> Steps: ...


class Faults:
    """What each kind of fault does to one cluster."""

    def __init__(
        self, context: Context, writer: Writer, storage: Storage, nodes: npt.NDArray[np.int32]
    ) -> None:
        self._context = context
        self._writer = writer
        self._instances = writer.instances
        self._storage = storage
        self._nodes = nodes
        self._strikes = 0
        self._does: dict[str, Callable[[Fault, Event], Steps]] = {
            "az_outage": self._az_outage,
            "crash": self._crash,
            "failover": self._failover,
            "host_failure": self._host_failure,
            "reboot": self._reboot,
            "segment_loss": self._segment_loss,
            "slow_node": self._slow_node,
        }

    def hit(self, fault: Fault) -> Steps:
        """Strikes, and ends with the fault."""
        self._strikes += 1
        event = self._context.begin(f"fault:{fault.kind}", fault.subject, "scenario")
        if self._in_vain(fault):
            event.detail = f"no effect: {self._context.log.cluster} is no primary"
        else:
            yield from self._does[fault.kind](fault, event)
        self._context.end(event)

    def _in_vain(self, fault: Fault) -> bool:
        """Whether it needs a writer or copies one by one, and this cluster has neither."""
        named = getattr(fault.target, "instance", None)
        of_the_writer = named == WRITER and not self._context.topology.has_seat
        return of_the_writer or (fault.kind in OF_A_PRIMARY and not self._context.leads)

    def _named(self, name: str, event: Event, *, literally: bool = False) -> Instance:
        """The instance of this name; for `writer`, unless literally, the writer's seat's holder."""
        topology = self._context.topology
        found = [each for each in topology.instances if each.name == name]
        assert found or (name == WRITER and not literally), f"no instance {name!r}"
        instance = topology.holder if name == WRITER and not literally else found[0]
        event.subject = instance.name
        return instance

    def _host_failure(self, fault: Fault, event: Event) -> Steps:
        context, instance = self._context, self._named(fault.target.instance, event)
        token, start_ns = f"host {self._strikes}", context.now
        self._instances.lose_host(instance, token, fault.cause)
        if fault.for_ns is not None:
            yield context.env.timeout(fault.for_ns)
            self._instances.return_host(instance, token)
            return
        noticed_ns = context.durations.noticed(instance.name, start_ns)
        yield context.env.timeout(noticed_ns - start_ns)
        law = self._replacement(instance)
        takes_ns = context.durations.drawn(law, instance.name, instance.deaths)
        yield context.env.timeout(max(start_ns + takes_ns - context.now, 0))
        self._instances.replace_host(instance, token)

    def _replacement(self, instance: Instance) -> str:
        """A writer that nobody can follow is created anew; any other lost host is replaced."""
        topology = self._context.topology
        alone = topology.seated(instance) and promotion.choose(topology.instances) is None
        return "recreate" if alone else "host_replace"

    def _crash(self, fault: Fault, event: Event) -> Steps:
        context, instance = self._context, self._named(fault.target.instance, event)
        if not instance.host_up:
            event.detail = "no effect: its host is away"
            return
        if fault.target.what == "dispatcher":
            yield from self._dispatcher(instance, event)
            return
        if fault.target.what == "node":
            restart_ns = context.durations.fixed("node_restart")
        else:
            restart_ns = context.durations.drawn("crash_restart", instance.name, instance.deaths)
        lose_cache = fault.target.what == "node"
        self._instances.stop(instance, fault.cause, restart_ns, lose_cache)
        yield from self._instances.until_running(instance)

    def _dispatcher(self, instance: Instance, event: Event) -> Steps:
        """Sending to the volume stops for a while; connections stay [assumption]."""
        context, death = self._context, instance.deaths
        if instance is not context.topology.writer:
            event.detail = "no effect: only a writer has a dispatcher at work"
            return
        instance.dispatchers_down += 1
        context.plane.dispatcher(instance.index, False)
        yield context.env.timeout(context.durations.fixed("dispatcher_restart"))
        if instance.deaths == death:  # else the process went down and took the dispatcher along
            instance.dispatchers_down -= 1
            if not instance.dispatchers_down:
                context.plane.dispatcher(instance.index, True)

    def _failover(self, fault: Fault, event: Event) -> Steps:
        topology = self._context.topology
        names = [each.name for each in topology.instances]
        if fault.target.to is None:
            to = promotion.choose(topology.instances)
        elif fault.target.to not in names:
            event.detail = f"refused: {fault.target.to} isn't in {self._context.log.cluster}"
            return
        else:
            to = self._named(fault.target.to, event, literally=True)
        refusal = self._refusal(to)
        if to is None or refusal:
            event.detail = f"refused: {refusal}"
            return
        event.subject = to.name
        self._writer.hand_over(to, fault.cause)
        while topology.writer is None and self._context.leads:
            yield self._context.news

    def _refusal(self, to: Instance | None) -> str:
        topology = self._context.topology
        if topology.writer is None:
            return "there is no writer"
        if to is None:
            return "no healthy reader"
        if to is topology.writer:
            return f"{to.name} is the writer"
        return "" if to.healthy else f"{to.name} isn't healthy"

    def _reboot(self, fault: Fault, event: Event) -> Steps:
        instance = self._named(fault.target.instance, event)
        if not instance.host_up:
            event.detail = "no effect: its host is away"
            return
        restart_ns = self._context.durations.fixed("reboot_restart")
        self._instances.stop(instance, fault.cause, restart_ns, lose_cache=False)
        yield from self._instances.until_running(instance)

    def _az_outage(self, fault: Fault, event: Event) -> Steps:
        """Instances of the AZ die with their hosts, its storage is out of reach, data intact."""
        context, az = self._context, "abc".index(fault.target.az)
        assert fault.for_ns is not None
        token = f"az {self._strikes}"
        hit = [each for each in context.topology.instances if each.az == az]
        for instance in hit:
            self._instances.lose_host(instance, token, fault.cause)
        self._storage.darken(az)
        yield context.env.timeout(fault.for_ns)
        self._storage.lighten(az)
        for instance in hit:
            self._instances.return_host(instance, token)

    def _segment_loss(self, fault: Fault, event: Event) -> Steps:
        members = _mask(fault.target.segments)
        yield from self._storage.lose(fault.target.group, members, fault.for_ns, event)

    def _slow_node(self, fault: Fault, event: Event) -> Steps:
        group, delay_ns = fault.target.group, fault.target.delay
        groups = self._storage.grown().groups
        if group >= groups:
            event.detail = no_such_group(groups)
            return
        nodes = sorted({int(self._nodes[group, each]) for each in fault.target.segments})
        assert fault.for_ns is not None
        yield from self._storage.slow(nodes, delay_ns, fault.for_ns)
