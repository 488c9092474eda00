"""Entries: the numbers of the model that are not measured tables, each with status and source.

An entry is `sourced` (a document states it), `derived` (arithmetic on stated numbers), `fitted`
(solved from a published result, which then must not be used to check it) or an `assumption` (a
guess with a reason and, where one is known, a range). The CSV holds durations in the unit people
use (us, ms, s); behind this module they are whole nanoseconds.

The last two columns, `least` and `most`, bound what a scenario may say instead: what others divide
by is above zero, laws have a finite spread, and no product of them leaves 64 bits. A row without
them stops where any number does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from aurosim.catalog.tables import table
from aurosim.units import NS_PER_DAY, NS_PER_MS, NS_PER_S, NS_PER_US

Quantity = int | float | None
MAX_REAL = 1e15

AS_PUBLISHED: Mapping[str, Quantity] = MappingProxyType({})
STATUSES = ("sourced", "derived", "fitted", "assumption")
NS_PER_UNIT = MappingProxyType({"us": NS_PER_US, "ms": NS_PER_MS, "s": NS_PER_S})
KINDS = MappingProxyType(
    {
        "us": "duration",
        "ms": "duration",
        "s": "duration",
        "none-or-duration": "optional_duration",
        "count": "count",
        "ratio": "ratio",
        "bytes": "bytes",
        "bytes_per_s": "bytes_per_s",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of the model.

    `value`, `low` and `high` are ints in ns for durations (None for a time slice of `none`), ints
    for counts and bytes, floats for ratios and bytes per second. `low` and `high` are a plausible
    range, or None where none is claimed; a scenario may say from `least` to `most`. `text`,
    `low_text` and `high_text` are what the CSV writes, in `unit`.
    """

    group: str
    name: str
    value: Quantity
    unit: str
    status: str
    source: str
    note: str
    low: Quantity
    high: Quantity
    least: float
    most: float
    text: str
    low_text: str
    high_text: str

    @property
    def kind(self) -> str:
        """What an override must be: a value of `KINDS`."""
        return KINDS[self.unit]


def _bound(text: str | None, unit: str, otherwise: float) -> float:
    bound = quantity(text, unit) if text else None
    return otherwise if bound is None else bound


def quantity(text: str, unit: str) -> Quantity:
    """The number that `text` in `unit` means, in the form that `Entry.value` describes."""
    assert unit in KINDS, f"unknown unit {unit!r}"
    if unit in NS_PER_UNIT:
        return round(float(text) * NS_PER_UNIT[unit])
    if unit == "none-or-duration":
        if text == "none":
            return None
        amount, word = text.split()
        return quantity(amount, word)
    return int(text) if unit in ("count", "bytes") else float(text)


@cache
def entries() -> MappingProxyType[str, Entry]:
    """All entries by name, in the order of the file. Read-only."""
    found: dict[str, Entry] = {}
    for row in table("entries"):
        name, unit = row["name"], row["unit"]
        assert name not in found, f"entry {name!r} twice"
        assert row["status"] in STATUSES, f"entry {name!r}: status {row['status']!r}"
        low, high = (quantity(row[end], unit) if row[end] else None for end in ("low", "high"))
        found[name] = Entry(
            group=row["group"],
            name=name,
            value=quantity(row["value"], unit),
            unit=unit,
            status=row["status"],
            source=row["source"],
            note=row["note"],
            low=low,
            high=high,
            least=_bound(row["least"], unit, 0),
            most=_bound(row["most"], unit, NS_PER_DAY if unit in NS_PER_UNIT else MAX_REAL),
            text=row["value"],
            low_text=row["low"],
            high_text=row["high"],
        )
    return MappingProxyType(found)


def value(name: str, model: Mapping[str, Quantity] = AS_PUBLISHED) -> Quantity:
    """The number of an entry, in the form that `Entry.value` describes.

    `model` holds a scenario's overrides by name (already in that form); it wins over the entry.
    """
    found = entries()
    assert name in found, f"no entry {name!r} in the catalog"
    return model[name] if name in model else found[name].value


def duration_ns(name: str, model: Mapping[str, Quantity] = AS_PUBLISHED) -> int:
    """The number of an entry that is a duration, in ns, or its override in `model`."""
    number = value(name, model)
    assert isinstance(number, int) and entries()[name].kind == "duration", f"{name} is no duration"
    return number


def whole(name: str, model: Mapping[str, Quantity] = AS_PUBLISHED) -> int:
    """The number of an entry that counts things or bytes, or its override in `model`."""
    number = value(name, model)
    assert isinstance(number, int) and entries()[name].kind in ("count", "bytes"), f"{name} no int"
    return number


def real(name: str, model: Mapping[str, Quantity] = AS_PUBLISHED) -> float:
    """The number of an entry that is a ratio, a rate or a count, or its override, as a float."""
    number = value(name, model)
    kind = entries()[name].kind
    assert number is not None and kind in ("ratio", "bytes_per_s", "count"), f"{name} is {kind}"
    return float(number)
