"""What each thing of the data plane is made of: one table of fields for each record.

A table makes two things: the numpy type whose records fill the arrays of the compiled way, and a
plain class with `__slots__` for the SimPy way. Rules read ``S.slot[x].deadline_ns`` in both. A
record is found by its index; -1 is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.catalog.volume import COPIES
from aurosim.dataplane.contract import WAITS
from aurosim.dataplane.observation import ClusterView, InstanceView, WorkloadView, counts
from aurosim.dataplane.plan import COSTS

MEMBERS = COPIES
LINE_BYTES = 64
"""A line of the processor's cache."""

Row = dict[str, int]


class Layout:
    """The fields of a record as a numpy type and as a plain class."""

    def __init__(self, name: str, dtype: np.dtype[np.void]) -> None:
        self.name, self.dtype = name, dtype
        names = dtype.names or ()
        self.keys = [n for n, field in enumerate(names) if dtype[field] == np.uint64]
        self.rows = [n for n, field in enumerate(names) if dtype[field].shape]
        self.plain = _plain_class(name, list(names))
        self.zero: Any = np.zeros(1, dtype).tolist()[0]

    def new(self) -> Any:
        """One zeroed record as a plain object."""
        return self.plain(*self._owned(self.zero))

    def objects(self, array: Any) -> list[Any]:
        """The records of an array as plain objects of Python's own numbers (keys stay numpy's,
        since a word of 64 bits may be greater than compiled draws take from a Python int)."""
        return [self.plain(*self._owned(row)) for row in np.asarray(array).tolist()]

    def _owned(self, row: Any) -> list[Any]:
        values = list(row)
        for place in self.keys:
            values[place] = np.uint64(values[place])
        for place in self.rows:
            values[place] = values[place].tolist()
        return values


class Record(Layout):
    """One table: whole numbers (``whole``; ``rows`` of them, each so long; ``small`` of 32 bits),
    floats (``real``), keys of draws, handles of events, and what is so or not."""

    def __init__(
        self, name: str, whole: str = "", *, rows: Row | None = None, event: str = "",
        real: str = "", key: str = "", small: str = "", is_so: str = "",
    ) -> None:  # fmt: skip
        self.fields: list[tuple[Any, ...]] = [
            (each, np.int64, (length,)) for each, length in (rows or {}).items()
        ]
        for names, kind in (
            (whole, np.int64), (event, np.int64), (real, np.float64), (key, np.uint64),
            (small, np.int32), (is_so, np.bool_),
        ):  # fmt: skip
            self.fields += [(each, kind) for each in names.split()]
        super().__init__(name, np.dtype(self.fields, align=True))

    def arrays(self, count: int) -> Any:
        """``count`` zeroed records as an array whose fields are attributes."""
        return np.zeros(count, self.dtype).view(np.recarray)


def _plain_class(name: str, fields: list[str]) -> Any:
    """A class with just these fields, which shows them all when it is printed."""
    given = ", ".join(f"{field}=0" for field in fields)
    lines = [f"def __init__(self, {given}):", *(f"    self.{f} = {f}" for f in fields)]
    made: dict[str, Any] = {}
    exec("\n".join(lines), made)  # as dataclasses do it: no other way is as fast

    def shown(self: Any) -> str:
        return f"{name}({', '.join(f'{field}={getattr(self, field)}' for field in fields)})"

    return type(
        name, (), {"__slots__": fields, "__init__": made["__init__"], "__repr__": shown}
    )


def _costs(kind: str) -> str:
    """The names of the catalog's numbers of a type, each after a blank."""
    return "".join(f" {each.name}" for each in COSTS if each.type == kind)


def _counts(view: type) -> str:
    """The names of a view's counts, each after a blank."""
    return "".join(f" {name}" for name in counts(view))


TOP = Record(  # the whole plane; rows, lags and pictures are those not handed out yet
    "Top",
    "now pending cancelled abandoned chunks rows lags pictures events records_most stamp warned"
    # rows handed out; when the next picture is due, and which of the moments is the next
    " rows_before look_ns moment",
)  # fmt: skip
SLOT = Record(  # a connection of a pool and the request that uses it
    "Slot",
    "due_ns send_ns deadline_ns reset_ns request turn connects epoch workload number attempt"
    " statement instance job tx code next process"
    # since when it rests, when it has lived long enough, when its host's keepalive ends it, what it
    # waits for in a silence (`clients.silence`), and its lookup before the start
    " used_ns expires_ns dead_ns hush past",
    event="progress", is_so="open connected timer watched",
)  # fmt: skip
JOB = Record(  # a statement at its instance
    "Job",
    "entity epoch left_ns lsn stale_ns closed_ns key slot workload instance statement plan step"
    " misses reads group member tx next",
    event="event", is_so="active full",
)  # fmt: skip
TX = Record("Transaction", "boxcars boxcars_end keys keys_end holds next")
CELL = Record("Cell", "boxcar next")
KEY = Record("Key", "key next")
WAITER = Record("Waiter", "request due_ns next")  # a request in a waiting room
BOXCAR = Record(  # redo of one group on its way to six segments
    "Boxcar",
    "quorum_at_ns number bytes settled_ns group copies holds next flying_next flying_last",
    rows={"persist_ns": MEMBERS, "ack_ns": MEMBERS}, event="event", is_so="durable missing",
)  # fmt: skip
GROUP = Record(  # a protection group; one line of the cache, since each boxcar touches its group's
    "Group", "number stamp open flying flying_end next", small="cluster index lost fewest"
)
CHUNK = Record(  # redo on its way to a reader
    "Chunk", "epoch lsn records shipped_ns left_ns entity instance next next_task",
    event="event", is_so="done arrived working seen",
)  # fmt: skip
INSTANCE = Record(
    "Instance",
    "status epoch connections busy busy_sum_ns queued applied_lsn"
    " lag_ns sample ready_ns chunk_number vcpu max_connections buffer_pages connect_cpu_ns"
    " connect_trips cluster az head tail held held_end stream stream_end vcpu_sum_ns there_sum_ns"
    + _counts(InstanceView),
    rows={"level": WAITS, "level_sum_ns": WAITS}, real="spread speed", is_so="sending",
)  # fmt: skip
CLUSTER = Record(
    "Cluster",
    "next_lsn vdl cut_lsn shipped_ns flying"
    " lsn_limit dark writer writer_az groups first_group first_instance instances"
    # the rings of a cluster: where each begins and ends
    " log_first log_end commits_first commits_end stalled_first stalled_end reads_first reads_end"
    " watch_first watch_end changes_first changes_end batch_first batch_end"
    # the link to the cluster it follows
    " source batches_flying batch_number link_free_ns link_ready_ns arrived_ns applied_ns"
    " frozen_ns link_delay_ns link_batch_ns link_apply_ns"
    # what VDL has just passed
    " passed passed_writes passed_commits passed_bytes passed_since_ns"
    " limit_bytes group_bytes"
    " warn_ns"  # a reader further behind than this is told of, once
    + _counts(ClusterView) + _costs("int"),
    event="leaving",
    real="write_rate_per_s link_bytes_per_s link_sigma" + _costs("float"),
    key="storage_key replication_key link_key",
    is_so="follows connected watched any_four",
)  # fmt: skip
WORKLOAD = Record(
    "Workload",
    "due ended level level_sum_ns next_request segment waiting"
    " rate_end_ns queue_limit think_mean_ns connect_timeout_ns statement_timeout_ns dns_cache_ns"
    " backoff_ns backoff_max_ns timer_step_ns slots cluster first_slot first_statement statements"
    " role instance think_law table access_law attempts driver first_rate rates"
    " first_process processes reuse max_lifetime_ns idle_timeout_ns validate_after_ns"
    " validation_timeout_ns login_retry_ns borrow_timeout_ns user_timeout_ns keepalive_idle_ns"
    " keepalive_interval_ns keepalive_count hold_law hold_mean_ns"
    # whose writes it reads, and which statement's; when; the first that reads its writes, and the
    # next of those that read the same
    " reads_writes_of writes_at own_write_after_ns reader next_reader"
    # a resolver for all processes: its answer, until when, and how often it has asked
    " resolver_ttl_ns resolved resolved_until_ns resolved_lookups" + _counts(WorkloadView),
    real="access_a access_b lifetime_jitter", key="arrivals_key requests_key",
    is_so="open jitter think_first drops_read_only asks_writable",
)  # fmt: skip
PROCESS = Record(  # of an application: a pool, its waiting room, and a resolver's cache
    "Process",
    "workload number first_slot slots free free_end unopened unopened_end waiting waiting_end"
    " waiters answer answer_until_ns lookups"
    " login_ns",  # before that it opens no connection
    is_so="patience",
)  # fmt: skip
STATEMENT = Record(
    "Statement", "cpu_mean_ns redo_bytes kind cpu_law pages modifies grows_bytes",
    real="cpu_shape", is_so="autocommit",
)  # fmt: skip
TABLE = Record("Table", "pages rows")
# entries of rings
LOG = Record("Entry", "lsn records bytes boxcars count tx", is_so="is_write")
COMMIT = Record("Commit", "lsn job")
BATCH = Record(
    "Batch",
    "lsn records writes commits bytes used_bytes free_bytes since_ns arrived_ns applied_ns number",
    event="event",
)  # fmt: skip
CHANGE = Record("Change", "lsn key ack_ns next")

assert GROUP.dtype.itemsize == LINE_BYTES
