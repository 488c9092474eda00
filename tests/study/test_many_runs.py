"""Many runs in one process: each gives its memory back when it ends, and not when a collector comes
by, which in a process that runs thousands may be never."""

from __future__ import annotations

import gc
import importlib
import weakref

import numpy as np
import pytest

from aurosim import simulation
from tests.study.small import scenario

running = importlib.import_module("aurosim.simulation.run")


@pytest.mark.parametrize("plane", ["kernel", "reference"])
def test_a_run_gives_its_planes_back_at_once(monkeypatch: pytest.MonkeyPatch, plane: str) -> None:
    kept: list[weakref.ref[object]] = []
    make = running.data_plane(plane)

    def watched(*arguments):
        made = make(*arguments)
        kept.append(weakref.ref(made))
        kept.extend(
            weakref.ref(array)
            for array in vars(made).get("state", ())
            if isinstance(array, np.ndarray)
        )
        return made

    monkeypatch.setattr(running, "data_plane", lambda name: watched)
    gc.disable()
    try:
        result = simulation.run(scenario(), plane=plane)
        left = [one for one in kept[1:] if one() is not None]
    finally:
        gc.enable()
    assert result.summary["workloads"]["orders"]["requests"]["good"] > 0
    assert left == []
    assert plane == "reference" or len(kept) > 5
