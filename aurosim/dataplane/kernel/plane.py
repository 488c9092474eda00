"""The kernel as a data plane: state, loop, and the control plane's commands.

The twin of the reference's `plane`. Commands are rare: they work on the arrays in Python and call
compiled code where the mechanics of requests are needed.
"""

from __future__ import annotations

import numpy as np

from aurosim.dataplane.contract import (
    LAG,
    MAX_EVENTS_PER_ADVANCE,
    NEVER,
    Observation,
    OpenRequest,
    Recovery,
    RecoveryPoint,
    Sink,
    Status,
)
from aurosim.dataplane.kernel import commands, deaths, loop
from aurosim.dataplane.kernel.links import Link
from aurosim.dataplane.kernel.making import make_state
from aurosim.dataplane.kernel.segments import Segments
from aurosim.dataplane.kernel.state import POOLS, State, free_field, grown, records, widened
from aurosim.dataplane.kernel.views import cluster_view, instance_view, workload_view
from aurosim.dataplane.plan import Plan

SPARE_EVENTS = 64
JOB_RINGS = ("commit", "stalled", "reads")
"""Rings of jobs: with a place for every job they never run over."""
NONE = -1


class KernelPlane:
    """The compiled data plane; see `contract.DataPlane` for what each command means."""

    def __init__(
        self,
        plan: Plan,
        rows: Sink,
        lags: Sink,
        records: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...],
    ) -> None:
        """``records``: for each cluster what its writer and its reader endpoint name at first."""
        self.plan = plan
        self.row_sink, self.lag_sink = rows, lags
        self.rows_flushed = 0
        self.now_ns = 0
        self.state = make_state(plan)
        self.vcpus = sum(instance.vcpu for instance in plan.instances)
        # one event may let every vCPU start, a chunk leave for every reader; and every sender send
        records_most = int(self.state.top[0]["records_most"])
        self.margin_alone = loop.CHECK_EVERY * (
            2 * self.vcpus + len(plan.instances) + len(plan.clusters) + 4 * records_most + 64
        )
        self.segments = [Segments(self, k) for k in range(len(plan.clusters))]
        self.links = [Link(self, k) for k, each in enumerate(plan.clusters) if each.link]
        for k, record in enumerate(records):
            for role, names in enumerate(record):
                self.publish(k, role, names)
        for w, workload in enumerate(plan.workloads):
            commands.start_clients(self.ready(), w, workload.start_spread_ns)

    @property
    def groups(self) -> int:
        """The protection groups there are now."""
        return int(self.state.cluster["groups"].sum())

    @property
    def margin(self) -> int:
        """What a few events may take from a pool, with the groups there are now."""
        senders = min(self.groups, int(self.state.top[0]["senders_most"]))
        return self.margin_alone + loop.CHECK_EVERY * senders

    # --- the joint -----------------------------------------------------------------------
    def advance(self, until_ns: int, max_events: int = MAX_EVENTS_PER_ADVANCE) -> bool:
        """Run every event strictly before ``until_ns``; False when ``max_events`` ran first."""
        while True:
            code = loop.run(self.state, until_ns, max_events, self.margin_alone)
            if code != loop.LOW:
                self.now_ns = int(self.state.top[0]["now"])
                return bool(code == loop.DONE)
            self.make_room()

    def make_room(self) -> None:
        """Flush what is full, double what runs low."""
        top = self.state.top[0]
        self.flush()
        stalled = sum(int(c["stalled_end"] - c["stalled_first"]) for c in self.state.cluster)
        margin = self.margin + stalled * int(top["records_most"])
        for pool in POOLS:
            while self.state.top[0][free_field(pool)[1]] < max(margin, loop.FEW):
                self.state = grown(self.state, pool)
        for ring in JOB_RINGS:
            while getattr(self.state, ring).shape[1] < len(self.state.job):
                self.state = widened(self.state, ring)
        lags = len(self.state.chunk) + margin  # it may be that all are applied at once
        if len(self.state.lag) < 2 * lags:
            self.state = self.state._replace(lag=records(4 * lags, LAG))
        if len(self.state.far) < len(self.state.event):
            far = np.zeros(len(self.state.event), np.int64)
            far[: len(self.state.far)] = self.state.far
            self.state = self.state._replace(far=far)
        for cluster in self.state.cluster:
            if cluster["log_end"] - cluster["log_first"] > self.state.log.shape[1] - margin:
                self.state = widened(self.state, "log")
            if cluster["watch_end"] - cluster["watch_first"] > self.state.watch.shape[1] - loop.FEW:
                self.state = widened(self.state, "watch")
            room = self.state.change.shape[1] - loop.CHECK_EVERY * int(top["writes_most"])
            if cluster["changes_end"] - cluster["changes_first"] > room:
                self.widen_changes()
        assert top["rows"] == 0

    def widen_changes(self) -> None:
        """More room for changes that some reader has not applied, and a wider table of hashes."""
        self.state = widened(self.state, "change")
        clusters, size = self.state.change.shape
        table = np.full((clusters, size), NONE, np.int64)
        self.state = self.state._replace(change_table=table)
        for k in range(clusters):
            commands.hash_changes(self.state, k)

    def ready(self) -> State:
        """The state, with room for what one command may do."""
        top = self.state.top[0]
        if any(top[free_field(pool)[1]] < max(self.margin, loop.FEW) for pool in POOLS):
            self.make_room()
        return self.state

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""
        top = self.state.top[0]
        rows, lags = int(top["rows"]), int(top["lags"])
        top["rows"] = top["lags"] = 0
        if rows:
            self.rows_flushed += rows
            self.row_sink(np.asarray(self.state.row[:rows]))
        if lags:
            self.lag_sink(np.asarray(self.state.lag[:lags]))

    def events_done(self) -> int:
        """Events answered since the start."""
        return int(self.state.top[0]["events"])

    def close(self) -> None:
        """Let go of the arrays and the sinks."""
        del self.state, self.row_sink, self.lag_sink

    # --- looking -------------------------------------------------------------------------
    def events_bound(self) -> int:
        """What the queue may hold: see docs/decisions."""
        top = self.state.top[0]
        return int(
            2 * len(self.state.slot)
            + self.vcpus
            + top["abandoned"]
            + top["cancelled"]
            + 8 * self.state.cluster["flying"].sum()
            + top["chunks"]
            + self.groups
            + sum(link.events_most() for link in self.links)
            + SPARE_EVENTS
        )

    def observe(self) -> Observation:
        """The state now."""
        top = self.state.top[0]
        return Observation(
            now_ns=self.now_ns,
            instances=tuple(
                instance_view(self.state, i, self.now_ns) for i in range(len(self.state.instance))
            ),
            clusters=tuple(cluster_view(self.state, k) for k in range(len(self.segments))),
            workloads=tuple(
                workload_view(self.state, w, self.now_ns) for w in range(len(self.state.workload))
            ),
            rows=self.rows_flushed + int(top["rows"]),
            events_pending=int(top["pending"]),
            events_bound=self.events_bound(),
        )

    def open_requests(self) -> list[OpenRequest]:
        """Requests due and not ended, in the order of workload and request."""
        found = []
        for w, record in enumerate(self.state.workload):
            first = int(record["first_slot"])
            slots = self.state.slot[first : first + int(record["slots"])]
            pairs = [(int(s["request"]), int(s["due_ns"])) for s in slots[slots["open"]]]
            ring = self.state.waiting[w]
            for place in range(int(record["waiting_first"]), int(record["waiting_end"])):
                waiter = ring[place & (len(ring) - 1)]
                pairs.append((int(waiter["request"]), int(waiter["due_ns"])))
            found += [OpenRequest(w, r, due) for r, due in sorted(pairs) if due <= self.now_ns]
        return found

    # --- commands: instances -------------------------------------------------------------
    def stop(self, instance: int, status: Status, *, lose_cache: bool = False) -> None:
        """The database process dies now."""
        assert status != Status.UP
        server = self.state.instance[instance]
        cluster = int(server["cluster"])
        if server["status"] in (Status.UP, Status.OPENING):
            epoch = int(server["epoch"])
            deaths.end_process(self, instance, status)
            if status == Status.CLOSED:
                deaths.tell(self, instance, epoch)
            self.watch_readers(cluster)
        self.state.instance[instance]["status"] = int(status)
        if int(self.state.cluster[cluster]["writer"]) == instance:
            self.writer_stopped(cluster)
        if lose_cache:
            self.state.resident[instance] = 0.0

    def start(self, instance: int, status: Status = Status.UP) -> None:
        """The process is back, in a new epoch and with no connections."""
        assert status != Status.DARK
        server = self.state.instance[instance]
        server["status"] = int(status)
        server["sending"] = True
        if status == Status.UP:
            server["applied_lsn"] = self.state.cluster[server["cluster"]]["vdl"]
            server["ready_ns"] = server["lag_ns"] = 0
        self.watch_readers(int(server["cluster"]))

    def dispatcher(self, instance: int, running: bool) -> None:
        """Stop or resume the writer's sending of redo to the volume."""
        server = self.state.instance[instance]
        server["sending"] = running
        if running:
            commands.run_held(self.ready(), instance, self.now_ns)

    # --- commands: roles and names -------------------------------------------------------
    def fence(self, cluster: int) -> None:
        """The volume epoch is bumped: the old writer's boxcars in flight are refused."""
        writer = self.state.cluster[cluster]["writer"]
        assert writer < 0, "stop the writer before the volume is fenced"
        self.segments[cluster].fence(self.now_ns)

    def writer_stopped(self, k: int) -> None:
        """Records not yet sent are gone; acknowledgements have nobody to go to."""
        state, cluster = self.state, self.state.cluster[k]
        for g in self.segments[k].groups():
            group = state.group[g]
            if group["open"] != NONE:
                commands.drop_boxcar(state, int(group["open"]))
                group["open"] = NONE
            for b in self.segments[k].flying(g):
                commands.cancel_event(state, int(state.boxcar[b]["event"]))
                state.boxcar[b]["event"] = NONE
                state.boxcar[b]["quorum_at_ns"] = NEVER
        cluster["commits_first"] = cluster["commits_end"]
        cluster["stalled_first"] = cluster["stalled_end"]
        cluster["writer"] = NONE
        self.segments[k].count(self.now_ns)

    def recover(self, cluster: int) -> Recovery | None:
        """Find the end of the log by read quorum and cut the rest."""
        return self.segments[cluster].recover(self.now_ns)

    def promote(self, cluster: int, instance: int) -> None:
        """``instance`` is the writer from now on; the readers learn where the log ends."""
        record = self.state.cluster[cluster]
        assert record["source"] < 0, "detach a secondary before it gets a writer"
        record["writer"], record["follows"] = instance, False
        record["writer_az"] = self.plan.instances[instance].az
        self.watch_readers(cluster)
        commands.ship_again(self.ready(), cluster, self.now_ns)

    def watch_readers(self, k: int) -> None:
        """Changes are remembered only while somebody may miss them."""
        servers, writer = self.state.instance, int(self.state.cluster[k]["writer"])
        readers = [
            i
            for i in range(len(servers))
            if i != writer and servers[i]["cluster"] == k and servers[i]["status"] == Status.UP
        ]
        self.state.cluster[k]["watched"] = bool(readers)
        if not readers:
            commands.forget_changes(self.state, k, NEVER)

    def publish(self, cluster: int, role: int, instances: tuple[int, ...]) -> None:
        """The endpoint's DNS record now names these."""
        assert instances
        self.state.record[cluster, role, : len(instances)] = instances
        self.state.record_count[cluster, role] = len(instances)

    # --- commands: regions ---------------------------------------------------------------
    def link(self, cluster: int, connected: bool) -> None:
        """The way from its source to a secondary is cut or mended."""
        self.links[cluster].connect(connected, self.now_ns)

    def link_speed(self, cluster: int, delay_ns: int, bytes_per_s: float) -> None:
        """The way takes longer, or as long as before, from now on."""
        self.links[cluster].change_speed(delay_ns, bytes_per_s, self.now_ns)

    def detach(self, cluster: int) -> RecoveryPoint:
        """The secondary stops following."""
        return self.links[cluster].detach(self.now_ns)

    def attach(self, cluster: int, source: int) -> None:
        """A cluster without a writer follows ``source`` from now on."""
        assert self.state.cluster[cluster]["writer"] < 0 and source != cluster
        self.segments[cluster].discard()
        self.links[cluster].attach(source, self.now_ns)

    # --- commands: storage ---------------------------------------------------------------
    def segment_lost(self, cluster: int, group: int, members: int) -> None:
        """The data of these members (a bit mask) is gone."""
        self.segments[cluster].lose(self.group_of(cluster, group), members, self.now_ns)

    def segment_repaired(self, cluster: int, group: int, members: int) -> None:
        """These members hold again all that some live segment of the group holds."""
        self.segments[cluster].repair(self.group_of(cluster, group), members, self.now_ns)

    def group_of(self, cluster: int, group: int) -> int:
        """The index of a cluster's group among all."""
        return int(self.state.cluster[cluster]["first_group"]) + group

    def zone(self, cluster: int, az: int, reachable: bool) -> None:
        """All storage of one AZ goes dark or comes back, its data intact."""
        self.segments[cluster].zone(az, reachable, self.now_ns)

    def node_delay(self, node: int, delay_ns: int) -> None:
        """A storage node answers later by this much from now on."""
        self.state.node_delay[node] = delay_ns

    def wake_reads(self, k: int, now: int) -> None:
        """Segments are back: reads that had nowhere to go try again, in order."""
        cluster, ring = self.state.cluster[k], self.state.reads[k]
        first, end = int(cluster["reads_first"]), int(cluster["reads_end"])
        jobs = [int(ring[place & (len(ring) - 1)]) for place in range(first, end)]
        cluster["reads_first"] = end
        for j in jobs:
            commands.read_again(self.ready(), j, now)

