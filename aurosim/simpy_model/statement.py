"""Statements: what each of a transaction costs, from the scenario and the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aurosim import catalog
from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.numbers import Numbers
from aurosim.units import NS_PER_S


@dataclass(frozen=True)
class Statement:
    """One round trip of a transaction."""

    kind: str
    cpu: Any  # a law of the scenario, or None: the catalog's mean and variation
    cpu_s: float
    cv: float
    pages: int
    modifies: int
    redo_bytes: int
    needs_bytes: int  # in the volume; below 0: what a DELETE frees
    commits: bool

    def own_cpu_s(self, chance: Chance) -> float:
        """CPU of its own on a vCPU of speed 1."""
        return chance.of(self.cpu) if self.cpu is not None else chance.around(self.cpu_s, self.cv)


def statements(transaction: list[Any], numbers: Numbers) -> list[Statement]:
    """Those of a transaction, `repeat` spelled out; a write outside BEGIN and COMMIT commits."""
    found: list[Statement] = []
    inside = False
    for spec in transaction:
        inside = spec.kind == "begin" or (inside and spec.kind != "commit")
        cost = catalog.statement_cost(spec.kind, numbers.model)
        modifies = cost.modifies if spec.modifies is None else spec.modifies
        grows, frees = spec.space(numbers.whole("row_bytes"))
        mean_ns = cost.cpu_ns if spec.cpu is None else spec.cpu.mean
        statement = Statement(
            kind=spec.kind,
            cpu=spec.cpu,
            cpu_s=mean_ns / NS_PER_S,
            cv=numbers.real("statement_cpu_cv"),
            pages=cost.pages if spec.pages is None else spec.pages,
            modifies=modifies,
            redo_bytes=cost.redo_bytes if spec.redo is None else spec.redo,
            needs_bytes=grows - frees if modifies else 0,
            commits=spec.kind == "commit" or (modifies > 0 and not inside),
        )
        found += [statement] * spec.repeat
    return found
