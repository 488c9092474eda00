"""The comparison of the planes bites: each wrong kernel is told from the reference, uncompiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agreement.mutants import MUTANTS, NOT_CAUGHT

ROOT = Path(__file__).resolve().parents[2]
CAUGHT_IN = {
    "queue-survives-a-crash": 6,
    "boundary-included": 0,
    "one-vcpu-too-many": 2,
    "ack-of-a-dead-segment": 12,
    "boxcar-one-record-late": 0,
    "group-one-byte-late": 12,
    "deadline-not-rearmed": 0,
    "cut-batch-arrives": 10,
    "open-boxcar-survives-a-crash": 48,
}
"""The world that is played first, to save time; if it does not tell the mutant any more, those
after it will."""
SAMPLE = [name for name in CAUGHT_IN if name != "open-boxcar-survives-a-crash"]
"""The mutants of `make test`; `make test-long` plays the others."""


def play(name: str, first: int = 0, worlds: int = 40) -> subprocess.CompletedProcess[str]:
    """What the comparison says of a mutant."""
    command = [sys.executable, "-m", "tests.agreement.mutants", name]
    command += ["--first", str(first), "--worlds", str(worlds)]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_wrong_kernel_is_caught(name: str) -> None:
    said = play(name, CAUGHT_IN[name])
    assert said.returncode == 1 and "differs" in said.stdout, said.stdout + said.stderr


def test_the_right_kernel_uncompiled_is_not() -> None:
    said = play("none", 2, worlds=4)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.long
def test_the_right_kernel_uncompiled_is_not_in_more_worlds() -> None:
    said = play("none")
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(MUTANTS) - {*SAMPLE, *NOT_CAUGHT, "none"}))
def test_more_wrong_kernels_are_caught(name: str) -> None:
    said = play(name, CAUGHT_IN.get(name, 0))
    assert said.returncode == 1 and "differs" in said.stdout, said.stdout + said.stderr
