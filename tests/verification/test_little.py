"""Little's law as an identity of each run, in whole nanoseconds: L T = (sum of the times spent).

S. Stidham, "A last word on L = lambda W", Operations Research 22(2), 1974, 417-421. The left side
is the data plane's area under the number of requests in the system; the right side is counted here
and by the recorder, from finished rows and, up to the end, from requests still open. Faults,
retries, refusals and clients that give up change both sides alike or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from aurosim.dataplane.contract import Final
from aurosim.metrics.recorder import Recorder
from aurosim.scenario import load
from aurosim.scenario.shipped import shipped
from aurosim.simulation.build import build
from aurosim.simulation.invariants import InvariantError
from aurosim.simulation.run import Simulation
from tests.verification.station import Rows

SCENARIOS = shipped()
NONE = pytest.param("", marks=pytest.mark.skip(reason="no scenario is shipped here"))
LARGEST = ("writer-host-failure",)
every_scenario = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.long] if name in LARGEST else [])
        for name in SCENARIOS
    ]
    or [NONE],
)


@cache
def ran(name: str) -> tuple[Simulation, tuple[int, ...]]:
    """A shipped scenario, run; and by workload the sum of its requests' times, from its rows."""
    scenario = load(SCENARIOS[name])
    plan = build(scenario)
    spent = [0] * len(plan.workloads)

    def count(block: Rows) -> None:
        last = block[block["final"] != Final.NOT]
        for n in range(len(spent)):
            mine = last[last["workload"] == n]
            spent[n] += int((mine["end_ns"] - mine["due_ns"]).sum())

    simulation = Simulation(scenario, plan, "simpy", count)
    simulation.run(None)
    return simulation, tuple(spent)


@every_scenario
def test_area_equals_time_spent(name: str) -> None:
    simulation, spent = ran(name)
    now_ns = simulation.last.now_ns
    assert now_ns == simulation.plan.end_ns
    open_ns = np.zeros(len(spent), np.int64)
    for request in simulation.plane.open_requests():
        open_ns[request.workload] += now_ns - request.due_ns
    for n, workload in enumerate(simulation.last.workloads):
        assert workload.in_system_ns > 0
        assert workload.in_system_ns == spent[n] + open_ns[n]
        assert workload.in_system_ns == simulation.recorder.waited_ns(n)


def late_by_1_ns(count: Callable[[Recorder, Rows], None]) -> Callable[[Recorder, Rows], None]:
    """A recorder that takes the first request of each block to have ended 1 ns later."""

    def rows(recorder: Recorder, block: Rows) -> None:
        block = block.copy()
        last = np.flatnonzero(block["final"] != Final.NOT)
        block["end_ns"][last[:1]] += 1
        count(recorder, block)

    return rows


@pytest.mark.skipif(not SCENARIOS, reason="no scenario is shipped here")
def test_one_nanosecond_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load(SCENARIOS[min(SCENARIOS, key=lambda name: name in LARGEST)])
    monkeypatch.setattr(Recorder, "rows", late_by_1_ns(Recorder.rows))
    simulation = Simulation(scenario, build(scenario), "simpy", None)
    with pytest.raises(InvariantError, match="Little's law fails by -"):
        simulation.run(None)
