"""A cluster: instances, the volume they share, and its endpoints; and what goes wrong with it.

The first cluster of a scenario is the primary. A secondary has readers, a link that brings them
redo, and no writer.
"""

from __future__ import annotations

from typing import Any

from aurosim.simpy_model.failover import Failover
from aurosim.simpy_model.instance import CLOSED, Instance
from aurosim.simpy_model.measured import spread_ms
from aurosim.simpy_model.names import Records
from aurosim.simpy_model.reader import Reader
from aurosim.simpy_model.region import Link
from aurosim.simpy_model.setting import Setting, Steps
from aurosim.simpy_model.volume import Volume
from aurosim.units import NS_PER_S


class Cluster:
    """One cluster; without a `source` it is the primary."""

    def __init__(self, setting: Setting, spec: Any, source: Cluster | None) -> None:
        self.env, self.setting = setting.env, setting
        self.name, self.region = spec.name, spec.region
        self.volume = Volume(setting, spec.region)
        self.instances = [Instance(setting, self.volume, each) for each in spec.instances]
        self.readers = [Reader(setting, each) for each in self.instances]
        self.volume.followers += [each.follow for each in self.readers]
        self.records: Records = {"reader": self.instances}
        self.unwritable_s = 0.0
        self.link = Link(setting, source.volume, self.volume) if source else None
        if source is None:
            self.failover = Failover(setting, self.instances, self.volume, self.records)

    def strike(self, number: int, fault: Any) -> Steps:
        """A fault of the scenario, at its time."""
        yield self.env.timeout(fault.at / NS_PER_S)
        yield from getattr(self, f"_{fault.kind}")(number, fault, getattr(fault, fault.kind))

    def _named(self, name: str) -> Instance:
        """The instance of this name; `writer` is whoever is the writer now."""
        found = [each for each in self.instances if each.name == name]
        return found[0] if found and name != "writer" else self.failover.seat

    def _host_failure(self, number: int, fault: Any, target: Any) -> Steps:
        """The host is lost until it is replaced; a writer whom nobody can follow is recreated."""
        care, instance = self.failover, self._named(target.instance)
        care.lose_host(instance, number)
        if fault.for_ is not None:
            yield self.env.timeout(fault.for_ / NS_PER_S)
        else:
            noticed_s = care.noticed_s(instance)
            yield self.env.timeout(noticed_s)
            alone = instance is care.seat and care.best_reader() is None
            law = "recreate" if alone else "host_replace"
            takes_s = self.setting.between(law, care.chance)
            yield self.env.timeout(max(0.0, takes_s - noticed_s))
        yield from care.return_host(instance, number, new=fault.for_ is None)

    def _crash(self, _: int, fault: Any, target: Any) -> Steps:
        """The process, or the node under it, dies and restarts in place; no failover."""
        instance, node = self._named(target.instance), getattr(target, "what", "") == "node"
        if not instance.away:
            self.failover.lose(instance, CLOSED, lose_cache=node)
            takes_s = self.setting.between("crash_restart", self.failover.chance)
            if fault.kind == "reboot" or node:
                takes_s = self.setting.seconds("node_restart" if node else "reboot_restart")
            yield from self.failover.restart(instance, takes_s)

    _reboot = _crash

    def _az_outage(self, number: int, fault: Any, target: Any) -> Steps:
        """Instances of the zone die with their hosts; its storage is out of reach, data intact."""
        hit = [each for each in self.instances if each.zone == target.az]
        for instance in hit:
            self.failover.lose_host(instance, number)
        self.volume.storage.dark[target.az] += 1
        yield from self._without(fault.for_ / NS_PER_S)
        self.volume.storage.dark[target.az] -= 1
        self.volume.storage.returned()
        for instance in hit:
            self.env.process(self.failover.return_host(instance, number))

    def _segment_loss(self, _: int, fault: Any, target: Any) -> Steps:
        """Segments lose what they hold, and get it from their peers after a time."""
        storage = self.volume.storage
        hit = {(target.group, member) for member in target.segments} - storage.lost
        storage.lost |= hit
        yield from self._without(fault.for_ / NS_PER_S)
        storage.lost -= hit
        storage.returned()

    def _without(self, for_s: float) -> Steps:
        """Some segments are away: was there a write quorum in every group meanwhile?"""
        writable = self.volume.storage.quorum("write_quorum", self.volume.groups)
        yield self.env.timeout(for_s)
        self.unwritable_s += 0.0 if writable else for_s

    def _slow_node(self, _: int, fault: Any, target: Any) -> Steps:
        storage = self.volume.storage
        nodes = {storage.node(target.group, each) for each in target.segments}
        for sign in (1, -1):
            for node in nodes:
                storage.delay_s[node] += sign * target.delay / NS_PER_S
            yield self.env.timeout(fault.for_ / NS_PER_S)

    def summary(self) -> dict[str, Any]:
        measured_s = self.setting.end_s - self.setting.warm_up_s
        volume = self.volume
        lags = {each.instance.name: {"lag_ms": spread_ms(each.lags_s)} for each in self.readers}
        return {
            "failovers": [] if self.link else self.failover.happened,
            "readers": lags,
            "instances": {
                each.name: {
                    "cpu_ratio": each.busy_s / measured_s / each.cpu.capacity,
                    "hit_ratio": 1 - each.buffer.missed / max(1, each.buffer.touched),
                }
                for each in self.instances
            },
            "volume": {
                "bytes": volume.used_bytes,
                "protection_groups": volume.groups,
                "write_unavailable_s": self.unwritable_s,
            },
            "replication_lag_ms": spread_ms(self.link.lags_s if self.link else []),
        }
