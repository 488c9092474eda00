"""The folder of a run appears whole or not at all, and overwrites nothing of the user's."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aurosim import report, scenario
from aurosim.errors import OutputError
from aurosim.report import folder


def write_page(_result, place: Path) -> None:
    (place / "report.html").write_text("<html></html>")


@pytest.fixture
def result(monkeypatch):
    """A run as plain as can be: these tests are about files, not about what is in them."""
    monkeypatch.setattr(report, "write", write_page, raising=False)
    monkeypatch.setattr(scenario, "pack", lambda _: scenario.Pack("name: x\n", {}))
    table = {"start_s": np.array([0.1, 2.0]), "lag_ms": np.array([np.nan, 1 / 3])}
    return SimpleNamespace(
        summary={"b": 0.1, "a": None},
        tables=SimpleNamespace(timeseries=table, events=table),
        provenance={"python": "3"},
        scenario=SimpleNamespace(
            name="x", run=SimpleNamespace(seed=7),
            origin=SimpleNamespace(overrides={}, cures=()), cure=[],
        ),
    )


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_the_default_folder_is_named_for_scenario_and_seed(result, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder.save(result) == Path("reports/x-seed7")
    assert names(tmp_path / "reports/x-seed7") == sorted(folder.FILES)
    assert names(tmp_path / "reports") == ["x-seed7"], "nothing else is left beside it"


def test_a_run_with_other_values_stands_beside_it(result, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder.save(result)
    result.scenario.origin.overrides = {"cluster.readers.count": "1", "run.seed": "7"}
    assert folder.save(result) == Path("reports/x-seed7-readers.count=1")
    assert names(tmp_path / "reports") == ["x-seed7", "x-seed7-readers.count=1"]


def test_files_are_the_same_bytes_each_time(result, tmp_path) -> None:
    for name in ("one", "two"):
        folder.save(result, tmp_path / name)
    for name in folder.FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one/summary.json").read_bytes() == b'{\n  "a": null,\n  "b": 0.1\n}\n'
    assert (tmp_path / "one/events.csv").read_bytes() == (
        b"start_s,lag_ms\n0.1,\n2.0,0.3333333333333333\n"
    )


def test_a_run_of_ours_is_replaced(result, tmp_path) -> None:
    folder.save(result, tmp_path / "r")
    result.summary["b"] = 2
    folder.save(result, tmp_path / "r")
    assert json.loads((tmp_path / "r/summary.json").read_text())["b"] == 2
    assert names(tmp_path) == ["r"]


@pytest.mark.parametrize("with_mark", [False, True])
def test_a_file_of_the_user_s_is_never_lost(result, tmp_path, with_mark) -> None:
    target = tmp_path / "r"
    if with_mark:
        folder.save(result, target)
    target.mkdir(exist_ok=True)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"aurosim"):
        folder.save(result, target)
    assert (target / "notes.txt").read_text() == "mine"


def test_copies_of_traces_stand_beside_the_scenario_and_are_ours(
    result, tmp_path, monkeypatch
) -> None:
    copies = {"trace-a.csv": b"timestamp,value\r\n", "trace-b.csv": b"\xef\xbb\xbf"}
    monkeypatch.setattr(scenario, "pack", lambda _: scenario.Pack("name: x\n", copies))
    place = folder.save(result, tmp_path / "r")
    assert names(place) == sorted([*folder.FILES, *copies])
    assert {name: (place / name).read_bytes() for name in copies} == copies
    monkeypatch.setattr(scenario, "pack", lambda _: scenario.Pack("name: x\n", {}))
    assert names(folder.save(result, place)) == sorted(folder.FILES), "older copies are replaced"
    (place / "trace-a.csv").write_text("mine")
    with pytest.raises(OutputError, match="trace-a.csv"):
        folder.save(result, place)


def test_a_provenance_of_another_program_is_no_mark(result, tmp_path) -> None:
    (tmp_path / "provenance.json").write_text('{"written_by": "somebody"}')
    with pytest.raises(OutputError, match="not written by aurosim"):
        folder.save(result, tmp_path)


def test_an_empty_folder_is_filled_and_a_file_is_refused(result, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    folder.save(result, tmp_path / "empty")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        folder.save(result, tmp_path / "file")


def test_a_run_that_breaks_while_writing_leaves_the_old_one(result, tmp_path) -> None:
    folder.save(result, tmp_path / "r")
    result.summary["bad"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        folder.save(result, tmp_path / "r")
    assert names(tmp_path) == ["r"]
    assert json.loads((tmp_path / "r/summary.json").read_text()) == {"a": None, "b": 0.1}


def test_a_place_that_cannot_be_written_is_the_user_s_to_mend(result, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        folder.save(result, tmp_path / "file" / "r")
