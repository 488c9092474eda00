"""Pools are open when measuring begins: no first request pays for its connection."""

from __future__ import annotations

from aurosim.dataplane.contract import StatementKind
from tests.observed import observe

IDLE_AT_FIRST = """
name: idle-at-first
run: {duration: 10 s, warm_up: 4 s}
cluster: {engine: aurora-postgresql, writer: {class: db.r6g.large}}
workload:
  - name: orders
    arrivals: {stages: [{for: 5 s, rate: 0/s}, {for: 1 s, rate: 100/s}]}
    transaction: sysbench-point-select
    client: {pool: 12}
"""


def test_the_pool_of_an_open_load_opens_during_warm_up() -> None:
    run = observe(IDLE_AT_FIRST)
    assert StatementKind.CONNECT not in set(run.rows["kind"]), "no request opened one"
    series = run.result.timeseries
    measured = series[series["time_s"] >= 4]
    assert set(measured["instances.writer.connections"]) == {12}
    assert series["instances.writer.connections"].iloc[0] < 12
    assert run.cluster["instances"]["writer"]["connections_max"] == 12
    assert run.summary["workloads"]["orders"]["good_per_s"] > 50
