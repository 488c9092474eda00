"""What a notebook holds after `r = aurosim.run(...)`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

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
expect: [orders.due > 1000 /s, orders.availability.time > 99.9 %]
"""
UNIT = re.compile(r"(_s|_ms|_ratio|_per_s|_min|_bytes)$")
PLAIN = re.compile(
    r"^(workload|kind|count|cluster|subject|cause|detail)$"
    r"|\.(in_system|connections|commits_waiting|protection_groups|sessions\.\w+)$"
    r"|\.connections_(held|zombies|nowhere|astray)$"
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


def test_numbers_are_rounded_and_in_the_unit_of_their_line(run: aurosim.Run) -> None:
    (_, line) = [line for line in repr(run).splitlines() if "FAILED" in line]
    value = run.summary["workloads"]["orders"]["availability"]["time"]
    assert len(f"{value}") > 8, "the exact one is long"
    assert line == f"  FAILED: orders.availability.time > 99.9 % (is {100 * value:.4g} %)"
    assert repr(run.scenario) == "<aurosim.Scenario held-in-hand, 20 s, seed 4: orders, reads>"


NUMBER = re.compile(r"(?<![\w.-])[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w-])")


def digits(number: str) -> str:
    """Those that count: without zeros in front, nor behind where there is no point."""
    bare = number.replace(",", "")
    return bare.replace(".", "").lstrip("0") if "." in bare else bare.strip("0")


def test_no_number_of_it_has_more_than_four_digits_or_an_exponent() -> None:
    """Latencies of 20 s, a run of weeks, a late failover: all exact in the summary."""
    held = aurosim.run(TEXT.replace("orders.due > 1000 /s", "orders.latency.p99 < 5 ms"), seed=4)
    of = held.summary["workloads"]["orders"]
    of["latency_ms"]["p99"], of["good_per_s"], of["due_per_s"] = 20_312.4, 40.7333, 12_345.678
    held.summary["expect"][0]["value"] = 20_312.4
    held.summary["clusters"]["main"]["failovers"][0]["start_s"] = 123_456.7
    held.summary["duration_s"] = 1.5e6 + 1
    told = repr(held)
    assert "orders: 40.73 good/s of 12,350, p99 of good 20.3 s" in told
    assert "orders.latency.p99 < 5 ms (is 20,310 ms)" in told
    found = NUMBER.findall(told)
    assert len(found) > 10
    assert [each for each in found if "e" in each.lower() or len(digits(each)) > 4] == []
    assert "e+" not in told and "e-0" not in told


def test_only_promises_decide_whether_it_held_and_the_cure_is_named() -> None:
    plain, *_ = TEXT.partition("expect:")
    taught = aurosim.run(plain + "shows: [orders.due > 1000 /s]\n")
    assert [line["held"] for line in taught.summary["shows"]] == [False]
    assert taught.held and "FAILED" not in repr(taught)
    assert "#a83f00" not in taught._repr_html_(), "the red of what failed"
    sick = (
        plain + "expect: [orders.due > 1000 /s]\n"
        "cure: [{set: {workload.orders.arrivals.rate: 1100/s}, mends: [orders.due]}]\n"
    )
    assert "Run it with cure=True." in repr(aurosim.run(sick, set={"run.duration": "6 s"}))
    cured = aurosim.run(sick, set={"run.duration": "6 s"}, cure=True)
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


def test_a_figure_of_what_did_not_happen_says_so_when_it_is_saved(
    run: aurosim.Run, tmp_path: Path
) -> None:
    run.plot.trace().savefig(tmp_path / "trace.svg")
    drawn = (tmp_path / "trace.svg").read_text()
    for text in ("No workload follows a measured trace.", "held-in-hand, seed 4"):
        assert text in drawn
    run.plot.trace().savefig(tmp_path / "trace.png", dpi=50)
    assert (tmp_path / "trace.png").read_bytes().startswith(b"\x89PNG")


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


def test_a_dict_is_a_scenario_too(run: aurosim.Run) -> None:
    as_dict = yaml.safe_load(TEXT)
    assert aurosim.load(as_dict) == aurosim.load(TEXT)
    assert aurosim.load(as_dict, set={"run.seed": 9}).run.seed == 9
    assert aurosim.run(as_dict, seed=4).summary == run.summary


def test_numbers_of_numpy_and_tuples_are_numbers_and_lists() -> None:
    as_dict = yaml.safe_load(TEXT)
    as_dict["run"]["seed"] = np.int64(3)
    as_dict["faults"] = tuple(as_dict["faults"])
    assert aurosim.load(as_dict) == aurosim.load(TEXT)


def test_complaints_about_a_dict_name_its_fields() -> None:
    as_dict = {**yaml.safe_load(TEXT), "wrkload": []}
    as_dict["run"] = {"duration": 20, "seed": "many"}
    assert [line.split(" is ")[0] for line in aurosim.check(as_dict)] == [
        "the dict: run.duration", "the dict: run.seed", "the dict: wrkload",
    ]  # fmt: skip
    for wrong, said in (({1: 2}, "has 1 as a key"), ({"run": {3}}, "run is a set;")):
        with pytest.raises(UsageError, match=said):
            aurosim.load(wrong)


def test_a_dict_that_holds_itself_is_refused() -> None:
    looped: dict[str, object] = {}
    looped["run"] = looped
    with pytest.raises(UsageError, match="nested deeper"):
        aurosim.load(looped)


def test_a_scenario_is_changed_by_path_and_again() -> None:
    crash = {"at": "5 s", "crash": "instance"}
    worse = aurosim.load(TEXT, set={"faults": [crash, {"at": "9 s", "failover": {}}]})
    assert [fault.kind for fault in worse.faults] == ["crash", "failover"]
    later = aurosim.load(worse, set={"faults.0.at": "6 s", "run.warm_up": "1 s"})
    assert later.faults[0].at == 6 * 10**9 and worse.faults[0].at == 5 * 10**9
    again = aurosim.load(later, set={"faults": [crash]})
    assert [fault.at for fault in again.faults] == [5 * 10**9], "not 6: the list is another"
    assert again.run.warm_up == 10**9
    assert aurosim.load("quorum", set={"expect": []}).expect == []


def test_a_list_that_the_file_does_not_have_is_set_as_a_whole() -> None:
    assert aurosim.load("how-many-readers").faults == []
    bad = aurosim.load("how-many-readers", set={"faults": [{"at": "5 s", "reboot": "reader-1"}]})
    assert bad.faults[0].kind == "reboot"
    (line,) = aurosim.check("how-many-readers", set={"faults.0.at": "5 s"})
    assert line.endswith("nothing in it can be set. Set faults as a whole: [...].")


@pytest.mark.parametrize("source", [["name"], None, 3])
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


def test_a_name_without_its_ending_is_told_the_file_that_lies_here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("name: mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"'mine' is no shipped scenario.* say 'mine.yaml'"):
        aurosim.load("mine")
