"""aurosim beside SimPy and Ciw, in one run, every answer checked: `python -m benchmarks.compare`.

The two flows of `aurosim bench` against `idiomatic_simpy`, whose throughput must be the compiled
plane's within 3 %, and two queues of the textbook, whose answers must be theory's within 3 %. Speed
is by CPU time on one core, which other programs disturb least; compare within a call only.
Leaves with 1 if an answer is wrong. Takes minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aurosim import api, simulation
from aurosim.cli import bench
from aurosim.dataplane.plan import Plan
from aurosim.scenario import Scenario
from aurosim.simulation.build import build
from benchmarks import idiomatic_simpy, queues

WITHIN = 0.03
FLOW_UNTIL_S, WARM_UP_S = 1.0, 0.5
FLOWS = ("closed-write-only", "open-mixed")
"""Of `aurosim bench`; its third world is one only for the compiled plane."""


@dataclass(frozen=True)
class Line:
    """One telling of a model: its speed, its answer and what the answer should be."""

    model: str
    told_by: str
    per_cpu_s: float  # statements in a second of CPU time
    answer: float
    expected: float

    @property
    def holds(self) -> bool:
        return abs(self.answer / self.expected - 1) <= WITHIN

    def text(self, slowest_per_s: float) -> str:
        """A row of a table in Markdown."""
        verdict = "" if self.holds else " **wrong**"
        return (
            f"| {self.model} | {self.told_by} | {self.per_cpu_s:,.0f} "
            f"| {self.per_cpu_s / slowest_per_s:,.1f} "
            f"| {self.answer:,.6g} ({self.expected:,.6g}){verdict} |"
        )


def flows(compiled_s: float) -> list[Line]:
    """The two flows of `aurosim bench`; the answer is the throughput in statements a second.

    All tell the same stretch of simulated time, but the compiled plane, which needs more to be
    measured.
    """
    lines = []
    for name in FLOWS:
        path = bench.WORLDS[name]
        world = api.load(str(path), {"run.duration": f"{FLOW_UNTIL_S} s"})
        plan = build(world)
        expected = throughput(world, "compiled")

        def simpy(_: float, deadlines: bool, plan: Plan = plan) -> tuple[int, float]:
            found = idiomatic_simpy.run(plan, WARM_UP_S, FLOW_UNTIL_S, deadlines=deadlines)
            rate = found.statements / (FLOW_UNTIL_S - WARM_UP_S)
            return round(rate * FLOW_UNTIL_S), rate  # before the warm-up there were about as many

        def reference(_: float, world: Scenario = world) -> tuple[int, float]:
            rate = throughput(world, "simpy")
            return round(rate * FLOW_UNTIL_S), rate

        with_, without = partial(simpy, deadlines=True), partial(simpy, deadlines=False)
        lines.append(timed(name, "SimPy", with_, FLOW_UNTIL_S, expected))
        lines.append(timed(name, "SimPy, no deadlines", without, FLOW_UNTIL_S, expected))
        lines.append(timed(name, "aurosim, reference", reference, FLOW_UNTIL_S, expected))
        found = bench.measure(api.load(str(path)), "compiled", compiled_s)
        rate = found.statements_per_s / found.simulated_s_per_s
        per_cpu_s = found.statements_per_s * found.wall_s / found.cpu_s
        lines.append(Line(name, "aurosim, compiled", per_cpu_s, rate, expected))
    return lines


def throughput(world: Scenario, plane: str) -> float:
    """Statements a simulated second, all workloads together."""
    summary = simulation.run(world, plane=plane).summary
    return float(sum(load["statements_per_s"] for load in summary["workloads"].values()))


def timed(
    model: str, told_by: str, tell: Callable[[float], tuple[int, float]], until_s: float,
    expected: float,
) -> Line:  # fmt: skip
    """One telling of a model, by the CPU time it takes."""
    start_s = time.process_time()
    served, answer = tell(until_s)
    return Line(model, told_by, served / (time.process_time() - start_s), answer, expected)


def textbook() -> list[Line]:
    """M/M/8 (the answer is the mean response in s) and the closed flow (statements a second)."""
    mm8, closed = queues.erlang_response_s(), queues.closed_rate_per_s()
    lines = []
    for plane, until_s, closed_s in (("simpy", 60.0, 0.8), ("compiled", 600.0, 4.0)):
        for model, until, expected in (("M/M/8", until_s, mm8), ("closed", closed_s, closed)):
            tell = partial(queues.aurosim_run, plane, closed=model == "closed")
            lines.append(timed(model, f"aurosim, {plane}", tell, until, expected))
    lines.append(timed("M/M/8", "SimPy", queues.with_resource, 60.0, mm8))
    lines.append(timed("M/M/8", "SimPy, callbacks", queues.with_callbacks, 60.0, mm8))
    lines.append(
        timed("closed", "SimPy, callbacks", queues.closed_with_callbacks, 0.8, closed)
    )
    try:
        lines.append(timed("M/M/8", "Ciw", queues.with_ciw, 60.0, mm8))
    except ImportError:
        print("Ciw is not installed: left out", file=sys.stderr)
    return lines


def main() -> None:
    """Measure, print the table, leave with 1 if an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="wall time, compiled")
    chosen = parser.parse_args()
    simulation.run(api.load(queues.world(1, closed=True)), plane="compiled")  # compiles
    lines = textbook() + flows(chosen.seconds)
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print("| model | told by | statements per CPU second | times the slowest | answer (expected) |")
    print("|---|---|--:|--:|---|")
    for line in sorted(lines, key=lambda line: (line.model, line.per_cpu_s)):
        same = [other.per_cpu_s for other in lines if other.model == line.model]
        print(line.text(min(same)))
    sys.exit(0 if all(line.holds for line in lines) else 1)


if __name__ == "__main__":
    main()
