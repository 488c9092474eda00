"""The reference data plane: its parts held together, and the control plane's commands obeyed.

Commands change state at once, at the time the last ``advance`` ended; no event of that instant has
run yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.dataplane.contract import (
    LAG,
    MAX_EVENTS_PER_ADVANCE,
    NEVER,
    ROW,
    ROWS_PER_BLOCK,
    Observation,
    OpenRequest,
    Recovery,
    RecoveryPoint,
    Sink,
    Status,
)
from aurosim.dataplane.plan import Plan, WorkloadPlan
from aurosim.dataplane.reference.clients import Clients
from aurosim.dataplane.reference.instances import Instance
from aurosim.dataplane.reference.moment import Clock
from aurosim.dataplane.reference.regions import Link
from aurosim.dataplane.reference.replication import Stream
from aurosim.dataplane.reference.storage import Volume

SPARE_EVENTS = 64


class ReferencePlane:
    """The data plane in plain SimPy; see `contract.DataPlane` for what each command means."""

    def __init__(
        self,
        plan: Plan,
        rows: Sink,
        lags: Sink,
        records: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...],
    ) -> None:
        """``records``: for each cluster what its writer and its reader endpoint name at first."""
        self.plan = plan
        self.clock = Clock()
        self.row_sink, self.lag_sink = rows, lags
        self.rows: list[tuple[Any, ...]] = []
        self.lags: list[tuple[int, int, int]] = []
        self.rows_flushed = 0
        self.abandoned = 0  # statements and connections given up that their instance still has
        self.chunks = 0  # of redo, in flight
        self.records = [list(record) for record in records]
        nodes = sum(cluster.node_count for cluster in plan.clusters)
        self.node_free_ns = [0] * nodes
        self.node_delay_ns = [0] * nodes
        self.volumes = [Volume(self, k, cluster) for k, cluster in enumerate(plan.clusters)]
        self.instances = [
            Instance(self, k, instance, plan.clusters[instance.cluster].costs, plan.tables)
            for k, instance in enumerate(plan.instances)
        ]
        self.clients = [Clients(self, k, workload) for k, workload in enumerate(plan.workloads)]
        self.slots = sum(workload.slots for workload in plan.workloads)
        for volume in self.volumes:
            if volume.writer >= 0:
                volume.writer_az = plan.instances[volume.writer].az
            volume.watch_readers()
        for clients in self.clients:
            clients.start()

    # --- what the parts share ------------------------------------------------------------
    def make_stream(self, instance: int) -> Stream:
        """The redo stream that will reach this instance."""
        return Stream(self, instance)

    def workload_of(self, entity: int) -> WorkloadPlan:
        """The plan of the workload a statement belongs to."""
        return self.plan.workloads[entity >> 40]

    def row(self, row: tuple[Any, ...]) -> None:
        """A statement has ended for its client."""
        self.rows.append(row)
        if len(self.rows) == ROWS_PER_BLOCK:
            self.flush()

    def lag_sample(self, instance: int, at_ns: int, lag_ns: int) -> None:
        """A reader has applied a chunk."""
        self.lags.append((instance, at_ns, lag_ns))
        if len(self.lags) == ROWS_PER_BLOCK:
            self.flush()

    # --- the joint -----------------------------------------------------------------------
    def advance(self, until_ns: int, max_events: int = MAX_EVENTS_PER_ADVANCE) -> bool:
        """Run every event strictly before ``until_ns``; False when ``max_events`` ran first."""
        return self.clock.advance(until_ns, max_events)

    def events_done(self) -> int:
        """Events answered since the start."""
        return self.clock.done

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""
        if self.rows:
            self.rows_flushed += len(self.rows)
            self.row_sink(np.array(self.rows, dtype=ROW))
            self.rows.clear()
        if self.lags:
            self.lag_sink(np.array(self.lags, dtype=LAG))
            self.lags.clear()

    def close(self) -> None:
        """Let go of the sinks, and of all that has not happened."""
        self.clock.env._queue.clear()
        del self.row_sink, self.lag_sink

    def events_bound(self) -> int:
        """What the queue may hold: see docs/decisions. A cancelled event counts as abandoned until
        its time has come."""
        return (
            2 * self.slots
            + sum(instance.plan.vcpu for instance in self.instances)
            + self.abandoned
            + self.clock.cancelled
            + 8 * sum(volume.flying for volume in self.volumes)
            + self.chunks
            + sum(len(volume.groups) for volume in self.volumes)
            + sum(volume.link.events_most() for volume in self.volumes if volume.link is not None)
            + SPARE_EVENTS
        )

    def observe(self) -> Observation:
        """The state now."""
        return Observation(
            now_ns=self.clock.now_ns,
            instances=tuple(instance.view() for instance in self.instances),
            clusters=tuple(volume.view() for volume in self.volumes),
            workloads=tuple(clients.view() for clients in self.clients),
            rows=self.rows_flushed + len(self.rows),
            events_pending=self.clock.pending,
            events_bound=self.events_bound(),
        )

    def open_requests(self) -> list[OpenRequest]:
        """Requests due and not ended, in the order of workload and request."""
        return [request for clients in self.clients for request in clients.open_requests()]

    # --- commands: instances -------------------------------------------------------------
    def stop(self, instance: int, status: Status, *, lose_cache: bool = False) -> None:
        """The database process dies now."""
        assert status != Status.UP
        now = self.clock.now()
        server = self.instances[instance]
        if server.status in (Status.UP, Status.OPENING):
            epoch = server.epoch
            server.stop(status, now)
            if status == Status.CLOSED:
                self.tell(instance, epoch, now)
            server.volume.watch_readers()
        server.status = status
        if server.volume.writer == instance:
            server.volume.writer_stopped(now)
        if lose_cache:
            server.lose_cache()

    def tell(self, instance: int, epoch: int, now: int) -> None:
        """The host resets every connection of the process that died."""
        for clients in self.clients:
            told_ns = now + clients.plan.hop_ns[instance]
            for slot in clients.slots:
                if slot.instance == instance and slot.reset_ns == NEVER:
                    clients.lost(slot, epoch, told_ns, now)

    def start(self, instance: int, status: Status = Status.UP) -> None:
        """The process is back, in a new epoch and with no connections."""
        assert status != Status.DARK
        server = self.instances[instance]
        server.status = status
        server.sending = True
        if status == Status.UP:
            server.stream.restart(server.volume.vdl)
        server.volume.watch_readers()

    def dispatcher(self, instance: int, running: bool) -> None:
        """Stop or resume the writer's sending of redo to the volume."""
        server = self.instances[instance]
        server.sending = running
        if running:
            server.queue.extend(server.held)
            server.held.clear()
            server.dispatch(self.clock.now())

    # --- commands: roles and names -------------------------------------------------------
    def fence(self, cluster: int) -> None:
        """The volume epoch is bumped: the old writer's boxcars in flight are refused. That writer
        has been stopped: a process that ran on would have nobody to send its redo to."""
        volume = self.volumes[cluster]
        assert volume.writer < 0, "stop the writer before the volume is fenced"
        volume.segments.fence(self.clock.now())

    def recover(self, cluster: int) -> Recovery | None:
        """Find the end of the log by read quorum and cut the rest."""
        return self.volumes[cluster].segments.recover(self.clock.now())

    def promote(self, cluster: int, instance: int) -> None:
        """``instance`` is the writer from now on."""
        self.volumes[cluster].promote(
            instance, self.plan.instances[instance].az, self.clock.now()
        )

    def publish(self, cluster: int, role: int, instances: tuple[int, ...]) -> None:
        """The endpoint's DNS record now names these."""
        assert instances
        self.records[cluster][role] = instances

    # --- commands: storage ---------------------------------------------------------------
    def segment_lost(self, cluster: int, group: int, members: int) -> None:
        """The data of these members (a bit mask) is gone."""
        volume = self.volumes[cluster]
        volume.segments.lose(volume.groups[group], members, self.clock.now())

    def segment_repaired(self, cluster: int, group: int, members: int) -> None:
        """These members hold again all that some live segment of the group holds."""
        volume = self.volumes[cluster]
        volume.segments.repair(volume.groups[group], members, self.clock.now())

    def zone(self, cluster: int, az: int, reachable: bool) -> None:
        """All storage of one AZ goes dark or comes back, its data intact."""
        self.volumes[cluster].segments.zone(az, reachable, self.clock.now())

    def node_delay(self, node: int, delay_ns: int) -> None:
        """A storage node answers later by this much from now on."""
        self.node_delay_ns[node] = delay_ns

    # --- commands: regions ---------------------------------------------------------------
    def follower(self, cluster: int) -> Link:
        """The link of a cluster of several."""
        link = self.volumes[cluster].link
        assert link is not None, "there is only one cluster"
        return link

    def link(self, cluster: int, connected: bool) -> None:
        """The way from its source to a secondary is cut or mended."""
        self.follower(cluster).connect(connected, self.clock.now())

    def link_speed(self, cluster: int, delay_ns: int, bytes_per_s: float) -> None:
        """The way takes longer, or as long as before, from now on."""
        self.follower(cluster).change_speed(delay_ns, bytes_per_s, self.clock.now())

    def detach(self, cluster: int) -> RecoveryPoint:
        """The secondary stops following."""
        return self.follower(cluster).detach(self.clock.now())

    def attach(self, cluster: int, source: int) -> None:
        """A cluster without a writer follows ``source`` from now on."""
        volume = self.volumes[cluster]
        assert volume.writer < 0 and source != cluster
        volume.segments.discard()
        self.follower(cluster).attach(self.volumes[source], self.clock.now())
