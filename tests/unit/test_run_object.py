"""What a notebook holds after `r = aurosim.run(...)`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import aurosim
from aurosim.errors import UsageError
from aurosim.report.folder import FILES

TEXT = """
name: held-in-hand
run: {duration: 20 s, seed: 3}
cluster:
  engine: aurora-mysql
  instances: [{name: db-1, class: db.r6g.large}, {name: db-2, class: db.r6g.large}]
workload:
  - {name: orders, arrivals: {rate: 5/s}, transaction: sysbench-oltp-write-only}
  - {name: reads, endpoint: reader, arrivals: {rate: 5/s}, transaction: sysbench-point-select}
faults: [{at: 5 s, failover: {}}]
expect: [orders.due > 1000 /s]
"""
UNIT = re.compile(r"(_s|_ms|_ratio|_per_s|_min|_bytes)$")
PLAIN = re.compile(
    r"^(workload|kind|count|cluster|subject|cause|detail)$"
    r"|\.(in_system|connections|commits_waiting|protection_groups|sessions\.\w+)$"
    r"|\.groups_below_(write|read)_quorum$"
)
"""Words and counts: what has no unit."""


@pytest.fixture(scope="module")
def run() -> aurosim.Run:
    return aurosim.run(TEXT, seed=4)


def test_every_column_says_its_unit(run: aurosim.Run) -> None:
    for frame in (run.timeseries, run.events, run.latency):
        assert len(frame)
        assert [name for name in frame if not UNIT.search(name) and not PLAIN.search(name)] == []


def test_it_reads_well_in_a_terminal_and_in_a_notebook(run: aurosim.Run) -> None:
    told = repr(run)
    assert told.startswith("<aurosim.Run held-in-hand, seed 4, 20 s>")
    assert "FAILED: orders.due > 1000 /s" in told
    assert "orders: " in told and "good/s" in told
    assert "failover at 5 s from db-1 to db-2" in told
    assert "held-in-hand" in run._repr_html_() and "<script" not in run._repr_html_()
    assert not run.held


def test_only_promises_decide_whether_it_held_and_the_cure_is_named() -> None:
    lesson = TEXT.replace("expect: [orders.due > 1000 /s]", "shows: [orders.due > 1000 /s]")
    taught = aurosim.run(lesson)
    assert [line["held"] for line in taught.summary["shows"]] == [False]
    assert taught.held and "FAILED" not in repr(taught)
    assert "#a83f00" not in taught._repr_html_(), "the red of what failed"
    cure = "cure: [{set: {workload.orders.arrivals.rate: 1100/s}, mends: [orders.due]}]\n"
    assert "Run it with cure=True." in repr(aurosim.run(TEXT + cure, set={"run.duration": "6 s"}))
    cured = aurosim.run(TEXT + cure, set={"run.duration": "6 s"}, cure=True)
    assert cured.held and "The cure is in place" in repr(cured)


def test_its_figures_are_named_and_draw_themselves(run: aurosim.Run) -> None:
    assert {"throughput", "latency", "failover"} <= set(dir(run.plot))
    assert "<svg" in run.plot.failover()._repr_svg_()
    with pytest.raises(AttributeError, match="there is no figure 'latncy'"):
        _ = run.plot.latncy


def test_a_figure_of_what_did_not_happen_says_so(run: aurosim.Run) -> None:
    absent = run.plot.trace()
    assert not absent
    assert repr(absent) == "no figure: No workload follows a measured trace."


def test_figures_of_two_runs_of_a_scenario_say_which_is_which() -> None:
    changed = {"run.duration": "8 s", "workload.orders.arrivals.rate": "7/s"}
    drawing = aurosim.run(TEXT, set=changed).plot.throughput()._repr_svg_()  # type: ignore[union-attr]
    assert "held-in-hand, seed 3; orders.arrivals.rate=7/s" in drawing


def test_a_figure_not_yet_called_says_how_to_call_and_to_read_it(run: aurosim.Run) -> None:
    assert "r.plot.lag()" in repr(run.plot.lag)
    assert "Replica lag" in (run.plot.lag.__doc__ or "")


def test_a_mistake_is_shown_in_a_notebook_without_our_own_lines() -> None:
    with pytest.raises(UsageError) as found:
        aurosim.run("no-such-scenario")
    assert found.value._render_traceback_() == [f"UsageError: {found.value}"]


def test_its_figures_are_listed_where_they_are_looked_at(run: aurosim.Run) -> None:
    assert all(name in repr(run.plot) for name in dir(run.plot))


@pytest.mark.parametrize("source", [{"name": "x"}, None, 3])
def test_what_is_no_scenario_is_refused_with_a_way_out(source: object) -> None:
    with pytest.raises(UsageError, match="give a path, the name of a shipped"):
        aurosim.run(source)  # type: ignore[arg-type]


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        aurosim.run(tmp_path)


@pytest.mark.parametrize("given", ["run.seed=2", ["run.seed=2"], {1: 2}])
def test_what_is_no_mapping_of_overrides_is_refused_with_a_way_out(given: object) -> None:
    with pytest.raises(UsageError, match="a mapping of paths to values"):
        aurosim.run(TEXT, set=given)  # type: ignore[arg-type]


def test_it_saves_its_files_where_it_is_told(run: aurosim.Run, tmp_path: Path) -> None:
    assert run.save(tmp_path / "r") == tmp_path / "r"
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == sorted(FILES)
