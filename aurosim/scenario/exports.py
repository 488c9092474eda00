"""What a trace's file may look like: CSV, or what CloudWatch's two commands give, as it is.

Told apart by content, not by name. JSON has its points in any order; CSV may, too. What comes out
is points with their places, and what the file says of itself: metric, unit, statistic. Complaints
quote no text of the file but the names of a time series' columns: whoever reads them may not be
allowed to read whatever file a scenario names.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from aurosim.errors import UsageError
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.nearest import listed
from aurosim.units import NS_PER_MS, NS_PER_S, NS_PER_US

MAX_POINTS = 200_000
COLUMNS = ("timestamp", "value")
TIME_COLUMNS = ("timestamp", "time", "date", "datetime")
MAX_VALUE = 1e12
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = re.compile(r"\d{9,13}(\.\d{1,9})?")
_SLASHES = re.compile(r"\d{4}/\d\d/\d\d(?!/)")
_COLUMN = re.compile(r"[A-Za-z][\w %()/.-]{0,39}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
"""As spreadsheets write them, in quotes; parted by semicolons, a comma begins the decimals."""
FROM_THE_CLI = "DATAPOINTS\t"
JSON_FIRST = "Export with --output json."


@dataclass(frozen=True)
class Point:
    """One value. `where` is a line, or a number that `Series.place` knows; `zone` tells whether
    its time has one."""

    where: int
    time: int
    value: float
    zone: bool = True


@dataclass(frozen=True)
class Series:
    """The points in the order of the file, how to name their places, and what the file says;
    `ids` are names by which `metric` may have picked it."""

    points: list[Point]
    place: Callable[[int], str]
    metric: str | None = None
    unit: str | None = None
    statistic: str | None = None
    from_aws: bool = False
    ids: tuple[str, ...] = ()


def moment(raw: object) -> tuple[int, bool] | None:
    """Nanoseconds since 1970 and whether the zone was said; None for what is no time.

    ISO text, with slashes too, or seconds or milliseconds since 1970 as some clients print them.
    Without a zone, times are taken as UTC: only their distances matter.
    """
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raw = format(raw, ".6f") if isinstance(raw, float) else str(raw)
    if not isinstance(raw, str):
        return None
    text = raw.strip()
    if _EPOCH.fullmatch(text):
        whole, _, part = text.partition(".")
        unit = NS_PER_MS if len(whole) > 11 else NS_PER_S
        return int(whole) * unit + int(part.ljust(9, "0") or 0) * unit // NS_PER_S, True
    if _SLASHES.match(text):
        text = text.replace("/", "-", 2)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = (when.replace(tzinfo=UTC) if when.tzinfo is None else when) - EPOCH
    seconds = offset.days * 86_400 + offset.seconds
    return seconds * NS_PER_S + offset.microseconds * NS_PER_US, when.tzinfo is not None


def number(raw: object, place: Callable[[], str]) -> float:
    """The value as a number. Raises UsageError for what cannot be a count or a rate."""
    try:
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
            raise ValueError
        value = float(raw)
    except OverflowError:
        value = math.inf
    except ValueError as error:
        if raw == "":
            way = "Leave the line out, and say with gaps: what is missing."
            raise UsageError(f"{place()} has no value. {way}") from error
        raise UsageError(f"{place()} has a value that is no number.") from error
    if not math.isfinite(value) or not 0 <= value <= MAX_VALUE:
        raise UsageError(
            f"{place()} has the value {value:g}; values are finite, from 0 to {MAX_VALUE:g}."
        )
    return value


def read_text(content: bytes, spec: TraceSpec) -> Series:
    """The series of a file that is not JSON: CSV, or the CLI's text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{spec.file}:{line}: is not UTF-8 text. Save it as UTF-8.") from error
    if text.startswith("METRICDATARESULTS\t"):
        raise UsageError(f"{spec.file}:1: is get-metric-data as text. {JSON_FIRST}")
    if text.startswith(FROM_THE_CLI) or "\n" + FROM_THE_CLI in text[:2000]:
        return _cli_text(text, spec)
    return _table(text, spec)


def refuse_too_many(points: int, name: str) -> None:
    """Raise UsageError for more values than a trace may have."""
    if points > MAX_POINTS:
        raise UsageError(
            f"{name}: has {points} values; the most is {MAX_POINTS}. "
            "Export a shorter time, or with a longer period."
        )


def _lines(name: str) -> Callable[[int], str]:
    return lambda line: f"{name}:{line}:"


def _time(raw: str, place: str) -> tuple[int, bool]:
    found = moment(raw)
    if found is None:
        raise UsageError(
            f"{place} has a timestamp that is none. Write it like '2014-04-10 00:04:00'."
        )
    return found


def _cli_text(text: str, spec: TraceSpec) -> Series:
    """`get-metric-statistics --output text`: the label, then DATAPOINTS, value, time and unit."""
    points: list[Point] = []
    label = unit = None
    place = _lines(spec.file)
    for line, row in enumerate(text.splitlines(), 1):
        here, cells = place(line), row.split("\t")
        if cells[0] == "DATAPOINTS":
            if len(cells) != 4:
                raise UsageError(
                    f"{here} has {len(cells)} columns; with one statistic there are four: the "
                    f"word, value, time and unit. {JSON_FIRST}"
                )
            time, zone = _time(cells[2], here)
            points.append(Point(line, time, number(cells[1], partial(place, line)), zone))
            unit = cells[3]
        elif len(cells) == 1 and label is None:
            label = row.strip()
        elif row.strip():
            raise UsageError(f"{here} is no line of get-metric-statistics. {JSON_FIRST}")
    refuse_too_many(len(points), spec.file)
    return Series(points, place, label, unit, from_aws=True)


def _table(text: str, spec: TraceSpec) -> Series:
    """CSV, with tabs or semicolons too; the head may be missing where there are two columns."""
    name, place = spec.file, _lines(spec.file)
    first = text.partition("\n")[0]
    delimiter = next((mark for mark in "\t;" if mark in first and "," not in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise UsageError(f"{name}:{reader.line_num}: is not CSV: {error}.") from error
    refuse_too_many(len(rows) - 1, name)
    head = [cell.strip() for cell in rows[0][1]] if rows else []
    if spec.column is None and spec.time_column is None and len(head) == 2 and moment(head[0]):
        when, what, columns, metric = 0, 1, 2, None
    else:
        below = rows[1][1] if len(rows) > 1 else []
        when, what = _columns(head, spec, _names_there(head, below))
        columns, metric = len(head), None if head[what].lower() == "value" else head[what]
        rows = rows[1:]
    grouped = delimiter == ","
    points = [_point(cells, line, place, (when, what, columns), grouped) for line, cells in rows]
    return Series(points, place, metric)


def _names_there(head: list[str], below: list[str]) -> str:
    """The columns by name, where the file is a table of times: no other file is read out."""
    table = len(head) > 1 and len(head) == len(below) and any(moment(cell) for cell in below)
    if not table or not all(_COLUMN.fullmatch(cell) for cell in head):
        return ""
    return f" Its columns: {listed(head)}."


def _columns(head: list[str], spec: TraceSpec, names: str) -> tuple[int, int]:
    """Which column holds the times and which the values; `names` tells which there are."""
    place, small = f"{spec.file}:1:", [cell.lower() for cell in head]
    if spec.column is None and spec.time_column is None and tuple(small) != COLUMNS:
        raise UsageError(
            f"{place} has a head of {len(head)} columns that are not timestamp,value. "
            f"Say which column holds the values: column: its name.{names}"
        )
    what = _named(spec.column or COLUMNS[1], "column", small, place, names)
    if spec.time_column is not None:
        when = _named(spec.time_column, "time_column", small, place, names)
    else:
        known = [n for n, cell in enumerate(small) if cell in TIME_COLUMNS]
        when = (known or [0])[0]
    if when == what:
        raise UsageError(
            f"{place} would hold times and values in one column. Say column and time_column."
        )
    return when, what


def _named(name: str, key: str, head: list[str], place: str, names: str) -> int:
    found = [n for n, cell in enumerate(head) if cell == name.strip().lower()]
    if len(found) == 1:
        return found[0]
    how = "no column" if not found else f"{len(found)} columns"
    raise UsageError(
        f"{place} has {how} '{name}' ({key}) among its {len(head)}. "
        f"Name it as the first line of the file does, and there only once.{names}"
    )


def _point(
    cells: list[str],
    line: int,
    place: Callable[[int], str],
    columns: tuple[int, int, int],
    grouped: bool,
) -> Point:
    when, what, count = columns
    if len(cells) != count:
        named = ", timestamp and value" if count == 2 else ", as in its first line"
        words = "two" if count == 2 else str(count)
        raise UsageError(f"{place(line)} has {len(cells)} columns; there are {words}{named}.")
    time, zone = _time(cells[when], place(line))
    text = cells[what].strip()
    if "," in text:
        if not (grouped and _THOUSANDS.fullmatch(text)):
            raise UsageError(
                f"{place(line)} has a value with a comma, which may part thousands or begin "
                "decimals. Write 1050 for a thousand and fifty, 1.05 with a point."
            )
        text = text.replace(",", "")
    return Point(line, time, number(text, partial(place, line)), zone)
