"""A log-linear histogram of durations: every octave is cut into equally wide buckets.

Durations are whole nanoseconds, 0 to 2^63 - 1. With 2^bits buckets to an octave, all values below
2^(bits + 1) have a bucket of their own and the others lie within half a bucket of its middle, at
most 1 / 2^(bits + 1) of the value away: 0.8 % with `FINE`, 3.2 % with `COARSE`. The index is found
by integer arithmetic, so all machines agree on it.

Source of the layout: G. Tene, HdrHistogram (hdrhistogram.org), "bucket and sub-bucket" indices.

Count, sum and maximum are kept exactly beside the buckets. Sums are good for 2^63 ns, 292 years of
waiting added up.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt

from aurosim.compiled import kernel_jit

FINE = 6
COARSE = 4

COUNT, SUM, MAX = 0, 1, 2
"""Columns of `totals`."""

_ZERO = np.uint64(0)
_ONE = np.uint64(1)

Int64s = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64] | npt.NDArray[np.uint32]


def bucket_count(bits: int) -> int:
    """How many buckets reach up to 2^63 - 1."""
    return (64 - bits) << bits


FINE_BUCKETS = bucket_count(FINE)
COARSE_BUCKETS = bucket_count(COARSE)


@kernel_jit
def bucket(value_ns: int, bits: int) -> int:
    """The index of the bucket `value_ns` falls into; indices ascend with the value.

    The compiler knows this loop as one instruction, but only of unsigned numbers.
    """
    assert value_ns >= 0
    shift = 0
    rest = np.uint64(value_ns) >> np.uint64(bits + 1)
    while rest != _ZERO:
        rest >>= _ONE
        shift += 1
    return (shift << bits) + (value_ns >> shift)


def bucket_low_ns(index: int, bits: int) -> int:
    """The smallest value that falls into bucket `index`."""
    shift = max((index >> bits) - 1, 0)
    return (index - (shift << bits)) << shift


def bucket_middle_ns(index: int, bits: int) -> int:
    """The value that stands for bucket `index`: its middle, rounded up."""
    shift = max((index >> bits) - 1, 0)
    return bucket_low_ns(index, bits) + ((1 << shift) >> 1)


@kernel_jit
def record(counts: Int64s, totals: Int64s, row: int, value_ns: int) -> None:
    """Adds a value to a row: `counts` are (rows, FINE_BUCKETS), `totals` (rows, 3)."""
    counts[row, bucket(value_ns, FINE)] += 1
    totals[row, COUNT] += 1
    totals[row, SUM] += value_ns
    if value_ns > totals[row, MAX]:
        totals[row, MAX] = value_ns


@kernel_jit
def record_many(counts: Int64s, totals: Int64s, row: int, values_ns: Int64s) -> None:
    """Adds each of `values_ns` to row `row`."""
    for i in range(len(values_ns)):
        record(counts, totals, row, values_ns[i])


def rank(q: float, count: int) -> int:
    """The place, from 1, of quantile `q` among `count` values: the nearest rank, ceil(q count).

    `q` is taken as the decimal it is written as: of 100 values, 0.07 is the 7th and not the 8th,
    which the product of floating-point numbers would make of it.
    """
    assert 0 <= q <= 1
    top, bottom = _as_written(float(q))
    return max(-(-top * count // bottom), 1)


@cache
def _as_written(q: float) -> tuple[int, int]:
    """A decimal as a fraction."""
    return Fraction(repr(q)).as_integer_ratio()


@cache
def _middles_ns(bits: int) -> Int64s:
    """The middles of all buckets."""
    return np.array([bucket_middle_ns(index, bits) for index in range(bucket_count(bits))])


def quantiles_ns(counts: Counts, bits: int, *quantiles: float) -> Int64s:
    """As `quantile_ns`, of each row of `counts` and, in columns, for each of the quantiles; 0 for a
    row without values."""
    buckets = counts.shape[1]
    filled = np.flatnonzero(counts != 0)  # most are empty: the others are counted as one row
    below = np.cumsum(counts.reshape(-1)[filled], dtype=np.int64)
    edges = np.searchsorted(filled, buckets * np.arange(len(counts) + 1))
    before = np.append(0, below)[edges]
    totals = np.diff(before)
    found = np.zeros((len(counts), len(quantiles)), np.int64)
    some = totals > 0
    for column, q in enumerate(quantiles):
        top, bottom = _as_written(q)
        assert bottom < 2**20, "a quantile of more digits than the ranks have room for"
        ranks = np.maximum(-(-top * totals[some] // bottom), 1)
        index = filled[np.searchsorted(below, before[:-1][some] + ranks)] % buckets
        found[some, column] = _middles_ns(bits)[index]
    return found


def quantile_ns(counts: Counts, bits: int, q: float) -> int | None:
    """The middle of the bucket that holds the value of rank `rank(q, n)`; None if n is 0."""
    below = np.cumsum(counts, dtype=np.int64)
    if below[-1] == 0:
        return None
    index = np.searchsorted(below, rank(q, int(below[-1])))
    return bucket_middle_ns(int(index), bits)


class Histograms:
    """Rows of fine histograms, such as one for each workload's commits.

    Compiled code records into `counts` and `totals` themselves; they are shared, not copied.
    """

    def __init__(self, counts: Int64s, totals: Int64s) -> None:
        assert counts.shape == (len(totals), FINE_BUCKETS) and totals.shape[1] == 3
        self.counts = counts
        self.totals = totals

    @classmethod
    def empty(cls, rows: int = 1) -> Histograms:
        """Rows that hold nothing yet."""
        return cls(np.zeros((rows, FINE_BUCKETS), np.int64), np.zeros((rows, 3), np.int64))

    def record(self, row: int, value_ns: int) -> None:
        """Adds one value to a row."""
        record(self.counts, self.totals, row, value_ns)

    def record_many(self, row: int, values_ns: Int64s) -> None:
        """Adds all of an array to a row."""
        record_many(self.counts, self.totals, row, values_ns)

    def merge(self, other: Histograms) -> None:
        """Adds each row of `other` to the same row here."""
        self.counts += other.counts
        self.totals[:, :MAX] += other.totals[:, :MAX]
        np.maximum(self.totals[:, MAX], other.totals[:, MAX], out=self.totals[:, MAX])

    def merged(self, rows: list[int]) -> Histograms:
        """A new single row that holds the values of all `rows`, such as those of a workload."""
        sums = self.totals[rows].sum(axis=0, keepdims=True)
        sums[0, MAX] = self.totals[rows, MAX].max(initial=0)
        return Histograms(self.counts[rows].sum(axis=0, keepdims=True), sums)

    def count(self, row: int = 0) -> int:
        """How many values were recorded."""
        return int(self.totals[row, COUNT])

    def mean_ns(self, row: int = 0) -> float | None:
        """Their exact mean; None if there are none."""
        count = self.count(row)
        return int(self.totals[row, SUM]) / count if count else None

    def max_ns(self, row: int = 0) -> int | None:
        """The largest, exact; None if there are none."""
        return int(self.totals[row, MAX]) if self.count(row) else None

    def quantile_ns(self, q: float, row: int = 0) -> int | None:
        """The value of rank `rank(q, count)` within 0.8 %, exact for the last; None if empty."""
        count, top = self.count(row), self.max_ns(row)
        middle = quantile_ns(self.counts[row], FINE, q)
        if middle is None or top is None or rank(q, count) == count:
            return top
        return min(middle, top)
