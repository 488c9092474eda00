"""Numbers and names as a person reads them: enough digits, the unit beside, on one line."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

NOTHING: Final = "\u2013"
"""What stands where there is no value."""


def exists(value: object) -> bool:
    """Whether there is a number: not None, not NaN (a table's way to say none)."""
    return isinstance(value, int | float) and not math.isnan(value)


def number(value: float | None) -> str:
    """Three digits that count, thousands set apart; whole numbers are shown whole."""
    if not exists(value):
        return NOTHING
    assert value is not None
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1000 or (value == int(value) and size < 1e15):
        return f"{round(value):,}".replace(",", "\u2009")
    return f"{value:.{max(0, 2 - math.floor(math.log10(size)))}f}"


def rounded(value: float | None) -> str:
    """Four digits that count and never an exponent, thousands set apart."""
    if not exists(value):
        return NOTHING
    assert value is not None
    short = Decimal(f"{value:.4g}")
    text = f"{short:,f}" if abs(short) >= 1000 else f"{short:f}"
    return text.replace(",", "\u2009")


def beside(value: float, bound: float | None) -> str:
    """Four digits that count and no exponent; more where the value would else read like the bound
    it is not, or seem to lie on its other side. A large whole number, a count, stays exact.
    """
    if 1e4 <= abs(value) < 1e15 and value == int(value):
        return count(value)
    short = Decimal(0)
    for digits in (4, 5, 6, 9, 13, 17):
        short = Decimal(f"{value:.{digits}g}")
        read = float(short)
        if bound is None or value == bound or (read != bound and (read > bound) == (value > bound)):
            break
    return f"{short:,f}".replace(",", "\u2009") if abs(short) >= 1e4 else f"{short:f}"


def spelled(whole: int) -> str:
    """A number that begins a sentence: as a word up to nine."""
    low = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    return low[whole] if whole < len(low) else count(whole)


def count(value: float | None) -> str:
    """A whole number."""
    return (
        f"{round(value):,}".replace(",", "\u2009")
        if exists(value) and value is not None
        else NOTHING
    )


def counted(whole: int, noun: str) -> str:
    """How many of something: `1 commit`, `2 commits`."""
    return f"{count(whole)} {noun}{'' if whole == 1 else 's'}"


def seconds(value: float | None) -> str:
    """A length of time in s up to ten minutes, then in min, then in h; below a second in ms."""
    if not exists(value):
        return NOTHING
    assert value is not None
    size = abs(value)
    if size == 0:
        return "0 s"
    if size < 1:
        return f"{number(value * 1000)} ms"
    if size < 100:
        return f"{value:.1f} s"
    if size < 600:
        return f"{value:.0f} s"
    return f"{value / 60:.1f} min" if size < 10_800 else f"{value / 3600:.1f} h"


def lasted(value: float | None, at_least: bool) -> str:
    """A length of time of which only so much may be known."""
    return f"at least {seconds(value)}" if at_least and exists(value) else seconds(value)


def clock(value: float | None) -> str:
    """A moment of the run in seconds, to the tenth, so that moments in a column compare."""
    return (
        f"{value:,.1f}".replace(",", "\u2009") if exists(value) and value is not None else NOTHING
    )


def milliseconds(value: float | None) -> str:
    """A latency in ms, or in s from one second on."""
    if not exists(value):
        return NOTHING
    assert value is not None
    return f"{number(value)} ms" if abs(value) < 1_000 else f"{number(value / 1000)} s"


def share(value: float | None) -> str:
    """A ratio in percent. Only what is exactly everything is called 100 %, and nothing 0 %."""
    if not exists(value):
        return NOTHING
    assert value is not None
    percent = 100 * value
    if percent in (0.0, 100.0):
        return f"{percent:.0f} %"
    for digits in (1, 2, 3, 4, 5, 6):
        text = f"{percent:.{digits}f}"
        if float(text) not in (0.0, 100.0):
            return f"{text} %"
    return "> 99.999999 %" if percent > 50 else "< 0.000001 %"


def size(value: float | None) -> str:
    """Bytes in the binary unit that leaves a number below 1024."""
    if not exists(value):
        return NOTHING
    assert value is not None
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{number(value)} {unit}"
        value /= 1024
    return f"{number(value)} TiB"


def name(text: object, most: int = 64) -> str:
    """A name of the scenario's without control letters, cut where it is longer than `most`."""
    clean = "".join(c if c.isprintable() else "\ufffd" for c in str(text))
    return clean if len(clean) <= most else clean[: most - 1] + "\u2026"


def label(text: object, most: int) -> str:
    """A name as a figure shows it: cut in the middle, since names differ at their ends."""
    clean = name(text, 200)
    if len(clean) <= most:
        return clean
    tail = (most - 1) // 2
    return f"{clean[: most - 1 - tail]}\u2026{clean[-tail:]}"


def phrase(identifier: object) -> str:
    """An identifier as words: `az_outage` is `AZ outage`."""
    return re.sub(r"\baz\b", "AZ", name(identifier).replace("_", " "))


def tied(text: str) -> str:
    """The text with the groups of a number, and numbers and their units, kept on one line."""
    text = re.sub(r"(?<=\d)\u2009(?=\d)", "\u202f", text)
    return re.sub(r"(?<=\d) (?=(?:%|[mu]?s|min|h|[KMGT]iB|B)(?!\w))", "\u00a0", text)


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
