"""Estimates and differences as sentences: "B is 3.2 ms slower, 95 % interval 2.9 to 3.5"."""

from __future__ import annotations

import math
from typing import Final

from aurosim.study.metrics import HAPPENED, HELD, SHARE, Metric
from aurosim.study.statistics import Interval

# What is said of more and of less, by a word of the path; the first that fits.
_TURNS: Final = (
    ("lag", "further behind", "less far behind"),
    ("stale", "staler", "fresher"),
    ("latency", "slower", "faster"),
    ("outage", "longer out", "shorter out"),
    ("unavailable", "longer out", "shorter out"),
)
_UNITS: Final = {"ms": " ms", "s": " s", "/s": "/s", "B": " bytes", "": "", "ratio": ""}


def percent(confidence: float) -> str:
    """`95 %`; as many digits as it has."""
    return f"{100 * confidence:.10g} %"


def digits(value: float, grain: float) -> str:
    """The value to the digit that its interval's width makes worth reading, two digits of it."""
    if value == 0:
        return "0"
    size = abs(grain) or abs(value)
    places = min(12, max(0, 1 - math.floor(math.log10(size))))
    text = f"{value:,.{places}f}"
    return f"{0:.{places}f}" if float(text.replace(",", "")) == 0 else text


def span(low: float | None, high: float | None) -> float:
    """How wide an interval is, 0 where it has no two ends."""
    return 0.0 if low is None or high is None else high - low


def difference(metric: Metric, found: Interval, confidence: float) -> str:
    """B against A in plain words."""
    gap, low, high = found.estimate, found.low, found.high
    if gap is None:
        return "no pair has both values"
    if gap == 0 and low == high == 0:
        return "A and B are the same in every replicate"
    scale = 100 if metric.unit == "ratio" else 1
    wide = span(low, high) * scale
    turn, unit = _turn(metric, gap), " points" if metric.unit == "ratio" else _UNITS[metric.unit]
    said = f"B is {digits(abs(gap) * scale, wide)}{unit} {turn}"
    if metric.name.startswith(HELD) or metric.name.endswith(HAPPENED):
        said = f"B says yes {digits(abs(gap) * scale, wide)}{unit} {turn}"
    if low is None or high is None:
        return f"{said}; one pair has no interval"
    # The interval is told in the direction of the sentence.
    first, last = (low, high) if gap >= 0 else (-high, -low)
    ends = f"{digits(first * scale, wide)} to {digits(last * scale, wide)}"
    if low == high:
        return f"{said} in every replicate"
    unsure = low <= 0 <= high
    return f"{'no difference seen: ' if unsure else ''}{said}, {percent(confidence)} interval {ends}"


def _turn(metric: Metric, gap: float) -> str:
    more = gap > 0
    if metric.kind == SHARE:
        return "more often" if more else "less often"
    if metric.unit in ("ms", "s"):
        for part, up, down in _TURNS:
            if part in metric.name:
                return up if more else down
        return "longer" if more else "shorter"
    return "more" if more else "less"
