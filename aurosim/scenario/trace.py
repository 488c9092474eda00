"""A measured trace: how many requests came in each period, from a CSV file.

The columns are `timestamp,value`, as monitoring systems export them; timestamps are ISO
(`2014-04-10 00:04:00`), one per period.
`sum` means that a value counts the requests of its period: a whole number. `average` means requests
per second. What looks
like something else (CPU percentages declared as counts) is refused with its line, since a
simulation of it would look right. Complaints quote no text of the file: whoever reads them may not
be allowed to read whatever file a scenario names.
"""

from __future__ import annotations

import csv
import io
import math
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aurosim.errors import UsageError
from aurosim.scenario.arrivals import TraceSpec
from aurosim.units import NS_PER_S, NS_PER_US, format_duration, format_size

MAX_BYTES = 10_000_000
MAX_POINTS = 200_000
COLUMNS = ("timestamp", "value")


@dataclass(frozen=True)
class Trace:
    """The series as the file has it, gaps filled: `times` in ns from the first one, `values` as
    written (counts of a period for
    `sum`, requests per second for `average`), `period_ns` between two. `scale` and `compress` are
    not applied."""

    times: tuple[int, ...]
    values: tuple[float, ...]
    period_ns: int


@dataclass(frozen=True)
class _Row:
    line: int
    time: int
    value: float


def read_trace(spec: TraceSpec, folder: Path) -> Trace:
    """The series of the spec's file; a relative path counts from `folder`. Raises UsageError with
    file and line.
    """
    return parse_trace(trace_bytes(spec, folder), spec)


def trace_bytes(spec: TraceSpec, folder: Path) -> bytes:
    """What the spec's file holds, at most `MAX_BYTES`. Raises UsageError if it cannot be read."""
    path, name = folder / spec.file, spec.file
    try:
        # A pipe or a device could keep the reader waiting for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{name}: is not a file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{name}: cannot be read: {reason}.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"{name}: is larger than {format_size(MAX_BYTES)}, the most a trace may have."
        )
    return content


def parse_trace(content: bytes, spec: TraceSpec) -> Trace:
    """The series that the content of the spec's file holds. Raises UsageError with its line."""
    rows = [_row(cells, line, spec) for line, cells in _cells(content, spec.file)]
    if len(rows) < 2:
        raise UsageError(f"{spec.file}: has {len(rows)} values; a trace has at least two.")
    rows = _filled(rows, spec)
    if spec.statistic == "sum":
        _refuse_parts(rows, spec)
    start = rows[0].time
    times = tuple(row.time - start for row in rows)
    return Trace(times, tuple(row.value for row in rows), spec.period)


def rates_per_s(trace: Trace, spec: TraceSpec) -> tuple[float, ...]:
    """The mean rate in each period, scaled. Compressing leaves the rates as they are."""
    per_s = NS_PER_S / trace.period_ns if spec.statistic == "sum" else 1.0
    return tuple(value * per_s * spec.scale for value in trace.values)


def _cells(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    """The rows below the head with their line numbers, blank ones left out."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: is not UTF-8 text.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = tuple(cell.strip().lower() for cell in next(reader, []))
        if head != COLUMNS:
            raise UsageError(
                f"{name}:1: has a head of {len(head)} columns that are not timestamp,value. "
                "Name the columns so."
            )
        rows = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise UsageError(f"{name}:{reader.line_num}: is not CSV: {error}.") from error
    if len(rows) > MAX_POINTS:
        raise UsageError(f"{name}: has {len(rows)} values; the most is {MAX_POINTS}.")
    return rows


def _row(cells: list[str], line: int, spec: TraceSpec) -> _Row:
    place = f"{spec.file}:{line}:"
    if len(cells) != 2:
        raise UsageError(f"{place} has {len(cells)} columns; there are two, timestamp and value.")
    try:
        when = datetime.fromisoformat(cells[0].strip())
    except ValueError as error:
        way = "Write it like '2014-04-10 00:04:00'."
        raise UsageError(f"{place} has a timestamp that is none. {way}") from error
    # Without a zone, times are taken as UTC: only their distances matter.
    offset = (when.replace(tzinfo=UTC) if when.tzinfo is None else when) - datetime(
        1970, 1, 1, tzinfo=UTC
    )
    time = (offset.days * 86_400 + offset.seconds) * NS_PER_S + offset.microseconds * NS_PER_US
    try:
        value = float(cells[1])
    except ValueError as error:
        raise UsageError(f"{place} has a value that is no number.") from error
    if not math.isfinite(value) or not 0 <= value <= 1e12:
        raise UsageError(f"{place} has the value {value:g}; values are finite, 0 or more.")
    return _Row(line, time, value)


def _refuse_parts(rows: list[_Row], spec: TraceSpec) -> None:
    """Counts are whole numbers; the first that is not shows that these are none. Filled gaps are
    not asked.
    """
    for row in rows:
        if row.line and row.value != int(row.value):
            raise UsageError(
                f"{spec.file}:{row.line}: has the value {row.value:g}, which is not whole, "
                f"but statistic is sum: counts of "
                f"{spec.unit} in {format_duration(spec.period)}. Is this another quantity, "
                f"like a CPU percentage? "
                "For requests per second, say statistic: average."
            )


def _filled(rows: list[_Row], spec: TraceSpec) -> list[_Row]:
    """One row per period. Times that do not go up are refused, and gaps, unless the spec fills
    them.
    """
    filled = [rows[0]]
    for row in rows[1:]:
        last, place = filled[-1], f"{spec.file}:{row.line}:"
        step = row.time - last.time
        if step <= 0:
            how = "the same time as" if step == 0 else "an earlier time than"
            raise UsageError(
                f"{place} has {how} the line before. Sort the file, one line for each time."
            )
        periods, rest = divmod(step, spec.period)
        if rest:
            raise UsageError(
                f"{place} comes {format_duration(step)} after the line before, which is no "
                f"whole number of "
                f"periods of {format_duration(spec.period)} (period)."
            )
        if periods > 1 and spec.gaps == "refuse":
            raise UsageError(
                f"{place} comes {format_duration(step)} after the line before: a gap. "
                "Say gaps: interpolate, or gaps: zero, if that is what it means; or mend period."
            )
        if periods > MAX_POINTS - len(filled):
            raise UsageError(
                f"{place} comes so late that the trace has more than {MAX_POINTS} periods."
            )
        filled += [_between(last, row, number, periods, spec) for number in range(1, periods)]
        filled.append(row)
    return filled


def _between(last: _Row, row: _Row, number: int, periods: int, spec: TraceSpec) -> _Row:
    value = 0.0 if spec.gaps == "zero" else last.value + (row.value - last.value) * number / periods
    return _Row(0, last.time + number * spec.period, value)
