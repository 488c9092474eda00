"""What the processes of the control plane share: the clock, the cluster's state, the data plane.

Who waits for something waits for *news* and then looks again. Each change of an instance or of the
volume is news, so a waiting process costs nothing between changes and misses none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import simpy

from aurosim.cluster.endpoints import Endpoints, custom_record, reader_record
from aurosim.cluster.topology import NOBODY, Topology
from aurosim.cluster.volume import Volume
from aurosim.control.durations import Durations
from aurosim.control.events import Event, EventLog, Failover, Repair, Restart
from aurosim.dataplane.contract import (
    ROLE_CUSTOM,
    ROLE_GLOBAL,
    ROLE_READER,
    ROLE_WRITER,
    DataPlane,
    Status,
)
from aurosim.dataplane.plan import CustomEndpoint


class Standing(StrEnum):
    """What a cluster is to a global database. A cluster alone is a primary."""

    PRIMARY = "primary"
    LEAVING = "leaving"  # a primary that takes no more writes: a switchover is under way
    SECONDARY = "secondary"
    ARRIVING = "arriving"  # its writer is being opened: until it is open, it is no primary
    OUT = "out"  # it follows nobody and has to be built anew


@dataclass
class Context:
    """One cluster under control; `cluster` is its number in the plan."""

    env: simpy.Environment
    plane: DataPlane
    topology: Topology
    volume: Volume
    endpoints: Endpoints
    durations: Durations
    log: EventLog
    cluster: int = 0
    is_global: bool = False  # there are other clusters
    standing: Standing = Standing.PRIMARY
    custom: tuple[CustomEndpoint, ...] = ()
    listens_while_restarting: bool = False  # the engine answers before it is open
    endpoint_flap_ns: int | None = None  # as the scenario says; None: drawn
    failovers: list[Failover] = field(default_factory=list)
    restarts: list[Restart] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.news = self.env.event()

    @property
    def now(self) -> int:
        """The time, in ns."""
        return int(self.env.now)

    @property
    def leads(self) -> bool:
        """Whether the cluster is the primary, though it may take no writes while it hands over."""
        return self.standing in (Standing.PRIMARY, Standing.LEAVING)

    def tell(self) -> None:
        """Wakes all who wait for news."""
        told, self.news = self.news, self.env.event()
        told.succeed()

    def begin(self, kind: str, subject: str, cause: str, detail: str = "") -> Event:
        """An event that starts now."""
        return self.log.open(self.now, kind, subject, cause, detail)

    def end(self, event: Event) -> None:
        """The event ends now."""
        assert event.end_ns is None
        event.end_ns = self.now

    def close(self, index: int, *, lose_cache: bool = False) -> None:
        """The instance's process dies and its host lives; an engine that listens while it restarts
        answers new connections with `unavailable` from now on, the other refuses them."""
        self.plane.stop(index, Status.CLOSED, lose_cache=lose_cache)
        if self.listens_while_restarting:
            self.plane.start(index, Status.OPENING)

    def publish_readers(self) -> None:
        """The reader endpoint names who is available now; told only if that is something new."""
        writer = self.endpoints.cluster[0]
        if self.topology.writer is not None:
            writer = self.topology.seat
        elif not self.topology.has_seat:
            writer = NOBODY
        self._publish_custom(writer)
        record = reader_record(self.topology.instances, writer)
        if record == (NOBODY,):
            return  # a secondary has no writer to name in their place: the name stays as it is
        if record != self.endpoints.reader:
            self.endpoints.reader = record
            self.plane.publish(self.cluster, ROLE_READER, record)

    def _publish_custom(self, writer: int) -> None:
        """Each custom endpoint names those of its members who are available now."""
        for number, endpoint in enumerate(self.custom):
            record = custom_record(self.topology.instances, endpoint, writer)
            if record != (NOBODY,) and record != self.endpoints.custom[number]:
                self.endpoints.custom[number] = record
                self.plane.publish(self.cluster, ROLE_CUSTOM + number, record)

    def publish_writer(self, writer: int, flap_ns: int) -> None:
        """The cluster endpoint names this instance; for `flap_ns` a lookup may find the one before.
        """
        record = (writer,)
        if record != self.endpoints.cluster:
            self.endpoints.cluster = record
            self.plane.publish(self.cluster, ROLE_WRITER, record, flap_ns)
        if self.is_global and self.leads:
            self.plane.publish(0, ROLE_GLOBAL, record, flap_ns)

    def flap_ns(self, number: int) -> int:
        """For how long the record answers as before or as now after the `number`-th failover."""
        if self.endpoint_flap_ns is not None:
            return self.endpoint_flap_ns
        return self.durations.drawn("endpoint_flap", self.log.cluster, number)
