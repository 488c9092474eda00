"""Tables as columns by name, without pandas: the way to an answer writes them as files and draws
them, and only who asks for a frame in Python pays for the library that makes one.

What reads a table reads columns by name, so that a frame can stand in for one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, Any]
"""Columns of one length by name, each a list or an array; NaN where there is no number."""
Row = dict[str, Any]


def numbers(values: Iterable[float | None]) -> npt.NDArray[np.float64]:
    """A column of numbers; None becomes NaN, also where there is nothing else."""
    return np.array([np.nan if value is None else value for value in values], np.float64)


def columns(
    names: Sequence[str], rows: Iterable[Iterable[Any]], floats: Collection[str]
) -> Columns:
    """Rows as columns called `names`; those among `floats` hold numbers with or without a value."""
    across = list(zip(*rows, strict=True)) or [()] * len(names)
    named = zip(names, across, strict=True)
    return {name: numbers(each) if name in floats else list(each) for name, each in named}


def records(table: Columns) -> Iterator[Row]:
    """The rows of a table, each by the names of its columns."""
    names = [str(name) for name in table]
    for values in zip(*(_plain(table[name]) for name in table), strict=True):
        yield dict(zip(names, values, strict=True))


def length(table: Columns) -> int:
    """How many rows a table has."""
    return len(next(iter(table[name] for name in table), ()))


def frame(table: Columns) -> pd.DataFrame:
    """The table as a frame of pandas."""
    import pandas as pd

    return pd.DataFrame(dict(table))


def csv_text(table: Columns) -> str:
    """One row a line, floats as the shortest text that reads back the same; no value: empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*(_cells(_plain(table[name])) for name in table), strict=True))
    return text.getvalue()


def _plain(values: Any) -> Any:
    """A column as a list of Python's own numbers and texts."""
    return values.tolist() if hasattr(values, "tolist") else values


def _cells(values: Iterable[Any]) -> list[Any]:
    return ["" if value is None or value != value else value for value in values]
