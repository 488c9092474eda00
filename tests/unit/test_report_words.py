"""Numbers as the report writes them: enough digits, and never a rounding that changes the claim."""

from __future__ import annotations

import math

import pytest

from aurosim.report import words


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (0.5, "0.500"), (5.4873, "5.49"), (54.87, "54.9"), (548.7, "549"), (12, "12"),
        (20263, "20\u2009263"), (999.96, "1000"), (1e-5, "0.0000100"), (-3.14159, "-3.14"),
        (None, "\u2013"), (math.nan, "\u2013"),
    ],
)  # fmt: skip
def test_numbers(value: float | None, shown: str) -> None:
    assert words.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 s"), (0.0042, "4.20 ms"), (12.44, "12.4 s"), (250.0, "250 s"), (900.0, "15.0 min"),
        (14_400.0, "4.0 h"), (None, "\u2013"),
    ],
)  # fmt: skip
def test_lengths_of_time(value: float | None, shown: str) -> None:
    assert words.seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "100 %"), (0.0, "0 %"), (0.881, "88.1 %"), (0.9999, "99.99 %"),
        (0.99999, "99.999 %"), (1 - 1e-12, "> 99.999999 %"), (1e-12, "< 0.000001 %"),
        (0.0001, "0.01 %"),
    ],
)  # fmt: skip
def test_a_share_is_everything_or_nothing_only_if_it_is(value: float, shown: str) -> None:
    assert words.share(value) == shown


def test_names_have_no_control_letters_and_an_end() -> None:
    assert words.name("a\x00b\nc\u202ed") == "a\ufffdb\ufffdc\ufffdd"
    assert words.name("x" * 70) == "x" * 63 + "\u2026"


def test_lists_are_sentences() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_sizes_are_binary() -> None:
    assert [words.size(n) for n in (0, 600, 10 * 2**30, 3 * 2**41)] == [
        "0 B",
        "600 B",
        "10 GiB",
        "6 TiB",
    ]


@pytest.mark.parametrize(
    ("value", "bound", "shown"),
    [
        (99.87654321, 50, "99.88"), (99.9996, 100, "99.9996"), (100.0, 100, "100"), (0, None, "0"),
        (123456.7, 5, "123\u2009500"), (1.23456e-7, None, "0.0000001235"),
        (123457, 5, "123\u2009457"), (12345.678, 12346, "12\u2009345.7"),
        (12.3451, 12.3454, "12.345"),
        (0.00012, None, "0.00012"), (-20312.4, 0, "-20\u2009310"),
    ],
)  # fmt: skip
def test_a_value_beside_its_bound_has_four_digits_or_as_many_as_tell_them_apart(
    value: float, bound: float | None, shown: str
) -> None:
    assert words.beside(value, bound) == shown
