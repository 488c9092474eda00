"""What is there before the first event: clients in mid-thought, buffers that hold what is read."""

from __future__ import annotations

from typing import Any

import pytest

from aurosim.dataplane import laws
from aurosim.dataplane.contract import ROLE_READER, DataPlane, Outcome, Status
from aurosim.dataplane.distributions import LAW_CONSTANT, LAW_EXPONENTIAL
from aurosim.dataplane.kernel.plane import KernelPlane
from aurosim.dataplane.plan import Plan, TablePlan, WorkloadPlan, held_at_the_start
from aurosim.dataplane.reference.plane import ReferencePlane
from aurosim.randomness import stream_key
from tests.unit.reference_stage import cluster, instance, statement, workload

PLANES = (ReferencePlane, KernelPlane)
TABLES = (TablePlan("a", 100, 10), TablePlan("b", 300, 10), TablePlan("c", 40, 10))


class Told:
    """One plane, run to a time, and its rows."""

    def __init__(self, make: Any, plan: Plan, records: Any = (((0,), (0,)),)) -> None:
        self.rows: list[Any] = []
        self.plane: DataPlane = make(plan, self._take, lambda _: None, records)

    def _take(self, block: Any) -> None:
        self.rows += [dict(zip(block.dtype.names, row, strict=True)) for row in block.tolist()]

    def to(self, at_ns: int) -> Told:
        self.plane.advance(at_ns)
        self.plane.flush()
        return self


def world(*loads: WorkloadPlan, **server: Any) -> Plan:
    return Plan(10**6, (cluster(),), (instance(**server),), (TablePlan("t", 10, 10),), loads)


# --- clients ------------------------------------------------------------------------------


def test_what_is_left_of_a_constant_thought_is_uniform_and_of_an_exponential_one_exponential() -> (
    None
):
    """20,000 clients: a constant thought's rest has mean 1/2 and variance 1/12 of the thought, an
    exponential one's has 1 and 1. The bounds are five standard errors; a rest drawn as the rest of
    an exponential thought by `uniform x thought` (mean 1/2) would be 70 errors off."""
    key, count = stream_key(1, "rest"), 20_000
    constant = [laws.first_think_ns(LAW_CONSTANT, 10**6, key, n) / 1e6 for n in range(count)]
    assert sum(constant) / count == pytest.approx(0.5, abs=5 * (1 / 12 / count) ** 0.5)
    assert sum((x - 0.5) ** 2 for x in constant) / count == pytest.approx(1 / 12, rel=0.05)
    assert 0 <= min(constant) < 0.001 and 0.999 < max(constant) <= 1
    rest = [laws.first_think_ns(LAW_EXPONENTIAL, 10**6, key, n) / 1e6 for n in range(count)]
    assert sum(rest) / count == pytest.approx(1.0, abs=5 / count**0.5)
    assert sum(x > 1 for x in rest) / count == pytest.approx(0.3679, abs=0.02)


@pytest.mark.parametrize("make", PLANES)
def test_a_client_that_thinks_first_has_its_connection_and_no_request_yet(make: Any) -> None:
    plan = workload([statement()], think_mean_ns=1000, think_first=True, hop=2)
    told = Told(make, world(plan)).to(5)
    view = told.plane.observe()
    assert (view.instances[0].connections, view.workloads[0].due) == (1, 0)
    rest_ns = laws.first_think_ns(LAW_CONSTANT, 1000, plan.requests_key, 1)
    told.to(5000)
    due = [row["due_ns"] for row in told.rows]
    assert due == [4 + rest_ns + turn * 1004 for turn in range(len(due))], "open at 4, then thought"
    assert len(due) in (4, 5) and told.rows[0]["request"] == 1


@pytest.mark.parametrize("make", PLANES)
def test_clients_with_a_constant_thought_are_not_in_step(make: Any) -> None:
    """200 clients think for 1000: of every tenth of that time some are due. In step all 200 would
    be due at once, as they are if they ask first. (That a tenth stays empty: 10 x 0.9^200.)"""
    plan = workload([statement()], slots=200, think_mean_ns=1000, think_first=True)
    told = Told(make, world(plan, max_connections=200)).to(4000)
    for start_ns in range(2000, 3000, 100):
        assert sum(start_ns <= row["due_ns"] < start_ns + 100 for row in told.rows) > 0
    asking = workload([statement()], slots=200, think_mean_ns=1000)
    told = Told(make, world(asking, max_connections=200)).to(4000)
    assert {row["due_ns"] for row in told.rows if row["due_ns"] < 3000} == {0, 1000, 2000}


@pytest.mark.parametrize("make", PLANES)
def test_who_is_refused_stays_out_of_step(make: Any) -> None:
    """200 clients and 50 places: those refused at the start, again and again, are due all over the
    time that they think, not at the moment of the refusal."""
    plan = workload([statement()], slots=200, think_mean_ns=1000, think_first=True, backoff_ns=1)
    told = Told(make, world(plan, max_connections=50)).to(6000)
    refused = [row for row in told.rows if row["outcome"] == Outcome.TOO_MANY_CONNECTIONS]
    assert len({row["request"] % 200 for row in refused}) == 150
    for start_ns in range(4000, 5000, 100):
        assert sum(start_ns <= row["due_ns"] < start_ns + 100 for row in refused) > 0


@pytest.mark.parametrize("make", PLANES)
def test_who_finds_the_server_dark_thinks_and_asks_later(make: Any) -> None:
    plan = workload([statement()], think_mean_ns=1000, think_first=True, connect_timeout_ns=50)
    told = Told(make, world(plan))
    told.plane.stop(0, Status.DARK)
    rest_ns = laws.first_think_ns(LAW_CONSTANT, 1000, plan.requests_key, 1)
    told.to(50 + rest_ns + 60)
    assert [(row["due_ns"], row["outcome"]) for row in told.rows] == [
        (50 + rest_ns, Outcome.CONNECT_TIMEOUT)
    ]


# --- buffers ------------------------------------------------------------------------------


def test_a_buffer_holds_the_tables_it_serves() -> None:
    assert held_at_the_start(instance(), TABLES) == [100, 300, 40], "all, where nothing is said"
    assert held_at_the_start(instance(serves=(0, 2)), TABLES) == [100, 0, 40]
    assert held_at_the_start(instance(serves=()), TABLES) == [0, 0, 0]
    assert held_at_the_start(instance(warm=False), TABLES) == [0, 0, 0]
    assert held_at_the_start(instance(warm=False, serves=(1,)), TABLES) == [0, 0, 0]


def test_the_tables_it_serves_share_a_small_buffer_by_their_size() -> None:
    small = instance(buffer_pages=110)
    assert held_at_the_start(small, TABLES) == [25, 75, 10]
    assert held_at_the_start(instance(buffer_pages=70, serves=(0, 2)), TABLES) == [50, 0, 20]


@pytest.mark.parametrize("make", PLANES)
def test_a_promoted_reader_is_cold_for_what_it_did_not_serve(make: Any) -> None:
    """Reader 1 serves table b only. The first request that it gets for table a, after it became the
    writer, misses all of its pages; one for table b misses none."""
    pages = [statement(pages=7)]
    loads = (
        workload(pages, name="a", table=0, instances=2, role=ROLE_READER),
        workload(pages, name="b", table=1, instances=2, role=ROLE_READER),
    )
    servers = (instance(), instance(name="reader", serves=(1,)))
    plan = Plan(10**6, (cluster(),), servers, TABLES, loads)
    told = Told(make, plan, (((0,), (1,)),))
    told.plane.stop(0, Status.CLOSED)
    told.plane.fence(0)
    told.plane.recover(0)
    told.plane.promote(0, 1)
    reader = told.to(10**6 // 2).plane.observe().instances[1]
    assert (reader.touches, reader.misses) == (14, 7)
