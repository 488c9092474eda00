"""What is there when a run begins: buffers that hold what was read, clients in mid-thought."""

from __future__ import annotations

import numpy as np
import pytest

from aurosim.scenario import loads
from aurosim.simulation.build import build
from tests.observed import Observed, observe

FAILOVER = """
name: failover-to-a-reader
run: {duration: 40 s, warm_up: 2 s}
cluster:
  engine: aurora-mysql
  instances:
    - {name: db-1, class: db.r6g.large, az: a}
    - {name: db-2, class: db.r6g.large, az: b}
workload:
  - name: orders
    arrivals: {rate: 100/s}
    transaction: sysbench-point-select
    data: {working_set: 512 MiB, table: orders}
    client: {az: b, pool: 20, statement_timeout: 2 s, dns_cache: 1 s}
  - name: reports
    endpoint: reader
    arrivals: {rate: 20/s}
    transaction: sysbench-point-select
    data: {working_set: 512 MiB, table: TABLE}
    client: {az: b, pool: 5, statement_timeout: 2 s, dns_cache: 1 s}
faults:
  - {at: 10 s, failover: {}}
"""
SAME, OTHER = FAILOVER.replace("TABLE", "orders"), FAILOVER.replace("TABLE", "reports")
NOBODY = SAME[: SAME.index("  - name: reports")] + SAME[SAME.index("faults:") :]

CASE_12 = """
name: rollout-doubles-connections
question: >
  A rollout overlaps 10 old with 10 new tasks, each with its connections: 440 wanted, fewer usable.
  Routes failed with 53300, too many connections.
run: {duration: 40 s, warm_up: 5 s}
cluster:
  engine: aurora-postgresql
  writer: {class: db.t3.medium}
workload:
  - {name: old-tasks, connections: 220, think_time: 2 s, transaction: sysbench-point-select}
  - {name: new-tasks, connections: 220, think_time: 2 s, transaction: sysbench-point-select}
"""


def median_after_failover_ms(run: Observed) -> float:
    """The median latency of orders in the five seconds after their new writer answered first."""
    rows = run.of("orders")
    good = rows[(rows["final"] == 1) & (rows["instance"] == 1)]
    began_ns = good["end_ns"].min()
    soon = good[good["end_ns"] < began_ns + 5 * 10**9]
    assert len(soon) > 300
    return float(np.median(soon["end_ns"] - soon["start_ns"])) / 1e6


# --- buffers ------------------------------------------------------------------------------


def test_a_failover_to_a_reader_that_served_nobody_is_slower_than_to_one_that_read_the_table() -> (
    None
):
    """Cold, each read waits for storage, about a millisecond; warm, none does."""
    warm_ms = median_after_failover_ms(observe(SAME))
    for text in (NOBODY, OTHER):
        cold = observe(text)
        assert median_after_failover_ms(cold) > warm_ms + 0.5
        assert cold.failover()["to"] == "db-2"


def test_cache_warm_and_cold_are_said_against_what_is_served() -> None:
    """Cluster cache management keeps a reader warm for the writer's tables: `cache: warm`."""
    kept = observe(NOBODY.replace("az: b}\nworkload", "az: b, cache: warm}\nworkload"))
    lost = observe(SAME.replace("az: b}\nworkload", "az: b, cache: cold}\nworkload"))
    assert median_after_failover_ms(kept) < 0.6 < 1.0 < median_after_failover_ms(lost)


def caches(text: str) -> list[str | None]:
    scenario = loads(text, "<test>")
    return [each.cache for cluster in scenario.clusters for each in cluster.instances]


def test_the_resolved_scenario_says_what_each_instance_is_warm_for() -> None:
    assert caches(SAME) == ["warm", "warm"]
    assert caches(OTHER) == ["served", "served"]
    assert caches(NOBODY) == ["warm", "cold"]
    assert caches(OTHER.replace("endpoint: reader", "endpoint: db-2")) == ["served", "served"]
    assert caches(SAME.replace("endpoint: reader", "endpoint: db-1")) == ["warm", "cold"]
    alone = OTHER.replace("    - {name: db-2, class: db.r6g.large, az: b}\n", "")
    assert caches(alone[: alone.index("faults:")]) == ["warm"], "it is its own reader endpoint"
    tables = [each.serves for each in build(loads(OTHER, "<test>")).instances]
    assert tables == [(0,), (1,)], "orders at the writer, reports at the reader"


REGIONS = """
name: regions
run: {duration: 10 s}
clusters:
  - {name: near, engine: aurora-mysql, writer: {class: db.r6g.large}, READERS}
  - {name: far, engine: aurora-mysql, region: eu-west-1,
     readers: {count: 2, class: db.r6g.large}}
workload:
  - name: orders
    endpoint: global
    arrivals: {rate: 10/s}
    transaction: sysbench-point-select
    data: {table: orders}
  - name: reports
    cluster: far
    endpoint: reader
    arrivals: {rate: 10/s}
    transaction: sysbench-point-select
    data: {table: TABLE}
""".replace("READERS", "readers: {count: 1}")


def test_a_secondarys_readers_serve_its_own_reader_endpoint_and_global_the_primarys_writer() -> (
    None
):
    other = REGIONS.replace("TABLE", "reports")
    assert caches(other) == ["served", "cold", "served", "served"]
    assert [each.serves for each in build(loads(other, "<test>")).instances] == [
        (0,), None, (1,), (1,)
    ]  # fmt: skip
    assert caches(REGIONS.replace("TABLE", "orders")) == ["warm", "cold", "warm", "warm"]


# --- clients ------------------------------------------------------------------------------


def test_clients_with_a_bare_think_time_do_not_march_in_step() -> None:
    """Case 12: available all the time, as with exponential thoughts, while some are refused. In
    step, all 440 were silent together for more than a second of every two: 45 %."""
    loads_ = observe(CASE_12).summary["workloads"]
    exponential = CASE_12.replace("think_time: 2 s", "think_time: {mean: 2 s}")
    others = observe(exponential).summary["workloads"]
    for name in ("old-tasks", "new-tasks"):
        assert loads_[name]["availability"]["time"] == others[name]["availability"]["time"] == 1.0
        assert loads_[name]["outages"] == []
        assert loads_[name]["errors"]["too_many_connections"] > 0


@pytest.mark.parametrize("think", ["2 s", "{mean: 2 s, law: exponential}"])
def test_requests_are_due_at_one_rate_from_the_first_second_on(think: str) -> None:
    """440 clients that think for 2 s are due 220 times a second; the bound is five deviations of a
    Poisson count and the half second in which connections open."""
    run = observe(CASE_12.replace("think_time: 2 s", f"think_time: {think}"))
    due_s = run.rows["due_ns"][run.rows["final"] > 0] / 1e9
    for second in range(2, 38):
        count = ((due_s >= second) & (due_s < second + 1)).sum()
        assert abs(count - 220) < 5 * 220**0.5, f"second {second}: {count}"
