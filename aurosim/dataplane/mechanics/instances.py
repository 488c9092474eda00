"""Instances: database servers that work on statements."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    VALIDATE,
    WAITS,
    Kind,
    Outcome,
    StatementKind,
    Status,
    Wait,
)
from aurosim.dataplane.distributions import hit_fraction
from aurosim.dataplane.mechanics import regions, space, storage
from aurosim.dataplane.mechanics.records import drop_tx, new_tx
from aurosim.dataplane.mechanics.replication import applied, staleness
from aurosim.dataplane.mechanics.run_queue import CHUNK_TASK, GROUP_TASK, JOB_TASK, dequeue, enqueue
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, ONE, give_job, push

CPU_RANK = int(Kind.CPU_DONE) << 48
APPLY_RANK = int(Kind.APPLY_DONE) << 48
CLOSE_RANK = int(Kind.CLOSE) << 48
UP, OPENING = int(Status.UP), int(Status.OPENING)
CLOSED, DARK = int(Status.CLOSED), int(Status.DARK)
CPU, COMMITS = int(Wait.CPU), int(Wait.COMMIT)
READS, LOGS = int(Wait.READ), int(Wait.LOG)
OK = int(Outcome.OK)
RESET = int(Outcome.CONNECTION_RESET)
REFUSED = int(Outcome.CONNECTION_REFUSED)
UNAVAILABLE = int(Outcome.UNAVAILABLE)
TOO_MANY = int(Outcome.TOO_MANY_CONNECTIONS)
READ_ONLY = int(Outcome.READ_ONLY)
COMMIT = int(StatementKind.COMMIT)
# how far a statement is
OPEN, BODY, MISS, STALLED, SUBMIT, ACK, REPLY = range(7)
ROW_BITS = 44  # of a key: the row; the table above it


# --- statements arrive --------------------------------------------------------------------------
def refusal(S: State, x: int, i: int) -> int:
    """What a statement, or a client that wants to connect, is told at once; OK if nothing."""
    slot, instance = S.slot[x], S.instance[i]
    if slot.statement == CONNECT:
        if instance.status == CLOSED:
            return REFUSED
        if instance.status == OPENING:
            return UNAVAILABLE
        return TOO_MANY if instance.connections >= instance.max_connections else OK
    if instance.status != UP or slot.epoch != instance.epoch:
        return RESET
    workload = S.workload[slot.workload]
    if slot.statement == VALIDATE:
        writes = S.cluster[instance.cluster].writer == i
        return READ_ONLY if workload.asks_writable and not writes else OK
    plan = S.statement[workload.first_statement + slot.statement]
    if plan.modifies > 0 and S.cluster[instance.cluster].writer != i:
        return READ_ONLY
    return OK


def take_up(S: State, x: int, i: int, now: int) -> None:
    """The instance takes up what has arrived from slot ``x``: it joins the run queue."""
    slot, instance = S.slot[x], S.instance[i]
    j = slot.job
    job = S.job[j]
    job.active = True
    job.slot = x
    job.workload = slot.workload
    job.instance = i
    job.epoch = instance.epoch
    job.entity = (slot.workload << 40) | (slot.request << 6) | slot.attempt
    job.statement = slot.statement
    job.tx = NONE
    job.key = NONE
    job.misses = 0
    job.reads = 0
    job.lsn = 0
    job.stale_ns = 0
    job.closed_ns = NEVER
    job.event = NONE
    job.full = False
    if slot.statement == CONNECT:
        instance.connections += 1
        instance.connections_max = max(instance.connections_max, instance.connections)
        job.step = OPEN
        job.left_ns = instance.connect_cpu_ns
    else:
        prepare(S, x, j, i, now)
    change(S, i, CPU, ONE, now)
    enqueue(S, i, (j << 2) | JOB_TASK)


def prepare(S: State, x: int, j: int, i: int, now: int) -> None:
    """All that chance decides about a statement: its CPU, its row, its missing pages."""
    slot, job, instance = S.slot[x], S.job[j], S.instance[i]
    workload = S.workload[slot.workload]
    cl = instance.cluster
    cluster = S.cluster[cl]
    job.plan = workload.first_statement + slot.statement
    plan = S.statement[job.plan]
    key, number, request = workload.requests_key, slot.statement, slot.request
    job.step = BODY
    if plan.kind == COMMIT:
        if slot.tx == NONE:
            job.left_ns = laws.work_ns(ONE, cluster.begin_cpu_ns, instance.speed)
        else:
            hold_tx(S, x, j)
            job.step = SUBMIT
            job.left_ns = -1
        return
    job.left_ns = laws.statement_cpu_ns(
        plan.cpu_law, plan.cpu_mean_ns, plan.cpu_shape, instance.speed, key, number, request
    )
    if plan.pages > 0:
        touch(S, x, j, i)
    if plan.modifies > 0:
        job.left_ns += laws.work_ns(plan.modifies, cluster.page_write_cpu_ns, instance.speed)
        if slot.tx == NONE:
            slot.tx = new_tx(S)
        hold_tx(S, x, j)
    if cluster.follows:
        if plan.modifies == 0 and plan.pages > 0:
            job.stale_ns = regions.staleness(S, cl, i, slot.send_ns, now)
    elif cluster.watched and (plan.modifies > 0 or plan.pages > 0):
        if workload.reads_writes_of != NONE:  # the row that was written last, not one of its own
            number = workload.writes_at
            workload = S.workload[workload.reads_writes_of]
            key = workload.requests_key
        rank = laws.key_of(
            workload.access_law, S.table[workload.table].rows, workload.access_a,
            workload.access_b, key, number, request,
        )  # fmt: skip
        job.key = (workload.table << ROW_BITS) | rank
        if plan.modifies == 0 and cluster.writer != i:
            job.stale_ns = staleness(
                S, cl, job.key, instance.applied_lsn, slot.send_ns, now
            )


def hold_tx(S: State, x: int, j: int) -> None:
    """The job works for the slot's transaction."""
    t = S.slot[x].tx
    S.job[j].tx = t
    S.tx[t].holds += 1


# --- the buffer ---------------------------------------------------------------------------------
def touch(S: State, x: int, j: int, i: int) -> None:
    """Ask for the statement's leaf pages; those missing come in, and others give way."""
    slot, job, instance = S.slot[x], S.job[j], S.instance[i]
    workload = S.workload[slot.workload]
    pages = S.statement[job.plan].pages
    table = S.table[workload.table]
    share = S.resident[i, workload.table] / table.pages
    hit = hit_fraction(
        workload.access_law, share, table.pages, workload.access_a, workload.access_b
    )
    job.misses = laws.misses(pages, hit, workload.requests_key, slot.statement, slot.request)
    instance.touches += pages
    instance.misses += job.misses
    for _ in range(job.misses):
        admit(S, i, workload.table)


def admit(S: State, i: int, table: int) -> None:
    """One page of ``table`` comes in. A full buffer replaces a page at random: on average each
    table loses in proportion to what it holds."""
    held = 0.0
    for t in range(len(S.table)):
        held += S.resident[i, t]
    if held >= S.instance[i].buffer_pages:
        for t in range(len(S.table)):
            S.resident[i, t] -= S.resident[i, t] / held
    most = float(S.table[table].pages)
    S.resident[i, table] = min(S.resident[i, table] + 1.0, most)


# --- the run queue ------------------------------------------------------------------------------
def dispatch(S: State, i: int, now: int) -> None:
    """Free vCPUs take what waits, first come first served."""
    instance = S.instance[i]
    while instance.head != NONE and instance.busy < instance.vcpu:
        task = dequeue(S, i)
        kind, number = task & 3, task >> 2
        if kind == JOB_TASK:
            start_job(S, i, number, now)
        elif kind == CHUNK_TASK:
            start_chunk(S, i, number, now)
        elif instance.sending:
            storage.send_boxcar(S, number, now)
        else:
            S.group[number].next = NONE
            if instance.held == NONE:
                instance.held = number
            else:
                S.group[instance.held_end].next = number
            instance.held_end = number


def start_job(S: State, i: int, j: int, now: int) -> None:
    """A statement gets a vCPU for its burst or a slice of it."""
    instance, job = S.instance[i], S.job[j]
    cluster = S.cluster[instance.cluster]
    if job.left_ns < 0:
        plan = S.statement[job.plan]
        cost = plan.cpu_mean_ns if plan.kind == COMMIT else cluster.commit_cpu_ns
        job.left_ns = laws.commit_pass_ns(
            cost, instance.queued, cluster.commit_backlog_per_vcpu, instance.vcpu, instance.speed
        )
    burst = min(job.left_ns, cluster.time_slice_ns)
    job.left_ns -= burst
    instance.busy += 1
    instance.busy_sum_ns += now
    job.event = push(S, now + burst, CPU_RANK | job.entity, j)


def start_chunk(S: State, i: int, c: int, now: int) -> None:
    """Redo gets a vCPU to be applied, and is seen from now on."""
    instance, chunk = S.instance[i], S.chunk[c]
    if not chunk.done:
        applied(S, c, now)
    burst = min(chunk.left_ns, S.cluster[instance.cluster].time_slice_ns)
    chunk.left_ns -= burst
    instance.busy += 1
    instance.busy_sum_ns += now
    chunk.event = push(S, now + burst, APPLY_RANK | chunk.entity, c)


def release(S: State, i: int, now: int) -> None:
    """A task leaves its vCPU."""
    instance = S.instance[i]
    instance.busy -= 1
    instance.busy_sum_ns -= now


def go_on(S: State, j: int, now: int) -> bool:
    """A statement's burst is over: what comes next. True when its answer leaves."""
    job = S.job[j]
    i, step = job.instance, job.step
    plan = S.statement[job.plan]
    if step == BODY and job.misses > 0:
        job.step = MISS
        change(S, i, CPU, -ONE, now)
        change(S, i, READS, ONE, now)
        storage.read(S, j, now)
        return False
    if (step in (BODY, MISS)) and plan.modifies > 0 and not space.take_space(S, j):
        job.full = True
        return True
    if (step in (BODY, MISS)) and plan.modifies > 0 and not storage.write(S, j):
        job.step = STALLED
        change(S, i, CPU, -ONE, now)
        change(S, i, LOGS, ONE, now)
        return False
    if step in (BODY, MISS, STALLED):
        if not plan.autocommit:
            return True
        job.step = SUBMIT
    elif step == SUBMIT:
        job.step = ACK
        change(S, i, CPU, -ONE, now)
        change(S, i, COMMITS, ONE, now)
        storage.commit(S, j)
        return False
    elif step == ACK:
        job.step = REPLY
    else:
        return True
    job.left_ns = -1
    enqueue(S, i, (j << 2) | JOB_TASK)
    return False


def resume(S: State, j: int, now: int) -> int:
    """What the job waited for has come: back to the run queue of the instance returned."""
    job = S.job[j]
    i = job.instance
    if job.step == MISS:
        wait = READS
        each = S.cluster[S.instance[i].cluster].miss_cpu_ns
        job.left_ns = laws.work_ns(job.misses, each, S.instance[i].speed)
    elif job.step == ACK:
        wait = COMMITS
        job.left_ns = -1
    else:  # stalled at the LSN limit: its records have just been written
        wait = LOGS
        job.left_ns = 0
    change(S, i, wait, -ONE, now)
    change(S, i, CPU, ONE, now)
    enqueue(S, i, (j << 2) | JOB_TASK)
    return i


def given_up(S: State, j: int, now: int) -> None:
    """The answer of a statement that its client has given up: the connection closes with it, or
    when the news of that arrives."""
    job = S.job[j]
    if job.closed_ns <= now:
        S.top[0].abandoned -= 1
        S.instance[job.instance].connections -= 1
        give_job(S, j)
    else:
        push(S, job.closed_ns, CLOSE_RANK | job.entity, j)


def close_arrives(S: State, j: int) -> None:
    """A client's closing of its connection reaches the instance; what was open is undone."""
    job = S.job[j]
    instance = S.instance[job.instance]
    S.top[0].abandoned -= 1
    if job.epoch == instance.epoch and instance.status == UP:
        instance.connections -= 1
    give_job(S, j)


def change(S: State, i: int, wait: int, by: int, now: int) -> None:
    """``by`` more sessions spend their time on ``wait``."""
    instance = S.instance[i]
    instance.level[wait] += by
    instance.level_sum_ns[wait] += by * now


def end_job(S: State, j: int) -> None:
    """The statement is no longer at its instance."""
    S.job[j].active = False
    drop_tx(S, S.job[j].tx)
    S.job[j].tx = NONE


assert WAITS == 4 and GROUP_TASK == 1
