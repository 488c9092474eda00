"""`aurosim bench`: it measures what was asked, by the right counts, and stops in time."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from aurosim import api
from aurosim.cli import app, bench
from aurosim.dataplane.contract import CONNECT, NO_STATEMENT, ROW
from aurosim.simulation import Progress

WORLD = """
name: small
run: {duration: 1 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
workload: [{name: orders, connections: 4, transaction: sysbench-oltp-write-only}]
"""


@pytest.fixture
def small(tmp_path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(WORLD)
    return str(path)


def leave(*arguments: str):
    return CliRunner().invoke(app, ["bench", "--plane", "simpy", *arguments])


def test_json_has_the_figures_of_each_scenario(small) -> None:
    told = leave(small, small, "--json", "--seconds", "1000")
    assert told.exit_code == 0
    document = json.loads(told.stdout)
    assert document["schema_version"] == 1
    first, second = document["runs"]
    assert (first["scenario"], first["plane"]) == ("small", "simpy")
    assert first["simulated_s"] == second["simulated_s"] == 1.0, "both ran to their end"
    assert min(first.values(), key=lambda v: isinstance(v, str) or v) > 0
    assert first["events_per_s"] > first["statements_per_s"]


def test_the_table_has_a_line_for_each_scenario(small) -> None:
    lines = leave(small, "--seconds", "1000").stdout.splitlines()
    assert lines[0].split()[:3] == ["scenario", "plane", "statements/s"]
    assert [line.split()[:2] for line in lines[1:]] == [["small", "simpy"]]


def test_without_a_file_it_runs_its_own_two_worlds() -> None:
    assert list(bench.WORLDS)[:2] == ["closed-write-only", "open-mixed"]


def test_and_the_volume_of_128_tebibytes() -> None:
    names = [api.load(str(path)).name for path in bench.WORLDS.values()]
    assert names == list(bench.WORLDS)
    whole = api.load(str(bench.WORLDS["whole-volume"]))
    assert names[2] == whole.name and whole.cluster.storage.size == 128 * 2**40


def test_a_run_ends_when_its_wall_time_is_used_up(monkeypatch, small) -> None:
    ticks = iter(range(10**6))  # a look at the clock takes a second
    monkeypatch.setattr(bench.time, "perf_counter", lambda: float(next(ticks)))
    found = bench.measure(api.load(small, {"run.duration": "60 min"}), "simpy", 3.0)
    assert found.wall_s == 3.0
    assert found.simulated_s < 3600


def test_connecting_and_turning_away_are_no_statements() -> None:
    block = np.zeros(5, ROW)
    block["statement"] = [0, 1, CONNECT, NO_STATEMENT, 253]
    count = bench.Count(1.0)
    count.rows(block)
    assert count.statements == 3


def test_rates_are_by_the_wall_time_between_the_first_and_the_last_look(monkeypatch) -> None:
    count = bench.Count(10.0)
    ticks = iter([5.0, 9.0])
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(ticks))
    count.report(Progress(0, 10, 0))
    count.report(Progress(10, 10, 0, events=7))
    assert (count.first_s, count.last_s) == (5.0, 9.0)


def test_no_time_is_refused(small) -> None:
    told = leave(small, "--seconds", "0")
    assert told.exit_code == 2
    assert "--seconds 10" in told.stderr
