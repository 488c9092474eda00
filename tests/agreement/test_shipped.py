"""Every shipped scenario gives the same rows and the same results on both planes.

One is long, and goes through its day ten times as fast here; as it is shipped it is a `long` test.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
FASTER = {"measured-traffic": {"workload.shop.arrivals.trace.compress": "120"}}


def told(
    path: Path, plane: str, overrides: Mapping[str, str]
) -> tuple[npt.NDArray[np.void], dict[str, str]]:
    """The rows of a run, and all else it gives out as text, but for the name of its plane."""
    blocks = [np.zeros(0, ROW)]
    loaded = scenario.load(path, overrides)
    result = run(loaded, plane=plane, rows=lambda block: blocks.append(block.copy()))
    assert result.plane == result.summary["plane"] == plane
    texts = {name: getattr(result, name).to_csv() for name in ("timeseries", "events", "latency")}
    return np.concatenate(blocks), {**texts, "summary": json.dumps({**result.summary, "plane": ""})}


def check(path: Path, overrides: Mapping[str, str]) -> None:
    """Raises where the planes tell different stories."""
    rows, texts = told(path, "simpy", overrides)
    others, other_texts = told(path, "compiled", overrides)
    if not np.array_equal(rows, others):
        number = next(n for n, pair in enumerate(zip_longest(rows, others)) if pair[0] != pair[1])
        pytest.fail(f"row {number} of {path.name}: {rows[number:][:1]} and {others[number:][:1]}")
    assert texts == other_texts


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_both_planes_tell_the_same(path: Path) -> None:
    check(path, FASTER.get(path.stem, {}))


@pytest.mark.long
@pytest.mark.parametrize("name", FASTER)
def test_the_same_at_its_own_pace(name: str) -> None:
    check(next(path for path in SHIPPED if path.stem == name), {})
