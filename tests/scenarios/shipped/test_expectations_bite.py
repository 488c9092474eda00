"""An `expect:` line can fail: without the faults, and with what the scenario tells to try."""

from __future__ import annotations

import re

import pytest
import yaml

from aurosim import api
from aurosim.scenario.shipped import shipped

SCENARIOS = shipped()
FAULTY = [name for name, path in SCENARIOS.items() if "\nfaults:" in path.read_text("utf-8")]
TRY = re.compile(r"`--set\s+(\S+?)=(\S+?)`")
"""What `learn:` tells the reader to try."""
BITES = re.compile(r"^\s*- ([^#\n]+?)\s*# bites", re.MULTILINE)
"""A line of `expect:` that a comment promises to fail without the faults."""


def suggested() -> list[tuple[str, str, str]]:
    """(scenario, path, value) of every override that a scenario's text suggests."""
    texts = {name: api.load(path).learn or "" for name, path in SCENARIOS.items()}
    return [(name, *found) for name, text in texts.items() for found in TRY.findall(text)]


def failing(run: api.Run) -> list[str]:
    return [line["text"] for line in run.summary["expect"] if not line["held"]]


def test_most_scenarios_have_faults() -> None:
    assert len(FAULTY) >= 8


@pytest.mark.parametrize("name", FAULTY)
def test_without_its_faults_a_line_fails(name: str) -> None:
    written = yaml.safe_load(SCENARIOS[name].read_text(encoding="utf-8"))
    # the demo is large, and without faults its second minute is like its first
    shorter = {"run.duration": "60 s"} if name == "writer-host-failure" else {}
    run = api.run(yaml.safe_dump({**written, "faults": []}), set=shorter)
    failed = failing(run)
    assert failed != []
    # the line that a comment calls the biting one is among them
    text = SCENARIOS[name].read_text(encoding="utf-8")
    called = [line.strip(" -") for line in BITES.findall(text)]
    assert called != []
    assert [line for line in called if line not in failed] == []


@pytest.mark.parametrize(("name", "path", "value"), suggested())
def test_with_what_its_text_suggests_to_try_a_line_fails(name: str, path: str, value: str) -> None:
    assert failing(api.run(SCENARIOS[name], set={path: value})) != []


def test_one_reader_is_too_few_and_two_vcpus_are_too_few() -> None:
    tried = {(name, f"{path}={value}") for name, path, value in suggested()}
    assert ("how-many-readers", "cluster.readers.count=1") in tried
    assert ("daily-peak", "cluster.writer.class=db.r6g.large") in tried


def test_a_line_on_a_value_that_does_not_exist_fails() -> None:
    text = """
name: nobody
run: {duration: 2 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
workload: [{name: orders, arrivals: {rate: 0/s}, transaction: sysbench-point-select}]
expect:
  - orders.latency.p99 < 60 min
  - failovers.0.database_outage < 60 min
  - orders.outage.max == 0 s
"""
    run = api.run(text)
    assert [(line["held"], line["value"]) for line in run.summary["expect"]] == [
        (False, None), (False, None), (True, 0),
    ]  # fmt: skip
