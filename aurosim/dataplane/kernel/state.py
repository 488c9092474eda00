"""The kernel's state: one tuple of arrays of records, named like the reference's objects.

A record is found by its index (a slot, a job, a boxcar); -1 is none. Pools keep their free records
in a list through ``next``. Scalars of the whole plane are the one record of ``top``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aurosim.dataplane.contract import LAG, NEVER, ROW, ROWS_PER_BLOCK, WAITS

I8, I4, F8 = np.int64, np.int64, np.float64
MEMBERS = 6
LINE_BYTES = 64
RECORDS_MAX = 16  # instances an endpoint's record may name
NOWHERE = 1 << 40
"""After the last free record: out of range, so that to take from an empty pool raises. (-1 would be
the last record of all, silently.)"""

TOP = np.dtype([
    ("now", I8), ("pending", I8), ("cancelled", I8), ("abandoned", I8), ("chunks", I8),
    ("rows", I8), ("lags", I8), ("events", I8), ("records_most", I8), ("writes_most", I8),
    ("senders_most", I8),
    ("free_event", I4), ("free_events", I4), ("free_job", I4), ("free_jobs", I4),
    ("free_tx", I4), ("free_txs", I4), ("free_boxcar", I4), ("free_boxcars", I4),
    ("free_chunk", I4), ("free_chunks", I4), ("free_cell", I4), ("free_cells", I4),
    ("free_key", I4), ("free_keys", I4),
    # the event queue: a ring of buckets by time, and a heap for what lies beyond it
    ("bucket", I8), ("shift", I8), ("far", I8), ("far_bucket", I8), ("steps", I8), ("walks", I8),
    ("pops", I8), ("near", I8), ("stamp", I8),
], align=True)  # fmt: skip
EVENT = np.dtype([("when", I8), ("rank", I8), ("subject", I4), ("next", I4)], align=True)
SLOT = np.dtype([
    ("due_ns", I8), ("send_ns", I8), ("deadline_ns", I8), ("reset_ns", I8), ("request", I8),
    ("turn", I8), ("connects", I8), ("epoch", I8),
    ("workload", I4), ("number", I4), ("attempt", I4), ("statement", I4), ("instance", I4),
    ("job", I4), ("tx", I4), ("progress", I4), ("code", I4), ("next", I4),
    ("open", np.bool_), ("connected", np.bool_), ("timer", np.bool_),
], align=True)  # fmt: skip
JOB = np.dtype([
    ("entity", I8), ("epoch", I8), ("left_ns", I8), ("lsn", I8), ("stale_ns", I8),
    ("closed_ns", I8), ("key", I8),
    ("slot", I4), ("workload", I4), ("instance", I4), ("statement", I4), ("plan", I4),
    ("step", I4), ("misses", I4), ("reads", I4), ("group", I4), ("member", I4), ("tx", I4),
    ("event", I4), ("next", I4), ("active", np.bool_), ("full", np.bool_),
], align=True)  # fmt: skip
TX = np.dtype([
    ("boxcars", I4), ("boxcars_end", I4), ("keys", I4), ("keys_end", I4), ("holds", I4),
    ("next", I4),
], align=True)  # fmt: skip
CELL = np.dtype([("boxcar", I4), ("next", I4)], align=True)
KEY = np.dtype([("key", I8), ("next", I4)], align=True)
BOXCAR = np.dtype([
    ("persist_ns", I8, (MEMBERS,)), ("ack_ns", I8, (MEMBERS,)), ("quorum_at_ns", I8),
    ("number", I8), ("bytes", I8), ("settled_ns", I8),
    ("group", I4), ("copies", I4), ("event", I4), ("holds", I4), ("next", I4),
    ("flying_next", I4), ("flying_last", I4), ("durable", np.bool_), ("missing", np.bool_),
], align=True)  # fmt: skip
GROUP = np.dtype([  # 64 bytes, a line of the processor's cache: each boxcar touches its group's
    ("number", I8), ("stamp", I8), ("open", I4), ("flying", I4), ("flying_end", I4), ("next", I4),
    ("cluster", np.int32), ("index", np.int32), ("lost", np.int32), ("fewest", np.int32),
], align=True)  # fmt: skip
CHUNK = np.dtype([
    ("epoch", I8), ("lsn", I8), ("records", I8), ("shipped_ns", I8), ("left_ns", I8),
    ("entity", I8), ("instance", I4), ("event", I4), ("next", I4), ("next_task", I4),
    ("done", np.bool_), ("arrived", np.bool_), ("working", np.bool_), ("seen", np.bool_),
], align=True)  # fmt: skip
INSTANCE = np.dtype([
    ("level", I8, (WAITS,)), ("level_sum_ns", I8, (WAITS,)),
    ("status", I8), ("epoch", I8), ("connections", I8), ("connections_max", I8),
    ("busy", I8), ("busy_sum_ns", I8), ("touches", I8), ("missed", I8), ("queued", I8),
    ("applied_lsn", I8), ("lag_ns", I8), ("sample", I8), ("spread", F8), ("ready_ns", I8),
    ("chunk_number", I8),
    ("vcpu", I8), ("max_connections", I8), ("buffer_pages", I8), ("connect_cpu_ns", I8),
    ("connect_trips", I8), ("speed", F8),
    ("cluster", I4), ("az", I4), ("head", I4), ("tail", I4), ("held", I4), ("held_end", I4),
    ("stream", I4), ("stream_end", I4), ("sending", np.bool_),
], align=True)  # fmt: skip
CLUSTER = np.dtype([
    ("next_lsn", I8), ("vdl", I8), ("shipped_ns", I8), ("flying", I8), ("storage_writes", I8),
    ("storage_reads", I8), ("redo_bytes", I8), ("lost_commits", I8), ("lsn_limit", I8),
    ("log_first", I8), ("log_end", I8), ("commits_first", I8), ("commits_end", I8),
    ("stalled_first", I8), ("stalled_end", I8), ("reads_first", I8), ("reads_end", I8),
    ("watch_first", I8), ("watch_end", I8), ("changes_first", I8), ("changes_end", I8),
    ("storage_key", np.uint64), ("replication_key", np.uint64), ("write_rate_per_s", F8),
    # the link to the cluster it follows (see `regions`)
    ("batch_first", I8), ("batch_end", I8), ("batches_flying", I8), ("batch_number", I8),
    ("leaving", I8), ("link_free_ns", I8), ("link_ready_ns", I8),
    ("arrived_ns", I8), ("applied_ns", I8),
    ("frozen_ns", I8), ("link_delay_ns", I8), ("link_bytes_per_s", F8), ("link_key", np.uint64),
    ("link_batch_ns", I8), ("link_sigma", F8), ("link_apply_ns", I8),
    ("source", I4), ("follows", np.bool_), ("connected", np.bool_),
    # what VDL has just passed
    ("passed", I8), ("passed_writes", I8), ("passed_commits", I8), ("passed_bytes", I8),
    ("passed_since_ns", I8),
    ("dark", I4), ("writer", I4), ("writer_az", I4), ("groups", I4), ("first_group", I4),
    ("first_instance", I4), ("instances", I4), ("watched", np.bool_), ("any_four", np.bool_),
    ("cut_lsn", I8),
    ("used_bytes", I8), ("free_bytes", I8), ("limit_bytes", I8), ("group_bytes", I8),
    # costs
    ("time_slice_ns", I8), ("page_write_cpu_ns", I8), ("begin_cpu_ns", I8),
    ("commit_cpu_ns", I8), ("commit_backlog_per_vcpu", F8), ("miss_cpu_ns", I8),
    ("page_read_median_ns", I8), ("page_read_sigma", F8), ("ack_median_ns", I8),
    ("ack_sigma", F8), ("node_occupancy_ns", I8), ("node_bytes_per_s", F8),
    ("commit_record_bytes", I8), ("lag_ship_ns", I8), ("lag_sqrt_ns", F8), ("lag_sigma", F8),
    ("lag_window_ns", I8), ("apply_cpu_ns", I8),
], align=True)  # fmt: skip
WORKLOAD = np.dtype([
    ("due", I8), ("ended", I8), ("level", I8), ("level_sum_ns", I8), ("next_request", I8),
    ("segment", I8), ("dns_until_ns", I8), ("waiting_first", I8), ("waiting_end", I8),
    ("arrivals_key", np.uint64), ("requests_key", np.uint64), ("rate_end_ns", I8),
    ("queue_limit", I8), ("think_mean_ns", I8), ("access_a", F8), ("access_b", F8),
    ("connect_timeout_ns", I8), ("statement_timeout_ns", I8), ("dns_cache_ns", I8),
    ("backoff_ns", I8), ("backoff_max_ns", I8), ("timer_step_ns", I8), ("slots", I8),
    ("cluster", I4), ("first_slot", I4), ("first_statement", I4), ("statements", I4),
    ("role", I4), ("instance", I4), ("think_law", I4), ("table", I4), ("access_law", I4),
    ("attempts", I4), ("first_rate", I4), ("rates", I4), ("free", I4), ("free_end", I4),
    ("unopened", I4), ("unopened_end", I4),
    ("open", np.bool_), ("jitter", np.bool_), ("think_first", np.bool_),
], align=True)  # fmt: skip
STATEMENT = np.dtype([
    ("cpu_mean_ns", I8), ("cpu_shape", F8), ("redo_bytes", I8), ("kind", I4), ("cpu_law", I4),
    ("pages", I4), ("modifies", I4), ("grows_bytes", I8), ("autocommit", np.bool_),
], align=True)  # fmt: skip
TABLE = np.dtype([("pages", I8), ("rows", I8)], align=True)
LOG = np.dtype([
    ("lsn", I8), ("records", I8), ("bytes", I8), ("boxcars", I4), ("count", I4), ("tx", I4),
    ("is_write", np.bool_),
], align=True)  # fmt: skip
COMMIT = np.dtype([("lsn", I8), ("job", I4)], align=True)
WAITER = np.dtype([("request", I8), ("due_ns", I8)], align=True)
BATCH = np.dtype([
    ("lsn", I8), ("records", I8), ("writes", I8), ("commits", I8), ("bytes", I8),
    ("used_bytes", I8), ("free_bytes", I8),
    ("since_ns", I8), ("arrived_ns", I8), ("applied_ns", I8), ("number", I8), ("event", I4),
], align=True)  # fmt: skip
CHANGE = np.dtype([("lsn", I8), ("key", I8), ("ack_ns", I8), ("next", I8)], align=True)


class State(NamedTuple):
    """All arrays of one kernel plane. Rings (log, commits, watch, ...) have a size that is a power
    of two and positions that only grow."""

    top: Any
    event: Any
    ring: Any  # first event of each bucket
    far: Any  # heap of events beyond the ring
    slot: Any
    job: Any
    tx: Any
    cell: Any
    key: Any
    boxcar: Any
    group: Any
    chunk: Any
    instance: Any
    cluster: Any
    workload: Any
    statement: Any
    table: Any
    resident: Any  # [instance, table] pages held
    hop: Any  # [workload, instance] one way, ns
    az_hop: Any  # [cluster, az, az]
    node: Any  # [group, member]
    node_free: Any
    node_delay: Any
    write_ok: Any  # [cluster, mask]
    dns: Any  # [workload, place]
    dns_count: Any
    record: Any  # [cluster, role, place]
    record_count: Any
    rate_start: Any
    rate0: Any
    rate1: Any
    waiting: Any  # [workload, place] waiting rooms
    log: Any  # [cluster, place]
    commit: Any
    stalled: Any
    reads: Any
    watch: Any
    change: Any
    batch: Any  # [cluster, place] redo on its way to a secondary
    link_hop: Any  # [cluster, cluster it follows] one way, ns
    change_table: Any  # [cluster, hash] first change of the hash, -1
    settled: Any  # [mask of holders, group] acknowledged commits
    row: Any
    lag: Any


PASSED = ("passed", "passed_writes", "passed_commits", "passed_bytes")
"""What VDL has just passed, in a cluster's record."""
POOLS = ("event", "job", "tx", "cell", "key", "boxcar", "chunk")
RINGS = {
    "waiting": "workload", "log": "cluster", "commit": "cluster", "stalled": "cluster",
    "reads": "cluster", "watch": "cluster", "change": "cluster",
}  # fmt: skip


def records(count: int, dtype: np.dtype[Any]) -> Any:
    """``count`` zeroed records whose fields are attributes."""
    return np.zeros(count, dtype).view(np.recarray)


def in_lines(count: int, dtype: np.dtype[Any]) -> Any:
    """As `records`, each of them beginning with a line of the processor's cache."""
    assert dtype.itemsize == LINE_BYTES
    room = np.zeros(LINE_BYTES * (count + 1), np.uint8)
    first = -room.ctypes.data % LINE_BYTES
    return room[first : first + LINE_BYTES * count].view(dtype).view(np.recarray)


def chain(pool: Any, first: int, end: int) -> None:
    """Link the free records from ``first`` to ``end``."""
    pool["next"][first:end] = np.arange(first + 1, end + 1)
    pool["next"][end - 1] = NOWHERE


def power_of_two(least: int) -> int:
    """The smallest power of two that is at least ``least``."""
    return 1 << max(4, (least - 1).bit_length())


def free_field(pool: str) -> tuple[str, str]:
    """The fields of ``top`` that hold the first free record of a pool and their number."""
    return f"free_{pool}", f"free_{pool}s" if pool != "boxcar" else "free_boxcars"


def grown(state: State, pool: str) -> State:
    """The state with twice as many records in ``pool``."""
    old = getattr(state, pool)
    new = records(2 * len(old), old.dtype)
    new[: len(old)] = old
    chain(new, len(old), len(new))
    first, count = free_field(pool)
    top = state.top[0]
    new["next"][len(new) - 1] = top[first]
    top[first] = len(old)
    top[count] += len(old)
    return state._replace(**{pool: new})


def ring_fields(ring: str) -> tuple[str, str]:
    """The fields of a ring's owner with its first and its end position."""
    name = {"commit": "commits", "change": "changes"}.get(ring, ring)
    return f"{name}_first", f"{name}_end"


def widened(state: State, ring: str) -> State:
    """The state with a ring of twice the size; positions keep their meaning."""
    old, owners = getattr(state, ring), getattr(state, RINGS[ring])
    size = old.shape[1]
    new = np.zeros((old.shape[0], 2 * size), old.dtype)
    new = new.view(np.recarray) if old.dtype.names else new
    first, end = ring_fields(ring)
    for k, owner in enumerate(owners):
        for place in range(int(owner[first]), int(owner[end])):
            new[k, place & (2 * size - 1)] = old[k, place & (size - 1)]
    return state._replace(**{ring: new})


assert NEVER > 0 and ROWS_PER_BLOCK > 0 and LAG.names and ROW.names
