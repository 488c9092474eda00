"""Storage: the writer's log becomes durable in six copies."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import BOXCARS_MAX, NEVER, Kind
from aurosim.dataplane.mechanics.fields import MEMBERS
from aurosim.dataplane.mechanics.quorum import quorum_ns
from aurosim.dataplane.mechanics.records import (
    drop_boxcar,
    drop_tx,
    name_in_cell,
    new_boxcar,
    remember_key,
)
from aurosim.dataplane.mechanics.replication import follows, ship
from aurosim.dataplane.mechanics.run_queue import GROUP_TASK, enqueue
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, ONE, ZERO, at, cancel, fresh, push, put, wide

COMMIT_BLOCK = 7
QUORUM_RANK = int(Kind.QUORUM) << 48
READ_RANK = int(Kind.READ_DONE) << 48
REQUEST_MASK = (1 << 34) - 1
BOXCAR_MASK = BOXCARS_MAX - 1
ALL_MEMBERS = (1 << MEMBERS) - 1


def live(S: State, g: int) -> int:
    """The members of a group that can be reached and hold their data, a mask."""
    group = S.group[g]
    return ~(group.lost | S.cluster[group.cluster].dark) & 0b111111


# --- writing ----------------------------------------------------------------------------------
def has_room(S: State, cl: int, j: int) -> bool:
    """No LSN is further ahead of VDL than the limit."""
    cluster = S.cluster[cl]
    records = min(S.statement[S.job[j].plan].modifies, cluster.lsn_limit)
    floor = max(cluster.vdl, cluster.cut_lsn)
    return cluster.next_lsn + records - 1 <= floor + cluster.lsn_limit


def write(S: State, j: int) -> bool:
    """Log a statement's records; False when the LSN allocation limit makes it wait."""
    cl = S.instance[S.job[j].instance].cluster
    cluster = S.cluster[cl]
    if cluster.stalled_first < cluster.stalled_end or not has_room(S, cl, j):
        put(S.stalled, cl, cluster.stalled_first, cluster.stalled_end, j)
        cluster.stalled_end += 1
        return False
    log_write(S, cl, j)
    return True


def log_write(S: State, cl: int, j: int) -> None:
    """The records of a statement's changes."""
    job = S.job[j]
    plan = S.statement[job.plan]
    job.lsn = append(S, cl, j, plan.modifies, plan.redo_bytes, True, ZERO)
    if job.key != NONE:
        remember_key(S, job.tx, job.key)


def commit(S: State, j: int) -> None:
    """Log the commit record; the job goes on when VDL has passed it."""
    job = S.job[j]
    cl = S.instance[job.instance].cluster
    cluster = S.cluster[cl]
    job.lsn = append(S, cl, j, ONE, cluster.commit_record_bytes, False, COMMIT_BLOCK)
    entry = fresh(S.commit, cl, cluster.commits_first, cluster.commits_end)
    entry.lsn = job.lsn
    entry.job = j
    cluster.commits_end += 1


def append(
    S: State, cl: int, j: int, records: int, size: int, is_write: bool, block: int
) -> int:
    """Give LSNs to some records and put them into their groups' open boxcars."""
    cluster, job = S.cluster[cl], S.job[j]
    lsn = cluster.next_lsn + records - 1
    cluster.next_lsn += records
    cluster.redo_bytes += size
    key = S.workload[job.workload].requests_key
    request = (job.entity >> 6) & REQUEST_MASK
    g0 = g1 = g2 = g3 = ZERO
    first, count = NONE, ZERO
    each_bytes = size // records
    for k in range(records):
        if cluster.groups > 1:
            turn = k & 3
            if turn == 0:
                g0, g1, g2, g3 = laws.places(
                    cluster.groups, key, job.statement, block + (k >> 2), request
                )
            place = g0 if turn == 0 else (g1 if turn == 1 else (g2 if turn == 2 else g3))
        else:
            place = 0
        b = open_boxcar(S, cluster.first_group + place, job.instance)
        S.boxcar[b].bytes += each_bytes
        if not named(S, first, b):
            c = name_boxcar(S, job.tx, b)
            first = c if first == NONE else first
            count += 1
    entry = fresh(S.log, cl, cluster.log_first, cluster.log_end)
    entry.lsn = lsn
    entry.records = records
    entry.bytes = size
    entry.boxcars = first
    entry.count = count
    entry.tx = job.tx
    entry.is_write = is_write
    S.tx[job.tx].holds += 1
    cluster.log_end += 1
    return lsn


def open_boxcar(S: State, g: int, i: int) -> int:
    """The boxcar being filled; a new one makes the sender queue at instance ``i``."""
    group = S.group[g]
    if group.open == NONE:
        group.open = new_boxcar(S, g)
        group.number += 1
        enqueue(S, i, (g << 2) | GROUP_TASK)
    return group.open


def named(S: State, c: int, b: int) -> bool:
    """Whether a list names a boxcar."""
    while c != NONE:
        if S.cell[c].boxcar == b:
            return True
        c = S.cell[c].next
    return False


def name_boxcar(S: State, t: int, b: int) -> int:
    """A transaction keeps one more boxcar of its records; returns the cell that names it."""
    tx = S.tx[t]
    S.boxcar[b].holds += 1
    c = name_in_cell(S, b)
    if tx.boxcars == NONE:
        tx.boxcars = c
    else:
        S.cell[tx.boxcars_end].next = c
    tx.boxcars_end = c
    return c


# --- boxcars ----------------------------------------------------------------------------------
def send_boxcar(S: State, g: int, now: int) -> None:
    """The sender executes: the open boxcar leaves for every live segment of its group."""
    group = S.group[g]
    b = group.open
    group.open = NONE
    if group.flying == NONE:
        group.flying = b
    else:
        S.boxcar[group.flying_end].flying_next = b
        S.boxcar[b].flying_last = group.flying_end
    group.flying_end = b
    S.cluster[group.cluster].flying += 1
    copy(S, b, live(S, g), now)


def copy(S: State, b: int, members: int, now: int) -> None:
    """Send a boxcar to ``members`` (a mask) and see when it will have its quorum."""
    boxcar = S.boxcar[b]
    g = boxcar.group
    cl = wide(S.group[g].cluster)
    cluster = S.cluster[cl]
    entity = (wide(S.group[g].index) << 32) | boxcar.number
    s0, s1, s2, s3, s4, s5 = laws.ack_services_ns(
        cluster.ack_median_ns, cluster.ack_sigma, cluster.storage_key, boxcar.copies & 255, entity
    )
    boxcar.copies += 1
    boxcar.missing = boxcar.missing and members != ALL_MEMBERS
    occupied = laws.occupancy_ns(
        boxcar.bytes, cluster.node_occupancy_ns, cluster.node_bytes_per_s
    )
    for member in range(MEMBERS):
        if not members >> member & 1:
            continue
        if member < 3:
            service = s0 if member == 0 else (s1 if member == 1 else s2)
        else:
            service = s3 if member == 3 else (s4 if member == 4 else s5)
        node = S.node[g, member]
        hop = S.az_hop[cl, cluster.writer_az, member >> 1]
        free = max(now + hop, S.node_free[node]) + occupied
        S.node_free[node] = free
        boxcar.persist_ns[member] = free + service + S.node_delay[node]
        boxcar.ack_ns[member] = boxcar.persist_ns[member] + hop
        boxcar.settled_ns = max(boxcar.settled_ns, boxcar.persist_ns[member])
        cluster.storage_writes += 1
    expect(S, b, now)


def expect(S: State, b: int, now: int) -> None:
    """Set the moment at which the acknowledgements make a write quorum; none if they can't, or if
    no writer is there to hear them."""
    boxcar = S.boxcar[b]
    group = S.group[boxcar.group]
    cl = wide(group.cluster)
    if S.cluster[cl].writer < 0:
        return
    at_ns = quorum_ns(S, b, cl)
    if boxcar.event != NONE:
        if boxcar.quorum_at_ns == at_ns:
            return
        cancel(S, boxcar.event)
        boxcar.event = NONE
    boxcar.quorum_at_ns = at_ns
    if at_ns < NEVER:
        index = wide(group.index)
        entity = (cl << 44) | (index << 29) | ((boxcar.number & BOXCAR_MASK) << 3)
        boxcar.event = push(S, max(at_ns, now), QUORUM_RANK | entity, b)


def durable(S: State, b: int) -> int:
    """A boxcar has its write quorum; returns its cluster, whose VDL may move."""
    boxcar = S.boxcar[b]
    boxcar.event = NONE
    boxcar.durable = True
    group = S.group[boxcar.group]
    land(S, b)
    S.cluster[group.cluster].flying -= 1
    drop_boxcar(S, b)
    return wide(group.cluster)


def land(S: State, b: int) -> None:
    """Out of its group's list of boxcars in flight."""
    boxcar = S.boxcar[b]
    group = S.group[boxcar.group]
    if boxcar.flying_last == NONE:
        group.flying = boxcar.flying_next
    else:
        S.boxcar[boxcar.flying_last].flying_next = boxcar.flying_next
    if boxcar.flying_next == NONE:
        group.flying_end = boxcar.flying_last
    else:
        S.boxcar[boxcar.flying_next].flying_last = boxcar.flying_last


def all_durable(S: State, c: int, count: int) -> bool:
    """Whether ``count`` boxcars of a list are."""
    for _ in range(count):
        if not S.boxcar[S.cell[c].boxcar].durable:
            return False
        c = S.cell[c].next
    return True


def move_vdl(S: State, cl: int, now: int) -> None:
    """Move VDL over what is durable: that has just been passed, if anything was."""
    cluster = S.cluster[cl]
    cluster.passed_since_ns = now
    pass_nothing(S, cl)
    while cluster.log_first < cluster.log_end:
        entry = at(S.log, cl, cluster.log_first)
        if not all_durable(S, entry.boxcars, entry.count):
            break
        cluster.vdl = entry.lsn
        cluster.passed += entry.records
        cluster.passed_writes += entry.is_write
        cluster.passed_commits += not entry.is_write
        cluster.passed_bytes += entry.bytes
        drop_tx(S, entry.tx)
        cluster.log_first += 1


def pass_nothing(S: State, cl: int) -> None:
    """VDL has passed nothing yet."""
    cluster = S.cluster[cl]
    cluster.passed = 0
    cluster.passed_writes = 0
    cluster.passed_commits = 0
    cluster.passed_bytes = 0


def ship_all(S: State, cl: int, now: int) -> None:
    """What VDL has just passed leaves for every reader."""
    cluster = S.cluster[cl]
    cluster.write_rate_per_s = laws.write_rate_per_s(
        cluster.write_rate_per_s, cluster.passed_writes, now - cluster.shipped_ns,
        cluster.lag_window_ns,
    )  # fmt: skip
    cluster.shipped_ns = now
    for i in range(cluster.first_instance, cluster.first_instance + cluster.instances):
        if follows(S, cl, i):
            ship(S, cl, i, now)


def released(S: State, cl: int) -> int:
    """The next job that VDL or room in the log lets go on, out of its ring; NONE when there is
    none. Commits first, then statements that were stalled (their records are written now)."""
    cluster = S.cluster[cl]
    if cluster.commits_first < cluster.commits_end:
        entry = at(S.commit, cl, cluster.commits_first)
        if entry.lsn <= cluster.vdl:
            cluster.commits_first += 1
            return entry.job
    if cluster.stalled_first < cluster.stalled_end:
        j = at(S.stalled, cl, cluster.stalled_first)
        if has_room(S, cl, j):
            cluster.stalled_first += 1
            log_write(S, cl, j)
            return j
    return NONE


# --- reading ----------------------------------------------------------------------------------
def read(S: State, j: int, now: int) -> None:
    """Fetch the missing pages from the nearest live segment, or wait until there is one."""
    job = S.job[j]
    i = job.instance
    cl = S.instance[i].cluster
    cluster = S.cluster[cl]
    az = S.instance[i].az
    key = S.workload[job.workload].requests_key
    request = (job.entity >> 6) & REQUEST_MASK
    place = 0
    if cluster.groups > 1:
        place, _, _, _ = laws.places(cluster.groups, key, job.statement, ZERO, request)
    g = cluster.first_group + place
    members = live(S, g)
    if members == 0:
        put(S.reads, cl, cluster.reads_first, cluster.reads_end, j)
        cluster.reads_end += 1
        return
    nearest, member = NEVER, NONE
    for m in range(MEMBERS):
        if members >> m & 1 and S.az_hop[cl, az, m >> 1] < nearest:
            nearest, member = S.az_hop[cl, az, m >> 1], m
    service = laws.page_read_ns(
        job.misses, cluster.page_read_median_ns, cluster.page_read_sigma, key, job.statement,
        job.reads, request,
    )  # fmt: skip
    job.reads += 1
    job.group = g
    job.member = member
    cluster.storage_reads += job.misses
    trip = 2 * nearest + S.node_delay[S.node[g, member]]
    job.event = push(S, now + job.misses * trip + service, READ_RANK | job.entity, j)
