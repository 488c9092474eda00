"""The buffer cache of an instance: how many of a statement's pages are missing.

It knows how many pages of each table it holds, and takes them to be the most wanted ones. A page
that is missing comes in; a full buffer gives one up at random.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from aurosim.simpy_model.chance import Chance


def hit_share(access: Any, share: float, pages: int) -> float:
    """The share of accesses that go to the most wanted `share` of the pages."""
    if share >= 1 or share <= 0 or access.law == "uniform":
        return min(max(share, 0.0), 1.0)
    power = 1 - access.exponent  # zipf: the area under t^-exponent
    if abs(power) < 1e-6:
        return math.log(1 + share * pages) / math.log(1 + pages)
    return float(((1 + share * pages) ** power - 1) / ((1 + pages) ** power - 1))


class Buffer:
    """Pages held, by table."""

    def __init__(self, pages: int, tables: Mapping[str, int], warm: bool, chance: Chance) -> None:
        self.pages = pages
        self.tables = tables
        self._chance = chance
        share = min(1.0, pages / max(1, sum(tables.values()))) if warm else 0.0
        self.held = {name: share * size for name, size in tables.items()}
        self.touched = self.missed = 0

    @property
    def share(self) -> float:
        """How much of all data it holds."""
        return sum(self.held.values()) / max(1, sum(self.tables.values()))

    def touch(self, table: str, access: Any, pages: int) -> int:
        """How many of so many pages are missing; they come in."""
        size = self.tables[table]
        hit = hit_share(access, self.held[table] / size, size)
        missing = 0 if hit >= 1 else sum(self._chance.uniform() > hit for _ in range(pages))
        self.touched += pages
        self.missed += missing
        for _ in range(missing):
            full = sum(self.held.values())
            if full >= self.pages:
                self.held = {name: held - held / full for name, held in self.held.items()}
            self.held[table] = min(self.held[table] + 1, float(size))
        return missing

    def lose(self) -> None:
        """All is gone."""
        self.held = dict.fromkeys(self.held, 0.0)
