"""Statements: what each of a transaction costs, from the scenario and the catalog."""

from typing import Any

from aurosim import catalog
from aurosim.simpy_model.setting import Chance, Setting
from aurosim.units import NS_PER_S


class Statement:
    """One round trip of a transaction; outside BEGIN and COMMIT a write commits by itself."""

    def __init__(self, setting: Setting, spec: Any, inside: bool) -> None:
        cost = catalog.statement_cost(spec.kind, setting.model)
        self.kind, self._law = spec.kind, spec.cpu
        self.cpu_s = (cost.cpu_ns if spec.cpu is None else spec.cpu.mean) / NS_PER_S
        self._cv = setting.real("statement_cpu_cv")
        self.pages = cost.pages if spec.pages is None else spec.pages
        self.modifies = cost.modifies if spec.modifies is None else spec.modifies
        self.redo_bytes = cost.redo_bytes if spec.redo is None else spec.redo
        grows, frees = spec.space(setting.whole("row_bytes"))
        self.needs_bytes = grows - frees  # in the volume
        self.commits = spec.kind == "commit" or (self.modifies > 0 and not inside)

    def own_cpu_s(self, chance: Chance) -> float:
        """CPU on a vCPU of speed 1, without pages missed and written."""
        return chance.of(self._law) if self._law else chance.around(self.cpu_s, self._cv)


def statements(setting: Setting, transaction: list[Any]) -> list[Statement]:
    """Those of a transaction, `repeat` spelled out."""
    found, inside = [], False
    for spec in transaction:
        inside = spec.kind == "begin" or (inside and spec.kind != "commit")
        found += [Statement(setting, spec, inside)] * spec.repeat
    return found
