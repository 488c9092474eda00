"""What happened when: series of at most 1,200 intervals, however long the run.

All columns of a table share one clock, the width of an interval. A time beyond the last interval
doubles the width and folds neighbours into one, as often as needed, so memory is bounded and no
value is lost. A column either sums (counts, durations, areas) or keeps the largest value.

An *area* is a level times how long it lasted, in ns: sessions waiting, vCPUs busy, lag. Divided by
the interval's width it is the mean level, exact for a level that changes at known times.

Values are int64: a level of 10^5 held through a run of a year stays below 2^63 in each interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aurosim.compiled import kernel_jit

MOST_INTERVALS = 1200
assert MOST_INTERVALS % 2 == 0

ADDS, KEEPS_LARGEST = 0, 1
"""Rules of a column."""

WIDTH, LATEST = 0, 1
"""Columns of a clock: the width of an interval in ns, and the interval last looked up."""

Int64s = npt.NDArray[np.int64]
Rules = npt.NDArray[np.int8]


def new_clock(width_ns: int) -> Int64s:
    """A clock of intervals of this width."""
    assert width_ns > 0
    return np.array([width_ns, 0], np.int64)


@kernel_jit
def locate(clock: Int64s, at_ns: int) -> int:
    """The number of the interval that holds `at_ns`, which may lie beyond the last.

    Events come nearly in order of time, so this is nearly always the one last looked up, and a
    division is saved.
    """
    if 0 <= at_ns - clock[LATEST] * clock[WIDTH] < clock[WIDTH]:
        return int(clock[LATEST])
    assert at_ns >= 0
    clock[LATEST] = at_ns // clock[WIDTH]
    return int(clock[LATEST])


@kernel_jit
def fold(table: Int64s, rules: Rules, clock: Int64s) -> None:
    """Doubles the width of the intervals: each becomes what two neighbours were."""
    clock[WIDTH] *= 2
    for column in range(table.shape[0]):
        for i in range(MOST_INTERVALS):
            value = 0
            if 2 * i < MOST_INTERVALS:
                value, second = table[column, 2 * i], table[column, 2 * i + 1]
                value = value + second if rules[column] == ADDS else max(value, second)
            if table[column, i] != value:
                table[column, i] = value


@kernel_jit
def interval(table: Int64s, rules: Rules, clock: Int64s, at_ns: int) -> int:
    """The number of the interval that holds `at_ns`; makes room for it first."""
    i = locate(clock, at_ns)
    while i >= MOST_INTERVALS:
        fold(table, rules, clock)
        i = locate(clock, at_ns)
    return i


@kernel_jit
def add(
    table: Int64s, rules: Rules, clock: Int64s, column: int, at_ns: int, amount: int
) -> None:
    """Adds `amount` to a summing column at a time."""
    table[column, interval(table, rules, clock, at_ns)] += amount


@kernel_jit
def raise_to(
    table: Int64s, rules: Rules, clock: Int64s, column: int, at_ns: int, value: int
) -> None:
    """Keeps `value`, which is not negative, if it is the largest of its interval so far."""
    i = interval(table, rules, clock, at_ns)
    if value > table[column, i]:
        table[column, i] = value


@kernel_jit
def add_area(
    table: Int64s, rules: Rules, clock: Int64s, column: int, from_ns: int, to_ns: int, level: int
) -> None:
    """Adds `level` for the time from `from_ns` up to `to_ns` to a summing column."""
    if to_ns <= from_ns or level == 0:
        return
    interval(table, rules, clock, to_ns - 1)
    i = interval(table, rules, clock, from_ns)
    while from_ns < to_ns:
        stop_ns = min((i + 1) * clock[WIDTH], to_ns)
        table[column, i] += (stop_ns - from_ns) * level
        from_ns = stop_ns
        i += 1


class Intervals:
    """A table of series, one column each; `rules` says which add and which keep the largest.

    Compiled code records into `table`, `rules` and `clock` themselves.
    """

    def __init__(self, rules: Sequence[int], width_ns: int) -> None:
        self.rules = np.array(rules, np.int8)
        self.table = np.zeros((len(self.rules), MOST_INTERVALS), np.int64)
        self.clock = new_clock(width_ns)

    @property
    def width_ns(self) -> int:
        """The width of an interval now."""
        return int(self.clock[WIDTH])

    def add(self, column: int, at_ns: int, amount: int = 1) -> None:
        """Adds to a summing column."""
        add(self.table, self.rules, self.clock, column, at_ns, amount)

    def raise_to(self, column: int, at_ns: int, value: int) -> None:
        """Offers a value, not negative, to a column that keeps the largest."""
        raise_to(self.table, self.rules, self.clock, column, at_ns, value)

    def add_area(self, column: int, from_ns: int, to_ns: int, level: int) -> None:
        """Adds a level held for a time to a summing column."""
        add_area(self.table, self.rules, self.clock, column, from_ns, to_ns, level)

    def widen(self, width_ns: int) -> None:
        """Folds until the width is `width_ns`, a power of two times what it is now."""
        assert width_ns % self.width_ns == 0
        assert (width_ns // self.width_ns).bit_count() == 1
        while self.width_ns < width_ns:
            fold(self.table, self.rules, self.clock)

    def merge(self, other: Intervals) -> None:
        """Adds what `other` recorded; the wider of the two clocks holds, `other` stays as it is."""
        assert np.array_equal(self.rules, other.rules)
        theirs = Intervals(other.rules.tolist(), other.width_ns)
        theirs.table[:] = other.table
        width_ns = max(self.width_ns, other.width_ns)
        self.widen(width_ns)
        theirs.widen(width_ns)
        adds = self.rules == ADDS
        self.table[adds] += theirs.table[adds]
        self.table[~adds] = np.maximum(self.table[~adds], theirs.table[~adds])
