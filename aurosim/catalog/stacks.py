"""Stacks: what a pool, a proxy or a driver does by default, by the product's name.

`stacks.csv` has a row for each value: a key of the language's `client:`, the value as a file would
say it, and what it rests on. A further product is added in that table alone.
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
        assert said.key not in {each.key for each in mine}, f"{row['stack']}.{said.key} twice"
        mine.append(said)
    return MappingProxyType({name: tuple(said) for name, said in found.items()})
