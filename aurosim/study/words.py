"""Estimates and differences as people say them: "B is 3.2 ms slower, 95 % interval 2.9 to 3.5"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aurosim.study.metrics import HELD, SHARE, Metric
from aurosim.study.statistics import Interval

# What is said of a longer and of a shorter time, by a word of its path; the first that fits.
_TURNS: Final = (
    ("lag", "is", "further behind", "less far behind"),
    ("stale", "is", "staler", "fresher"),
    ("latency", "is", "slower", "faster"),
    ("outage", "has", "more outage", "less outage"),
    ("unavailable", "has", "more outage", "less outage"),
    ("", "is", "longer", "shorter"),
)
SAME: Final = "A and B are the same in every replicate"
NO_PAIR: Final = "no pair has both values"
_UNITS: Final = {"ms": " ms", "s": " s", "/s": "/s", "B": " bytes", "": "", "ratio": " %"}


def percent(confidence: float) -> str:
    """`95 %`; as many digits as it has."""
    return f"{100 * confidence:.10g} %"


def digits(value: float, grain: float) -> str:
    """The value to the digit that an interval of this width makes worth reading.

    That is a sixth of the width: 3.2 (2.9 to 3.5). Without an interval, four digits.
    """
    if value == 0:
        return "0"
    step = grain / 5.9 if grain else abs(value) / 1000
    place = math.floor(math.log10(step))
    text = f"{value:,.{max(0, min(12, -place))}f}"
    if "." in text and not grain:
        text = text.rstrip("0").rstrip(".")
    return text.removeprefix("-") if not any(letter in text for letter in "123456789") else text


def exists(value: Any) -> bool:
    """Whether there is a number: neither None nor NaN."""
    return value is not None and not math.isnan(value)


def estimate(row: Mapping[str, Any]) -> tuple[str, str]:
    """A row of the table of estimates as (its value with its unit, its interval)."""
    value, low, high = row["estimate"], row["low"], row["high"]
    if not exists(value):
        return "-", ""
    scale = 100 if row["unit"] == "ratio" else 1
    both = exists(low) and exists(high)
    wide = scale * (high - low) if both else 0.0
    said = digits(scale * value, wide) + _UNITS[row["unit"]]
    if row["kind"] == "count":
        said += " each"
    if both:
        return said, f"{digits(scale * low, wide)} to {digits(scale * high, wide)}"
    return said, f"at most {digits(scale * high, 0)}" if exists(high) else ""


def difference(
    metric: Metric, found: Interval, confidence: float, pairs: Sequence[tuple[float, float]]
) -> str:
    """B against A in plain words."""
    if found.estimate is None:
        return NO_PAIR
    if all(a == b for a, b in pairs):
        return SAME
    wide = 0.0
    if found.low is not None and found.high is not None:
        wide = (found.high - found.low) * (100 if metric.unit == "ratio" else 1)
    if metric.kind == SHARE:
        return _shares(metric, found, confidence, pairs, wide)
    return _numbers(metric, found, confidence, wide)


def _numbers(metric: Metric, found: Interval, confidence: float, wide: float) -> str:
    gap, low, high = found.estimate, found.low, found.high
    assert gap is not None
    scale = 100 if metric.unit == "ratio" else 1
    unit = " points" if metric.unit == "ratio" else _UNITS[metric.unit]
    verb, turn = _turn(metric, gap)
    said = f"B {verb} {digits(abs(gap) * scale, wide)}{unit} {turn}"
    if low is None or high is None:
        return f"{said} in every replicate" if "same" in found.note else f"{said}; no interval"
    # The interval is told in the direction of the sentence.
    first, last = (low, high) if gap >= 0 else (-high, -low)
    ends = f"{digits(first * scale, wide)} to {digits(last * scale, wide)}"
    unsure = "no difference seen: " if low <= 0 <= high else ""
    return f"{unsure}{said}, {percent(confidence)} interval {ends}"


def _shares(
    metric: Metric,
    found: Interval,
    confidence: float,
    pairs: Sequence[tuple[float, float]],
    wide: float,
) -> str:
    verb = "holds" if metric.name.startswith(HELD) else "happens"
    a, b = (round(sum(pair[side] for pair in pairs)) for side in (0, 1))
    said = f"{verb} in {a} of {len(pairs)} with A and in {b} with B"
    assert found.low is not None and found.high is not None
    ends = f"{digits(100 * found.low, wide)} to {digits(100 * found.high, wide)} points"
    unsure = "no difference seen: " if found.low <= 0 <= found.high else ""
    return f"{unsure}{said}, {percent(confidence)} interval {ends}"


def _turn(metric: Metric, gap: float) -> tuple[str, str]:
    if metric.unit not in ("ms", "s"):
        return "has", "more" if gap > 0 else "less"
    verb, up, down = next(turn[1:] for turn in _TURNS if turn[0] in metric.name)
    return verb, up if gap > 0 else down


def plain(value: Any, unit: str) -> str:
    """A number with its unit and four digits; `-` where there is none."""
    if not exists(value):
        return "-"
    return digits(value * (100 if unit == "ratio" else 1), 0) + _UNITS[unit]
