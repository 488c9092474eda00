"""Numbers: the catalog's entries with the scenario's overrides, durations in seconds."""

from __future__ import annotations

from collections.abc import Mapping

from aurosim import catalog
from aurosim.simpy_model.chance import Chance
from aurosim.units import NS_PER_S


class Numbers:
    """What the catalog says, unless the scenario's `model:` says otherwise."""

    def __init__(self, model: Mapping[str, catalog.Quantity], seed: int) -> None:
        self.model = model
        self.seed = seed

    def seconds(self, name: str) -> float:
        """A duration."""
        return catalog.duration_ns(name, self.model) / NS_PER_S

    def whole(self, name: str) -> int:
        """A count, or bytes."""
        return catalog.whole(name, self.model)

    def real(self, name: str) -> float:
        """A ratio or a rate."""
        return catalog.real(name, self.model)

    def between(self, name: str, chance: Chance) -> float:
        """A duration drawn evenly from `<name>_low` to `<name>_high`."""
        low, high = self.seconds(f"{name}_low"), self.seconds(f"{name}_high")
        return low + chance.uniform() * (high - low)

    def time_slice(self) -> float:
        """How long a task keeps its vCPU at most; for ever where slices are switched off."""
        value = catalog.value("time_slice", self.model)
        return float("inf") if value is None else value / NS_PER_S
