"""Histograms keep their promise on errors, and merging equals recording everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurosim.meters import histogram
from aurosim.meters.histogram import COARSE, FINE, Histograms, bucket, rank

LARGEST = 2**63 - 1

values = st.one_of(
    st.integers(0, 300),
    st.integers(0, LARGEST),
    st.builds(lambda k, d: max(2**k + d, 0), st.integers(0, 62), st.integers(-1, 1)),
)


def filled(numbers: list[int]) -> Histograms:
    result = Histograms.empty()
    result.record_many(0, np.array(numbers, np.int64))
    return result


@pytest.mark.parametrize("bits", [FINE, COARSE])
@given(value=values)
def test_a_value_lies_in_its_bucket_and_near_its_middle(bits, value):
    index = bucket(value, bits)
    low = histogram.bucket_low_ns(index, bits)
    assert 0 <= index < histogram.bucket_count(bits)
    assert low <= value < histogram.bucket_low_ns(index + 1, bits)
    error = abs(histogram.bucket_middle_ns(index, bits) - value)
    assert error * 2 ** (bits + 1) <= value
    assert error == 0 or value >= 2 ** (bits + 1)


@pytest.mark.parametrize(("bits", "count"), [(FINE, 3712), (COARSE, 960)])
def test_the_buckets_end_where_the_clock_does(bits, count):
    assert histogram.bucket_count(bits) == count
    assert bucket(LARGEST, bits) == count - 1
    lows = [histogram.bucket_low_ns(i, bits) for i in range(count)]
    assert [bucket(low, bits) for low in lows] == list(range(count))
    assert [bucket(low - 1, bits) for low in lows[1:]] == list(range(count - 1))


def test_a_negative_duration_is_our_mistake():
    meter = Histograms.empty()
    with pytest.raises(AssertionError):
        meter.record(0, -1)
    assert meter.counts.sum() == 0


def test_the_rank_is_that_of_the_decimal_as_written():
    shares = (0, 0.001, 0.01, 0.07, 0.29, 0.95, 1)
    assert [rank(q, 100) for q in shares] == [1, 1, 1, 7, 29, 95, 100]
    assert rank(0.999, 1000) == 999
    assert rank(0.5, 3) == 2


@given(st.lists(values, min_size=1, max_size=50), st.sampled_from([0, 0.5, 0.9, 0.99, 0.999, 1]))
def test_quantiles_are_within_their_error(numbers, q):
    meter = filled(numbers)
    exact = sorted(numbers)[rank(q, len(numbers)) - 1]
    assert abs(meter.quantile_ns(q) - exact) * 128 <= exact
    assert meter.quantile_ns(q) <= meter.max_ns() == max(numbers) == meter.quantile_ns(1)


@given(st.lists(st.integers(0, 2**55), min_size=1, max_size=50))
def test_count_mean_and_maximum_are_exact(numbers):
    meter = filled(numbers)
    assert meter.count() == len(numbers)
    assert meter.mean_ns() == sum(numbers) / len(numbers)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), values), max_size=40))
def test_merging_equals_recording_everything_in_any_order(numbers):
    left, right, both = Histograms.empty(3), Histograms.empty(3), Histograms.empty(3)
    for row, is_left, value in numbers:
        (left if is_left else right).record(row, value)
    for row, _, value in reversed(numbers):
        both.record(row, value)
    left.merge(right)
    assert np.array_equal(left.counts, both.counts)
    assert np.array_equal(left.totals, both.totals)
    one = both.merged([0, 2])
    some = filled([value for row, _, value in numbers if row != 1])
    assert np.array_equal(one.counts, some.counts) and np.array_equal(one.totals, some.totals)


def test_nothing_recorded_is_none():
    meter = Histograms.empty()
    assert (meter.mean_ns(), meter.max_ns(), meter.quantile_ns(0.5)) == (None, None, None)
