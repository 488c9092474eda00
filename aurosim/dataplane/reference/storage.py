"""Storage: the writer's log becomes durable in six copies.

A write's redo records get LSNs and are put into the open boxcars of their protection groups. A
boxcar opens with its first record and is sent when its sender gets a vCPU; several are in flight.
Each of the six segments persists it and acknowledges; with the write quorum (4 of 6) the boxcar is
durable. VDL is a point of the whole volume: it moves over a record when that one and *every earlier
record* is durable, whatever group it lies in, and a commit waits for VDL to pass its record. A page
is read from one live segment, the nearest. Sources: SIGMOD 2017 sections 3 and 4, SIGMOD 2018.

The volume grows with its data: when the space in use outgrows the protection groups, the next one
exists from then on. At the limit a write that needs space fails (docs/decisions/0013).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    NEVER,
    ClusterView,
    Kind,
    Status,
    Wait,
    storage_entity,
)
from aurosim.dataplane.plan import ClusterPlan
from aurosim.dataplane.reference.moment import Moment
from aurosim.dataplane.reference.regions import Link, Redo
from aurosim.dataplane.reference.replication import Changes, Stream
from aurosim.dataplane.reference.segments import MEMBERS, Boxcar, Group, Losses, Segments

if TYPE_CHECKING:
    from aurosim.dataplane.reference.instances import Instance
    from aurosim.dataplane.reference.plane import ReferencePlane
    from aurosim.dataplane.reference.statement import Job

COMMIT_BLOCK = 7
"""A commit record's place is drawn apart from the places of its statement's own records."""

__all__ = ["Boxcar", "Group", "Volume"]


class Volume:
    """A cluster's volume and log."""

    def __init__(self, plane: ReferencePlane, index: int, plan: ClusterPlan) -> None:
        self.plane = plane
        self.clock = plane.clock
        self.index = index
        self.plan = plan
        self.groups = [
            Group(self, number, tuple(map(int, plan.nodes[number])))
            for number in range(plan.groups)
        ]
        self.dark = 0  # members in AZs that cannot be reached, a mask
        self.writer = plan.writer
        self.writer_az = 0
        self.next_lsn = 1
        self.vdl = 0
        self.cut_lsn = 0  # recovery cut the log up to here; its LSNs are not used again
        # a statement's records: last LSN, boxcars, what it is; oldest first
        self.log: deque[tuple[int, list[Boxcar], Redo]] = deque()
        self.commits: deque[tuple[int, Job]] = deque()
        self.stalled: deque[Job] = deque()
        self.waiting_reads: list[Job] = []
        self.streams: dict[int, Stream] = {}
        self.changes = Changes()
        self.link = None if plan.link is None else Link(self, plan.link)
        self.losses = Losses(self)
        self.segments = Segments(self)
        self.write_rate_per_s = 0.0
        self.shipped_ns = 0
        self.flying = 0  # boxcars sent and not durable
        self.storage_writes = 0
        self.storage_reads = 0
        self.redo_bytes = 0
        self.used_bytes = plan.used_bytes
        self.free_bytes = 0

    def hop_ns(self, az: int, other: int) -> int:
        """One way between two AZs."""
        return self.plan.az_hop_ns[az][other]

    def live(self, group: Group) -> int:
        """The members of ``group`` that can be reached and hold their data, a mask."""
        return ~(group.lost | self.dark) & 0b111111

    # --- growing -------------------------------------------------------------------------
    def take_space(self, job: Job) -> bool:
        """The space a statement's rows need, first what DELETEs freed; False when the volume has
        not so much left. A DELETE frees its own."""
        needs = job.plan.grows_bytes
        if needs <= self.free_bytes:
            self.free_bytes = min(self.free_bytes - needs, self.used_bytes)
            return True
        grown = self.used_bytes + needs - self.free_bytes
        if grown > self.plan.limit_bytes:
            return False
        self.grow(grown, 0)
        return True

    def grow(self, used_bytes: int, free_bytes: int) -> None:
        """So much space is in use now; what of it is free for new rows. Groups come as needed."""
        self.used_bytes, self.free_bytes = max(self.used_bytes, used_bytes), free_bytes
        while len(self.groups) * self.plan.group_bytes < self.used_bytes:
            number = len(self.groups)
            self.groups.append(Group(self, number, tuple(map(int, self.plan.nodes[number]))))

    # --- writing -------------------------------------------------------------------------
    def write(self, job: Job, now: int) -> bool:
        """Log a statement's records; False when the LSN allocation limit makes it wait."""
        if self.stalled or not self.has_room(job):
            self.stalled.append(job)
            return False
        self.log_write(job)
        return True

    def has_room(self, job: Job) -> bool:
        """No LSN is further ahead of VDL than the limit; a statement with more records than that
        goes on when nothing is outstanding."""
        limit = self.plan.lsn_allocation_limit
        records = min(job.plan.modifies, limit)
        return self.next_lsn + records - 1 <= max(self.vdl, self.cut_lsn) + limit

    def log_write(self, job: Job) -> None:
        """The records of a statement's changes."""
        plan = job.plan
        job.lsn = self.append(job, plan.modifies, plan.redo_bytes, is_write=True)
        if job.key is not None and job.transaction is not None:
            job.transaction.keys.append(job.key)

    def commit(self, job: Job, now: int) -> None:
        """Log the commit record; the job goes on when VDL has passed it."""
        size = self.plan.costs.commit_record_bytes
        job.lsn = self.append(job, 1, size, is_write=False, block=COMMIT_BLOCK)
        self.commits.append((job.lsn, job))

    def append(
        self, job: Job, records: int, size: int, *, is_write: bool, block: int = 0
    ) -> int:
        """Give LSNs to some records and put them into their groups' open boxcars."""
        lsn = self.next_lsn + records - 1
        self.next_lsn += records
        self.redo_bytes += size
        assert job.transaction is not None
        boxcars: list[Boxcar] = []
        for group in self.places(job, records, block):
            boxcar = group.open
            if boxcar is None:
                boxcar = group.open = Boxcar(group, lsn)
                group.number += 1
                job.instance.queue.append(group)
            boxcar.bytes += size // records
            if boxcar not in boxcars:
                boxcars.append(boxcar)
        job.transaction.boxcars += boxcars
        self.log.append((lsn, boxcars, Redo(records, int(is_write), int(not is_write), size)))
        return lsn

    def places(self, job: Job, records: int, block: int = 0) -> list[Group]:
        """The protection groups a statement's records go to."""
        groups, count = self.groups, len(self.groups)
        if count == 1:
            return groups * records
        slot_plan = self.plane.workload_of(job.entity)
        request = (job.entity >> 6) & ((1 << 34) - 1)
        found: list[Group] = []
        while len(found) < records:
            found += [
                groups[g]
                for g in laws.places(
                    count, slot_plan.requests_key, job.statement, block, request
                )
            ]
            block += 1
        return found[:records]

    # --- boxcars -------------------------------------------------------------------------
    def send(self, group: Group, now: int) -> None:
        """The sender executes: the open boxcar leaves for every live segment of its group."""
        boxcar = group.open
        assert boxcar is not None
        group.open = None
        group.flying.append(boxcar)
        self.flying += 1
        self.copy(boxcar, self.live(group), now)

    def copy(self, boxcar: Boxcar, members: int, now: int) -> None:
        """Send a boxcar to ``members`` (a mask) and see when it will have its quorum."""
        group, costs, plane = boxcar.group, self.plan.costs, self.plane
        services = laws.ack_services_ns(
            costs.ack_median_ns, costs.ack_sigma, self.plan.storage_key, boxcar.copies & 255,
            (group.index << 32) | boxcar.number,
        )
        boxcar.copies += 1
        occupied = laws.occupancy_ns(
            boxcar.bytes, costs.node_occupancy_ns, costs.node_bytes_per_s
        )
        for member in range(MEMBERS):
            if not members >> member & 1:
                continue
            node = group.nodes[member]
            hop = self.hop_ns(self.writer_az, member >> 1)
            free = max(now + hop, plane.node_free_ns[node]) + occupied
            plane.node_free_ns[node] = free
            boxcar.persist_ns[member] = free + services[member] + plane.node_delay_ns[node]
            boxcar.ack_ns[member] = boxcar.persist_ns[member] + hop
            self.storage_writes += 1
        self.expect(boxcar)

    def expect(self, boxcar: Boxcar) -> None:
        """Set the moment at which the acknowledgements make a write quorum; none if they can't, or
        if no writer is there to hear them."""
        if self.writer < 0:
            return
        quorum_ns = boxcar.quorum_ns(self.plan.write_ok)
        if boxcar.moment is not None:
            if boxcar.quorum_at_ns == quorum_ns:
                return
            self.clock.cancel(boxcar.moment)
            boxcar.moment = None
        boxcar.quorum_at_ns = quorum_ns
        if quorum_ns < NEVER:
            quorum_ns = max(quorum_ns, self.clock.now())
            entity = storage_entity(self.index, boxcar.group.index, boxcar.number)
            boxcar.moment = self.clock.at(quorum_ns, Kind.QUORUM, entity, self.durable, boxcar)

    def durable(self, moment: Moment) -> None:
        """A boxcar has its write quorum."""
        boxcar: Boxcar | None = self.clock.begin(moment)
        if boxcar is None:
            return
        boxcar.moment = None
        boxcar.durable = True
        boxcar.group.flying.remove(boxcar)
        self.flying -= 1
        self.advance_vdl(self.clock.env.now)

    def advance_vdl(self, now: int) -> None:
        """Move VDL over what is durable, release who waits for it, ship redo to the readers."""
        log, before = self.log, self.vdl
        passed = Redo()
        while log and all(boxcar.durable for boxcar in log[0][1]):
            self.vdl, _, redo = log.popleft()
            passed.add(redo)
        if self.vdl == before:
            return
        self.ship(passed, now, now)
        self.replicate(passed, now)
        commits = self.commits
        while commits and commits[0][0] <= self.vdl:
            _, job = commits.popleft()
            if job.active:
                job.instance.resume(job, Wait.COMMIT, now)
        while self.stalled and self.has_room(self.stalled[0]):
            job = self.stalled.popleft()
            self.log_write(job)
            job.instance.resume(job, Wait.LOG, now)

    # --- readers -------------------------------------------------------------------------
    def readers(self) -> list[Instance]:
        """The instances that follow the writer's redo."""
        return [
            self.plane.instances[index]
            for index in self.streams
            if index != self.writer and self.plane.instances[index].status == Status.UP
        ]

    def ship(self, redo: Redo, since_ns: int, now: int) -> None:
        """Redo below the new VDL, durable where it was written since ``since_ns``, leaves for every
        reader."""
        costs = self.plan.costs
        self.write_rate_per_s = laws.write_rate_per_s(
            self.write_rate_per_s, redo.writes, now - self.shipped_ns, costs.lag_window_ns
        )
        self.shipped_ns = now
        for reader in self.readers():
            self.streams[reader.index].ship(self, reader, redo.records, since_ns, now)

    def replicate(self, redo: Redo, now: int) -> None:
        """The same leaves the storage for every cluster that follows this one."""
        for volume in self.plane.volumes:
            if volume.link is not None and volume.link.source == self.index:
                volume.link.add(self, redo, now)

    def least_applied(self) -> int:
        """Up to where every reader that is up has applied the log."""
        return min((r.stream.applied_lsn for r in self.readers()), default=NEVER)

    def acknowledged(self, job: Job, end_ns: int) -> None:
        """The client is told that its transaction is committed."""
        transaction = job.transaction
        assert transaction is not None
        self.losses.watch(transaction, self.clock.now())
        if self.changes.watched:
            for key in dict.fromkeys(transaction.keys):  # a row changed twice is one change
                self.changes.acknowledged(key, job.lsn, end_ns)

    # --- reading -------------------------------------------------------------------------
    def read(self, job: Job, now: int) -> None:
        """Fetch the missing pages from the nearest live segment, or wait until there is one."""
        group = self.places(job, 1)[0]
        live = self.live(group)
        az = job.instance.plan.az
        if not live:
            self.waiting_reads.append(job)
            return
        member = min(
            (m for m in range(MEMBERS) if live >> m & 1), key=lambda m: (self.hop_ns(az, m >> 1), m)
        )
        costs, node = self.plan.costs, group.nodes[member]
        slot_plan = self.plane.workload_of(job.entity)
        service = laws.page_read_ns(
            job.misses, costs.page_read_median_ns, costs.page_read_sigma,
            slot_plan.requests_key, job.statement, job.reads, (job.entity >> 6) & ((1 << 34) - 1),
        )
        job.reads += 1
        job.source = (group.index, member)
        self.storage_reads += job.misses
        trip = 2 * self.hop_ns(az, member >> 1) + self.plane.node_delay_ns[node]
        job.moment = self.clock.at(
            now + job.misses * trip + service, Kind.READ_DONE, job.entity, self.read_done, job
        )

    def read_done(self, moment: Moment) -> None:
        """The pages are here, unless their segment was lost meanwhile: then ask another."""
        job: Job | None = self.clock.begin(moment)
        if job is None:
            return
        job.moment = None
        now = self.clock.env.now
        group, member = job.source
        if self.live(self.groups[group]) >> member & 1:
            job.instance.resume(job, Wait.READ, now)
        else:
            self.read(job, now)

    # --- commands ------------------------------------------------------------------------
    def writer_stopped(self, now: int) -> None:
        """Records not yet sent are gone; acknowledgements have nobody to go to."""
        for group in self.groups:
            group.open = None
            for boxcar in group.flying:
                self.clock.cancel(boxcar.moment)
                boxcar.moment = None
                boxcar.quorum_at_ns = NEVER
        self.commits.clear()
        self.stalled.clear()
        self.writer = -1
        self.losses.count(now)

    def promote(self, instance: int, az: int, now: int) -> None:
        """``instance`` writes from now on; the readers learn where the log ends."""
        self.writer = instance
        self.writer_az = az
        if self.link is not None:
            assert self.link.source < 0, "detach a secondary before it gets a writer"
            self.link.follows = False
        self.watch_readers()
        self.ship(Redo(), now, now)

    def watch_readers(self) -> None:
        """Changes are remembered only while somebody may miss them."""
        self.changes.watched = bool(self.readers())
        if not self.changes.watched:
            self.changes.forget(NEVER)

    def forget_reads(self, instance: Instance) -> None:
        """The instance died, and with it those of its reads that had nowhere to go."""
        self.waiting_reads = [j for j in self.waiting_reads if j.instance is not instance]

    def wake_reads(self, now: int) -> None:
        """Segments are back: reads that had nowhere to go try again, in order."""
        waiting, self.waiting_reads = self.waiting_reads, []
        for job in waiting:
            self.read(job, now)

    def view(self) -> ClusterView:
        """What it looks like now."""
        behind = {} if self.link is None else self.link.view()
        return ClusterView(
            writer=self.writer,
            next_lsn=self.next_lsn,
            vdl=self.vdl,
            batches_in_flight=self.flying,
            storage_writes=self.storage_writes,
            storage_reads=self.storage_reads,
            redo_bytes=self.redo_bytes,
            commits_waiting=len(self.commits),
            lost_commits=self.losses.commits,
            used_bytes=self.used_bytes,
            free_bytes=self.free_bytes,
            groups=len(self.groups),
            **behind,
        )
