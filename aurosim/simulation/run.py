"""The run: the joint between the control plane and the data plane, interval by interval.

Every request event strictly before the next thing that happens to the cluster, then that thing,
then what must always hold; and at the end of each interval the recorder looks. Progress and
Ctrl-C live in the same loop, so a run can be watched and stopped at any time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import simpy

from aurosim.control import Control
from aurosim.dataplane.contract import DataPlane, Observation, Sink
from aurosim.dataplane.plan import Plan
from aurosim.errors import UsageError
from aurosim.metrics.recorder import Recorder
from aurosim.scenario import Scenario
from aurosim.simulation import invariants, provenance, results
from aurosim.simulation.build import build, endpoints
from aurosim.simulation.results import Result

PLANES = ("kernel", "reference")


def data_plane(name: str) -> Callable[..., DataPlane]:
    """The data plane of that name; only the one that is asked for is loaded."""
    if name == "kernel":
        from aurosim.dataplane.kernel.plane import KernelPlane

        return KernelPlane
    if name == "reference":
        from aurosim.dataplane.reference.plane import ReferencePlane

        return ReferencePlane
    raise UsageError(f"There is no plane '{name}'. Planes: {', '.join(PLANES)}.")


@dataclass(frozen=True)
class Progress:
    """How far a run is: simulated time of how much, and statements finished."""

    now_ns: int
    end_ns: int
    statements: int


@contextmanager
def _quiet_memory() -> Iterator[None]:
    """What exists now is left alone by the garbage collector, and it comes by seldom: most of
    what the reference makes is freed by reference counts."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Simulation:
    """One run of one scenario, from its planes to its books."""

    def __init__(self, scenario: Scenario, plan: Plan, plane: str, rows: Sink | None) -> None:
        self.scenario = scenario
        self.plan = plan
        run = scenario.run
        self.recorder = Recorder(plan, run.warm_up, run.duration, run.outage_threshold)
        self.extra_sink = rows
        make = data_plane(plane)
        self.plane: DataPlane = make(plan, self._rows, self.recorder.lag, endpoints(plan))
        self.env = simpy.Environment(initial_time=0)
        self.control = Control(self.env, scenario, plan, self.plane, run.seed)
        self.last: Observation = self.plane.observe()
        self.partial = False

    def _rows(self, block: npt.NDArray[np.void]) -> None:
        self.recorder.rows(block)
        if self.extra_sink is not None:
            self.extra_sink(block)

    def run(self, progress: Callable[[Progress], None] | None) -> None:
        """Run to the end, or until interrupted from the keyboard."""
        report = progress or (lambda _: None)
        end_ns = self.plan.end_ns
        try:
            with _quiet_memory():
                while self.last.now_ns < end_ns:
                    self._step(report)
        except KeyboardInterrupt:
            self.partial = True
        self.plane.flush()
        self.last = self.plane.observe()
        self.recorder.finish(self.last, self.plane.open_requests(), self.control.volume_view())
        invariants.check_end(self.recorder, self.last)

    def _step(self, report: Callable[[Progress], None]) -> None:
        """On to the next boundary of an interval or the next event of the control plane."""
        boundary_ns = self.recorder.next_boundary_ns
        next_ns = int(min(self.env.peek(), boundary_ns, self.plan.end_ns))
        while not self.plane.advance(next_ns):
            self._look(report)
        if next_ns == boundary_ns:
            self.recorder.roll(self.plane.observe(), self.control.volume_view())
        while self.env.peek() == next_ns:
            self.env.step()
        self._look(report)

    def _look(self, report: Callable[[Progress], None]) -> None:
        """Check what must always hold, and say how far it is."""
        now = self.plane.observe()
        invariants.check(self.last, now, self.plan)
        self.last = now
        report(Progress(now.now_ns, self.plan.end_ns, now.rows))


def run(
    scenario: Scenario,
    *,
    plane: str = "reference",
    progress: Callable[[Progress], None] | None = None,
    rows: Sink | None = None,
) -> Result:
    """Run a resolved scenario and return its results.

    ``rows`` also gets every block of finished-statement rows (dtype `contract.ROW`). Interrupted
    from the keyboard it returns what there is, with ``partial`` set. Raises UsageError for an
    unknown plane.
    """
    clock = provenance.Clock()
    plan = build(scenario)
    simulation = Simulation(scenario, plan, plane, rows)
    simulation.run(progress)
    return results.collect(simulation, plane, clock)
