"""The commands of studies: what they print, what they leave behind, and with which code."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import aurosim
from aurosim.cli import app
from aurosim.errors import UsageError
from aurosim.report import progress
from aurosim.study import Progress, executors, work
from tests.study.small import SMALL

FILES = {"estimates.csv", "points", "provenance.json", "replicates", "replicates.csv", "study.html"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


def call(*words: str):
    alone = [] if words[0] == "run" else ["--workers", "1"]
    return CliRunner().invoke(app, [*words, *alone], env={"COLUMNS": "120"})


def test_replicate_prints_intervals_and_leaves_with_0(here: Path) -> None:
    result = call("replicate", "small.yaml", "-n", "3")
    assert result.exit_code == 0, result.output
    assert "95 % interval" in result.stdout and "3 of 3 replicates" in result.stdout
    folder = here / "reports/small-replicate"
    assert {path.name for path in folder.iterdir()} == FILES
    found = json.loads((folder / "provenance.json").read_text())
    assert (found["complete"], found["seeds"]) == (True, {"first": 1, "last": 3})
    assert found["command"] == ["aurosim", "replicate", "small.yaml", "-n", "3", "--seed", "1"]


def test_an_expectation_that_failed_in_one_replicate_leaves_with_99() -> None:
    line = 'expect=["orders.latency.p99 < 1 ms"]'
    result = call("replicate", "small.yaml", "-n", "2", "--set", line, "--out", "out")
    assert result.exit_code == 99, result.output
    assert "0 of 2 replicates" in result.stdout


def test_sweep_runs_a_study_file_and_replaces_its_numbers(here: Path) -> None:
    (here / "study.yaml").write_text(
        "name: two\nscenario: small.yaml\nvary: {run.duration: [200 ms, 300 ms]}\n"
    )
    result = call("sweep", "study.yaml", "-n", "2", "--seed", "7")
    assert result.exit_code == 0, result.output
    assert "4 of 4 replicates at 2 points, seeds 7 to 8" in result.stdout
    assert (here / "reports/two-sweep/points/001/scenario.resolved.yaml").exists()


def test_compare_says_what_b_changes() -> None:
    words = ["compare", "small.yaml", "-n", "3", "--metric", "orders.latency.mean"]
    result = call(*words, "--set-b", "workload.orders.client.az=b", "--out", "out")
    assert result.exit_code == 0, result.output
    assert "ms slower, 95 % interval" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "small.yaml"], "compare needs two scenarios"),
        (["compare", "small.yaml", "--set-b", "run.seed"], "--set-b 'run.seed' is not PATH=VALUE"),
        (["compare", "small.yaml", "--set-b", "run.seed=2"], "pairs share their seeds"),
        (["replicate", "small.yaml", "-n", "0"], "0 replicates: a study has 1 to 10000"),
        (["replicate", "small.yaml", "--metric", "orders.latncy.mean"], "orders.latency.mean"),
        (["replicate", "small.yaml", "--confidence", "95"], "write '95 %' or 0.95"),
        (["replicate", "small.yaml", "--confidence", "20 %"], "mostly 0.95"),
        (["replicate", "small.yaml", "--interval", "normal"], "Intervals: student, bootstrap"),
        (["replicate", "small.yaml", "--set", "run.sed=1"], "Did you mean 'seed'?"),
        (["replicate", "small.yaml", "--plane", "kernal"], "There is no plane 'kernal'"),
        (["replicate", "small.yaml", "--plane", "kernel"], "It is called 'compiled' now"),
        (["replicate", "small.yaml", "--plane", "reference"], "It is called 'simpy' now"),
        (["sweep", "how-many-reader"], "Did you mean 'how-many-readers'?"),
        (["sweep", "small.yaml"], "small.yaml:1: is a scenario, not a study. `aurosim run"),
        (["sweep", "stale-pool"], "'stale-pool' is a shipped scenario, not a study. `aurosim run"),
        (["run", "dns-cache-and-pool"], "a shipped study, not a scenario. `aurosim sweep dns-"),
        (["run", "studies/dns-cache-and-pool.yaml"], "`aurosim sweep dns-cache-and-pool` runs it"),
        (["replicate", "small.yaml", "--out", "small.yaml"], "is a file, not a folder"),
    ],
)
def test_a_wrong_call_leaves_with_2_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setattr(executors, "execute", lambda job: pytest.fail("it ran"))
    result = call(*words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr


def test_a_replicate_that_fails_leaves_with_1_and_says_how_to_run_it_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spoiled(job: work.Job) -> work.Outcome:
        if job.seed == 2:
            return work.Outcome(job.key, work.identity(), error="AssertionError: broken")
        return work.execute(job)

    monkeypatch.setattr(executors, "execute", spoiled)
    result = call("replicate", "small.yaml", "-n", "3", "--out", "out")
    assert result.exit_code == 1, result.output
    assert "FAILED: small, seed 2: AssertionError: broken" in result.stderr
    assert "aurosim run out/points/000/scenario.resolved.yaml --seed 2" in result.stderr
    assert "2 of 3 replicates" in result.stdout
    alone = CliRunner().invoke(app, ["run", "out/points/000/scenario.resolved.yaml", "--seed", "2"])
    assert alone.exit_code == 0, alone.output


def test_the_same_in_python_is_a_study_that_reads_well(here: Path) -> None:
    study = aurosim.replicate("small.yaml", 3, metrics=["orders.latency.mean"], workers=1)
    assert study.complete and study.held and not study.failures
    assert repr(study).startswith("<aurosim.Study replicate small: 3 of 3 replicates, seeds 1 to 3")
    assert "orders.latency.mean: " in repr(study) and "95 % interval" in repr(study)
    assert "orders.latency.mean" in study._repr_html_()
    assert study.differences is None
    assert not (here / "reports").exists()
    assert study.save() == Path("reports/small-replicate")
    other = aurosim.compare("small.yaml", set_b={"run.duration": "400 ms"}, n=2, workers=1)
    assert other.differences is not None and "B" in repr(other)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"metrics": "orders.good"}, r"say metrics=\['orders.good'\]"),
        ({"n": "x"}, "replicates: 'x' is no whole number"),
        ({"n": 2.5}, "replicates: '2.5' is no whole number"),
        ({"n": True}, "replicates: 'True' is no whole number"),
        ({"seed": "7"}, "the first seed: '7' is no whole number"),
    ],
)
def test_in_python_what_is_of_another_type_is_a_usage_error(
    given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        aurosim.replicate("small.yaml", workers=1, **given)
    with pytest.raises(UsageError, match=said):
        aurosim.compare("small.yaml", set_b={"run.duration": "1 s"}, workers=1, **given)


def test_list_shows_the_shipped_studies_with_their_questions() -> None:
    told = " ".join(CliRunner().invoke(app, ["list"], env={"COLUMNS": "120"}).stdout.split())
    assert "dns-cache-and-pool What lengthens a failover for clients more" in told


class Jupyter:
    """What a notebook shows under a cell, in order."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def update(self, bundle: dict[str, str], raw: bool = False) -> None:
        self.texts.append(bundle["text/plain"])

    def display(self, bundle: dict[str, str], raw: bool, display_id: bool) -> Jupyter:
        self.update(bundle)
        return self


def test_in_a_notebook_the_line_changes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Jupyter()
    module = types.ModuleType("IPython.display")
    module.display = shown.display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    with progress.study_notebook() as report:
        report(Progress(0, 4))
        report(Progress(1, 4))
    assert shown.texts == ["starting", "0 of 4 replicates", "1 of 4 replicates", ""]


def test_a_terminal_has_a_moving_line_and_results_alone_go_to_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress.study_moving() as report:
        report(Progress(1, 4, failed=1))
    assert capsys.readouterr().out == ""


def test_elsewhere_a_line_now_and_then_goes_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(float(second) for second in range(0, 400, 3))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    report = progress.study_plain()
    for done in range(10):
        report(Progress(done, 10))
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) < 9 and "ETA" in lines[-1]


def test_progress_counts_replicates_and_estimates_the_rest_from_the_new_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 5.0, 7.0, 9.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    pace = progress.Pace()
    said = [pace.text(Progress(done, 10, reused=4)) for done in (4, 5, 6, 7)]
    assert said[0] == "4 of 10 replicates, 4 were there already"
    assert said[1] == "5 of 10 replicates, 4 were there already"
    assert said[2].endswith("0.5 a second, ETA 8 s")
    assert said[3].endswith("0.5 a second, ETA 6 s")
