"""Durations, sizes, rates and shares as people write them, and back.

Behind the YAML, time is a whole number of nanoseconds, size a whole number of bytes, a rate a float
per second and a share
a float ratio. The way in is exact (decimal arithmetic, no binary rounding on the way), the way back
gives a text that
reads as the same number: `duration_ns(format_duration(x)) == x`.

A bare number is refused where a unit decides by a factor of a thousand; only 0 needs none. `12:30`
is refused too: it is
twelve hours to one reader and twelve minutes to the next, and YAML 1.1 made it 750.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from aurosim.errors import UnitError

NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
NS_PER_MIN: Final = 60 * NS_PER_S
NS_PER_H: Final = 60 * NS_PER_MIN
NS_PER_DAY: Final = 24 * NS_PER_H

NEVER: Final = 2**62
"""A time in ns after every run."""

KIB: Final = 2**10
MIB: Final = 2**20
GIB: Final = 2**30
TIB: Final = 2**40

# 400 days are 3.5e16 ns: sums of a few hundred of them still fit a signed 64-bit integer (9.2e18).
MAX_DURATION_NS: Final = 400 * NS_PER_DAY
MAX_SIZE_BYTES: Final = 2**60
MIN_BANDWIDTH: Final = 1000
MAX_RATE_PER_S: Final = 1e9

# The number of digits is bounded so that no text makes a number that takes long to compute with.
_NUMBER = r"[0-9]{1,24}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?"
_QUANTITY = re.compile(rf"(?P<number>[+-]?{_NUMBER})\s*(?P<unit>[^\s0-9][^0-9]*)?")
_PARTS = re.compile(rf"(?:({_NUMBER})\s*([a-zA-Zµμ]+)\s*)")
_ISO = re.compile(
    r"P(?:(?P<day>[0-9]{1,9}(?:\.[0-9]{1,9})?)D)?"
    r"(?:T(?:(?P<h>[0-9]{1,9}(?:\.[0-9]{1,9})?)H)?(?:(?P<min>[0-9]{1,9}(?:\.[0-9]{1,9})?)M)?"
    r"(?:(?P<s>[0-9]{1,12}(?:\.[0-9]{1,9})?)S)?)?"
)

_DURATION_UNITS: Final = {
    "ns": 1, "us": NS_PER_US, "µs": NS_PER_US, "μs": NS_PER_US, "ms": NS_PER_MS,
    "s": NS_PER_S, "sec": NS_PER_S, "second": NS_PER_S, "seconds": NS_PER_S,
    "m": NS_PER_MIN, "min": NS_PER_MIN, "minute": NS_PER_MIN, "minutes": NS_PER_MIN,
    "h": NS_PER_H, "hour": NS_PER_H, "hours": NS_PER_H,
    "d": NS_PER_DAY, "day": NS_PER_DAY, "days": NS_PER_DAY,
}  # fmt: skip
_SIZE_UNITS: Final = {
    "B": 1, "byte": 1, "bytes": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": TIB,
}  # fmt: skip
_PER: Final = {
    "ms": NS_PER_MS, "s": NS_PER_S, "sec": NS_PER_S, "second": NS_PER_S, "m": NS_PER_MIN,
    "min": NS_PER_MIN, "minute": NS_PER_MIN,
    "h": NS_PER_H, "hour": NS_PER_H, "d": NS_PER_DAY, "day": NS_PER_DAY,
}  # fmt: skip

_DURATION_WAY = "Write it with a unit, like '30 s', '5 min', '200 ms' or 'PT5M'."
_UNITS = "Units: ns, us, ms, s, min, h, days."
_SIZE_WAY = "Write it with a unit, like '600 B', '16 KiB' or '10 GiB'."
_RATE_WAY = "Write how many per unit of time, like '1200/s' or '90/min'."
_BANDWIDTH_WAY = "Write bytes per second, like '8 MB/s' or '125 MiB/s'."
_RATIO_WAY = "Write a share like '95 %' or 0.95."
_RATIO_ENDS = "a share lies between 0 % and 100 %, or 0.0 and 1.0."


def shown(value: object) -> str:
    """The value as a complaint shows it: short, on one line, text in quotes."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:56] + "..." + text[-1:]


def duration_ns(value: object, most_ns: int = MAX_DURATION_NS) -> int:
    """The duration in whole nanoseconds, 0 or more. `value` is text with a unit (`30 s`, `1h 30m`,
    `PT5M`) or 0.

    Raises UnitError for anything else, for what is finer than a nanosecond, and beyond `most_ns`
    (400 days).
    """
    if _is_zero(value):
        return 0
    text = _text(value, "a duration", _DURATION_WAY)
    if re.fullmatch(r"[0-9]+(:[0-9]+)+(\.[0-9]+)?", text):
        raise UnitError(
            f"is {shown(value)}: hours and minutes, or minutes and seconds? {_colon_way(text)}"
        )
    total = _iso_ns(text) if text.startswith("P") else _parts_ns(text)
    if total is None:
        raise UnitError(f"is {shown(value)}, which is not a duration. {_DURATION_WAY} {_UNITS}")
    return _whole(total, most_ns, value, "nanosecond", format_duration(most_ns))


def size_bytes(value: object, most_bytes: int = MAX_SIZE_BYTES) -> int:
    """The size in whole bytes, 0 or more. `value` is text with a unit (`10 GiB`, `8 MB`, `600 B`)
    or 0.
    """
    if _is_zero(value):
        return 0
    text = _text(value, "a size", _SIZE_WAY)
    match = _QUANTITY.fullmatch(text)
    if match is None or (match["unit"] or "") not in _SIZE_UNITS:
        hint = _size_hint(match["unit"].strip() if match and match["unit"] else "")
        raise UnitError(f"is {shown(value)}, which is not a size. {hint}{_SIZE_WAY}")
    total = Decimal(match["number"]) * _SIZE_UNITS[match["unit"]]
    return _whole(total, most_bytes, value, "byte", format_size(most_bytes))


def rate_per_s(value: object, most_per_s: float = MAX_RATE_PER_S) -> float:
    """The rate per second, 0 or more. `value` is text like `1200/s` or `90/min`, or 0."""
    if _is_zero(value):
        return 0.0
    text = _text(value, "a rate", _RATE_WAY)
    match = _QUANTITY.fullmatch(text)
    unit = re.sub(r"^(/|per\b)\s*", "", (match["unit"] or "").strip()) if match else ""
    if match is None or unit not in _PER or unit == (match["unit"] or "").strip():
        raise UnitError(f"is {shown(value)}, which is not a rate. {_RATE_WAY}")
    rate = Decimal(match["number"]) * NS_PER_S / _PER[unit]
    if rate < 0:
        raise UnitError(f"is {shown(value)}; a rate cannot be below zero.")
    if rate > Decimal(most_per_s):
        raise UnitError(f"is {shown(value)}; the most is {format_rate(most_per_s)}.")
    return float(rate)


def bytes_per_s(value: object) -> int:
    """The bandwidth in whole bytes per second. `value` is text like `8 MB/s`."""
    text = _text(value, "a bandwidth", _BANDWIDTH_WAY)
    match = re.fullmatch(r"(.*\S)\s*/\s*s", text)
    if match is None:
        raise UnitError(f"is {shown(value)}, which is not a bandwidth. {_BANDWIDTH_WAY}")
    try:
        number = size_bytes(match[1])
    except UnitError:
        message = f"is {shown(value)}, which is not a bandwidth. {_BANDWIDTH_WAY}"
        raise UnitError(message) from None
    if number < MIN_BANDWIDTH:
        raise UnitError(f"is {shown(value)}; it must be at least 1 kB/s.")
    return number


def format_bytes_per_s(number: int) -> str:
    """The bandwidth as the language writes it."""
    return f"{format_size(number)}/s"


def ratio(value: object) -> float:
    """The share as a ratio from 0 to 1. `value` is text like `95 %`, or a number with a point from
    0.0 to 1.0. A whole number has neither unit nor point; only 0 means the same either way.
    """
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value.strip())
        number = Decimal(match["number"]) if match and match["unit"] == "%" else None
        found = share(number, percent=True) if number is not None else None
        if number is not None and found is None:
            raise UnitError(f"is {shown(value)}; {_RATIO_ENDS}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e18:
        number = Decimal(repr(value))
        found = share(number, pointed=isinstance(value, float))
        if found is None:
            raise UnitError(f"is {shown(value)}, but a share needs its unit: {both_ways(number)}")
    else:
        found = None
    if found is None:
        raise UnitError(f"is {shown(value)}, which is not a share. {_RATIO_WAY}")
    return found


def share(number: Decimal, *, percent: bool = False, pointed: bool = False) -> float | None:
    """A share from its number: with `%`, or with a decimal point and between 0 and 1, or 0.

    None for anything else: a bare 70 was meant as 70 %, and a bare 1 may be either.
    """
    if percent:
        return float(number / 100) if 0 <= number <= 100 else None
    return float(number) if number == 0 or (pointed and 0 < number <= 1) else None


def both_ways(number: Decimal) -> str:
    """How to write the share that was meant by a bare number."""
    if number == 1:
        return "write '1 %' or 0.01 for a hundredth, '100 %' or 1.0 for all of it."
    if 0 < number < 1:  # 999e-3, which has no point: below 1 a number can only be the whole share
        return f"write '{(number * 100).normalize():f} %' or {number.normalize():f}."
    if 1 < number <= 100:
        return f"write '{format_number(float(number))} %' or {float(number / 100)!r}."
    return "it lies between 0 % and 100 %, or 0.0 and 1.0."


def format_duration(ns: int) -> str:
    """The duration as the language writes it, exactly: the largest unit of which it is a whole
    number.
    """
    if ns == 0:
        return "0 s"
    if ns >= 2 * NS_PER_DAY and ns % NS_PER_DAY == 0:
        return f"{ns // NS_PER_DAY} days"
    for unit in ("h", "min", "s", "ms", "us"):
        if ns % _DURATION_UNITS[unit] == 0:
            return f"{ns // _DURATION_UNITS[unit]} {unit}"
    return f"{ns} ns"


def format_size(size: int) -> str:
    """The size as the language writes it, exactly, in the unit of the smallest whole number."""
    if size == 0:
        return "0 B"
    units = ("TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "kB", "B")
    unit = next(unit for unit in units if size % _SIZE_UNITS[unit] == 0)
    return f"{size // _SIZE_UNITS[unit]} {unit}"


def format_rate(per_s: float) -> str:
    """The rate as the language writes it: per second, with as many digits as the float has."""
    return f"{format_number(per_s)}/s"


def format_ratio(value: float) -> str:
    """The share in percent, with as many digits as the float has."""
    return f"{(Decimal(repr(value)) * 100).normalize():f} %"


def format_number(value: float) -> str:
    """The number with as many digits as it has and no '.0' behind a whole one."""
    return str(int(value)) if value == int(value) and abs(value) <= 1e15 else repr(value)


def _is_zero(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0


def _text(value: object, what: str, way: str) -> str:
    """The value as stripped text; a number without unit and everything else is refused."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise UnitError(f"is {shown(value)} without a unit. {way}")
    if not isinstance(value, str):
        raise UnitError(f"must be {what}, but is {shown(value)}. {way}")
    text = value.strip()
    if re.fullmatch(rf"[+-]?{_NUMBER}", text):
        raise UnitError(f"is {shown(value)} without a unit. {way}")
    if re.match(rf"-\s*{_NUMBER}\s*\w", text):
        raise UnitError(f"is {shown(value)}; {what} cannot be below zero.")
    return text


def _colon_way(text: str) -> str:
    first, second = text.split(":")[:2]
    return (
        f"Write '{int(first[:9])} h {int(second[:9])} min' or '{int(first[:9])} min "
        f"{int(second[:9])} s'."
    )


def _iso_ns(text: str) -> Decimal | None:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()) or text.endswith("T"):
        return None
    units = {"day": NS_PER_DAY, "h": NS_PER_H, "min": NS_PER_MIN, "s": NS_PER_S}
    return sum((Decimal(match[name]) * ns for name, ns in units.items() if match[name]), Decimal(0))


def _parts_ns(text: str) -> Decimal | None:
    """`1h 30m` as nanoseconds: units shrink from part to part; `5 s 3 s` is no sum."""
    total, position, last = Decimal(0), 0, None
    while position < len(text):
        match = _PARTS.match(text, position)
        unit = _DURATION_UNITS.get(match[2]) if match else None
        if match is None or unit is None or (last is not None and unit >= last):
            return None
        total, position, last = total + Decimal(match[1]) * unit, match.end(), unit
    return total if last is not None else None


def _size_hint(unit: str) -> str:
    wanted = {
        known.lower(): known for known in ("B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB")
    }
    if unit.lower() in wanted and len(unit) > 1:
        return f"Did you mean '{wanted[unit.lower()]}'? "
    if unit.upper() in ("K", "M", "G", "T"):
        return f"'{unit}' may mean {unit.upper()}B (1000) or {unit.upper()}iB (1024). "
    return ""


def _whole(total: Decimal, most: int, value: object, grain: str, most_text: str) -> int:
    if total < 0:
        raise UnitError(f"is {shown(value)}; it cannot be below zero.")
    if total > most:
        raise UnitError(f"is {shown(value)}; the most is {most_text}.")
    if total != int(total):
        raise UnitError(f"is {shown(value)}, which is not a whole number of {grain}s.")
    return int(total)
