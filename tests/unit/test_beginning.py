"""`aurosim new` gives a file that runs as it is, and never takes one away."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert (
        beginning.write("new", "old").read_text()
        == "# why\nname: new   # its name\nrun: {seed: 1}\n"
    )


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


def test_another_file_of_the_traces_name_is_left_and_nothing_is_written(tmp_path) -> None:
    (tmp_path / "measured-traffic.csv").write_text("my own\n")
    with pytest.raises(OutputError, match=r"measured-traffic\.csv exists and is left as it is"):
        beginning.write("mine", "measured-traffic")
    assert (tmp_path / "measured-traffic.csv").read_text() == "my own\n"
    assert not (tmp_path / "mine.yaml").exists()
