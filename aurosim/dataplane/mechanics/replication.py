"""Replication: redo travels from the writer to the readers of its cluster."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import NEVER, Kind, Status
from aurosim.dataplane.mechanics.records import end_chunk, new_chunk
from aurosim.dataplane.mechanics.run_queue import CHUNK_TASK, enqueue
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, at, chain, fresh, lag_sample, push, set_chain

CHUNK_RANK = int(Kind.CHUNK) << 48
UP = int(Status.UP)


def follows(S: State, cl: int, i: int) -> bool:
    """Whether instance ``i`` follows the writer's redo."""
    return i != S.cluster[cl].writer and S.instance[i].status == UP


def ship(S: State, cl: int, i: int, now: int) -> None:
    """A chunk leaves for reader ``i``; chunks arrive in the order they left."""
    cluster, reader = S.cluster[cl], S.instance[i]
    sample = now // cluster.lag_window_ns
    if sample != reader.sample:  # one draw serves the whole sample of time
        reader.sample = sample
        reader.spread = laws.replica_spread(
            cluster.lag_sigma, cluster.replication_key, sample, i
        )
    delay = laws.replica_delay_ns(
        cluster.lag_ship_ns, cluster.lag_sqrt_ns, cluster.write_rate_per_s, reader.spread
    )
    # without a writer the reader's own AZ sends: a secondary's volume is in all of them
    sender = cluster.writer_az if cluster.writer >= 0 else reader.az
    hop = S.az_hop[cl, sender, reader.az]
    reader.ready_ns = max(reader.ready_ns, now + hop + delay)
    c = new_chunk(S)
    chunk = S.chunk[c]
    chunk.entity = (i << 32) | (reader.chunk_number & 0xFFFFFFFF)
    chunk.epoch = reader.epoch
    chunk.lsn = cluster.vdl
    chunk.records = cluster.passed
    chunk.shipped_ns = cluster.passed_since_ns
    chunk.left_ns = 0
    chunk.instance = i
    reader.chunk_number += 1
    if reader.stream == NONE:
        reader.stream = c
    else:
        S.chunk[reader.stream_end].next = c
    reader.stream_end = c
    S.top[0].chunks += 1
    push(S, reader.ready_ns, CHUNK_RANK | chunk.entity, c)


def chunk_arrives(S: State, c: int, now: int) -> int:
    """A chunk is ready to be applied; returns the instance whose run queue it joined, or NONE."""
    chunk = S.chunk[c]
    S.top[0].chunks -= 1
    i = chunk.instance
    reader = S.instance[i]
    if reader.status != UP or chunk.epoch != reader.epoch:
        end_chunk(S, c)
        return NONE
    chunk.arrived = True
    pages = 0
    held = 0.0
    for t in range(len(S.table)):
        pages += S.table[t].pages
        held += S.resident[i, t]
    share = held / max(1, pages)
    each = S.cluster[reader.cluster].apply_cpu_ns
    chunk.left_ns = laws.work_ns(chunk.records * share, each, reader.speed)
    if chunk.left_ns == 0:
        applied(S, c, now)
        return NONE
    chunk.working = True
    enqueue(S, i, (c << 2) | CHUNK_TASK)
    return i


def applied(S: State, c: int, now: int) -> None:
    """A chunk is applied; the view moves over all that are, in order."""
    i = S.chunk[c].instance
    reader = S.instance[i]
    S.chunk[c].done = True
    moved = False
    while reader.stream != NONE and S.chunk[reader.stream].done:
        head = reader.stream
        reader.stream = S.chunk[head].next
        reader.applied_lsn = S.chunk[head].lsn
        reader.lag_ns = now - S.chunk[head].shipped_ns
        lag_sample(S, i, now, reader.lag_ns)
        if S.chunk[head].working:
            S.chunk[head].seen = True  # given back when its CPU is spent
        else:
            end_chunk(S, head)
        moved = True
    if moved:
        forget_changes(S, reader.cluster, least_applied(S, reader.cluster))
        if reader.lag_ns > S.cluster[reader.cluster].warn_ns:
            S.cluster[reader.cluster].warn_ns = NEVER
            S.top[0].warned = 1


def least_applied(S: State, cl: int) -> int:
    """Up to where every reader that is up has applied the log."""
    cluster = S.cluster[cl]
    least = NEVER
    for i in range(cluster.first_instance, cluster.first_instance + cluster.instances):
        if follows(S, cl, i):
            least = min(least, S.instance[i].applied_lsn)
    return least


# --- which keys some reader may not see yet ---------------------------------------------------
def acknowledge_change(S: State, cl: int, key: int, lsn: int, ack_ns: int) -> None:
    """The client learns that its change of ``key`` is durable."""
    cluster = S.cluster[cl]
    place = cluster.changes_end
    change = fresh(S.change, cl, cluster.changes_first, place)
    change.lsn = lsn
    change.key = key
    change.ack_ns = ack_ns
    change.next = chain(S, cl, key)
    set_chain(S, cl, key, place)
    cluster.changes_end = place + 1


def staleness(S: State, cl: int, key: int, applied_lsn: int, sent_ns: int, now: int) -> int:
    """How far behind a read of ``key`` is, in ns: the age of the oldest change that it misses
    although acknowledged before the read was sent; 0 when it misses none."""
    oldest = NEVER
    place = chain(S, cl, key)
    while place != NONE:
        change = at(S.change, cl, place)
        if change.key == key and change.lsn > applied_lsn and change.ack_ns <= sent_ns:
            oldest = min(oldest, change.ack_ns)
        place = change.next
    return 0 if oldest == NEVER else max(1, now - oldest)


def forget_changes(S: State, cl: int, lsn: int) -> None:
    """Every reader has applied up to ``lsn``."""
    cluster = S.cluster[cl]
    while cluster.changes_first < cluster.changes_end:
        place = cluster.changes_first
        change = at(S.change, cl, place)
        if change.lsn > lsn:
            break
        newer = chain(S, cl, change.key)
        if newer == place:
            set_chain(S, cl, change.key, change.next)
        else:
            while at(S.change, cl, newer).next != place:
                newer = at(S.change, cl, newer).next
            at(S.change, cl, newer).next = change.next
        cluster.changes_first = place + 1
