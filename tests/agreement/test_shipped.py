"""Every shipped scenario gives the same rows and the same results on both planes."""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aurosim import scenario
from aurosim.dataplane.contract import ROW
from aurosim.simulation.run import run

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "scenarios").rglob("*.yaml"))


def told(path: Path, plane: str) -> tuple[npt.NDArray[np.void], dict[str, str]]:
    """The rows of a run, and all else it gives out as text, but for the name of its plane."""
    blocks = [np.zeros(0, ROW)]
    result = run(scenario.load(path), plane=plane, rows=lambda block: blocks.append(block.copy()))
    assert result.plane == result.summary["plane"] == plane
    texts = {name: getattr(result, name).to_csv() for name in ("timeseries", "events", "latency")}
    return np.concatenate(blocks), {**texts, "summary": json.dumps({**result.summary, "plane": ""})}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_both_planes_tell_the_same(path: Path) -> None:
    rows, texts = told(path, "simpy")
    others, other_texts = told(path, "compiled")
    if not np.array_equal(rows, others):
        number = next(n for n, pair in enumerate(zip_longest(rows, others)) if pair[0] != pair[1])
        pytest.fail(f"row {number} of {path.name}: {rows[number:][:1]} and {others[number:][:1]}")
    assert texts == other_texts
