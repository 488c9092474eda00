"""The same scenario and seed write the same bytes in another process with another hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aurosim.report.folder import FILES
from aurosim.scenario.shipped import shipped

SAME = sorted(set(FILES) - {"provenance.json"})
FIRST = next(iter(shipped().values()), None)

pytestmark = pytest.mark.skipif(FIRST is None, reason="no scenario is shipped yet")


def written(folder: Path, hash_seed: str, *options: str) -> dict[str, bytes]:
    """The files of a run in a process of its own, `provenance.json` left out."""
    command = [sys.executable, "-m", "aurosim", "run", str(FIRST), "--out", str(folder), *options]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode in (0, 99), result.stderr
    return {name: (folder / name).read_bytes() for name in SAME}


def test_another_process_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one = written(tmp_path / "one", "1")
    two = written(tmp_path / "two", "2")
    assert [name for name in SAME if one[name] != two[name]] == []
    other = written(tmp_path / "other", "1", "--seed", "424242")
    assert other["timeseries.csv"] != one["timeseries.csv"]


def test_the_resolved_scenario_runs_again_to_the_same_answers(tmp_path: Path) -> None:
    one = written(tmp_path / "one", "1", "--seed", "5")
    command = [sys.executable, "-m", "aurosim", "run", str(tmp_path / "one/scenario.resolved.yaml"),
               "--out", str(tmp_path / "again")]  # fmt: skip
    subprocess.run(command, capture_output=True, check=False)
    assert (tmp_path / "again/summary.json").read_bytes() == one["summary.json"]
