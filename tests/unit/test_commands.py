"""The command line from outside: each command in a process of its own, in an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest
import yaml

from aurosim.report.folder import FILES
from aurosim.scenario import loads
from aurosim.scenario.shipped import shipped

ROOT = Path(__file__).resolve().parents[2]
TINY = """
name: tiny
run: {duration: 2 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
workload: [{name: reads, arrivals: {rate: 5/s}, transaction: sysbench-point-select}]
expect: [reads.due >= 0 /s]
"""


def aurosim(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aurosim", *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(TINY)
    return tmp_path


def test_schema_prints_the_schema_that_scenarios_follow(tiny: Path) -> None:
    done = aurosim(tiny, "schema")
    assert done.returncode == 0
    rules = jsonschema.Draft202012Validator(json.loads(done.stdout))
    assert rules.is_valid(yaml.safe_load(TINY))
    assert not rules.is_valid({**yaml.safe_load(TINY), "wrkload": []})


def test_check_prints_the_resolved_scenario_or_every_complaint(tiny: Path) -> None:
    good = aurosim(tiny, "check", "tiny.yaml")
    assert good.returncode == 0
    assert loads(good.stdout, "printed") == loads(TINY, "tiny")
    (tiny / "bad.yaml").write_text(TINY.replace("2 s", "2").replace("db.r6g.large", "db.r6g.larg"))
    bad = aurosim(tiny, "check", "bad.yaml")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert [line.split(":")[:2] for line in bad.stderr.splitlines()] == [
        ["bad.yaml", "3"], ["bad.yaml", "4"],
    ]  # fmt: skip


def test_list_shows_the_question_each_scenario_answers(tiny: Path) -> None:
    told = " ".join(aurosim(tiny, "list").stdout.split())
    for name, path in shipped().items():
        assert name in told
        question = yaml.safe_load(path.read_text(encoding="utf-8"))["question"]
        assert question.split()[0] in told and question.split()[-1] in told
    texts = [path.read_text(encoding="utf-8") for path in shipped().values()]
    assert told.count("(--cure)") == sum("\ncure:" in text for text in texts) > 5


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


def test_a_run_leaves_with_0_or_99_and_writes_into_its_folder_only(tiny: Path) -> None:
    assert aurosim(tiny, "run", "tiny.yaml", "--out", "there/here").returncode == 0
    assert sorted(path.name for path in tiny.iterdir()) == ["there", "tiny.yaml"]
    assert [path.name for path in (tiny / "there").iterdir()] == ["here"]
    assert sorted(path.name for path in (tiny / "there/here").iterdir()) == sorted(FILES)
    text = (tiny / "there/here/summary.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse)["workloads"]["reads"]["due_per_s"] > 0
    failing = aurosim(tiny, "run", "tiny.yaml", "--set", "expect=[reads.due > 1000 /s]")
    assert failing.returncode == 99
    (folder,) = (tiny / "reports").iterdir()
    assert folder.name.startswith("tiny-seed1-expect=-reads.due-1000-s-")
    assert (folder / "report.html").is_file()
    told = json.loads((folder / "provenance.json").read_text())
    assert told["overrides"] == {"expect": "[reads.due > 1000 /s]"}


def test_a_lesson_that_is_not_shown_is_no_promise_that_broke(tiny: Path) -> None:
    text = (tiny / "tiny.yaml").read_text(encoding="utf-8")
    (tiny / "lesson.yaml").write_text(text + "shows: [reads.due > 1000 /s]\n")
    told = aurosim(tiny, "run", "lesson.yaml")
    assert told.returncode == 0
    assert "not here" in told.stdout and "FAILED" not in told.stdout
