"""The one compiled pass over a block of rows: each row is looked at once and never kept.

What counts when (the words of docs/summary.md):

- a request is final with its last row; it counts as due, good or bad, and its latency, if it was
  due after warm-up;
- transactions, statements, reads, writes and errors count by the end of the row, after warm-up.
  Statements are round trips that succeeded; opening a connection is none. Each row that did not
  succeed is one error of its word;
- a row that ends after the run does not count at all, but for Little's law: its reply still
  travels, and its request is unfinished at the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aurosim.catalog.statement import READ_KINDS, WRITE_KINDS
from aurosim.compiled import kernel_entry, kernel_inner
from aurosim.dataplane.contract import Final, Outcome, StatementKind
from aurosim.meters.histogram import record
from aurosim.meters.interval_histogram import record_at
from aurosim.meters.intervals import add, interval, locate, raise_to
from aurosim.metrics import outages as out
from aurosim.metrics import tables as tab
from aurosim.metrics.outages import Gaps
from aurosim.metrics.tables import Tables

Int64s = npt.NDArray[np.int64]
Rows = npt.NDArray[np.void]
Row = Any
"""One record of a block, whose fields are whole numbers."""

# Plain numbers: compiled code takes them as constants.
_OK = int(Outcome.OK)
_NOT_FINAL = int(Final.NOT)
_FINAL_GOOD = int(Final.GOOD)
_FIRST_READ, _LAST_READ = int(READ_KINDS[0]), int(READ_KINDS[-1])
_FIRST_WRITE, _LAST_WRITE = int(WRITE_KINDS[0]), int(WRITE_KINDS[-1])
_READ_ONLY = int(Outcome.READ_ONLY)
_RESET, _SILENT = int(Outcome.CONNECTION_RESET), int(Outcome.CONNECTION_TIMED_OUT)
_TIMEOUT, _UNKNOWN = int(Outcome.STATEMENT_TIMEOUT), int(Outcome.UNKNOWN_OUTCOME)
_COMMIT = int(StatementKind.COMMIT)
_CONNECT = int(StatementKind.CONNECT)


@kernel_inner
def _answered(t: Tables, row: Row, workload: int, i: int, measured: bool) -> None:
    """A statement, or the opening of a connection, that succeeded; `i` is its interval."""
    kind = row["kind"]
    if kind > _CONNECT:
        return
    reads = _FIRST_READ <= kind <= _LAST_READ
    writes = _FIRST_WRITE <= kind <= _LAST_WRITE
    base = workload * tab.WORKLOAD_SERIES
    if kind <= _COMMIT:
        t.series[base + tab.S_STATEMENTS, i] += 1
        t.series[base + tab.S_READS, i] += reads
        t.series[base + tab.S_WRITES, i] += writes
    if not measured:
        return
    took_ns = row["end_ns"] - row["start_ns"]
    record(t.counts, t.count_totals, workload * tab.HISTOGRAMS + kind, took_ns)
    if kind > _COMMIT:
        return
    t.totals[workload, tab.STATEMENTS] += 1
    t.totals[workload, tab.READS] += reads
    t.totals[workload, tab.WRITES] += writes
    if t.commits[t.first_statement[workload] + row["statement"]]:
        record(t.counts, t.count_totals, workload * tab.HISTOGRAMS + tab.COMMITS, took_ns)
    if reads and row["instance"] >= 0:
        instance, stale_ns = row["instance"], row["stale_ns"]
        t.reads[instance, tab.R_READS] += 1
        if stale_ns > 0:
            t.totals[workload, tab.STALE] += 1
            t.reads[instance, tab.R_STALE] += 1
            t.reads[instance, tab.R_STALE_NS] += stale_ns
            if stale_ns > t.reads[instance, tab.R_STALE_MAX_NS]:
                t.reads[instance, tab.R_STALE_MAX_NS] = stale_ns


@kernel_inner
def _final(t: Tables, row: Row, workload: int, at_ns: int) -> None:
    """The last row of a request, within the run; `at_ns` tells its interval."""
    due_ns, end_ns = row["due_ns"], row["end_ns"]
    took_ns = end_ns - due_ns
    base = workload * tab.WORKLOAD_SERIES
    good = row["final"] == _FINAL_GOOD
    add(t.series, t.rules, t.clock, base + tab.S_DUE, min(due_ns, at_ns), 1)
    if good:
        add(t.series, t.rules, t.clock, base + tab.S_GOOD, at_ns, 1)
        raise_to(t.series, t.rules, t.clock, base + tab.S_LATENCY_MAX, at_ns, took_ns)
        record_at(t.latency, t.latency_clock, workload, at_ns, took_ns)
        t.totals[workload, tab.TRANSACTIONS] += end_ns >= t.limits[0]
    else:
        add(t.series, t.rules, t.clock, base + tab.S_BAD, at_ns, 1)
    if at_ns >= t.limits[0]:
        t.windows[workload, (at_ns - t.limits[0]) // tab.WINDOW_NS, 0 if good else 1] += 1
    if due_ns >= t.limits[0]:
        t.totals[workload, tab.DUE] += 1
        t.totals[workload, tab.GOOD if good else tab.BAD] += 1
        kind = tab.GOOD_REQUESTS if good else tab.FAILED_REQUESTS
        record(t.counts, t.count_totals, workload * tab.HISTOGRAMS + kind, took_ns)


@kernel_inner
def _await(gaps: Gaps, pending: Int64s, row: Row, fate: int, from_ns: int) -> None:
    """Puts a row among those that wait for the order of their ends."""
    n = gaps.sizes[out.PENDING]
    pending[out.P_ASKER, n] = row["process"]
    pending[out.P_DUE, n] = from_ns
    pending[out.P_END, n] = row["end_ns"]
    pending[out.P_FATE, n] = fate
    pending[out.P_INSTANCE, n] = row["instance"]
    gaps.sizes[out.PENDING] = n + 1


@kernel_inner
def _ended(t: Tables, gaps: Gaps, pending: Int64s, row: Row, workload: int) -> None:
    """A final row, for outages and for Little's sum."""
    due_ns, end_ns = row["due_ns"], row["end_ns"]
    t.totals[workload, tab.FINALS] += 1
    t.totals[workload, tab.WAITED_NS] += end_ns - due_ns
    _await(gaps, pending, row, out.GOOD if row["final"] == _FINAL_GOOD else out.BAD, due_ns)
    if end_ns >= t.limits[0]:
        gaps.asked[row["process"]] = 1


@kernel_inner
def _mark(gaps: Gaps, pending: Int64s, row: Row) -> None:
    """What a row tells of its connection: that it was opened, hung, or leads to a reader."""
    outcome = row["outcome"]
    if row["kind"] == _CONNECT:
        if outcome == _OK:
            _await(gaps, pending, row, out.OPENED, row["lsn"])
        elif row["lsn"] > 0:
            _await(gaps, pending, row, out.LED, row["lsn"])
    elif outcome == _READ_ONLY:
        _await(gaps, pending, row, out.POISONED, 0)
    elif outcome in (_RESET, _SILENT, _TIMEOUT, _UNKNOWN):
        _await(gaps, pending, row, out.HUNG, 0)


@kernel_entry
def scan(rows: Rows, t: Tables, gaps: Gaps, pending: Int64s) -> None:
    """Looks at each row of a block once."""
    warm_up_ns, run_end_ns = t.limits[0], t.limits[1]
    for n in range(len(rows)):
        row: Row = rows[n]
        workload, end_ns = row["workload"], row["end_ns"]
        if end_ns > gaps.marks[out.LATEST]:
            gaps.marks[out.LATEST] = end_ns
        final = row["final"] != _NOT_FINAL
        outcome = row["outcome"]
        if final:
            _ended(t, gaps, pending, row, workload)
        if end_ns > run_end_ns:
            continue
        if outcome != _OK or row["kind"] == _CONNECT:
            _mark(gaps, pending, row)
        measured = end_ns >= warm_up_ns
        # What ends with the run belongs to its last interval.
        i = interval(t.series, t.rules, t.clock, min(end_ns, run_end_ns - 1))
        if outcome == _OK:
            _answered(t, row, workload, i, measured)
        else:
            base = workload * tab.WORKLOAD_SERIES + tab.S_ERRORS
            t.series[base + outcome, i] += 1
            t.totals[workload, tab.ERRORS + outcome] += measured
        if final:
            _final(t, row, workload, min(end_ns, run_end_ns - 1))


def digest(rows: Rows, t: Tables, gaps: Gaps, pending: Int64s, found: Int64s) -> None:
    """Digests a block. `pending` and `found` have room for it: `Recorder.rows` sees to that."""
    scan(rows, t, gaps, pending)
    until_ns = min(gaps.marks[out.LATEST] - gaps.marks[out.SKEW], t.limits[1])
    out.settle(gaps, pending, found, until_ns)


@kernel_entry
def digest_lag(
    block: Rows, limits: Int64s, counts: Int64s, totals: Int64s, series: Int64s, clock: Int64s
) -> None:
    """Digests lag samples: one row of histogram and LAG_SERIES columns for each instance."""
    for n in range(len(block)):
        instance, at_ns, lag_ns = block[n]["instance"], block[n]["at_ns"], block[n]["lag_ns"]
        if at_ns > limits[1]:
            continue
        if at_ns >= limits[0]:
            record(counts, totals, instance, lag_ns)
        base, i = instance * tab.LAG_SERIES, locate(clock, min(at_ns, limits[1] - 1))
        series[base + tab.L_COUNT, i] += 1
        series[base + tab.L_SUM, i] += lag_ns
        if lag_ns > series[base + tab.L_MAX, i]:
            series[base + tab.L_MAX, i] = lag_ns
