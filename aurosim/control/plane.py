"""The control plane of a run: its processes started, its records to read.

What is under way goes first at an instant, in the order in which it was scheduled; then the faults
of that instant strike, in the order of kind and name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

from aurosim import catalog
from aurosim.cluster.endpoints import Endpoints, reader_record
from aurosim.cluster.instance import Instance
from aurosim.cluster.quorum import Quorums
from aurosim.cluster.topology import Topology
from aurosim.cluster.volume import Volume, VolumeView
from aurosim.control import faults
from aurosim.control.context import CLUSTER, Context
from aurosim.control.durations import Durations
from aurosim.control.events import EventLog, Failover, Repair, Restart
from aurosim.control.lag import restart_lagging_readers
from aurosim.control.storage import Storage
from aurosim.control.writer import Writer
from aurosim.dataplane.contract import ROLE_READER, ROLE_WRITER, DataPlane
from aurosim.dataplane.plan import Plan

if TYPE_CHECKING:
    from aurosim.scenario import Scenario


def instances_of(scenario: Scenario, plan: Plan) -> list[Instance]:
    """The instances as the control plane sees them: the plan's, with tier and memory."""
    classes = catalog.instance_classes()
    return [
        Instance(
            name=each.name,
            index=index,
            az=each.az,
            tier=spec.promotion_tier,
            vcpu=each.vcpu,
            memory_bytes=classes[spec.class_].memory_bytes,
        )
        for index, (spec, each) in enumerate(
            zip(scenario.cluster.instances, plan.instances, strict=True)
        )
    ]


class Control:
    """The control plane over one data plane. Its processes wait in `env`, whose time is int ns.

    `events`, `failovers`, `restarts` and `repairs` grow while `env` runs; read them any time.
    """

    def __init__(
        self, env: simpy.Environment, scenario: Scenario, plan: Plan, plane: DataPlane, seed: int
    ) -> None:
        cluster = plan.clusters[CLUSTER]
        quorums = Quorums(cluster.write_ok, cluster.read_ok)
        topology = Topology(instances_of(scenario, plan), cluster.writer)
        readers = reader_record(topology.instances, cluster.writer)
        self._context = Context(
            env=env,
            plane=plane,
            topology=topology,
            volume=Volume(
                cluster.used_bytes, cluster.groups, quorums, cluster.group_bytes
            ),
            endpoints=Endpoints((cluster.writer,), readers),
            durations=Durations(scenario.model, seed),
            log=EventLog(cluster.name),
            listens_while_restarting=catalog.engine(
                scenario.cluster.engine
            ).listens_while_restarting,
        )
        self.events: EventLog = self._context.log
        self.failovers: list[Failover] = self._context.failovers
        self.restarts: list[Restart] = self._context.restarts
        self.repairs: list[Repair] = self._context.repairs
        self._storage = Storage(self._context)
        writer = Writer(self._context)
        plane.publish(CLUSTER, ROLE_WRITER, (cluster.writer,))
        plane.publish(CLUSTER, ROLE_READER, readers)
        strikes = faults.Faults(self._context, writer, self._storage, cluster.nodes)
        for fault in faults.read(scenario.faults):
            env.process(strikes.strike(fault))
        if len(topology.instances) > 1:
            env.process(restart_lagging_readers(self._context, writer.instances))

    def volume_view(self) -> VolumeView:
        """The volume's health now."""
        return self._storage.view()

    def write_unavailable_ns(self, now_ns: int) -> int:
        """Time up to now during which some protection group was below its write quorum."""
        return self._storage.writes.total_ns(now_ns)

    def read_unavailable_ns(self, now_ns: int) -> int:
        """Time up to now during which some protection group had no live segment."""
        return self._storage.reads.total_ns(now_ns)
