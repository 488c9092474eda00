"""The data plane: the control plane's commands and what it sees, over whatever runs the rules.

Commands change state at once, at the time the last ``advance`` ended; no event of that instant has
run yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import (
    MAX_EVENTS_PER_ADVANCE,
    Observation,
    OpenRequest,
    Pictures,
    Recovery,
    RecoveryPoint,
    Status,
)
from aurosim.dataplane.mechanics import commands
from aurosim.dataplane.mechanics.initial_state import watching
from aurosim.dataplane.mechanics.machine import Machine
from aurosim.dataplane.plan import Plan

PICTURES = 1024
"""Pictures that are kept until somebody asks for them."""
Names = tuple[tuple[tuple[int, ...], ...], ...]


class Plane:
    """The data plane; see `contract.DataPlane` for what each command means."""

    def __init__(self, machine: Machine, plan: Plan, names: Names) -> None:
        """``names``: for each cluster what its endpoints name at first."""
        self.machine = machine
        self.plan = plan
        self.now_ns = 0
        self.warned = False
        for k, of_cluster in enumerate(names):
            for role, instances in enumerate(of_cluster):
                self.publish(k, role, instances)
        for w, workload in enumerate(plan.workloads):
            machine.do(commands.START_CLIENTS, w, 0, b=workload.start_spread_ns)

    @property
    def state(self) -> Any:
        """The state of the rules."""
        return self.machine.state

    # --- the joint -----------------------------------------------------------------------
    def advance(self, until_ns: int, max_events: int = MAX_EVENTS_PER_ADVANCE) -> bool:
        """Run every event strictly before ``until_ns``; False when it came back earlier."""
        done = self.machine.advance(until_ns, max_events)
        top = self.state.top[0]
        self.now_ns = int(top.now)
        if not done:
            self.warned, top.warned = bool(top.warned), 0
        return done

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""
        self.machine.flush()

    def rows_done(self) -> int:
        """Rows finished since the start, handed out or not."""
        return self.machine.rows_done()

    def events_done(self) -> int:
        """Events answered since the start."""
        return self.machine.events_done()

    def close(self) -> None:
        """Let go of the state and the sinks."""
        self.machine.close()

    # --- looking -------------------------------------------------------------------------
    def picture(self) -> Pictures:
        """The state now, as a single picture; good until the next look."""
        self.machine.look(len(self.state.seen) - 1, self.now_ns)
        return self.machine.seen().rows(slice(-1, None))

    def observe(self) -> Observation:
        """The state now."""
        return self.picture().observation()

    def watch(self, moments_ns: npt.NDArray[np.int64]) -> None:
        """Take a picture at each of these times."""
        self.machine.watch(watching(self.plan, moments_ns, PICTURES))
        self.state.top[0].look_ns = int(moments_ns[0])

    def look(self) -> None:
        """Take a picture of how it is now as well, as soon as it goes on."""
        self.state.top[0].look_ns = self.now_ns

    def pictures(self) -> Pictures:
        """The pictures taken since this was last asked."""
        top = self.state.top[0]
        count, top.pictures = int(top.pictures), 0
        return self.machine.seen().rows(slice(count))

    def open_requests(self) -> list[OpenRequest]:
        """Requests due and not ended, in the order of workload and request."""
        found: list[OpenRequest] = []
        processes, waiters = self.machine.table("process"), self.machine.table("waiter")
        for w, each in enumerate(self.machine.table("workload")):
            for p in range(each.first_process, each.first_process + each.processes):
                process = processes[p]
                end = process.first_slot + process.slots
                pairs = self.machine.open_slots(process.first_slot, end)
                number = process.waiting
                while number >= 0:
                    pairs.append((waiters[number].request, waiters[number].due_ns))
                    number = waiters[number].next
                found += [OpenRequest(w, p, r, due) for r, due in pairs if due <= self.now_ns]
        return sorted(found, key=lambda each: (each.workload, each.request))

    # --- commands: instances -------------------------------------------------------------
    def stop(self, instance: int, status: Status, *, lose_cache: bool = False) -> None:
        """The database process dies now."""
        assert status in (Status.CLOSED, Status.DARK) and self._is_there(instance)
        self.machine.do(commands.STOP, instance, self.now_ns, b=int(status))
        if lose_cache:
            for table in range(len(self.plan.tables)):
                self.state.resident[instance, table] = 0.0

    def start(self, instance: int, status: Status = Status.UP) -> None:
        """The process is back, in a new epoch and with no connections."""
        assert status < Status.DARK and self._is_there(instance)
        server = self.state.instance[instance]
        cluster = self.plan.instances[instance].cluster
        was, server.status = int(server.status), int(status)
        server.sending = True
        if status == Status.UP:
            server.applied_lsn = self.state.cluster[cluster].vdl
            server.ready_ns = server.lag_ns = 0
        if was == Status.DARK:
            self.machine.do(commands.ANSWER_AGAIN, instance, self.now_ns)
        self.machine.do(commands.WATCH_READERS, cluster, self.now_ns)

    def dispatcher(self, instance: int, running: bool) -> None:
        """Stop or resume the writer's sending of redo to the volume."""
        self.state.instance[instance].sending = running
        if running:
            self.machine.do(commands.RUN_HELD, instance, self.now_ns)

    # --- commands: size and presence -----------------------------------------------------
    def resize(
        self, instance: int, vcpu: int, buffer_pages: int, max_connections: int
    ) -> None:
        """The instance has this size from now on."""
        assert vcpu > 0 and buffer_pages > 0
        self.state.instance[instance].max_connections = max_connections
        self.machine.do(commands.RESIZE, instance, self.now_ns, b=vcpu, c=buffer_pages)

    def leave(self, instance: int) -> None:
        """The instance is no longer there."""
        assert self._is_there(instance)
        self.machine.do(commands.LEAVE, instance, self.now_ns)

    def join(self, instance: int) -> None:
        """An absent instance is there from now on, dark until it starts."""
        assert not self._is_there(instance)
        self.machine.do(commands.JOIN, instance, self.now_ns)

    def _is_there(self, instance: int) -> bool:
        return bool(self.state.instance[instance].status != Status.ABSENT)

    # --- commands: roles and names -------------------------------------------------------
    def fence(self, cluster: int) -> None:
        """The volume epoch is bumped: the old writer's boxcars in flight are refused. That writer
        has been stopped: a process that ran on would have nobody to send its redo to."""
        writer = self.state.cluster[cluster].writer
        assert writer < 0, "stop the writer before the volume is fenced"
        self.machine.do(commands.FENCE, cluster, self.now_ns)

    def recover(self, cluster: int) -> Recovery | None:
        """Find the end of the log by read quorum and cut the rest."""
        before = int(self.state.cluster[cluster].lost_commits)
        cut = self.machine.do(commands.RECOVER, cluster, self.now_ns)
        if cut < 0:
            return None
        record = self.state.cluster[cluster]
        return Recovery(int(record.vdl), cut, int(record.lost_commits) - before)

    def promote(self, cluster: int, instance: int) -> None:
        """``instance`` is the writer from now on; the readers learn where the log ends."""
        record = self.state.cluster[cluster]
        assert record.source < 0, "detach a secondary before it gets a writer"
        assert self._is_there(instance)
        record.writer, record.follows = instance, False
        record.writer_az = self.plan.instances[instance].az
        self.machine.do(commands.WATCH_READERS, cluster, self.now_ns)
        self.machine.do(commands.SHIP_AGAIN, cluster, self.now_ns)

    def publish(
        self, cluster: int, role: int, instances: tuple[int, ...], flap_ns: int = 0
    ) -> None:
        """The endpoint's DNS record now names these."""
        assert instances
        if flap_ns:
            self.state.before[cluster, role] = self.state.record[cluster, role, 0]
            self.state.flap_until[cluster, role] = self.now_ns + flap_ns
        for place, instance in enumerate(instances):
            self.state.record[cluster, role, place] = instance
        self.state.record_count[cluster, role] = len(instances)

    def warn(self, cluster: int, lag_ns: int) -> None:
        """Warn once when a reader of the cluster is further behind than this."""
        self.state.cluster[cluster].warn_ns = lag_ns

    # --- commands: regions ---------------------------------------------------------------
    def link(self, cluster: int, connected: bool) -> None:
        """The way from its source to a secondary is cut or mended."""
        self.machine.do(commands.CONNECT, cluster, self.now_ns, b=int(connected))

    def link_speed(self, cluster: int, delay_ns: int, bytes_per_s: float) -> None:
        """The way takes longer, or as long as before, from now on."""
        self.machine.do(
            commands.CHANGE_SPEED, cluster, self.now_ns, b=delay_ns, amount=bytes_per_s
        )

    def detach(self, cluster: int) -> RecoveryPoint:
        """The secondary stops following."""
        assert self.state.cluster[cluster].source >= 0, "it follows nobody"
        self.machine.do(commands.END_FOLLOWING, cluster, self.now_ns)
        left, record = self.observe().clusters[cluster], self.state.cluster[cluster]
        record.batch_first = record.batch_end
        return RecoveryPoint(
            left.vdl, left.behind_commits, left.behind_bytes, left.behind_since_ns
        )

    def attach(self, cluster: int, source: int) -> None:
        """A cluster without a writer follows ``source`` from now on: its readers that are up hold
        what is durable there already."""
        clusters, link = self.machine.table("cluster"), self.plan.clusters[cluster].link
        record = clusters[cluster]
        assert record.writer < 0 and source != cluster and link is not None
        assert record.batch_first == record.batch_end
        readers = [
            each
            for each in self.machine.table("instance")
            if each.cluster == cluster and each.status == Status.UP
        ]
        assert record.vdl == clusters[source].vdl or not readers
        self.machine.do(commands.DISCARD, cluster, self.now_ns)
        self.machine.do(
            commands.ATTACH, cluster, self.now_ns, b=source, amount=link.bytes_per_s
        )

    # --- commands: storage ---------------------------------------------------------------
    def segment_lost(self, cluster: int, group: int, members: int) -> None:
        """The data of these members (a bit mask) is gone."""
        self.machine.do(commands.LOSE, self._group(cluster, group), self.now_ns, b=members)

    def segment_repaired(self, cluster: int, group: int, members: int) -> None:
        """These members hold again all that some live segment of the group holds."""
        self.machine.do(commands.REPAIR, self._group(cluster, group), self.now_ns, b=members)

    def _group(self, cluster: int, group: int) -> int:
        """The index of a cluster's group among all."""
        return int(self.state.cluster[cluster].first_group) + group

    def zone(self, cluster: int, az: int, reachable: bool) -> None:
        """All storage of one AZ goes dark or comes back, its data intact."""
        self.machine.do(commands.ZONE, cluster, self.now_ns, b=az, c=int(reachable))

    def node_delay(self, node: int, delay_ns: int) -> None:
        """A storage node answers later by this much from now on."""
        self.state.node_delay[node] = delay_ns

