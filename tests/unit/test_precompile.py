"""`aurosim precompile`: after it no run compiles anything, and it says where all of it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aurosim import compiled

ROOT = Path(__file__).resolve().parents[2]


def aurosim(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aurosim", *arguments], cwd=cwd, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more}, check=True,
    )  # fmt: skip


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.nb?"))


def test_it_compiles_says_where_and_leaves_nothing_else(tmp_path: Path) -> None:
    done = aurosim("precompile", cwd=tmp_path)
    took, place = done.stdout.splitlines()
    assert took.endswith(" s; runs now start at once")
    assert place == f"kept in {compiled.CACHE}"
    assert list(tmp_path.iterdir()) == []
    assert aurosim("precompile", cwd=tmp_path).stdout.startswith("nothing was left to compile")


def test_where_nothing_can_be_kept_it_says_what_to_do(tmp_path: Path, monkeypatch) -> None:
    from aurosim.cli import compiling
    from aurosim.errors import OutputError

    monkeypatch.setattr(compiled, "CACHE", None)
    with pytest.raises(OutputError, match="Set NUMBA_CACHE_DIR"):
        compiling.run()


@pytest.mark.long
def test_after_it_no_shipped_scenario_compiles_anything(tmp_path: Path) -> None:
    """In a cache of its own, which takes a minute or two; all of them in one process."""
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    told = aurosim("precompile", cwd=tmp_path, **cache)
    assert told.stdout.startswith("compiled in ")
    before = kept(tmp_path / "cache")
    every = "import aurosim\nfor name in aurosim.shipped(): aurosim.run(name)"
    program = [sys.executable, "-c", every]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **cache}
    subprocess.run(program, cwd=tmp_path, env=env, check=True)
    assert len(before) > 50 and kept(tmp_path / "cache") == before
