"""`model:`, the numbers of the catalog that a scenario overrides.

Keys are names of catalog entries; each value is read as the entry's kind says: a duration, a count,
a ratio, bytes. The word `none` is for entries that can be switched off.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, WithJsonSchema

from aurosim import catalog
from aurosim.catalog.entry import MAX_REAL
from aurosim.scenario.nearest import did_you_mean
from aurosim.units import (
    duration_ns,
    format_duration,
    format_number,
    format_size,
    shown,
    size_bytes,
)

Override = int | float | None
MAX_COUNT = 10**9


def override(name: str, value: Any) -> Override:
    """The value as the catalog holds it: ns, bytes, a plain number, None for `none`.

    Raises ValueError for what is no entry, of another kind, or out of the entry's range.
    """
    known = catalog.entries()
    if name not in known:
        raise ValueError(f"is no entry of the catalog.{did_you_mean(name, known)}")
    entry = known[name]
    number = _typed(entry.kind, value)
    if number is not None and not entry.least <= number <= entry.most:
        least, most = (_shown_bound(entry.kind, end) for end in (entry.least, entry.most))
        must = f"be {least}" if least == most else f"be from {least} to {most}"
        raise ValueError(f"is {shown(value)}; it must {must}.")
    return number


def _shown_bound(kind: str, bound: float) -> str:
    text = _text(kind, bound)
    return text if isinstance(text, str) else format_number(text)


def _typed(kind: str, value: Any) -> Override:
    """The value as the catalog holds values of the kind."""
    if kind == "optional_duration" and value in ("none", None):
        return None
    if value == "none" or value is None:
        raise ValueError(
            f"is {shown(value)}, but this entry is {_KINDS[kind]} and cannot be switched off."
        )
    if kind in ("duration", "optional_duration"):
        number = duration_ns(value)
        if number == 0 and kind == "optional_duration":
            raise ValueError("is 0; write none to switch it off.")
        return number
    if kind == "bytes":
        return size_bytes(value)
    return _count(value) if kind == "count" else _real(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
        raise ValueError(f"is {shown(value)}; it must be a whole number from 0 to {MAX_COUNT}.")
    return value


def _real(value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value <= MAX_REAL or not math.isfinite(value):
        raise ValueError(f"is {shown(value)}; it must be a number from 0 to 1e15.")
    return float(value)


_KINDS = {
    "duration": "a duration",
    "optional_duration": "a duration",
    "count": "a whole number",
    "ratio": "a number",
    "bytes": "a size",
    "bytes_per_s": "a number of bytes per second",
}


def _written(overrides: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _text(catalog.entries()[name].kind, value)
        for name, value in sorted(overrides.items())
    }


def _text(kind: str, value: Override) -> Any:
    if value is None:
        return "none"
    if kind in ("duration", "optional_duration"):
        return format_duration(int(value))
    return format_size(int(value)) if kind == "bytes" else value


_SCHEMA = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}

# Read in two steps: pydantic sees to the shape, `override` to each value, so that every bad one has
# its own complaint.
ModelOverrides = Annotated[
    dict[str, Any], Field(max_length=200), PlainSerializer(_written), WithJsonSchema(_SCHEMA)
]
