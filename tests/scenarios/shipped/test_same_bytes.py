"""The same scenario and seed write the same bytes in another process with another hash seed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aurosim import api
from aurosim.report.folder import FILES

ROOT = Path(__file__).resolve().parents[3]
SAME = sorted(set(FILES) - {"provenance.json"})
TRACE = ROOT / "scenarios" / "capacity" / "measured-traffic.csv"
QUICK = "dns-cached-too-long"
"""Some thousand statements, a failover, two workloads."""


def aurosim(*arguments: str, hash_seed: str, cwd: Path) -> None:
    """The command in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-m", *arguments], env=environment, cwd=cwd, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert result.returncode in (0, 99), result.stderr


def files(folder: Path) -> dict[str, bytes]:
    """The files of a run, copies of traces among them, `provenance.json` left out."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(SAME) <= set(found)
    return {name: content for name, content in found.items() if name != "provenance.json"}


def differing(one: Path, other: Path) -> list[str]:
    ours, theirs = files(one), files(other)
    return [name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]


def again(folder: Path, scratch: Path) -> Path:
    """Run what `provenance.json` says, with nothing at hand but the files it names."""
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    scratch.mkdir()
    for name in (provenance["scenario_file"], *provenance["traces"]):
        shutil.copy(folder / name, scratch)
    aurosim(*provenance["command"], "--out", "again", hash_seed="7", cwd=scratch)
    return scratch / "again"


def test_other_processes_write_the_same_bytes_and_provenance_is_enough(tmp_path: Path) -> None:
    here = api.run(QUICK, seed=5).save(tmp_path / "here")
    aurosim("aurosim", "run", QUICK, "--seed", "5", "--out", "there", hash_seed="2", cwd=tmp_path)
    assert differing(here, tmp_path / "there") == []
    assert differing(here, again(here, tmp_path / "bare")) == []


def test_overrides_are_in_what_runs_again(tmp_path: Path) -> None:
    changed = {"workload.short-cache.arrivals.rate": "3/s", "run.duration": "20 s"}
    here = api.run(QUICK, seed=3, set=changed).save(tmp_path / "here")
    told = json.loads((here / "provenance.json").read_text(encoding="utf-8"))
    assert told["overrides"] == {**changed, "run.seed": "3"}
    assert differing(here, again(here, tmp_path / "bare")) == []


def test_a_folder_with_a_measured_trace_runs_again_by_itself(tmp_path: Path) -> None:
    here = api.run("measured-traffic", set={"run.duration": "20 s"}).save(tmp_path / "here")
    assert (here / "trace-shop.csv").read_bytes() == TRACE.read_bytes()
    assert differing(here, again(here, tmp_path / "bare")) == []


def test_another_seed_writes_other_bytes(tmp_path: Path) -> None:
    short = {"run.duration": "20 s"}
    one, two, other = (
        api.run(QUICK, seed=seed, set=short).save(tmp_path / place)
        for seed, place in ((1, "one"), (1, "two"), (424242, "other"))
    )
    assert differing(one, two) == []
    assert {"timeseries.csv", "summary.json"} <= set(differing(one, other))


@pytest.mark.long
@pytest.mark.parametrize("name", api.shipped())
def test_each_shipped_scenario_runs_again_to_the_same_bytes(name: str, tmp_path: Path) -> None:
    here = api.run(name).save(tmp_path / "here")
    assert differing(here, again(here, tmp_path / "bare")) == []
