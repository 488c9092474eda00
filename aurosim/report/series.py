"""The time series as figures draw them: borders of intervals, no more than a screen can show.

A run holds up to 1,200 intervals; a plot is about 230 points wide. What is drawn is thinned to
`MOST_INTERVALS`, so that neither the eye nor the page carries more: a rate becomes the mean over
the joined intervals, a high percentile or a maximum the largest, the number of copies the smallest.
The CSV keeps every interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aurosim.report.subject import Subject

MOST_INTERVALS = 150
LARGEST = (
    "_p99_ms", "_max_ms", ".groups_below_write_quorum", ".groups_below_read_quorum", ".used_bytes",
    ".protection_groups",
)  # fmt: skip
SMALLEST = (".copies_min",)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Clock:
    """The unit of the time axis: `per_s` axis units make a second."""

    per_s: float
    word: str

    def at(self, seconds: float) -> float:
        return seconds * self.per_s


def clock(subject: Subject) -> Clock:
    """Seconds for a run of up to ten minutes, then minutes, hours beyond four."""
    length_s = end_s(subject)
    if length_s <= 600:
        return Clock(1.0, "s")
    return Clock(1 / 60, "min") if length_s <= 4 * 3600 else Clock(1 / 3600, "h")


def end_s(subject: Subject) -> float:
    """Where the time axis ends: the end of the run, or of what of it was run."""
    starts, widths = (_column(subject, name) for name in ("time_s", "width_s"))
    reached = float((starts + widths).max()) if len(starts) else 0.0
    planned = float(subject.summary.get("duration_s") or 0.0)
    return reached if subject.partial and reached else max(planned, reached)


def has(subject: Subject, column: str) -> bool:
    """Whether the column is there and holds at least one number."""
    known = subject.tables.timeseries
    return column in known and not np.isnan(_column(subject, column)).all()


def _column(subject: Subject, name: str) -> Numbers:
    return np.asarray(subject.tables.timeseries[name], np.float64)


def _groups(n: int) -> npt.NDArray[np.int64]:
    """The first row of each group of neighbouring rows."""
    step = -(-n // MOST_INTERVALS) if n else 1
    return np.arange(0, n, step)


def edges(subject: Subject) -> Numbers:
    """The borders of the intervals drawn, in units of the clock: one more than there are values."""
    starts = _column(subject, "time_s")
    last = float(starts[-1] + _column(subject, "width_s")[-1])
    return np.append(starts[_groups(len(starts))], last) * clock(subject).per_s


def values(subject: Subject, column: str) -> Numbers:
    """One value per interval drawn; NaN where there is none, or no such column."""
    width_s = _column(subject, "width_s")
    firsts = _groups(len(width_s))
    if column not in subject.tables.timeseries:
        return np.full(len(firsts), np.nan)
    raw = _column(subject, column)
    if len(firsts) == len(raw):
        return raw
    known = np.isfinite(raw)
    if column.endswith(LARGEST):
        joined = np.maximum.reduceat(np.where(known, raw, -np.inf), firsts)
    elif column.endswith(SMALLEST):
        joined = np.minimum.reduceat(np.where(known, raw, np.inf), firsts)
    else:
        width = np.where(known, width_s, 0.0)
        total = np.add.reduceat(width, firsts)
        summed = np.add.reduceat(np.where(known, raw, 0.0) * width, firsts)
        joined = np.divide(summed, total, out=np.full(len(firsts), np.nan), where=total > 0)
    return np.where(np.isfinite(joined), joined, np.nan)
