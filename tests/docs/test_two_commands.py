"""The two commands of the README: what make would do, without doing it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = "scenarios/chaos/writer-host-failure.yaml"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Called from `make test`, the outer make's flags must not reach this one.
    free = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=free, capture_output=True, text=True, check=False
    )


def test_both_stand_at_the_top_of_the_readme() -> None:
    top = (ROOT / "README.md").read_text(encoding="utf-8")[:400]
    assert "\nmake demo " in top and "\nmake test " in top


def test_the_demo_makes_an_environment_installs_and_runs(tmp_path: Path) -> None:
    told = make("--dry-run", "demo", f"VENV={tmp_path}/venv")
    lines = told.stdout.splitlines()
    steps = [f"-m venv {tmp_path}/venv", "install --quiet", f"aurosim run {DEMO}"]
    places = [next(k for k, line in enumerate(lines) if step in line) for step in steps]
    assert places == sorted(places)
    assert (ROOT / DEMO).is_file()


@pytest.mark.parametrize(("code", "left_with"), [(0, 0), (99, 0), (1, 2), (2, 2), (130, 2)])
def test_a_promise_that_breaks_is_what_the_demo_shows(
    tmp_path: Path, code: int, left_with: int
) -> None:
    aurosim = tmp_path / "venv" / "bin" / "aurosim"
    aurosim.parent.mkdir(parents=True)
    aurosim.write_text(f"#!/bin/sh\necho FAILED\nexit {code}\n")
    aurosim.chmod(0o755)
    made = [f"--old-file={tmp_path}/venv/{stamp}" for stamp in (".made", ".installed")]
    (tmp_path / "venv" / ".installed").touch()
    done = make("demo", f"VENV={tmp_path}/venv", *made)
    assert done.returncode == left_with, done.stdout + done.stderr
    assert "FAILED" in done.stdout


def test_the_demo_ends_with_what_to_type_next() -> None:
    *_, activate, listing = make("--dry-run", "demo", "VENV=.venv").stdout.splitlines()
    assert "source .venv/bin/activate " in activate and "aurosim list " in listing


def test_notebooks_are_opened_in_jupyterlab(tmp_path: Path) -> None:
    told = make("--dry-run", "notebooks", f"VENV={tmp_path}/venv")
    lines = told.stdout.splitlines()
    steps = [f"-m venv {tmp_path}/venv", "install --quiet", "jupyter lab --notebook-dir=notebooks"]
    places = [next(k for k, line in enumerate(lines) if step in line) for step in steps]
    assert places == sorted(places)
    assert len(list((ROOT / "notebooks").glob("*.ipynb"))) >= 6


def test_the_gate_runs_the_same_tests_as_everybody() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert gate.rstrip().endswith("exec make test")
    assert "chromium chromium-driver" in gate


def test_clean_undoes_both() -> None:
    told = make("--dry-run", "clean").stdout
    assert ".venv" in told and "find reports" in told


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("exit 1", "is older"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "install it (Debian, Ubuntu: apt-get"),
    ],
)
def test_what_is_missing_is_said_in_one_line(program: str, said: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    done = make("demo", f"PYTHON={python}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert done.stdout.count("\n") == 1 and said in done.stdout
    assert not (tmp_path / "venv").exists()
