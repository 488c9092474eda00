"""The run: the joint between the control plane and the data plane.

Every request event strictly before the next thing that happens to the cluster, then that thing. On
the way the data plane takes a picture of itself at the end of each interval, and after each thing
that happened: the recorder reads them, and they must show what always holds (`seen`). Progress and
Ctrl-C live in the same loop, so a run can be watched and stopped at any time: a data plane runs a
limited number of events and comes back, and only then is anything looked at or ended.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import simpy

from aurosim.control import Control
from aurosim.dataplane.contract import MAX_EVENTS_PER_ADVANCE, DataPlane, Observation, Sink
from aurosim.dataplane.plan import Plan
from aurosim.errors import UsageError
from aurosim.interruption import Asked, asked_by_keyboard, stop_if_asked_twice
from aurosim.metrics.recorder import Recorder
from aurosim.scenario import Scenario
from aurosim.simulation import invariants, precompile, provenance, results
from aurosim.simulation.build import build, endpoints
from aurosim.simulation.results import Result
from aurosim.simulation.seen import Seen

PLANES = ("compiled", "simpy")
RENAMED = {"kernel": "compiled", "reference": "simpy"}
EVENTS_PER_LOOK = {"compiled": MAX_EVENTS_PER_ADVANCE, "simpy": 2**14}
"""Events between two looks at the progress and at Ctrl-C: well under a second of wall time."""


def data_plane(name: str) -> Callable[..., DataPlane]:
    """The data plane of that name; only the one that is asked for is loaded."""
    if name == "compiled":
        from aurosim.dataplane.compiled.machine import compiled_plane

        return compiled_plane
    if name == "simpy":
        from aurosim.dataplane.on_simpy.machine import simpy_plane

        return simpy_plane
    now = f" It is called '{RENAMED[name]}' now." if name in RENAMED else ""
    raise UsageError(f"There is no plane '{name}'.{now} Planes: {', '.join(PLANES)}.")


@dataclass(frozen=True)
class Progress:
    """How far a run is: simulated time of how much, statements finished, events answered."""

    now_ns: int
    end_ns: int
    statements: int
    events: int = 0


@contextmanager
def _quiet_memory() -> Iterator[None]:
    """What exists now is left alone by the garbage collector, and it comes by seldom: most of
    what is made on SimPy is freed by reference counts."""
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

    def __init__(
        self, scenario: Scenario, plan: Plan, plane: str, rows: Sink | None,
        make: Callable[..., DataPlane] | None = None,
    ) -> None:  # fmt: skip
        """``make`` makes the plane where it is not just the one of that name."""
        self.scenario = scenario
        self.plan = plan
        run = scenario.run
        self.recorder = Recorder(plan, run.warm_up, run.duration, run.outage_threshold)
        self.extra_sink = rows
        make = make or data_plane(plane)
        self.plane: DataPlane = make(plan, self._rows, self.recorder.lag, endpoints(plan))
        self.events_per_look = EVENTS_PER_LOOK[plane]
        self.env = simpy.Environment(initial_time=0)
        self.control = Control(self.env, scenario, plan, self.plane, run.seed)
        self.seen = Seen(plan, self.plane, self.control, self.recorder)
        self.partial = False
        self.whole = True  # no event is half answered

    def _rows(self, block: npt.NDArray[np.void]) -> None:
        self.recorder.rows(block)
        if self.extra_sink is not None:
            self.extra_sink(block)

    @property
    def last(self) -> Observation:
        """The last picture."""
        return self.seen.last.observation()

    def run(self, progress: Callable[[Progress], None] | None) -> None:
        """Run to the end, or until interrupted from the keyboard or by ``progress``."""
        report = progress or (lambda _: None)
        self.plane.advance(0)  # runs nothing, but compiles what is not compiled yet
        with _quiet_memory(), asked_by_keyboard() as asked:
            self._report(report)
            try:
                while self.plane.now_ns < self.plan.end_ns and not asked:
                    self._step(report, asked)
            except KeyboardInterrupt:  # raised by `progress`, between two calls of the plane
                if not self.whole:
                    raise
            stop_if_asked_twice(asked)
            self.partial = self.plane.now_ns < self.plan.end_ns
            self.plane.flush()
            self.seen.finish()
        invariants.check_end(self.recorder, self.last)

    def _step(self, report: Callable[[Progress], None], asked: Asked) -> None:
        """On to the next event of the control plane."""
        next_ns = int(min(self.env.peek(), self.plan.end_ns))
        while not self._advance(next_ns):
            self.plane.look()
            self._report(report)
            if asked:
                return
            if self.plane.warned:
                self.control.hear(self.plane.now_ns)
                next_ns = int(min(self.env.peek(), next_ns))
        self.whole = False
        while self.env.peek() == next_ns:
            self.env.step()
        self.plane.look()
        self.whole = True
        self._report(report)

    def _advance(self, next_ns: int) -> bool:
        self.whole = False
        done = self.plane.advance(next_ns, self.events_per_look)
        self.seen.take()
        self.whole = True
        return done

    def _report(self, report: Callable[[Progress], None]) -> None:
        """Say how far it is."""
        plane = self.plane
        report(
            Progress(plane.now_ns, self.plan.end_ns, plane.rows_done(), plane.events_done())
        )


def run(
    scenario: Scenario,
    *,
    plane: str = "compiled",
    progress: Callable[[Progress], None] | None = None,
    rows: Sink | None = None,
) -> Result:
    """Run a resolved scenario and return its results.

    ``rows`` also gets every block of finished-statement rows (dtype `contract.ROW`). ``progress``
    is called before the first event and then every fraction of a second of wall time. Interrupted
    from the keyboard, or by a KeyboardInterrupt that ``progress`` raises, it returns what there
    is, with ``partial`` set; a second Ctrl-C raises at once. Raises UsageError where there is no
    such plane.
    """
    clock = provenance.Clock()
    with _finished(scenario, plane, progress, rows) as simulation:
        return results.collect(simulation, plane, clock)


def summary_of(scenario: Scenario, *, plane: str = "compiled") -> dict[str, Any] | None:
    """The summary of a run and no more; None where it was interrupted from the keyboard."""
    with _finished(scenario, plane) as simulation:
        return None if simulation.partial else results.summary(simulation, plane)


@contextmanager
def _finished(
    scenario: Scenario,
    plane: str,
    progress: Callable[[Progress], None] | None = None,
    rows: Sink | None = None,
) -> Iterator[Simulation]:
    """A run that is over, and whose plane is closed when the block is left."""
    plan = build(scenario)
    if plane == "compiled":
        precompile.compile_by_two(plan)
    simulation = Simulation(scenario, plan, plane, rows)
    try:
        simulation.run(progress)
        yield simulation
    finally:
        simulation.plane.close()
