"""Series keep every value through folding; merging equals recording everything."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurosim.meters.histogram import COARSE, COARSE_BUCKETS, bucket
from aurosim.meters.interval_histogram import IntervalHistograms
from aurosim.meters.intervals import ADDS, KEEPS_LARGEST, MOST_INTERVALS, Intervals

RULES = [ADDS, KEEPS_LARGEST, ADDS]
WIDTH_NS = 10

times = st.one_of(
    st.integers(0, 50),
    st.builds(
        lambda k, d: max(MOST_INTERVALS * WIDTH_NS * 2**k + d, 0),
        st.integers(0, 4),
        st.integers(-2, 2),
    ),
    st.integers(0, 20 * MOST_INTERVALS * WIDTH_NS),
)
marks = st.lists(st.tuples(times, st.integers(0, 1000)), max_size=20)
spans = st.lists(st.tuples(times, times, st.integers(0, 5)), max_size=5)


def record(meter: Intervals, points, levels=()) -> Intervals:
    for at_ns, amount in points:
        meter.add(0, at_ns, amount)
        meter.raise_to(1, at_ns, amount)
    for from_ns, to_ns, level in levels:
        meter.add_area(2, from_ns, to_ns, level)
    return meter


def expected(width_ns: int, points, levels) -> np.ndarray:
    """The same series by the definition, one interval at a time."""
    table = np.zeros((3, MOST_INTERVALS), np.int64)
    for at_ns, amount in points:
        table[0, at_ns // width_ns] += amount
        table[1, at_ns // width_ns] = max(table[1, at_ns // width_ns], amount)
    for i in range(MOST_INTERVALS):
        for from_ns, to_ns, level in levels:
            overlap = min(to_ns, (i + 1) * width_ns) - max(from_ns, i * width_ns)
            table[2, i] += max(overlap, 0) * level
    return table


@settings(max_examples=40)
@given(marks, spans)
def test_series_are_what_their_definition_says(points, levels):
    meter = record(Intervals(RULES, WIDTH_NS), points, levels)
    ends = [at + 1 for at, _ in points] + [b for a, b, level in levels if b > a and level]
    width_ns = WIDTH_NS
    while max(ends, default=0) > MOST_INTERVALS * width_ns:
        width_ns *= 2
    assert meter.width_ns == width_ns
    assert np.array_equal(meter.table, expected(width_ns, points, levels))


@given(marks, marks, spans)
def test_merging_equals_recording_everything_in_any_order(left, right, levels):
    both = record(Intervals(RULES, WIDTH_NS), [*right, *left][::-1], levels[::-1])
    one = record(Intervals(RULES, WIDTH_NS), left, levels[:2])
    other = record(Intervals(RULES, WIDTH_NS), right, levels[2:])
    before = other.table.copy(), other.width_ns
    one.merge(other)
    assert one.width_ns == both.width_ns
    assert np.array_equal(one.table, both.table)
    assert np.array_equal(other.table, before[0]) and other.width_ns == before[1]


def test_a_time_far_away_folds_often_and_loses_nothing():
    meter = record(Intervals(RULES, 1_000_000_000), [(k * 10**9, 1) for k in range(1200)])
    assert meter.table[0].sum() == 1200
    meter.add(0, 366 * 86_400 * 10**9)
    assert meter.table[0].sum() == 1201
    assert meter.width_ns == 2**15 * 10**9
    assert meter.table[1].max() == 1


def test_times_before_the_start_and_odd_widths_are_our_mistakes():
    meter = Intervals(RULES, WIDTH_NS)
    with pytest.raises(AssertionError):
        meter.add(0, -1)
    with pytest.raises(AssertionError):
        meter.widen(3 * WIDTH_NS)
    with pytest.raises(IndexError):
        meter.add(3, 5)
    with pytest.raises(AssertionError):
        meter.merge(Intervals([ADDS], WIDTH_NS))


# --- a histogram for each interval -----------------------------------------------------------


def counted(meter: IntervalHistograms) -> Counter:
    """How many values each (row, interval, bucket) holds."""
    places = zip(*np.nonzero(meter.counts), strict=True)
    return Counter({tuple(map(int, place)): int(meter.counts[place]) for place in places})


entries = st.lists(st.tuples(st.integers(0, 1), times, st.integers(0, 2**40)), max_size=12)


@settings(max_examples=25)
@given(entries, entries)
def test_histograms_merge_and_fold_without_loss(left, right):
    one, other = IntervalHistograms(2, WIDTH_NS), IntervalHistograms(2, WIDTH_NS)
    for meter, list_of in ((one, left), (other, right)):
        for row, at_ns, value_ns in list_of:
            meter.record(row, at_ns, value_ns)
    one.merge(other)
    everything = left + right
    assert counted(one) == Counter(
        (row, at_ns // one.width_ns, bucket(value_ns, COARSE))
        for row, at_ns, value_ns in everything
    )


def test_quantiles_over_some_intervals():
    meter = IntervalHistograms(1, WIDTH_NS)
    for at_ns, value_ns in ((5, 1000), (15, 2000), (16, 3000), (25, 9000)):
        meter.record(0, at_ns, value_ns)
    assert meter.quantile_ns(0.5, 0, 1, 2) == pytest.approx(2000, rel=1 / 32)
    assert meter.quantile_ns(1.0, 0, 0, 3) == pytest.approx(9000, rel=1 / 32)
    assert meter.quantile_ns(0.5, 0, 3, 9) is None
    assert meter.counts.shape == (1, MOST_INTERVALS, COARSE_BUCKETS)
