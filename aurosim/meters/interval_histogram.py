"""How long it took, when: a coarse histogram (3.2 %) for each interval of a run.

The intervals are those of `intervals`: at most 1,200, the width doubles when they are full. A row
may be one workload. A row takes at most 4.6 MB, and only once its intervals are written to. Each
bucket of an interval counts up to 2^32 - 1 values.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aurosim.compiled import kernel_jit
from aurosim.meters.histogram import COARSE, COARSE_BUCKETS, bucket, quantile_ns, quantiles_ns
from aurosim.meters.intervals import MOST_INTERVALS, WIDTH, locate, new_clock

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]


@kernel_jit
def fold_histograms(counts: UInt32s, clock: Int64s) -> None:
    """Doubles the width of the intervals: each becomes the sum of two neighbours.

    Writes only what changes, so that memory never recorded into stays unclaimed.
    """
    clock[WIDTH] *= 2
    for row in range(counts.shape[0]):
        for i in range(MOST_INTERVALS):
            for b in range(COARSE_BUCKETS):
                value = np.uint32(0)
                if 2 * i < MOST_INTERVALS:
                    value = np.uint32(counts[row, 2 * i, b] + counts[row, 2 * i + 1, b])
                if counts[row, i, b] != value:
                    counts[row, i, b] = value


@kernel_jit
def record_at(counts: UInt32s, clock: Int64s, row: int, at_ns: int, value_ns: int) -> None:
    """Adds `value_ns` to the interval of `at_ns` in row `row` of `counts`.

    `counts` is (rows, MOST_INTERVALS, COARSE_BUCKETS), `clock` their width.
    """
    i = locate(clock, at_ns)
    while i >= MOST_INTERVALS:
        fold_histograms(counts, clock)
        i = locate(clock, at_ns)
    counts[row, i, bucket(value_ns, COARSE)] += np.uint32(1)


class IntervalHistograms:
    """Rows of series of coarse histograms. Compiled code records into `counts` and `clock`."""

    def __init__(self, rows: int, width_ns: int) -> None:
        self.counts = np.zeros((rows, MOST_INTERVALS, COARSE_BUCKETS), np.uint32)
        self.clock = new_clock(width_ns)

    @property
    def width_ns(self) -> int:
        """The width of an interval now."""
        return int(self.clock[WIDTH])

    def record(self, row: int, at_ns: int, value_ns: int) -> None:
        """Adds one value at a time to a row."""
        record_at(self.counts, self.clock, row, at_ns, value_ns)

    def widen(self, width_ns: int) -> None:
        """Folds until the width is `width_ns`, a power of two times what it is now."""
        assert width_ns % self.width_ns == 0
        assert (width_ns // self.width_ns).bit_count() == 1
        while self.width_ns < width_ns:
            fold_histograms(self.counts, self.clock)

    def merge(self, other: IntervalHistograms) -> None:
        """Adds what `other` recorded; the wider of the two clocks holds, `other` stays as it is."""
        theirs = IntervalHistograms(len(other.counts), other.width_ns)
        theirs.counts[:] = other.counts
        width_ns = max(self.width_ns, other.width_ns)
        self.widen(width_ns)
        theirs.widen(width_ns)
        self.counts += theirs.counts

    def quantiles_ns(self, row: int, stop: int, *quantiles: float) -> Int64s:
        """The quantiles, in columns, of each interval up to `stop`; 0 where it has no values."""
        return quantiles_ns(self.counts[row, :stop], COARSE, *quantiles)

    def quantile_ns(self, q: float, row: int, first: int, stop: int) -> int | None:
        """The quantile, within 3.2 %, of the values in intervals `first` up to `stop`, or None."""
        return quantile_ns(self.counts[row, first:stop].sum(axis=0, dtype=np.int64), COARSE, q)
