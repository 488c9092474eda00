"""Durations, sizes, rates and shares: the ways people write them, exactly, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurosim import units
from aurosim.errors import UnitError, UsageError
from aurosim.units import GIB, NS_PER_S

QUIET = settings(derandomize=True, database=None, deadline=None, max_examples=200)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("30 s", 30 * NS_PER_S),
        ("30s", 30 * NS_PER_S),
        (" 5 m ", 300 * NS_PER_S),
        ("5 min", 300 * NS_PER_S),
        ("1h 30m", 5400 * NS_PER_S),
        ("1 h 30 min 5 s", 5405 * NS_PER_S),
        ("PT5M", 300 * NS_PER_S),
        ("PT1H0.5S", 3600 * NS_PER_S + 500_000_000),
        ("P1DT1S", 86401 * NS_PER_S),
        ("0.2 ms", 200_000),
        ("0.1 s", 100_000_000),
        ("1e3 ms", NS_PER_S),
        ("7 µs", 7_000),
        ("1 ns", 1),
        ("400 days", 400 * 86400 * NS_PER_S),
        (0, 0),
        (0.0, 0),
        ("0 s", 0),
    ],
)
def test_a_duration_is_whole_nanoseconds(text: object, ns: int) -> None:
    assert units.duration_ns(text) == ns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12:30", "Write '12 h 30 min' or '12 min 30 s'."),
        (600, "is 600 without a unit."),
        ("600", "is '600' without a unit."),
        (1.5, "without a unit"),
        ("10 mins", "Units: ns, us, ms, s, min, h, days."),
        ("5 s 3 s", "not a duration"),
        ("-5 s", "cannot be below zero"),
        ("401 days", "the most is 400 days"),
        ("0.3 ns", "not a whole number of nanoseconds"),
        ("PT", "not a duration"),
        ("P5M", "not a duration"),
        ("", "not a duration"),
        (True, "must be a duration, but is true"),
        (None, "must be a duration, but is nothing"),
        (["5 s"], "must be a duration, but is a list"),
        ("9" * 400 + " s", "not a duration"),
        ("1e99 s", "the most is 400 days"),
        (float("nan"), "without a unit"),
    ],
)
def test_what_is_no_duration_is_refused_with_a_way_out(text: object, said: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.duration_ns(text)
    assert said in str(caught.value)


def test_a_unit_error_is_a_usage_error_and_a_value_error() -> None:
    # pydantic turns only ValueError into a finding of its own.
    assert issubclass(UnitError, UsageError)
    assert issubclass(UnitError, ValueError)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10 GiB", 10 * GIB),
        ("600 B", 600),
        ("8 MB", 8_000_000),
        ("0.5 KiB", 512),
        ("1kB", 1000),
        (0, 0),
    ],
)
def test_a_size_is_whole_bytes(text: object, size: int) -> None:
    assert units.size_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (500, "without a unit"),
        ("500 gib", "Did you mean 'GiB'?"),
        ("500G", "may mean GB (1000) or GiB (1024)"),
        ("0.5 B", "not a whole number of bytes"),
        ("-1 B", "cannot be below zero"),
        ("2000000 TiB", "the most is"),
        ("many", "not a size"),
    ],
)
def test_what_is_no_size_is_refused(text: object, said: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.size_bytes(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "per_s"),
    [
        ("1200/s", 1200.0),
        ("90/min", 1.5),
        ("90 / min", 1.5),
        ("36 per h", 0.01),
        ("1.5e3/s", 1500.0),
        (0, 0.0),
    ],
)
def test_a_rate_is_per_second(text: object, per_s: float) -> None:
    assert units.rate_per_s(text) == per_s


@pytest.mark.parametrize(
    "text", [100, "100", "100 s", "100/fortnight", "-1/s", "1e12/s", None, "/s"]
)
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(UnitError):
        units.rate_per_s(text)


@pytest.mark.parametrize(
    ("text", "ratio"), [("95 %", 0.95), ("0.1%", 0.001), (0.25, 0.25), (1.0, 1.0), (0, 0.0)]
)
def test_a_share_is_a_ratio(text: object, ratio: float) -> None:
    assert units.ratio(text) == ratio


@pytest.mark.parametrize(
    "text", ["120 %", 2, -0.1, "0.5", True, None, float("nan"), float("inf"), "5 % %"]
)
def test_what_is_no_share_is_refused(text: object) -> None:
    with pytest.raises(UnitError):
        units.ratio(text)


@pytest.mark.parametrize(
    ("bare", "ways"),
    [
        (70, "write '70 %' or 0.7."),
        (99.9, "write '99.9 %' or 0.999."),
        (100, "write '100 %' or 1.0."),
        (1.5, "write '1.5 %' or 0.015."),
        (1, "write '1 %' or 0.01 for a hundredth, '100 %' or 1.0 for all of it."),
    ],
)
def test_a_share_without_a_unit_is_refused_with_both_ways_to_say_it(bare: float, ways: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.ratio(bare)
    assert str(caught.value) == f"is {bare}, but a share needs its unit: {ways}"


@pytest.mark.parametrize(
    ("bare", "ways"),
    [("999e-3", "write '99.9 %' or 0.999."), ("5e-7", "write '0.00005 %' or 0.0000005.")],
)
def test_below_1_a_number_without_a_point_was_meant_as_the_share(bare: str, ways: str) -> None:
    assert units.both_ways(Decimal(bare)) == ways
    percent, pointed = ways.removeprefix("write '").removesuffix(".").split("' or ")
    assert units.ratio(percent) == units.ratio(float(pointed)) == float(bare)


@QUIET
@given(st.integers(0, units.MAX_DURATION_NS))
def test_a_duration_reads_back(ns: int) -> None:
    assert units.duration_ns(units.format_duration(ns)) == ns


@QUIET
@given(st.integers(0, units.MAX_SIZE_BYTES))
def test_a_size_reads_back(size: int) -> None:
    assert units.size_bytes(units.format_size(size)) == size


@QUIET
@given(st.floats(1e-12, units.MAX_RATE_PER_S))
def test_a_rate_reads_back(rate: float) -> None:
    assert units.rate_per_s(units.format_rate(rate)) == rate


@QUIET
@given(st.floats(1e-6, 1.0))
def test_a_share_reads_back(ratio: float) -> None:
    assert units.ratio(units.format_ratio(ratio)) == ratio


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 s"),
        (1, "1 ns"),
        (90 * NS_PER_S, "90 s"),
        (300 * NS_PER_S, "5 min"),
        (1_500_000_000, "1500 ms"),
    ],
)
def test_a_duration_is_written_in_its_largest_whole_unit(ns: int, text: str) -> None:
    assert units.format_duration(ns) == text
