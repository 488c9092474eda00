"""A cluster: instances, the volume they share, the readers' streams, and its endpoints.

The first cluster of a scenario is the primary. A secondary has readers, a link that brings them
redo, and no writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

from aurosim import catalog
from aurosim.simpy_model.failover import Failover
from aurosim.simpy_model.instance import Instance
from aurosim.simpy_model.measured import Lags
from aurosim.simpy_model.names import Names
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.reader import Stream, WriteRate
from aurosim.simpy_model.region import Link
from aurosim.simpy_model.storage import Storage
from aurosim.simpy_model.volume import Redo, Volume
from aurosim.simpy_model.zones import Zones

if TYPE_CHECKING:
    from aurosim.scenario.cluster import ClusterSpec, StorageSpec


class Cluster:
    """One cluster of a scenario."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, spec: ClusterSpec, size: StorageSpec,
        tables: dict[str, int], since_s: float,
    ) -> None:  # fmt: skip
        engine = catalog.engine(spec.engine)
        most = -(-size.limit // numbers.whole("protection_group_bytes"))
        self.env = env
        self.numbers = numbers
        self.name = spec.name
        self.zones = Zones(numbers, spec.region)
        storage = Storage(env, numbers, self.zones, most, spec.name)
        self.volume = Volume(env, numbers, storage, size, spec.name)
        self.names = Names()
        self.instances = [
            Instance(env, numbers, self.volume, each, engine, tables, since_s)
            for each in spec.instances
        ]
        self.lags = {each.name: Lags(since_s) for each in self.instances}
        self.streams = [
            Stream(env, numbers, each, self.lags[each.name]) for each in self.instances
        ]
        self.link: Link | None = None
        self.replication = Lags(since_s)
        self._rate = WriteRate(numbers.seconds("lag_rate_window"))
        self._unwritable_since_s: float | None = None
        self._unwritable_s = 0.0
        self._engine = engine

    def lead(self) -> None:
        """It is the primary: its first instance writes, the others follow."""
        self.failover = Failover(
            self.env, self.numbers, self.instances, self.volume, self.names, self._engine
        )
        self.volume.followers.append(self._ship)

    def follow(self, primary: Cluster) -> None:
        """It is a secondary: a link brings it the primary's redo."""
        source, region = primary.zones.region, self.zones.region
        self.link = Link(self.env, self.numbers, source, region, self.replication)
        for stream in self.streams:
            zone = stream.reader.zone
            self.link.readers.append((stream, self.zones.hop(zone, zone)))
        primary.volume.followers.append(self.link.add)
        self.names.publish("reader", self.instances)

    def _ship(self, redo: Redo) -> None:
        """Redo that VDL has passed leaves for every reader."""
        writer = self.volume.writer
        assert writer is not None
        rate = self._rate.note(redo.writes, self.env.now)
        for stream in self.streams:
            if stream.reader is not writer:
                stream.ship(redo, rate, self.zones.hop(writer.zone, stream.reader.zone))

    # --- what is measured ------------------------------------------------------------------
    def note_quorum(self) -> None:
        """Segments went or came back: is there a write quorum in every group?"""
        since_s = self._unwritable_since_s
        if self.volume.writable and since_s is not None:
            self._unwritable_s += self.env.now - since_s
            self._unwritable_since_s = None
        elif not self.volume.writable and since_s is None:
            self._unwritable_since_s = self.env.now

    def summary(self, measured_s: float) -> dict[str, object]:
        """The cluster's part of the result."""
        self.note_quorum()
        volume, primary = self.volume, self.link is None
        return {
            "failovers": self.failover.failovers if primary else [],
            "readers": {
                name: {"lag_ms": lags.summary()}
                for name, lags in self.lags.items()
                if not primary or name != self.instances[0].name
            },
            "instances": {
                each.name: {
                    "cpu_ratio": each.cpu.busy_s / measured_s / each.cpu.vcpu,
                    "hit_ratio": 1 - each.buffer.missed / max(1, each.buffer.touched),
                }
                for each in self.instances
            },
            "volume": {
                "bytes": volume.used_bytes,
                "protection_groups": volume.groups,
                "write_unavailable_s": self._unwritable_s,
            },
            "replication_lag_ms": self.replication.summary(),
        }
