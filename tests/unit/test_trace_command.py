"""`aurosim trace` and `aurosim.trace`: a request of a scenario, until it has ended."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import aurosim
from aurosim import api, simulation
from aurosim.cli import app
from aurosim.errors import UsageError
from aurosim.simulation.tracing import COLUMNS, trace_request

WORLD = """
name: tiny
run: {duration: 6 s, warm_up: 1 s}
cluster:
  engine: aurora-mysql
  instances: [{name: db-1, class: db.r6g.large}, {name: db-2, class: db.r6g.large}]
workload:
  - name: orders
    arrivals: {rate: 40/s}
    transaction: sysbench-oltp-write-only
    data: {working_set: 64 MiB}
    client: {retry: {attempts: 5, backoff: 200 ms}}
  - {name: reads, connections: 4, think_time: {mean: 100 ms}, transaction: sysbench-point-select}
faults: [{at: 3 s, crash: instance}]
"""
Rows = list[np.ndarray]


def joined(blocks: Rows) -> np.ndarray:
    return np.concatenate(blocks)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """All rows of a run that nobody traces."""
    blocks: Rows = []
    simulation.run(api.load(WORLD), plane="simpy", rows=lambda block: blocks.append(block.copy()))
    return joined(blocks)


def ends_of(rows: np.ndarray, workload: int) -> np.ndarray:
    return rows[(rows["workload"] == workload) & (rows["final"] > 0)]


@pytest.mark.parametrize(("workload", "place"), [("orders", 0), ("reads", 1)])
@pytest.mark.parametrize("request_", [1, 40, 100])
def test_it_ends_with_the_row_of_its_request(rows, workload, place, request_) -> None:
    found = aurosim.trace(WORLD, request_, workload)
    ends = ends_of(rows, place)
    # of those that fell due by then all have ended in time
    row = ends[np.lexsort((ends["request"], ends["due_ns"]))][request_ - 1]
    assert (found.due_ns, found.end_ns) == (row["due_ns"], row["end_ns"])
    assert found.lines[-1].at_ns == row["end_ns"]
    assert found.good == (row["final"] == 1)
    assert list(found.table.columns) == list(COLUMNS)


def test_a_traced_run_has_the_rows_of_one_that_is_not_as_far_as_it_goes(rows) -> None:
    blocks: Rows = []
    found = trace_request(
        api.load(WORLD), workload="orders", at_ns=3_000_000_001,
        rows=lambda block: blocks.append(block.copy()),
    )  # fmt: skip
    traced = joined(blocks)
    assert 500 < len(traced) < len(rows)
    assert (traced == rows[: len(traced)]).all()
    assert found.due_ns > 3_000_000_000
    assert any("attempt 2" in line.event for line in found.lines)


def test_where_the_run_ends_first_the_request_is_open() -> None:
    found = aurosim.trace(WORLD, workload="orders", at="3 s", set={"run.duration": "3100 ms"})
    assert (found.outcome, found.end_ns, found.good) == ("open", None, False)
    assert found.lines[-1].event == "the run ends: the request is still open"
    assert found.lines[-1].at_ns == 3_100_000_000


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, r"say which request: its number \(request\), or a time"),
        ({"request": 3, "at": "1 s"}, "say which request"),
        ({"request": 3}, "there are several workloads: name one of orders, reads"),
        ({"request": 3, "workload": "oders"}, "no workload 'oders'. Did you mean 'orders'?"),
        ({"request": 0, "workload": "orders"}, "request 0 does not exist: the first .* is 1"),
        ({"at": "7 s", "workload": "orders"}, "nothing falls due at 7 s: the run lasts 6 s"),
        ({"at": "soon", "workload": "orders"}, "at is 'soon', which is not a duration"),
    ],
)
def test_what_it_cannot_trace_it_says_at_once(asked, said) -> None:
    with pytest.raises(UsageError, match=said):
        aurosim.trace(WORLD, **asked)


@pytest.mark.parametrize("workload", ["orders", "reads"])
def test_a_request_that_never_comes_is_told_from_those_that_do(workload) -> None:
    with pytest.raises(UsageError, match="the run ends at 6 s") as told:
        aurosim.trace(WORLD, 10**6, workload)
    last = int(str(told.value).split(" 1 to ")[1].rstrip(".").replace(",", ""))
    assert aurosim.trace(WORLD, last, workload).request == last
    with pytest.raises(UsageError):
        aurosim.trace(WORLD, last + 1, workload)


def test_the_object_shows_itself_as_text_and_as_a_page() -> None:
    found = aurosim.trace(WORLD, 1, "orders")
    assert repr(found).startswith("<aurosim.RequestTrace tiny, seed 1: request 1 of orders, due at")
    assert "client orders: sends begin (1 of 6)  [waits for the network to db-1: " in repr(found)
    assert "<td>sends begin (1 of 6)</td>" in found._repr_html_()


# --- the command --------------------------------------------------------------------------------
@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(WORLD)
    return str(path)


def test_the_command_prints_a_table(file) -> None:
    done = CliRunner().invoke(app, ["trace", file, "--request", "1", "--workload", "orders"])
    assert done.exit_code == 0
    assert "seed 1: request 1 of orders, due at" in done.stdout
    for words in ("waits for", "sends commit (6 of 6)", "VDL has passed its commit record"):
        assert words in " ".join(done.stdout.split()), words


def test_json_has_every_line_with_its_units(file) -> None:
    arguments = ["trace", file, "--at", "1s", "--workload", "reads", "--json", "--seed", "2"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert (document["seed"], document["good"], document["partial"]) == (2, True, False)
    lines = document["lines"]
    assert set(lines[0]) == set(COLUMNS)
    assert lines[0]["at_ns"] == document["due_ns"] >= 10**9
    assert lines[-1]["at_ns"] == document["end_ns"]
    waits_ms = sum(line["waited_ms"] for line in lines if not line["beside"])
    assert waits_ms == pytest.approx(lines[-1]["since_due_ms"])


def test_a_wrong_call_leaves_with_2(file) -> None:
    done = CliRunner().invoke(app, ["trace", file, "--request", "1", "--workload", "read"])
    assert done.exit_code == 2
    assert "Did you mean 'reads'?" in done.stderr


def test_ctrl_c_before_the_request_is_due_leaves_with_130(file, monkeypatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    found = trace_request  # what `api.trace` calls, with a progress that is interrupted at once
    monkeypatch.setattr(
        "aurosim.simulation.tracing.trace_request",
        lambda scenario, **asked: found(scenario, **{**asked, "progress": interrupt}),
    )
    done = CliRunner().invoke(app, ["trace", file, "--request", "1", "--workload", "orders"])
    assert done.exit_code == 130
