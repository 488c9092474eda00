"""Stacks: what a pool, a proxy or a driver does by default, by the product's name.

`stacks.csv` has a row for each value: a key of the language's `client:`, the value as a file would
say it, the one engine for which it stands (all where none is named), and what it rests on. A
further product is added in that table alone.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from aurosim.catalog.entry import STATUSES
from aurosim.catalog.tables import table


class StackValue(NamedTuple):
    """One default of a product: `key` is a path below `client`, `value` as a file says it."""

    key: str
    value: str
    engine: str
    status: str
    source: str
    note: str


@cache
def stacks() -> MappingProxyType[str, tuple[StackValue, ...]]:
    """What each product says, in the order of the table."""
    found: dict[str, list[StackValue]] = {}
    for row in table("stacks"):
        said = StackValue(*(row[column] for column in StackValue._fields))
        assert said.status in STATUSES, f"stack {row['stack']!r}: status {said.status!r}"
        mine = found.setdefault(row["stack"], [])
        known = {(each.key, each.engine) for each in mine}
        assert (said.key, said.engine) not in known, f"{row['stack']}.{said.key} twice"
        mine.append(said)
    return MappingProxyType({name: tuple(said) for name, said in found.items()})


def stack_values(name: str, engine: str = "") -> tuple[StackValue, ...]:
    """What a product says with an engine, in the order of the table: a value of that engine's own
    before the one for all. Without an engine, the values for all."""
    found: dict[str, StackValue] = {}
    for said in stacks()[name]:
        if said.engine == engine or (not said.engine and said.key not in found):
            found[said.key] = said
    return tuple(found.values())
