"""The stages of `make test`: what runs, in which order, and the seconds each asked for and used.

The budgets are what a machine with two cores should need when nothing is cached. They are printed
beside the time used and fail nothing: a slow machine is not a wrong program. Each stage uses the
processors there are, a file of tests in one of them; what must be compiled is compiled before, once
for all. A folder of tests that
no stage names runs in the last stage, so none is forgotten. A stage whose folder is not there yet
says NO TESTS in the table; one whose folders hold no test that could be collected has failed.

    python tests/stages.py [--long]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = min(os.cpu_count() or 1, 4)
COMPILES = (
    "from aurosim import api; from aurosim.simulation.precompile import SMALL; api.run(SMALL, 1)"
)
STAMPS = (".venv/.installed", ".venv/.installed-for-tests")


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


@dataclass
class Stage:
    """One line of the table at the end: `folders` of tests, or `commands` to run as they are."""

    name: str
    asked_s: int
    folders: list[str] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    used_s: float = 0.0
    ok: bool = True
    empty: bool = False
    tally: Tally = field(default_factory=Tally)


def stages() -> list[Stage]:
    """All stages after the install; the last takes every folder that none before it named."""
    python = [sys.executable, "-m"]
    lint = [[*python, "ruff", "check", "."], [*python, "mypy"]]
    planned = [
        Stage("lint and types", 30, commands=lint),
        Stage("compiling", 30, commands=[[sys.executable, "-c", COMPILES]]),
        Stage(
            "unit and bad files",
            90,
            folders=["unit", "scenarios"],
            ignored=["scenarios/shipped"],
        ),
        Stage("verification", 70, folders=["verification"]),
        Stage("agreement", 70, folders=["agreement"]),
        Stage("swarm", 30, folders=["properties"]),
        Stage("studies", 35, folders=["study"]),
        Stage("scenarios", 35, folders=["scenarios/shipped"]),
        Stage("notebooks", 35, folders=["notebooks"]),
    ]
    named = {folder.split("/")[0] for stage in planned for folder in stage.folders}
    rest = sorted(
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and path.name not in named and any(path.rglob("test_*.py"))
    )
    return [*planned, Stage("rest", 100, folders=rest)]


def run_stage(stage: Stage, *, everything: bool) -> None:
    start = time.monotonic()
    print(f"\n== {stage.name} (asks for {stage.asked_s} s)", flush=True)
    for command in stage.commands:
        stage.ok &= subprocess.run(command, cwd=ROOT).returncode == 0
    folders = [f"tests/{name}" for name in stage.folders if (ROOT / "tests" / name).is_dir()]
    if folders:
        run_tests(stage, folders, everything=everything)
    elif not stage.commands:
        stage.empty = True
        print("NO TESTS: " + (", ".join(stage.folders) or "no folder"), flush=True)
    stage.used_s = time.monotonic() - start


def run_tests(stage: Stage, folders: list[str], *, everything: bool) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        counts = Path(scratch) / "counts.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={counts}", *folders]
        command += ["-n", str(WORKERS), "--dist", "loadfile"] if WORKERS > 1 else []
        command += [f"--ignore=tests/{name}" for name in stage.ignored]
        command += ["-m", "not seeds and not coverage"] if everything else []
        # Not even "no tests collected" (5) is good: a folder that is named holds tests.
        stage.ok &= subprocess.run(command, cwd=ROOT).returncode == 0
        if counts.exists():
            stage.tally = read_counts(counts)


def read_counts(path: Path) -> Tally:
    """Count tests from pytest's JUnit file; a test that broke in its set-up counts as failed."""
    total = Tally()
    for suite in ET.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        total.add(Tally(int(suite.get("tests", 0)) - bad - skipped, bad, skipped))
    return total


def verdict(stage: Stage) -> str:
    """What stands behind a stage in the table: nothing where its tests ran and passed."""
    if not stage.ok:
        ran = stage.tally.passed + stage.tally.failed + stage.tally.skipped
        return "   FAILED" if ran or not stage.folders else "   FAILED: NO TESTS"
    return "   NO TESTS: no such folder yet" if stage.empty else ""


def install_seconds() -> float:
    """Seconds the two install steps took when they last ran (the Makefile's stamps hold them)."""
    texts = [(ROOT / stamp).read_text() for stamp in STAMPS if (ROOT / stamp).exists()]
    return float(sum(int(text) for text in texts if text.strip().isdigit()))


def main(arguments: list[str]) -> int:
    done = stages()
    for stage in done:
        run_stage(stage, everything="--long" in arguments)
    table = [Stage("install", 60, used_s=install_seconds()), *done]
    print(f"\n{'stage':<22}{'asked':>8}{'used':>10}")
    total = Tally()
    for stage in table:
        print(f"{stage.name:<22}{stage.asked_s:>6} s{stage.used_s:>8.1f} s{verdict(stage)}")
        total.add(stage.tally)
    asked, used = sum(s.asked_s for s in table), sum(s.used_s for s in table)
    print(f"{'all':<22}{asked:>6} s{used:>8.1f} s\n")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 0 if all(stage.ok for stage in done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
