"""`aurosim new` gives a file that runs as it is, and never takes one away."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from aurosim import api
from aurosim.cli import beginning
from aurosim.errors import OutputError, UsageError
from aurosim.scenario import shipped


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_template_is_a_good_scenario_with_the_name_asked_for() -> None:
    path = beginning.write("my-orders")
    assert path == Path("my-orders.yaml")
    assert api.check(path) == []
    assert api.load(path).name == "my-orders"
    assert path.read_text().count("#") > 10, "it is there to be edited: its comments say how"


def test_a_shipped_one_comes_with_its_comments(monkeypatch, tmp_path) -> None:
    (tmp_path / "old.yaml").write_text("# why\nname: old   # its name\nrun: {seed: 1}\n")
    monkeypatch.setattr(beginning, "shipped", lambda: {"old": tmp_path / "old.yaml"})
    first, *rest = beginning.write("new", "old").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=./aurosim.schema.json"
    assert rest == ["# why", "name: new   # its name", "run: {seed: 1}"]


def test_the_schema_its_first_line_names_is_there_and_takes_it(tmp_path) -> None:
    text = beginning.write("my-orders").read_text()
    (named,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", text, re.MULTILINE)
    assert not named.startswith(("/", "http")), "it needs no network, and moves with the file"
    rules = jsonschema.Draft202012Validator(json.loads((tmp_path / named).read_text()))
    assert rules.is_valid(yaml.safe_load(text))
    assert not rules.is_valid({**yaml.safe_load(text), "wrkload": []})


def test_an_older_schema_of_ours_is_replaced_and_another_file_is_not(tmp_path) -> None:
    place = tmp_path / beginning.SCHEMA
    beginning.write("one")
    new = place.read_text()
    place.write_text('{"title": "aurosim scenario"}')
    beginning.write("two")
    assert place.read_text() == new
    place.write_text("mine")
    with pytest.raises(OutputError, match="move it away"):
        beginning.write("three")
    assert place.read_text() == "mine" and not (tmp_path / "three.yaml").exists()


@pytest.mark.parametrize("name", shipped.shipped())
def test_a_copy_has_promises_and_cure_but_no_lesson(name: str) -> None:
    """Whoever takes a copy means to change what it shows."""
    source = shipped.shipped()[name]
    written = yaml.safe_load(source.read_text(encoding="utf-8"))
    # A trace's path counts from the file's folder: that it comes along is another test's.
    copy = yaml.safe_load(beginning.write("mine", name).read_text(encoding="utf-8"))
    assert written.pop("shows") and "shows" not in copy
    assert copy == {**written, "name": "mine"}


def test_only_the_lesson_is_left_out(monkeypatch, tmp_path) -> None:
    text = "name: old\nexpect: [a]\n\n# seen\nshows:  # grey\n  - b\n  # c\n\n  - d\ncure: []\n"
    (tmp_path / "old.yaml").write_text(text)
    monkeypatch.setattr(beginning, "shipped", lambda: {"old": tmp_path / "old.yaml"})
    told = beginning.write("new", "old").read_text()
    assert told == beginning.FOR_EDITORS + "name: new\nexpect: [a]\n\n# seen\ncure: []\n"


def test_nothing_is_overwritten(tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    with pytest.raises(OutputError, match=r"mine\.yaml exists"):
        beginning.write("mine")
    assert (tmp_path / "mine.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["", "Up", "a b", "../x", "a/b", "x" * 65])
def test_a_name_that_is_none_is_refused(name, tmp_path) -> None:
    with pytest.raises(UsageError, match="cannot name a scenario"):
        beginning.write(name)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no shipped scenario"):
        beginning.write("mine", "no-such")


def test_a_scenario_is_found_by_name_by_kind_and_by_the_path_it_has_in_the_repository(
    monkeypatch, tmp_path
) -> None:
    (tmp_path / "ours/chaos").mkdir(parents=True)
    place = tmp_path / "ours/chaos/az-outage.yaml"
    place.write_text("")
    monkeypatch.setattr(shipped, "folder", lambda: tmp_path / "ours")
    for text in ("az-outage", "chaos/az-outage", "scenarios/chaos/az-outage.yaml"):
        assert shipped.find(text) == place
    with pytest.raises(UsageError, match="Did you mean 'az-outage'"):
        shipped.find("az-outge")
    (tmp_path / "az-outage").write_text("")
    assert shipped.find("az-outage") == Path("az-outage"), "a file of that path wins"


def test_a_trace_comes_along_and_the_copy_runs(tmp_path) -> None:
    path = beginning.write("mine", "measured-traffic")
    copy = tmp_path / "measured-traffic.csv"
    assert copy.read_bytes() == shipped.find("measured-traffic").with_suffix(".csv").read_bytes()
    assert api.check(path) == []
    assert api.load(path).traces["shop"] == copy.read_bytes()
    beginning.write("another", "measured-traffic")
    assert (tmp_path / "another.yaml").exists(), "the same trace is there already: nothing to do"


def test_a_second_copy_beside_the_first_uses_the_same_trace(tmp_path) -> None:
    for name in ("a", "b"):
        assert api.check(beginning.write(name, "measured-traffic")) == []
    assert [path.name for path in tmp_path.glob("*.csv")] == ["measured-traffic.csv"]


def test_beside_another_file_of_the_traces_name_the_copy_has_the_scenarios(tmp_path) -> None:
    (tmp_path / "measured-traffic.csv").write_text("my own\n")
    path = beginning.write("b", "measured-traffic")
    assert (tmp_path / "measured-traffic.csv").read_text() == "my own\n"
    content = shipped.find("measured-traffic").with_suffix(".csv").read_bytes()
    assert (tmp_path / "b.csv").read_bytes() == content
    assert api.check(path) == []
    assert api.load(path).traces["shop"] == content
    assert "file: b.csv  " in path.read_text(), "the comment behind it stays"


def test_where_that_name_is_taken_too_nothing_is_written(tmp_path) -> None:
    for name in ("measured-traffic.csv", "b.csv"):
        (tmp_path / name).write_text("my own\n")
    with pytest.raises(OutputError, match=r"b\.csv exists and is left as it is"):
        beginning.write("b", "measured-traffic")
    assert (tmp_path / "b.csv").read_text() == "my own\n"
    assert not (tmp_path / "b.yaml").exists()
