"""`model:`, the numbers of the catalog that a scenario overrides.

Keys are names of catalog entries; each value is read as the entry's kind says: a duration, a count,
a ratio, bytes. The word `none` is for entries that can be switched off.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, WithJsonSchema

from aurosim import catalog
from aurosim.catalog.volume import COPIES
from aurosim.scenario.nearest import did_you_mean
from aurosim.scenario.transaction import MAX_MODIFIES
from aurosim.units import (
    GIB,
    MIB,
    NS_PER_DAY,
    NS_PER_MS,
    NS_PER_S,
    NS_PER_US,
    TIB,
    duration_ns,
    format_duration,
    format_number,
    format_size,
    shown,
    size_bytes,
)

Override = int | float | None
MAX_COUNT = 10**9
MAX_REAL = 1e15

# The range of each entry, by the first pattern that its name fits: what others divide by is above
# zero, laws have a finite spread, and no product of them leaves 64 bits.
_RANGES: tuple[tuple[str, float, float], ...] = (
    ("segment_copies", COPIES, COPIES),
    ("(write|read)_quorum", 1, COPIES),
    ("nodes_per_az", 2, 10_000),
    ("protection_group_bytes", 4 * GIB, 128 * TIB),
    ("row_bytes", 1, MIB),
    (".*_record_bytes", 0, MIB),
    ("lsn_allocation_limit", 1, 1e15),
    ("modifies_.*", 1, MAX_MODIFIES),
    ("pages_.*", 0, 1000),
    ("connect_round_trips", 0, 100),
    ("health_check_misses", 1, 100),
    ("link_apply", 0, NS_PER_S),
    ("health_check_period|lag_rate_window|link_batch", NS_PER_MS, NS_PER_DAY),
    ("switchover_check_period", NS_PER_MS, NS_PER_DAY),
    ("commit_backlog_per_vcpu", 1, 1e6),
    ("class_speed_.*", 0.01, 1000),
    (".*_sigma", 0, 3),
    (".*_cv", 0, 20),
    (".*_bandwidth", 1000, 1e15),
    ("time_slice", NS_PER_US, NS_PER_DAY),
)


def override(name: str, value: Any) -> Override:
    """The value as the catalog holds it: ns, bytes, a plain number, None for `none`.

    Raises ValueError for what is no entry, of another kind, or out of the entry's range.
    """
    known = catalog.entries()
    if name not in known:
        raise ValueError(f"is no entry of the catalog.{did_you_mean(name, known)}")
    kind = known[name].kind
    number = _typed(kind, value)
    low, high = _range(name, kind)
    if number is not None and not low <= number <= high:
        least, most = (_shown_bound(kind, end) for end in (low, high))
        must = f"be {least}" if low == high else f"be from {least} to {most}"
        raise ValueError(f"is {shown(value)}; it must {must}.")
    return number


def _range(name: str, kind: str) -> tuple[float, float]:
    for pattern, low, high in _RANGES:
        if re.fullmatch(pattern, name):
            return low, high
    return 0, NS_PER_DAY if kind == "duration" else MAX_REAL


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
