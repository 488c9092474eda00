"""The instances of a cluster as a controller sees and changes them.

Each change leaves an event: `resize`, `join` until the instance accepts statements, `leave`. How
long it takes to make an instance is the controller's to say.
"""

from __future__ import annotations

from collections.abc import Sequence

import simpy

from aurosim.catalog.engines import Engine
from aurosim.cluster.instance import Instance
from aurosim.control.context import Context
from aurosim.control.instances import Instances
from aurosim.dataplane.contract import InstanceView


class Fleet:
    """One cluster's instances, absent ones too."""

    def __init__(self, context: Context, instances: Instances, engine: Engine) -> None:
        self._context = context
        self._instances = instances
        self._engine = engine

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self._context.log.cluster

    @property
    def now(self) -> int:
        """The time, in ns."""
        return self._context.now

    @property
    def news(self) -> simpy.Event:
        """What to yield to wait until something has changed in the cluster."""
        return self._context.news

    @property
    def instances(self) -> Sequence[Instance]:
        """All that may ever be there, in the order of the file."""
        return self._context.topology.instances

    def wait(self, for_ns: int) -> simpy.Event:
        """What to yield to wait for some time."""
        return self._context.env.timeout(for_ns)

    def named(self, name: str) -> Instance | None:
        """The instance of this name, None where it belongs to another cluster."""
        return next((each for each in self.instances if each.name == name), None)

    def view(self, instance: Instance) -> InstanceView:
        """What it does now, as the data plane shows it."""
        return self._context.plane.observe().instances[instance.index]

    def resize(
        self,
        instance: Instance,
        cause: str,
        *,
        vcpu: int | None = None,
        memory_bytes: int | None = None,
        max_connections: int | None = None,
    ) -> None:
        """It has so much of these from now on, without a restart; what is not named stays. The
        buffer is the engine's share of the memory. An absent instance comes with this size."""
        context, engine = self._context, self._engine
        reserved = engine.reserved_connections  # the data plane counts what clients may have
        if max_connections is None:
            max_connections = self.view(instance).max_connections + reserved
        instance.vcpu = vcpu or instance.vcpu
        instance.memory_bytes = memory_bytes or instance.memory_bytes
        pages = engine.buffer_bytes(instance.memory_bytes) // engine.page_bytes
        context.plane.resize(instance.index, instance.vcpu, pages, max_connections - reserved)
        size = f"{instance.vcpu} vCPU, {pages} pages, {max_connections} connections"
        context.end(context.begin("resize", instance.name, cause, size))

    def join(self, instance: Instance, cause: str, takes_ns: int) -> None:
        """An absent instance is made; it is a reader with a cold cache `takes_ns` later, or once
        its AZ is there again."""
        if instance.there:
            self._refuse("join", instance, cause, "it is there")
        else:
            self._instances.join(instance, cause, takes_ns)

    def leave(self, instance: Instance, cause: str) -> None:
        """A reader is taken away: its connections are reset, and nobody is sent there any more.
        The writer has to hand over first."""
        if not instance.there:
            self._refuse("leave", instance, cause, "it is not there")
        elif self._context.topology.seated(instance):
            self._refuse("leave", instance, cause, "it is the writer, or is to be")
        else:
            self._instances.leave(instance, cause)

    def _refuse(self, kind: str, instance: Instance, cause: str, why: str) -> None:
        context = self._context
        context.end(context.begin(kind, instance.name, cause, f"refused: {why}"))
