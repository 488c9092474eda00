"""Instances: database servers that work on statements.

A statement that reaches its instance waits in one run queue (first come, first served, long
bursts cut into time slices) for a vCPU. A page that is not in the buffer is read from storage,
which costs a wait and CPU. A write takes space in the volume (or fails where there is none left)
and leaves redo records there. A commit passes the run queue three times: to submit its record, when
VDL has passed it, and to reply; nobody holds a vCPU while it waits.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    CONNECT,
    WAITS,
    InstanceView,
    Kind,
    Outcome,
    StatementKind,
    Status,
    Wait,
)
from aurosim.dataplane.distributions import hit_fraction
from aurosim.dataplane.plan import Costs, InstancePlan, TablePlan, held_at_the_start
from aurosim.dataplane.reference.moment import Moment
from aurosim.dataplane.reference.replication import Chunk
from aurosim.dataplane.reference.statement import Job, Step, Transaction
from aurosim.dataplane.reference.storage import Group

if TYPE_CHECKING:
    from aurosim.dataplane.reference.plane import ReferencePlane
    from aurosim.dataplane.reference.slot import Slot

Task = Job | Group | Chunk


class Instance:
    """One database server: its run queue, its buffer, its connections."""

    def __init__(
        self,
        plane: ReferencePlane,
        index: int,
        plan: InstancePlan,
        costs: Costs,
        tables: tuple[TablePlan, ...],
    ) -> None:
        self.plane = plane
        self.clock = plane.clock
        self.index = index
        self.plan = plan
        self.costs = costs
        self.tables = tables
        self.volume = plane.volumes[plan.cluster]
        self.stream = self.volume.streams[index] = plane.make_stream(index)
        self.status = Status.UP
        self.epoch = 0
        self.connections = 0
        self.connections_max = 0
        self.jobs: set[Job] = set()
        self.queue: deque[Task] = deque()
        self.sending = True  # the dispatcher runs
        self.held: list[Group] = []  # senders waiting for the dispatcher
        self.busy = 0
        self.busy_sum_ns = 0
        self.level = [0] * WAITS
        self.level_sum_ns = [0] * WAITS
        self.touches = 0
        self.missed = 0
        self.resident = held_at_the_start(plan, tables)

    # --- statements arrive ---------------------------------------------------------------
    def arrive(self, slot: Slot, now: int) -> None:
        """A statement, or the opening of a connection, reaches this instance."""
        clients = slot.clients
        if self.status == Status.DARK:
            return  # lost on the way: only the client's own deadline will tell it
        if slot.statement == CONNECT:
            refusal = self.refusal()
        elif self.status != Status.UP or slot.epoch != self.epoch:
            refusal = Outcome.CONNECTION_RESET
        elif (
            slot.statements[slot.statement].modifies and self.volume.writer != self.index
        ):
            refusal = Outcome.READ_ONLY
        else:
            refusal = Outcome.OK
        if refusal != Outcome.OK:
            clients.refused(slot, refusal, now)
            return
        job = slot.job
        job.begin(slot, self)
        self.jobs.add(job)
        if slot.statement == CONNECT:
            self.connections += 1
            self.connections_max = max(self.connections_max, self.connections)
            job.step = Step.CONNECT
            job.left_ns = self.plan.connect_cpu_ns
        else:
            self.prepare(job, slot)
        self.change(Wait.CPU, 1, now)
        self.queue.append(job)
        self.dispatch(now)

    def refusal(self) -> Outcome:
        """What a client that wants to connect is told."""
        if self.status == Status.CLOSED:
            return Outcome.CONNECTION_REFUSED
        if self.status == Status.OPENING:
            return Outcome.UNAVAILABLE
        if self.connections >= self.plan.max_connections:
            return Outcome.TOO_MANY_CONNECTIONS
        return Outcome.OK

    def prepare(self, job: Job, slot: Slot) -> None:
        """All that chance decides about a statement: its CPU, its row, its missing pages."""
        plan = slot.statements[slot.statement]
        workload = slot.clients.plan
        key, number, request = workload.requests_key, slot.statement, slot.request
        job.plan = plan
        job.lsn = 0
        job.stale_ns = 0
        job.step = Step.BODY
        speed = self.plan.speed
        if plan.kind == StatementKind.COMMIT:
            job.transaction = slot.transaction
            job.step = Step.BODY if job.transaction is None else Step.SUBMIT
            wrote_nothing_ns = laws.work_ns(1, self.costs.begin_cpu_ns, speed)
            job.left_ns = wrote_nothing_ns if job.transaction is None else -1
            return
        job.left_ns = laws.statement_cpu_ns(
            plan.cpu_law, plan.cpu_mean_ns, plan.cpu_shape, speed, key, number, request
        )
        if plan.pages:
            self.touch(job, slot)
        if plan.modifies:
            job.left_ns += laws.work_ns(plan.modifies, self.costs.page_write_cpu_ns, speed)
            if slot.transaction is None:
                slot.transaction = Transaction()
            job.transaction = slot.transaction
        link, changes = self.volume.link, self.volume.changes
        if link is not None and link.follows:
            if plan.pages and not plan.modifies:
                job.stale_ns = link.staleness(self.stream, slot.send_ns, self.clock.env.now)
        elif changes.watched and (plan.modifies or plan.pages):
            table = self.tables[workload.table]
            rank = laws.key_of(
                workload.access_law, table.rows, workload.access_a, workload.access_b,
                key, number, request,
            )
            job.key = (workload.table, rank)
            if not plan.modifies and self.volume.writer != self.index:
                job.stale_ns = changes.staleness(
                    job.key, self.stream.applied_lsn, slot.send_ns, self.clock.env.now
                )

    # --- the buffer ----------------------------------------------------------------------
    def touch(self, job: Job, slot: Slot) -> None:
        """Ask for the statement's leaf pages; those missing come in, and others give way."""
        plan, workload = job.plan, slot.clients.plan
        table = self.tables[workload.table]
        share = self.resident[workload.table] / table.pages
        hit = hit_fraction(
            workload.access_law, share, table.pages, workload.access_a, workload.access_b
        )
        job.misses = laws.misses(
            plan.pages, hit, workload.requests_key, slot.statement, slot.request
        )
        self.touches += plan.pages
        self.missed += job.misses
        for _ in range(job.misses):
            self.admit(workload.table)

    def admit(self, table: int) -> None:
        """One page of ``table`` comes in. A full buffer replaces a page at random: on average each
        table loses in proportion to what it holds."""
        held = sum(self.resident)
        if held >= self.plan.buffer_pages:
            for index, pages in enumerate(self.resident):
                self.resident[index] = pages - pages / held
        most = float(self.tables[table].pages)
        self.resident[table] = min(self.resident[table] + 1.0, most)

    # --- the run queue -------------------------------------------------------------------
    def dispatch(self, now: int) -> None:
        """Free vCPUs take what waits, first come first served."""
        queue = self.queue
        while queue and self.busy < self.plan.vcpu:
            task = queue.popleft()
            if isinstance(task, Group):
                if self.sending:
                    self.volume.send(task, now)
                else:
                    self.held.append(task)
                continue
            if task.left_ns < 0:
                costs = self.costs
                assert isinstance(task, Job)
                commit = task.plan.kind == StatementKind.COMMIT
                task.left_ns = laws.commit_pass_ns(
                    task.plan.cpu_mean_ns if commit else costs.commit_cpu_ns,
                    len(queue), costs.commit_backlog_per_vcpu, self.plan.vcpu, self.plan.speed,
                )
            burst = min(task.left_ns, self.costs.time_slice_ns)
            task.left_ns -= burst
            self.busy += 1
            self.busy_sum_ns += now
            if isinstance(task, Job):
                task.moment = self.clock.at(
                    now + burst, Kind.CPU_DONE, task.entity, self.cpu_done, task
                )
            else:
                if not task.done:
                    self.stream.applied(task, now)
                task.moment = self.clock.at(
                    now + burst, Kind.APPLY_DONE, task.entity, self.apply_done, task
                )

    def release(self, task: Job | Chunk, now: int) -> bool:
        """The task leaves its vCPU; True when its burst is over, else it queues again."""
        task.moment = None
        self.busy -= 1
        self.busy_sum_ns -= now
        if task.left_ns > 0:
            self.queue.append(task)
            return False
        return True

    def cpu_done(self, moment: Moment) -> None:
        """A statement's burst or slice ends."""
        job: Job | None = self.clock.begin(moment)
        if job is None:
            return
        now = self.clock.env.now
        if self.release(job, now):
            self.go_on(job, now)
        self.dispatch(now)

    def apply_done(self, moment: Moment) -> None:
        """A burst of applying redo ends."""
        chunk: Chunk | None = self.clock.begin(moment)
        if chunk is None:
            return
        now = self.clock.env.now
        if self.release(chunk, now):
            self.stream.working.remove(chunk)
        self.dispatch(now)

    def go_on(self, job: Job, now: int) -> None:
        """A statement's burst is over: what comes next."""
        step = job.step
        if step == Step.BODY and job.misses:
            job.step = Step.MISS
            self.change(Wait.CPU, -1, now)
            self.change(Wait.READ, 1, now)
            self.volume.read(job, now)
        elif step in (Step.BODY, Step.MISS):
            if job.plan.modifies and not self.volume.take_space(job):
                self.reply(job, now, Outcome.VOLUME_FULL)
            elif job.plan.modifies and not self.volume.write(job, now):
                job.step = Step.STALLED
                self.change(Wait.CPU, -1, now)
                self.change(Wait.LOG, 1, now)
            else:
                self.written(job, now)
        elif step == Step.STALLED:
            self.written(job, now)
        elif step == Step.SUBMIT:
            job.step = Step.ACK
            self.change(Wait.CPU, -1, now)
            self.change(Wait.COMMIT, 1, now)
            self.volume.commit(job, now)
        elif step == Step.ACK:
            job.step = Step.REPLY
            job.left_ns = -1
            self.queue.append(job)
        else:
            self.reply(job, now)

    def written(self, job: Job, now: int) -> None:
        """A statement's own work is done: an autocommit one commits, the others reply."""
        if job.plan.autocommit:
            job.step = Step.SUBMIT
            job.left_ns = -1
            self.queue.append(job)
        else:
            self.reply(job, now)

    def resume(self, job: Job, wait: Wait, now: int) -> None:
        """What the job waited for has come: back to the run queue."""
        self.change(wait, -1, now)
        self.change(Wait.CPU, 1, now)
        if job.step == Step.MISS:
            job.left_ns = laws.work_ns(job.misses, self.costs.miss_cpu_ns, self.plan.speed)
        elif job.step == Step.ACK:
            job.left_ns = -1
        else:  # stalled at the LSN limit: its records have just been written
            job.left_ns = 0
        self.queue.append(job)
        self.dispatch(now)

    def reply(self, job: Job, now: int, code: Outcome = Outcome.OK) -> None:
        """The answer leaves, or an error. A connection its client has given up closes with it."""
        self.change(Wait.CPU, -1, now)
        job.active = False
        self.jobs.discard(job)
        slot = job.slot
        if slot is not None and code != Outcome.OK:
            slot.clients.refused(slot, code, now)
        elif slot is not None:
            slot.clients.answered(slot, job, now)
        elif job.closed_ns <= now:
            self.plane.abandoned -= 1
            self.connections -= 1
        else:
            self.clock.at(job.closed_ns, Kind.CLOSE, job.entity, self.close, (job.epoch,))

    def close(self, moment: Moment) -> None:
        """A client's closing of its connection reaches the instance; what was open is undone."""
        (epoch,) = self.clock.begin(moment)
        self.plane.abandoned -= 1
        if epoch == self.epoch and self.status == Status.UP:
            self.connections -= 1

    # --- life and death ------------------------------------------------------------------
    def stop(self, status: Status, now: int) -> None:
        """The process dies, and with it every statement, connection and record not yet sent."""
        self.status = status
        self.epoch += 1
        self.connections = 0
        self.queue.clear()
        self.held.clear()
        self.busy_sum_ns -= self.busy * now
        self.busy = 0
        for wait in range(WAITS):
            self.level_sum_ns[wait] -= self.level[wait] * now
            self.level[wait] = 0
        self.stream.clear()
        self.volume.forget_reads(self)
        for job in self.jobs:  # in any order: a cancelled moment changes nothing else
            job.active = False
            self.clock.cancel(job.moment)
            job.moment = None
            if job.slot is None:
                self.plane.abandoned -= 1
        self.jobs.clear()

    def lose_cache(self) -> None:
        """The buffer is empty from now on."""
        self.resident = [0.0] * len(self.resident)

    def change(self, wait: Wait, by: int, now: int) -> None:
        """``by`` more sessions spend their time on ``wait``."""
        self.level[wait] += by
        self.level_sum_ns[wait] += by * now

    def view(self) -> InstanceView:
        """What it looks like now."""
        area = self.clock.area
        writes = self.volume.writer == self.index
        return InstanceView(
            status=int(self.status),
            epoch=self.epoch,
            connections=self.connections,
            connections_max=self.connections_max,
            busy=self.busy,
            queue=len(self.queue),
            busy_ns=area(self.busy, self.busy_sum_ns),
            wait_ns=tuple(
                area(self.level[w], self.level_sum_ns[w]) for w in range(WAITS)
            ),
            touches=self.touches,
            misses=self.missed,
            applied_lsn=self.volume.vdl if writes else self.stream.applied_lsn,
            lag_ns=0 if writes else self.stream.lag_ns,
        )
