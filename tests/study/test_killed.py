"""Killed at any moment, the same command goes on and ends in the same table.

The kill is SIGKILL, from outside, at a moment that the folder shows: before the first replicate,
between two, or at the end when tables are written. Nothing waits for a clock.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aurosim import studies
from aurosim.study import store
from tests.study.small import SMALL

REPLICATES = 12
TABLES = ("replicates.csv", "estimates.csv", "study.html")
MOST_WAIT_S = 240
Moment = Callable[[Path], bool]


def finished(number: int) -> Moment:
    """As many replicates are in the folder."""
    return lambda folder: len(list((folder / store.REPLICATES).glob("*.json"))) >= number


def marked(folder: Path) -> bool:
    """The folder has its mark, and nothing else yet."""
    return (folder / store.PROVENANCE).exists()


def tabled(folder: Path) -> bool:
    """The first table is written."""
    return (folder / "replicates.csv").exists()


def command(here: Path, *more: str) -> list[str]:
    words = ["replicate", f"{here}/small.yaml", "-n", str(REPLICATES), "--out", f"{here}/out"]
    return [sys.executable, "-m", "aurosim", *words, *more]


def start(here: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(here, *more), cwd=here, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip


def killed(here: Path, moment: Moment, *more: str) -> bool:
    """Start the command and kill it at the moment; False if it was over before."""
    process = start(here, *more)
    deadline = time.monotonic() + MOST_WAIT_S
    while not moment(here / "out") and process.poll() is None:
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.002)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def ends_in_the_same_tables(here: Path, *more: str) -> None:
    process = start(here, *more)
    _, errors = process.communicate(timeout=MOST_WAIT_S)
    assert process.returncode == 0, errors
    assert "were there already" in errors
    whole = studies.replicate(here / "small.yaml", REPLICATES, workers=1).save(here / "whole")
    for name in TABLES[:2]:
        assert (here / "out" / name).read_bytes() == (whole / name).read_bytes()
    assert not list((here / "out").rglob("*.new"))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_killed_five_times_it_goes_on(here: Path, workers: str) -> None:
    moments = [marked, finished(1), finished(4), finished(REPLICATES - 1), tabled]
    assert sum(killed(here, moment, "--workers", workers) for moment in moments) >= 4
    ends_in_the_same_tables(here, "--workers", workers)


@pytest.mark.long
def test_workers_end_with_a_parent_that_was_killed(here: Path) -> None:
    process = start(here, "--workers", "2")
    deadline = time.monotonic() + MOST_WAIT_S
    while not finished(1)(here / "out"):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    while still_there(process.pid):
        assert time.monotonic() < deadline, "a worker waits for a parent that is gone"
        time.sleep(0.05)


def still_there(group: int) -> bool:
    """Whether a process of the command's session is left (it began one of its own)."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_interrupted_it_keeps_what_there_is_and_says_how_to_go_on(here: Path) -> None:
    process = start(here, "--workers", "1")
    deadline = time.monotonic() + MOST_WAIT_S
    while not finished(2)(here / "out"):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=MOST_WAIT_S)
    assert process.returncode == 130, errors
    assert "interrupted: what is finished is kept, and this goes on: aurosim replicate" in errors
    assert "of 12 replicates" in said
    page = (here / "out/study.html").read_text()
    assert "This study is not complete." in page
    assert (here / "out/estimates.csv").exists()
