"""The frozen plan of plain numbers that a data plane is built from.

``simulation/build.py`` makes it from a resolved scenario and the catalog; nothing behind it reads
YAML, looks up a class or knows a region. Times are ns, sizes bytes, indexes count from 0: an
instance's index is its place in the file, a workload's its place among the sorted names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import NEVER


@dataclass(frozen=True)
class StatementPlan:
    """One statement of a transaction; ``repeat`` is already spelled out."""

    kind: int  # contract.StatementKind
    cpu_law: int  # distributions.LAW_*
    cpu_mean_ns: int  # on a class of speed 1, without page writes; a COMMIT's three passes together
    cpu_shape: float  # of a lognormal law the deviation of its logarithm
    pages: int  # random leaf pages touched
    modifies: int  # pages modified = redo records
    redo_bytes: int
    autocommit: bool  # the round trip contains the commit
    grows_bytes: int = 0  # space its rows take in the volume; below 0: what a DELETE frees


@dataclass(frozen=True, eq=False)
class RateProfile:
    """A piecewise linear rate: segment k starts at ``starts_ns[k]`` and goes from ``rate0`` to
    ``rate1`` (per second); the last one ends at ``end_ns``."""

    starts_ns: npt.NDArray[np.int64]
    rate0_per_s: npt.NDArray[np.float64]
    rate1_per_s: npt.NDArray[np.float64]
    end_ns: int


@dataclass(frozen=True, eq=False)
class WorkloadPlan:
    """A group of clients that do the same transaction."""

    name: str
    cluster: int
    arrivals_key: np.uint64
    requests_key: np.uint64
    rate: RateProfile | None  # None: a closed load
    slots: int  # connections, of all processes together
    queue_limit: int  # waiting room of each process of an open load
    role: int  # contract.ROLE_WRITER and so on, or -1: always `instance`
    instance: int
    statements: tuple[StatementPlan, ...]
    think_law: int
    think_mean_ns: int
    table: int
    access_law: int  # distributions.ACCESS_*
    access_a: float
    access_b: float
    hop_ns: tuple[int, ...]  # one way, to each instance
    connect_timeout_ns: int
    statement_timeout_ns: int
    dns_cache_ns: int
    attempts: int
    backoff_ns: int
    backoff_max_ns: int
    jitter: bool
    start_spread_ns: int  # connections open at a random step within this time
    give_up_ns: int  # a request older than this at the end of the run is bad
    driver: int = 0  # its place in catalog.drivers
    think_first: bool = False  # closed: a client opens its connection and is then in mid-thought
    processes: int = 1  # each with a pool and a resolver's cache of its own
    # the pool of a process
    reuse: int = 0  # contract.Reuse
    max_lifetime_ns: int = NEVER
    lifetime_jitter: float = 0.0  # a lifetime is shorter by up to this share
    idle_timeout_ns: int = NEVER
    validate_after_ns: int = NEVER  # a connection idle for longer is asked whether it lives
    validation_timeout_ns: int = NEVER
    asks_writable: bool = False  # the question is whether its instance takes writes
    login_retry_ns: int = 0  # for so long after an opening that failed a process opens none
    drops_read_only: bool = False  # the pool gives up a connection that said it is read-only
    borrow_timeout_ns: int = NEVER
    # a resolver for all processes
    resolver_ttl_ns: int = 0  # 0: none
    # how its host's TCP gives up
    user_timeout_ns: int = NEVER
    keepalive_idle_ns: int = NEVER
    keepalive_interval_ns: int = 0
    keepalive_count: int = 0
    # it reads what another workload has committed, so long after that was told
    reads_writes_of: int = -1  # the workload; -1: it has arrivals of its own, or is closed
    writes_at: int = -1  # the last statement of that one's transaction which writes
    own_write_after_ns: int = 0
    # the application keeps a connection for so long besides its statements
    hold_law: int = 0
    hold_mean_ns: int = 0

    @property
    def timer_step_ns(self) -> int:
        """The furthest ahead a slot's timer is set: so it is never later than a new deadline."""
        return min(self.connect_timeout_ns, self.statement_timeout_ns, self.validation_timeout_ns)


@dataclass(frozen=True)
class InstancePlan:
    """A database server as it is at the start; its size is part of the state from then on."""

    name: str
    cluster: int
    az: int
    vcpu: int
    speed: float  # CPU times are divided by it
    max_connections: int  # what clients may have of them
    buffer_pages: int
    warm: bool  # at the start
    connect_cpu_ns: int
    connect_trips: int  # round trips to open a connection
    serves: tuple[int, ...] | None = None  # tables in a warm buffer at the start; None: all
    reserved_connections: int = 0  # slots beyond those, which no client gets
    there: bool = True  # at the start; the plan has every instance that may ever be there


@dataclass(frozen=True)
class TablePlan:
    """The data some workloads share."""

    name: str
    pages: int
    rows: int


def held_at_the_start(instance: InstancePlan, tables: tuple[TablePlan, ...]) -> list[float]:
    """The pages of each table in an instance's buffer before the first event: if it is there and
    warm, as large a share of each table that it serves as there is room for."""
    served = range(len(tables)) if instance.serves is None else instance.serves
    wanted = sum(tables[table].pages for table in served)
    share = min(1.0, instance.buffer_pages / max(1, wanted)) if instance.warm else 0.0
    share = share if instance.there else 0.0
    return [share * each.pages if t in served else 0.0 for t, each in enumerate(tables)]


ENTRY = "entry"


def cost(entry: str) -> Any:
    """A number of the data plane that the catalog has under this name."""
    return field(metadata={ENTRY: entry})


@dataclass(frozen=True)
class Costs:
    """What the catalog says an operation costs, overrides of the scenario applied.

    This is the table of such numbers: a line here puts one into the plan and into the record of
    each cluster, where rules read it by its name here (a whole number or a real one, by its type).
    """

    time_slice_ns: int = cost("time_slice")  # NEVER: bursts are not cut
    page_write_cpu_ns: int = cost("page_write_cpu")
    begin_cpu_ns: int = cost("begin_cpu")
    commit_cpu_ns: int = cost("commit_cpu")
    commit_backlog_per_vcpu: float = cost("commit_backlog_per_vcpu")
    miss_cpu_ns: int = cost("miss_cpu")
    page_read_median_ns: int = cost("page_read_median")
    page_read_sigma: float = cost("page_read_sigma")
    ack_median_ns: int = cost("storage_ack_median")
    ack_sigma: float = cost("storage_ack_sigma")
    node_occupancy_ns: int = cost("node_occupancy")
    node_bytes_per_s: float = cost("node_bandwidth")
    commit_record_bytes: int = cost("commit_record_bytes")
    lag_ship_ns: int = cost("lag_ship")  # without the way to the reader
    lag_sqrt_ns: float = cost("lag_sqrt")  # per square root of a thousand writes per second
    lag_sigma: float = cost("lag_sigma")
    lag_window_ns: int = cost("lag_rate_window")
    apply_cpu_ns: int = cost("apply_cpu")
    tcp_ack_delay_ns: int = cost("tcp_ack_delay")
    tcp_first_resend_ns: int = cost("tcp_first_resend")
    tcp_longest_resend_ns: int = cost("tcp_longest_resend")
    tcp_give_up_ns: int = cost("tcp_give_up")

    def __post_init__(self) -> None:
        assert 0 < self.time_slice_ns <= NEVER


COSTS = fields(Costs)


@dataclass(frozen=True)
class LinkPlan:
    """How redo reaches a cluster from the one it follows."""

    key: np.uint64
    hop_ns: tuple[int, ...]  # one way, from each cluster
    batch_ns: int  # a batch leaves no sooner than this after the one before
    bytes_per_s: float
    jitter_sigma: float  # of the logarithm of a batch's travel time
    apply_ns: int  # for each record, at the volume that takes it in

    def __post_init__(self) -> None:
        assert self.batch_ns > 0 and self.bytes_per_s > 0


@dataclass(frozen=True)
class CustomEndpoint:
    """A custom endpoint of a cluster, and the instances that may stand in its record."""

    name: str
    instances: tuple[int, ...]
    readers_only: bool  # an instance stands there only while it is a reader


@dataclass(frozen=True, eq=False)
class ClusterPlan:
    """A cluster and its volume: protection group g keeps member m on node ``nodes[g, m]``, which is
    numbered among all clusters' nodes. A secondary (``source`` >= 0) has no writer (-1).

    ``groups`` are there at the start; ``nodes`` has as many as the volume may ever have.
    """

    name: str
    storage_key: np.uint64
    replication_key: np.uint64
    writer: int  # at the start; -1 none
    groups: int  # at the start
    nodes: npt.NDArray[np.int32]  # (most groups, 6)
    node_count: int
    write_ok: npt.NDArray[np.bool_]  # by mask of members
    read_ok: npt.NDArray[np.bool_]
    az_hop_ns: tuple[tuple[int, ...], ...]  # one way, AZ to AZ
    lsn_allocation_limit: int
    costs: Costs
    source: int = -1  # the cluster it follows at the start
    link: LinkPlan | None = None  # None: there is only one cluster
    first_node: int = 0  # its nodes are first_node to first_node + node_count - 1
    used_bytes: int = 0  # at the start
    limit_bytes: int = 128 << 40
    group_bytes: int = 10 << 30
    custom: tuple[CustomEndpoint, ...] = ()  # the k-th has the role ROLE_CUSTOM + k


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a data plane needs to know before the first event."""

    end_ns: int
    clusters: tuple[ClusterPlan, ...]
    instances: tuple[InstancePlan, ...]
    tables: tuple[TablePlan, ...]
    workloads: tuple[WorkloadPlan, ...]
