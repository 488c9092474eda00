"""The page cache of an instance: how many of a statement's pages are missing.

It counts the pages it holds of each table and takes them to be the most wanted ones. A page that is
missing comes in; a full buffer gives one up at random.
"""

from typing import Any

from aurosim.simpy_model.setting import Chance, Setting


def hit_share(access: Any, share: float, pages: int) -> float:
    """The share of accesses that go to the most wanted `share` of a table's pages."""
    if not 0 < share < 1 or access.law == "uniform":
        return share
    power = 1 - access.exponent + 1e-9  # zipf: areas under t^-exponent
    return float(((1 + share * pages) ** power - 1) / ((1 + pages) ** power - 1))


class Buffer:
    """Pages held, by table; `tables` has how many each has, `warm` those it holds at the start."""

    def __init__(self, setting: Setting, pages: int, warm: set[str], chance: Chance) -> None:
        self.setting, self.pages, self._chance = setting, pages, chance
        self.tables = tables = setting.tables
        share = min(1.0, pages / max(1, sum(tables[name] for name in warm)))
        self.held = {name: share * size * (name in warm) for name, size in tables.items()}
        self.touched = self.missed = 0

    def touch(self, table: str, access: Any, pages: int) -> int:
        """How many of so many pages are missing; they come in."""
        size = self.tables[table]
        hit = hit_share(access, self.held[table] / size, size)
        missing = sum(self._chance.uniform() > hit for _ in range(pages)) if hit < 1 else 0
        if self.setting.env.now >= self.setting.warm_up_s:
            self.touched, self.missed = self.touched + pages, self.missed + missing
        for _ in range(missing):
            full = sum(self.held.values())
            if full >= self.pages:
                self.held = {name: held - held / full for name, held in self.held.items()}
            self.held[table] = min(self.held[table] + 1, float(size))
        return missing
