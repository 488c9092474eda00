"""A run that is over holds no memory, whether or not the garbage collector has come by."""

from __future__ import annotations

import gc
import weakref

import pytest

from aurosim.scenario import loads
from aurosim.simulation.run import Simulation, run

SMALL = """
name: small
run: {duration: 2 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload: [{name: one, connections: 2, transaction: sysbench-oltp-write-only}]
"""


@pytest.mark.parametrize("plane", ["compiled", "simpy"])
def test_books_and_arrays_go_with_the_run(plane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[object]] = []
    begin = Simulation.__init__

    def note(self: Simulation, *arguments: object) -> None:
        begin(self, *arguments)  # type: ignore[arg-type]
        made.append(weakref.ref(self.recorder))
        if plane == "compiled":
            made.append(weakref.ref(self.plane.state.settled))  # type: ignore[attr-defined]

    monkeypatch.setattr(Simulation, "__init__", note)
    gc.disable()
    try:
        run(loads(SMALL, "small"), plane=plane)
        assert made and [each() for each in made] == [None] * len(made)
    finally:
        gc.enable()
