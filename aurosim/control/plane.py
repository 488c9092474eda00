"""The control plane of a run: its processes started, its records to read.

What is under way goes first at an instant, in the order in which it was scheduled; then the faults
of that instant strike, in the order of kind and name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

from aurosim import catalog
from aurosim.cluster.endpoints import Endpoints, custom_record, reader_record
from aurosim.cluster.instance import Instance, Process
from aurosim.cluster.quorum import Quorums
from aurosim.cluster.topology import NOBODY, Topology
from aurosim.cluster.volume import Volume, VolumeView
from aurosim.control import faults
from aurosim.control.context import Context, Standing
from aurosim.control.controllers import CONTROLLERS
from aurosim.control.durations import Durations
from aurosim.control.events import Event, EventLog, Failover, Repair, Restart, Takeover
from aurosim.control.fleet import Fleet
from aurosim.control.lag import restart_lagging_readers, tell_at_next_check
from aurosim.control.regions import Member, Regions
from aurosim.control.storage import Storage
from aurosim.control.takeover import Takeovers
from aurosim.control.writer import Writer
from aurosim.dataplane.contract import ROLE_CUSTOM, ROLE_READER, ROLE_WRITER, DataPlane
from aurosim.dataplane.plan import Plan
from aurosim.scenario.faults.fault import Fault, GlobalFault
from aurosim.scenario.faults.targets import WRITER

if TYPE_CHECKING:
    from aurosim.scenario import Scenario


def instances_of(scenario: Scenario, plan: Plan, cluster: int) -> list[Instance]:
    """The instances of a cluster as the control plane sees them, with tier and memory."""
    classes = catalog.instance_classes()
    first = sum(len(each.instances) for each in scenario.clusters[:cluster])
    found = []
    for index, spec in enumerate(scenario.clusters[cluster].instances, start=first):
        each = plan.instances[index]
        found.append(
            Instance(
                name=each.name,
                index=index,
                az=each.az,
                tier=spec.promotion_tier,
                vcpu=each.vcpu,
                memory_bytes=classes[spec.class_].memory_bytes,
                process=Process.RUNNING if each.there else Process.ABSENT,
                listed=each.there,
            )
        )
    return found


class ClusterControl:
    """One cluster: what happened to it, and how its volume is now.

    `failovers`, `restarts` and `repairs` grow while the run goes on; read them any time.
    """

    def __init__(self, context: Context, storage: Storage) -> None:
        self.failovers: list[Failover] = context.failovers
        self.restarts: list[Restart] = context.restarts
        self.repairs: list[Repair] = context.repairs
        self._context = context
        self._storage = storage

    @property
    def role(self) -> str:
        """What it is to a global database now: primary, secondary, or out."""
        if self._context.leads:
            return str(Standing.PRIMARY)
        standing = self._context.standing
        return str(Standing.SECONDARY if standing is Standing.ARRIVING else standing)

    def volume_view(self, groups: int) -> VolumeView:
        """The volume's health now, with so many groups."""
        return self._storage.context.volume.view(groups)

    def write_unavailable_ns(self, now_ns: int) -> int:
        """Time up to now during which some protection group was below its write quorum."""
        return self._storage.writes.total_ns(now_ns)

    def read_unavailable_ns(self, now_ns: int) -> int:
        """Time up to now during which some protection group had no live segment."""
        return self._storage.reads.total_ns(now_ns)


class Control:
    """The control plane over one data plane. Its processes wait in `env`, whose time is int ns.

    `events` of all clusters, and the takeovers between regions, grow while `env` runs.
    """

    def __init__(
        self, env: simpy.Environment, scenario: Scenario, plan: Plan, plane: DataPlane, seed: int
    ) -> None:
        events: list[Event] = []
        members = [
            _member(env, scenario, plan, plane, Durations(scenario.numbers, seed), number, events)
            for number in range(len(plan.clusters))
        ]
        self.events = EventLog(plan.clusters[0].name, events)
        self.clusters = [ClusterControl(each.context, each.storage) for each in members]
        self._members, self._regions = members, Regions(env, members)
        self._takeovers = Takeovers(self._regions)
        self.regional_failovers: list[Takeover] = self._takeovers.failovers
        self.switchovers: list[Takeover] = self._takeovers.switchovers
        for fault in faults.in_order(scenario.faults):
            env.process(faults.strike(env, fault, self._where))
        for each in members:
            if len(each.context.topology.instances) > 1:
                env.process(restart_lagging_readers(each.context, each.instances))
        for controller in CONTROLLERS:
            for each, spec in zip(members, scenario.clusters, strict=True):
                fleet = Fleet(each.context, each.instances, catalog.engine(spec.engine))
                env.process(controller.steps(scenario, fleet))

    def hear(self, now_ns: int) -> None:
        """The data plane has warned: some reader is too far behind at `now_ns`, which is later than
        all that happened here."""
        for each in self._members:
            tell_at_next_check(each.context, now_ns)

    def _where(self, fault: Fault) -> faults.Hits:
        """What a fault strikes at: regions, the cluster of an instance, the one it names, or the
        primary. `writer` is whoever is the writer then, also where an instance is called so.
        """
        if isinstance(fault, GlobalFault):
            return self._takeovers
        instance = getattr(fault.target, "instance", None)
        for member in self._members if instance != WRITER else ():
            if instance in [each.name for each in member.context.topology.instances]:
                return member.faults
        named = getattr(fault.target, "cluster", None)
        number = self._regions.primary if named is None else self._regions.number(named)
        return self._members[number].faults


def _member(
    env: simpy.Environment,
    scenario: Scenario,
    plan: Plan,
    plane: DataPlane,
    durations: Durations,
    number: int,
    events: list[Event],
) -> Member:
    """One cluster with its names published."""
    cluster, spec = plan.clusters[number], scenario.clusters[number]
    topology = Topology(instances_of(scenario, plan, number), cluster.writer)
    primary = number == 0
    writer = plan.clusters[0].writer  # a secondary's endpoint of this kind is never asked for
    readers = reader_record(topology.instances, writer)
    custom = [custom_record(topology.instances, each, writer) for each in cluster.custom]
    quorums = Quorums(cluster.write_ok, cluster.read_ok)
    context = Context(
        env=env,
        plane=plane,
        topology=topology,
        volume=Volume(cluster.used_bytes, cluster.groups, quorums, cluster.group_bytes),
        endpoints=Endpoints((writer,), readers, custom),
        custom=cluster.custom,
        durations=durations,
        log=EventLog(cluster.name, events),
        cluster=number,
        is_global=len(plan.clusters) > 1,
        standing=Standing.PRIMARY if primary else Standing.SECONDARY,
        listens_while_restarting=catalog.engine(spec.engine).listens_while_restarting,
        endpoint_flap_ns=spec.endpoint_flap,
    )
    assert topology.seat == (cluster.writer if primary else NOBODY)
    storage, search = Storage(context, cluster.nodes), Writer(context)
    plane.publish(number, ROLE_WRITER, (writer,))
    plane.publish(number, ROLE_READER, readers)
    for k, record in enumerate(custom):
        plane.publish(number, ROLE_CUSTOM + k, record)
    hits = faults.Struck(context, search, storage)
    link = cluster.link
    return Member(context, search, storage, hits, 0.0 if link is None else link.bytes_per_s)
