"""Memory does not grow with requests: four times the run holds no more than the run.

Counted, not measured: every object and every byte of an array that can be reached from a finished
run. Its faults leave copies missing for most of the time, which is when a careless log would pile
up: a dark zone, a lost segment, a slow node, a reader that must not forget changes too early.
"""

from __future__ import annotations

import gc
import types
from dataclasses import dataclass, field

import numpy as np
import pytest

from aurosim.dataplane.contract import Pictures
from aurosim.dataplane.on_simpy import machine
from aurosim.metrics.series import columns
from aurosim.scenario import loads
from aurosim.simulation.build import build
from aurosim.simulation.run import Simulation

LONG_FAULTS = """
name: long-faults
run: {duration: 120 s, warm_up: 2 s}
cluster:
  engine: aurora-mysql
  storage: {size: 40 GiB}
  instances:
    - {name: db-1, class: db.r6g.large, az: a}
    - {name: db-2, class: db.r6g.large, az: b}
workload:
  - name: orders
    arrivals: {rate: 10/s}
    transaction: sysbench-oltp-write-only
    data: {working_set: 64 KiB}
    client: {az: a, pool: 5, statement_timeout: 2 s}
  - name: board
    endpoint: reader
    connections: 2
    think_time: 100 ms
    transaction: sysbench-point-select
    data: {working_set: 64 KiB}
faults:
  - {at: 5 s, az_outage: {az: c}, for: 110 s}
  - {at: 8 s, slow_node: {group: 1, segments: [1], delay: 50 ms}, for: 100 s}
"""
INTERVALS_AT_MOST = 1200


@dataclass
class Held:
    """What can be reached from a finished run, and how full its event queue ever was."""

    objects: int = 0
    array_bytes: int = 0
    requests: int = 0
    intervals: int = 0
    pending: list[int] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)


SHARED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType)


def reach(root: object, held: Held) -> None:
    """Counts what `root` holds, but for what belongs to the program rather than the run."""
    seen: set[int] = set()
    todo = [root]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, SHARED):
            continue
        seen.add(id(each))
        held.objects += 1
        if isinstance(each, np.ndarray):
            held.array_bytes += each.nbytes
        todo += gc.get_referents(each)


def finished(duration: str, faults_for: tuple[str, str] = ("110 s", "100 s")) -> Held:
    text = LONG_FAULTS.replace("110 s", faults_for[0]).replace("100 s", faults_for[1])
    scenario = loads(text, "<test>", {"run.duration": duration})
    with pytest.MonkeyPatch.context() as patch:
        # Small blocks, so that the short run fills several, too: one that is half full is smaller.
        patch.setattr(machine, "ROWS_PER_BLOCK", 4096)
        return _finished(Simulation(scenario, build(scenario), "simpy", None))


def _finished(simulation: Simulation) -> Held:
    held, pictures = Held(), simulation.plane.pictures

    def watched() -> Pictures:
        seen = pictures()
        held.pending += seen.moments["events_pending"].tolist()
        held.bounds += seen.moments["events_bound"].tolist()
        return seen

    simulation.plane.pictures = watched  # type: ignore[method-assign]
    simulation.run(None)
    del simulation.plane.pictures
    held.requests = sum(view.ended for view in simulation.last.workloads)
    held.intervals = len(columns(simulation.recorder, set())["time_s"])
    reach(simulation.plane, held)
    reach(simulation.recorder, held)
    return held


@pytest.fixture(scope="module")
def short() -> Held:
    return finished("120 s")


@pytest.fixture(scope="module")
def long() -> Held:
    return finished("480 s", ("460 s", "440 s"))


def test_four_times_the_requests_are_held_in_the_same_memory(short: Held, long: Held) -> None:
    assert long.requests > 3.5 * short.requests > 7000
    assert long.objects < short.objects * 1.1 + 500
    assert long.array_bytes < short.array_bytes * 1.1 + 65_536


def test_a_series_never_has_more_than_1200_intervals(short: Held, long: Held) -> None:
    assert 600 <= short.intervals <= INTERVALS_AT_MOST
    assert 600 <= long.intervals <= INTERVALS_AT_MOST


def test_the_event_queue_keeps_its_bound_and_does_not_grow(short: Held, long: Held) -> None:
    for run in (short, long):
        assert len(run.pending) > run.intervals, "looked at in every step"
        assert all(
            pending <= bound for pending, bound in zip(run.pending, run.bounds, strict=True)
        )
    assert max(long.pending) <= 2 * max(short.pending)
