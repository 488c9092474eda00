"""No entry of the catalog is idle, and no name is asked for that the catalog lacks.

Some names are put together (`class_speed_<family>`), so that use is seen by running: clusters to
which everything happens ask for every entry.
"""

from __future__ import annotations

import ast

import pytest

from aurosim import api, catalog
from aurosim.catalog import entry
from tests.tidy.source import dotted, python_files, shown, tree

ASKING = ("duration_ns", "whole", "real", "value", "fixed")
OWNERS = ("catalog", "durations", "self")

SCENARIO = """
name: everything-happens
run: {{duration: {duration}}}
cluster: {{engine: {engine}, region: {region}, storage: {{size: 30 GiB}}, instances: [{instances}]}}
workload:
  - name: orders
    arrivals: {{rate: 0.1/s}}
    transaction:
      - {{kind: begin}}
      - {{kind: select}}
      - {{kind: range}}
      - {{kind: insert}}
      - {{kind: update_index}}
      - {{kind: update_non_index}}
      - {{kind: delete}}
      - {{kind: commit}}
    client: {{pool: {{size: 1, validate: always}}, az: b, connect_timeout: none}}
faults: [{faults}]
"""
WITH_A_READER = (
    "{at: 1 s, segment_loss: {group: 0, segments: [0]}}",
    "{at: 1 s, failover: {}}",
    "{at: 60 s, crash: instance}",
    "{at: 90 s, crash: dispatcher}",
    "{at: 120 s, crash: node}",
    "{at: 180 s, reboot: {instance: db-1}}",
    "{at: 200 s, host_failure: writer, for: 1 s}",
    "{at: 260 s, host_failure: writer}",
)
GLOBAL = """
name: regions
run: {duration: 3 min}
model: {region_rebuild_high: 900 s}
clusters:
  - {name: near, engine: aurora-mysql, writer: {class: db.r6g.large}}
  - {name: far, engine: aurora-mysql, region: eu-west-1, readers: {count: 1, class: db.r6g.large}}
workload: [{name: orders, arrivals: {rate: 0.1/s}, transaction: sysbench-oltp-write-only}]
faults: [{at: 1 s, switchover: far}, {at: 60 s, global_failover: near}]
"""
ALONE = ("{at: 1 s, host_failure: writer}",)


def run(engine: str, region: str, classes: list[str], duration: str, *faults: str) -> api.Run:
    instances = [f"{{name: db-{place}, class: {name}}}" for place, name in enumerate(classes)]
    return api.run(
        SCENARIO.format(
            engine=engine,
            region=region,
            duration=duration,
            instances=", ".join(instances),
            faults=", ".join(faults),
        )
    )


def test_what_happens_to_clusters_asks_for_every_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: set[str] = set()
    look_up = entry.value

    def listening(name: str, *model: object) -> object:
        asked.add(name)
        return look_up(name, *model)

    monkeypatch.setattr(entry, "value", listening)
    monkeypatch.setattr(catalog, "value", listening)
    by_family = {each.family: name for name, each in catalog.instance_classes().items()}
    run("aurora-mysql", "us-east-1", list(by_family.values()), "1 s")
    eventful = run("aurora-mysql", "us-east-1", ["db.r6g.large"] * 2, "5 min", *WITH_A_READER)
    run("aurora-postgresql", "us-west-1", ["db.r6g.large"], "1 min", *ALONE)
    api.run(GLOBAL)
    eventful.plot.storage()
    assert sorted(set(catalog.entries()) - asked) == []


def asked_by_name() -> list[tuple[str, str]]:
    """(place, name) of each entry that the code asks for by a name written out."""
    found = []
    for path in python_files("aurosim"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = dotted(node.func)
            *owner, function = called.split(".")
            ours = "catalog" in path.parts or any(part.strip("_") in OWNERS for part in owner)
            first = node.args[0]
            if ours and function in ASKING and isinstance(first, ast.Constant):
                found.append((f"{shown(path)}:{node.lineno}", str(first.value)))
    return found


def test_every_name_that_is_asked_for_is_an_entry() -> None:
    asked = asked_by_name()
    assert len(asked) > 20
    assert [place for place, name in asked if name not in catalog.entries()] == []
