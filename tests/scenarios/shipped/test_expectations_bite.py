"""Lines can come out otherwise: without the faults, and with what the scenario tells to try."""

from __future__ import annotations

import re
from functools import cache

import pytest
import yaml

from aurosim import api
from aurosim.scenario.shipped import shipped

SCENARIOS = shipped()
FAULTY = [name for name, path in SCENARIOS.items() if "\nfaults:" in path.read_text("utf-8")]
TRY = re.compile(r"`--set\s+(\S+?)=(\S+?)`")
"""What `learn:` tells the reader to try."""


def suggested() -> list[tuple[str, str, str]]:
    """(scenario, path, value) of every override that a scenario's text suggests."""
    texts = {name: api.load(path).learn or "" for name, path in SCENARIOS.items()}
    return [(name, *found) for name, text in texts.items() for found in TRY.findall(text)]


def fates(run: api.Run) -> dict[str, bool]:
    """Each promise and lesson, and whether it held."""
    return {line["text"]: line["held"] for key in ("expect", "shows") for line in run.summary[key]}


@cache
def as_shipped(name: str) -> dict[str, bool]:
    return fates(api.run(SCENARIOS[name]))


def test_most_scenarios_have_faults() -> None:
    assert len(FAULTY) >= 8


@pytest.mark.parametrize("name", FAULTY)
def test_without_its_faults_it_shows_nothing(name: str) -> None:
    written = yaml.safe_load(SCENARIOS[name].read_text(encoding="utf-8"))
    # the demo is large, and without faults its second minute is like its first
    shorter = {"run.duration": "60 s"} if name == "writer-host-failure" else {}
    run = api.run(yaml.safe_dump({**written, "faults": []}), set=shorter)
    shown = run.summary["shows"]
    assert shown != []
    assert [line["text"] for line in shown if line["held"]] == []


@pytest.mark.parametrize(("name", "path", "value"), suggested())
def test_what_its_text_suggests_to_try_makes_a_difference(name: str, path: str, value: str) -> None:
    assert fates(api.run(SCENARIOS[name], set={path: value})) != as_shipped(name)


def test_one_reader_is_too_few_and_four_vcpus_are_enough() -> None:
    tried = {(name, f"{path}={value}") for name, path, value in suggested()}
    assert ("how-many-readers", "cluster.readers.count=1") in tried
    assert ("daily-peak", "cluster.writer.class=db.r6g.xlarge") in tried


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
