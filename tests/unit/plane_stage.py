"""A stage for the data plane: a plan of plain numbers, one tick = 1 ns, zero by default.

Every cost and distance is 0 unless a test says otherwise, and every law is constant, so that an
answer can be worked out by hand and things happen at the same instant on purpose. What runs on it
is looked at from outside only, by rows, lag samples, observations and what commands return, so that
each test holds however the rules are run (the fixture `way` says how).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from aurosim.cluster.quorum import at_least, table
from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    ROLE_WRITER,
    ROW,
    DataPlane,
    Outcome,
    StatementKind,
)
from aurosim.dataplane.distributions import ACCESS_UNIFORM, LAW_CONSTANT
from aurosim.dataplane.plan import (
    ClusterPlan,
    Costs,
    InstancePlan,
    Plan,
    RateProfile,
    StatementPlan,
    TablePlan,
    WorkloadPlan,
)
from aurosim.randomness import stream_key
from aurosim.simulation.run import PLANES, data_plane

Row = namedtuple("Row", ROW.names)
WRITE_OK, READ_OK = table(at_least(4)), table(at_least(3))
K, O = StatementKind, Outcome  # noqa: E741
COMMIT_BLOCK = 7
"""Of the draws of places (`contract.Purpose`) the last is that of the commit record."""
WAYS: dict[str, Callable[[], Callable[..., DataPlane]]] = {
    name: partial(data_plane, name) for name in PLANES
}
"""The ways of running by their names, loaded when asked for (`tests.planted` has others)."""
the_way: Callable[..., DataPlane] | None = None
"""What makes a data plane in the running test: the fixture `way` sets it."""


def make_plane(*plan_sinks_and_names) -> DataPlane:
    """A data plane, run in the way whose turn it is."""
    assert the_way, "a test that makes a data plane asks for the fixture `way`"
    return the_way(*plan_sinks_and_names)


def costs(**changed) -> Costs:
    """Nothing costs anything, bursts are not cut, redo is acknowledged and shipped at once."""
    free = Costs(
        time_slice_ns=NEVER, page_write_cpu_ns=0, begin_cpu_ns=0, commit_cpu_ns=0,
        commit_backlog_per_vcpu=1e18, miss_cpu_ns=0, page_read_median_ns=0, page_read_sigma=0.0,
        ack_median_ns=0, ack_sigma=0.0, node_occupancy_ns=0, node_bytes_per_s=1e18,
        commit_record_bytes=0, lag_ship_ns=0, lag_sqrt_ns=0.0, lag_sigma=0.0,
        lag_window_ns=1000, apply_cpu_ns=0, tcp_ack_delay_ns=0, tcp_first_resend_ns=200,
        tcp_longest_resend_ns=120_000, tcp_give_up_ns=924_600,
    )  # fmt: skip
    return replace(free, **changed)


def statement(
    kind=K.SELECT, cpu=0, *, pages=0, modifies=0, redo=0, autocommit=False, grows=0
):
    return StatementPlan(
        int(kind), LAW_CONSTANT, cpu, 0.0, pages, modifies, redo, autocommit, grows
    )


def write(cpu=0, modifies=1, **changed):
    """A write in a transaction."""
    return statement(K.UPDATE_INDEX, cpu, modifies=modifies, redo=100, **changed)


BEGIN, COMMIT = statement(K.BEGIN), statement(K.COMMIT)
AUTOCOMMIT = write(autocommit=True)


def open_rate(at_ns: Iterable[int] = (), per_s: float = 0.0, end_ns: int = 10**6) -> RateProfile:
    """Poisson arrivals at a constant rate; or just one within each ns of ``at_ns`` (nearly)."""
    return RateProfile(
        np.array([0], dtype=np.int64), np.array([per_s]), np.array([per_s]), end_ns
    )


def workload(statements, *, instances=1, hop=0, name="w", **changed) -> WorkloadPlan:
    """Closed, one connection, no think time worth the name, and the client knows every address."""
    plain = WorkloadPlan(
        name=name, cluster=0, arrivals_key=stream_key(1, f"workload/{name}/arrivals"),
        requests_key=stream_key(1, f"workload/{name}/requests"), rate=None, slots=1,
        queue_limit=0, role=ROLE_WRITER, instance=-1, statements=tuple(statements),
        think_law=LAW_CONSTANT, think_mean_ns=10**9, table=0, access_law=ACCESS_UNIFORM,
        access_a=0.0, access_b=0.0, hop_ns=(hop,) * instances, connect_timeout_ns=1000,
        statement_timeout_ns=1000, dns_cache_ns=0, attempts=1, backoff_ns=10,
        backoff_max_ns=1000, jitter=False, start_spread_ns=0, give_up_ns=10**9,
    )  # fmt: skip
    return replace(plain, **changed)


def instance(**changed) -> InstancePlan:
    plain = InstancePlan(
        name="db", cluster=0, az=0, vcpu=1, speed=1.0, max_connections=100, buffer_pages=1000,
        warm=True, connect_cpu_ns=0, connect_trips=1,
    )  # fmt: skip
    return replace(plain, **changed)


def cluster(groups=1, az_hop=0, cost=None, **changed) -> ClusterPlan:
    """Every segment has a node of its own: member m of group g is on node 6 g + m."""
    plain = ClusterPlan(
        name="main", storage_key=stream_key(1, "storage"),
        replication_key=stream_key(1, "replication"), writer=0, groups=groups,
        nodes=np.arange(6 * groups, dtype=np.int32).reshape(groups, 6), node_count=6 * groups,
        write_ok=WRITE_OK, read_ok=READ_OK,
        az_hop_ns=tuple(tuple(0 if a == b else az_hop for b in range(3)) for a in range(3)),
        lsn_allocation_limit=10**7, costs=cost or costs(),
    )  # fmt: skip
    return replace(plain, **changed)


def growing(used, limit, group_bytes, **changed) -> ClusterPlan:
    """A volume of ``used`` bytes in small groups, with nodes for all it may come to have."""
    most = -(-limit // group_bytes)
    plain = cluster(
        groups=max(1, -(-used // group_bytes)), used_bytes=used, limit_bytes=limit,
        group_bytes=group_bytes, nodes=np.arange(6 * most, dtype=np.int32).reshape(most, 6),
        node_count=6 * most,
    )  # fmt: skip
    return replace(plain, **changed)


class Stage:
    """A data plane and all it said; time goes on by ``to``, commands go to ``plane``."""

    def __init__(self, workloads, instances=None, main=None, tables=None, records=None) -> None:
        instances = instances or [instance()]
        self.plan = Plan(
            end_ns=10**9,
            clusters=(main or cluster(),),
            instances=tuple(instances),
            tables=tuple(tables or [TablePlan("t", 100, 10**6)]),
            workloads=tuple(workloads),
        )
        readers = tuple(range(1, len(instances))) or (0,)
        self.all_rows: list[Row] = []
        self.lags: list[tuple[int, int, int]] = []
        self.plane = make_plane(
            self.plan, self._rows, self._lags, (records or ((0,), readers),)
        )

    def _rows(self, block) -> None:
        assert block.dtype == ROW
        self.all_rows += [Row(*map(int, row.tolist())) for row in block]

    def _lags(self, block) -> None:
        self.lags += [tuple(map(int, row.tolist())) for row in block]

    def to(self, until_ns: int) -> Stage:
        """Run every event before ``until_ns``."""
        assert self.plane.advance(until_ns)
        self.plane.flush()
        return self

    @property
    def volume(self):
        return self.plane.observe().clusters[0]

    def server(self, index=0):
        return self.plane.observe().instances[index]

    @property
    def rows(self) -> list[Row]:
        """Rows but those of opening connections."""
        return [row for row in self.all_rows if row.statement != CONNECT]

    @property
    def connects(self) -> list[Row]:
        return [row for row in self.all_rows if row.statement == CONNECT]

    def of(self, workload: int) -> list[Row]:
        return [row for row in self.rows if row.workload == workload]

    def homes(self, workload: int, request: int) -> list[int]:
        """The groups of a request's records, in the order in which it leaves them. The volume has
        been of one size all the time."""
        load, groups, found = self.plan.workloads[workload], self.volume.groups, []

        def drawn(number: int, block: int) -> tuple[int, ...]:
            return laws.places(groups, load.requests_key, number, block, request)

        for number, each in enumerate(load.statements):
            found += [drawn(number, k >> 2)[k & 3] for k in range(each.modifies)]
            if each.autocommit or each.kind == K.COMMIT:
                found.append(drawn(number, COMMIT_BLOCK)[0])
        return list(map(int, found))

    def acknowledged_in(self, group: int) -> int:
        """How many commits whose client was told OK have a record in ``group``."""
        return sum(
            group in self.homes(row.workload, row.request)
            for row in self.rows
            if row.outcome == O.OK and row.final and row.lsn
        )

    def told(self) -> list[tuple[int, int, int]]:
        """(start, end, outcome) of every row."""
        return [(row.start_ns, row.end_ns, row.outcome) for row in self.all_rows]


ALL = 0b111111
"""All members of a group."""


def acknowledged(stage: Stage) -> list[tuple[int, int]]:
    """(end, LSN) of each commit its client knows of."""
    return [(row.end_ns, row.lsn) for row in stage.rows if row.final and row.outcome == O.OK]


def slow(stage: Stage, *members: int, delay_ns: int = 1000, group: int = 0) -> Stage:
    for member in members:
        stage.plane.node_delay(6 * group + member, delay_ns)
    return stage
