"""`aurosim run`: what it hands on, what it leaves with, and that it looks at the folder first."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from aurosim import api
from aurosim.cli import app

SUMMARY = {"scenario": "x", "seed": 7, "partial": False, "expect": [], "shows": [], "workloads": {},
           "clusters": {}, "global": {"failovers": [], "switchovers": []},
           "warnings": []}  # fmt: skip


class Stage:
    """Stands in for the simulator: remembers what it was asked and answers as it was told."""

    def __init__(self) -> None:
        self.asked: dict[str, object] = {}
        self.saved: Path | None = None
        self.ran = False
        self.held = True
        self.partial = False

    def load(self, source, overrides, cure):
        self.asked = {"source": source, **overrides}
        self.cure = cure
        return SimpleNamespace(
            name="x", run=SimpleNamespace(seed=7),
            origin=SimpleNamespace(overrides=overrides, cures=()), cure=[],
        )

    def run(self, scenario, plane, progress):
        self.ran = True
        progress(SimpleNamespace(now_ns=1, end_ns=2, statements=3))
        return SimpleNamespace(
            summary={**SUMMARY, "partial": self.partial}, save=self.save, held=self.held,
            partial=self.partial,
        )  # fmt: skip

    def save(self, folder):
        self.saved = folder


@pytest.fixture
def stage(monkeypatch, tmp_path) -> Stage:
    monkeypatch.chdir(tmp_path)
    stage = Stage()
    monkeypatch.setattr(api, "load", stage.load)
    monkeypatch.setattr(api, "run", stage.run)
    return stage


def leave(*arguments: str) -> int:
    return CliRunner().invoke(app, ["run", *arguments]).exit_code


def test_seed_and_overrides_reach_the_scenario(stage) -> None:
    assert leave("x.yaml", "--seed", "3", "--set", "a.b=1", "--set", "c=d") == 0
    assert stage.asked == {"source": "x.yaml", "run.seed": 3, "a.b": "1", "c": "d"}
    assert stage.saved == Path("reports/x-seed7-a.b=1-c=d")


@pytest.mark.parametrize(
    ("asked", "cure"), [([], False), (["--cure"], True), (["--cure-only", "2"], 2)]
)
def test_a_cure_is_asked_for(stage, asked: list[str], cure: object) -> None:
    assert leave("x", *asked) == 0
    assert stage.cure is cure


def test_out_says_the_folder(stage) -> None:
    assert leave("x", "--out", "here") == 0
    assert stage.saved == Path("here")


def test_open_shows_the_page_in_the_browser(stage, monkeypatch, tmp_path) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    assert leave("x") == 0 and shown == []
    assert leave("x", "--open") == 0
    assert shown == [(tmp_path / "reports/x-seed7/report.html").as_uri()]


@pytest.mark.parametrize("broken", [False, True])
def test_where_there_is_no_browser_a_line_says_so_and_nothing_fails(
    stage, monkeypatch, broken
) -> None:
    def no_browser(_address: str) -> bool:
        if broken:
            raise webbrowser.Error("could not locate runnable browser")
        return False

    monkeypatch.setattr(webbrowser, "open", no_browser)
    done = CliRunner().invoke(app, ["run", "x", "--open"])
    assert done.exit_code == 0
    assert done.stderr.splitlines()[-1] == (
        "no browser could be started here: open reports/x-seed7/report.html in yours"
    )


def test_a_failed_expectation_leaves_with_99(stage) -> None:
    stage.held = False
    assert leave("x") == 99
    assert stage.saved is not None


def test_an_interrupted_run_is_saved_and_leaves_with_130(stage) -> None:
    stage.held, stage.partial = False, True
    assert leave("x") == 130
    assert stage.saved is not None


def test_a_folder_of_the_user_s_is_refused_before_the_run(stage, tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    assert leave("x", "--out", "mine") == 2
    assert not stage.ran
