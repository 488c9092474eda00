"""A run seen from outside: YAML in; the result, every finished-statement row and the counts out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aurosim import simulation
from aurosim.dataplane.contract import ROW, Outcome, StatementKind
from aurosim.scenario import loads
from aurosim.units import NS_PER_S

Rows = npt.NDArray[np.void]


@dataclass(frozen=True)
class Observed:
    """A finished run and its rows, in the order in which the data plane finished them."""

    result: simulation.Result
    rows: Rows
    workloads: tuple[str, ...] = field(repr=False)

    @property
    def summary(self) -> dict:
        return self.result.summary

    @property
    def cluster(self) -> dict:
        return self.summary["clusters"]["main"]

    def failover(self) -> dict:
        (only,) = self.cluster["failovers"]
        return only

    def longest_outage_s(self, workload: str) -> float:
        outages = self.summary["workloads"][workload]["outages"]
        return max((outage["duration_s"] for outage in outages), default=0.0)

    def of(self, workload: str) -> Rows:
        """The rows of one workload; they are numbered by sorted name."""
        return self.rows[self.rows["workload"] == self.workloads.index(workload)]

    def commits(self, outcome: Outcome = Outcome.OK) -> Rows:
        """Rows of COMMIT statements that ended like this."""
        kind, ended = self.rows["kind"], self.rows["outcome"]
        return self.rows[(kind == StatementKind.COMMIT) & (ended == outcome)]


def observe(text: str, *, plane: str = "compiled", **overrides: object) -> Observed:
    """Run a scenario given as text. A dot in an override's path is written `__`."""
    paths = {path.replace("__", "."): str(value) for path, value in overrides.items()}
    scenario = loads(text, "<test>", paths)
    blocks: list[Rows] = [np.zeros(0, ROW)]
    result = simulation.run(
        scenario, plane=plane, rows=lambda block: blocks.append(block.copy())
    )
    names = tuple(sorted(each.name for each in scenario.workload))
    return Observed(result, np.concatenate(blocks), names)


def ended_within(rows: Rows, start_s: float, end_s: float) -> Rows:
    """The rows that end in [start, end)."""
    end_ns = rows["end_ns"]
    return rows[(end_ns >= start_s * NS_PER_S) & (end_ns < end_s * NS_PER_S)]
