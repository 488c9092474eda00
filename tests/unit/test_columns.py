"""Tables as columns: the files they become are those that pandas would write."""

from __future__ import annotations

import math

import numpy as np

from aurosim.metrics import columns

ROWS = [
    ("plain", 1, 0.1, None),
    ('a "quoted", one', 20_000_000_000_000_000, 1e-5, 2.0),
    ("two\nlines", -3, 1e16, math.nan),
    ("", 0, 123456789.123456789, 5e-324),
]
NAMES = ("text", "whole", "number", "may_lack")


def table(rows: list[tuple[object, ...]]) -> columns.Columns:
    return columns.columns(NAMES, rows, {"number", "may_lack"})


def test_a_table_is_written_as_pandas_writes_its_frame() -> None:
    for rows in (ROWS, ROWS[:1], []):
        told = table(rows)
        expected = columns.frame(told).to_csv(index=False, lineterminator="\n")
        assert columns.csv_text(told) == expected
        assert columns.csv_text(columns.frame(told)) == expected  # a frame can stand in for one


def test_a_value_that_is_not_there_is_no_number_in_a_column_of_numbers() -> None:
    lacks = table(ROWS)["may_lack"]
    assert lacks.dtype == np.float64 and np.isnan(lacks).tolist() == [True, False, True, False]
    assert table([])["number"].dtype == np.float64


def test_rows_come_back_as_they_went_in() -> None:
    first, second, *_ = columns.records(table(ROWS))
    assert list(first) == list(NAMES) and tuple(second.values()) == ROWS[1]
    assert [type(value) for value in second.values()] == [str, int, float, float]
    assert (columns.length(table(ROWS)), columns.length(table([])), columns.length({})) == (4, 0, 0)
