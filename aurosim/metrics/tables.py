"""Where the numbers of a run are kept: arrays as large as the plan wants, whatever the requests.

Rows of the data plane are digested by compiled code, which wants plain arrays; this page gives each
of their rows and columns a name. Intervals are as wide as the run's length demands from the start
(100 ms, doubled until 1,200 of them hold the run), which is where doubling on the way would end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import Outcome, StatementKind
from aurosim.dataplane.plan import Plan, WorkloadPlan
from aurosim.meters.histogram import Histograms
from aurosim.meters.interval_histogram import IntervalHistograms
from aurosim.meters.intervals import ADDS, KEEPS_LARGEST, MOST_INTERVALS, Intervals

Int64s = npt.NDArray[np.int64]

FIRST_WIDTH_NS = 100_000_000
WINDOW_NS = 10_000_000_000
"""Windows, from the end of warm-up on, of which some may be impaired; the last may be cut."""

# --- histograms of a workload: first one for each StatementKind up to CONNECT, then
GOOD_REQUESTS = int(StatementKind.CONNECT) + 1
FAILED_REQUESTS = GOOD_REQUESTS + 1
COMMITS = GOOD_REQUESTS + 2
HISTOGRAMS = GOOD_REQUESTS + 3

# --- totals of a workload
DUE, GOOD, BAD = 0, 1, 2  # final requests due after warm-up
TRANSACTIONS, STATEMENTS, READS, WRITES = 3, 4, 5, 6  # by finish after warm-up
FINALS = 7  # all final rows of the run
WAITED_NS = 8  # the sum of (end - due) over these: Little's law
STALE = 9  # of the reads, those that missed a commit acknowledged before they were sent
ERRORS = 10  # + Outcome, by finish after warm-up
OUTCOMES = len(Outcome)
TOTALS = ERRORS + OUTCOMES

# --- series of a workload
S_DUE, S_GOOD, S_BAD, S_STATEMENTS, S_READS, S_WRITES = 0, 1, 2, 3, 4, 5
S_LATENCY_MAX = 6
S_ERRORS = 7  # + Outcome
WORKLOAD_SERIES = S_ERRORS + OUTCOMES

# --- reads of an instance
R_READS, R_STALE, R_STALE_NS, R_STALE_MAX_NS = 0, 1, 2, 3

# --- lag series of an instance
L_COUNT, L_SUM, L_MAX = 0, 1, 2
LAG_SERIES = 3


class Tables(NamedTuple):
    """What the compiled digest reads and writes; one row of `totals` per workload."""

    limits: Int64s  # warm-up, end of the run
    first_statement: Int64s  # where a workload's statements begin in `commits`
    commits: npt.NDArray[np.bool_]  # whether a statement of a transaction is its commit
    counts: Int64s
    count_totals: Int64s
    latency: npt.NDArray[np.uint32]
    latency_clock: Int64s
    totals: Int64s
    series: Int64s
    rules: npt.NDArray[np.int8]
    clock: Int64s
    reads: Int64s
    windows: npt.NDArray[np.int32]  # (workloads, windows, 2): requests that ended well, and badly


def width_ns(end_ns: int) -> int:
    """The width of an interval of a run that ends at `end_ns`."""
    width = FIRST_WIDTH_NS
    while width * MOST_INTERVALS < end_ns:
        width *= 2
    return width


def commit_statements(workload: WorkloadPlan) -> list[bool]:
    """Which statements of a transaction are its commit.

    COMMIT, where there is one; in a transaction without one, each write that commits by itself.
    """
    explicit = [s.kind == StatementKind.COMMIT for s in workload.statements]
    return explicit if any(explicit) else [s.autocommit for s in workload.statements]


def make(
    plan: Plan, warm_up_ns: int, end_ns: int
) -> tuple[Tables, Histograms, IntervalHistograms, Intervals]:
    """Empty tables for a plan, and the meters that read them."""
    workloads = plan.workloads
    width = width_ns(end_ns)
    histograms = Histograms.empty(len(workloads) * HISTOGRAMS)
    latency = IntervalHistograms(len(workloads), width)
    rules = [ADDS] * WORKLOAD_SERIES
    rules[S_LATENCY_MAX] = KEEPS_LARGEST
    series = Intervals(rules * len(workloads), width)
    windows = max(-(-(end_ns - warm_up_ns) // WINDOW_NS), 1)
    commits = [commit_statements(workload) for workload in workloads]
    lengths = [len(each) for each in commits]
    tables = Tables(
        limits=np.array([warm_up_ns, end_ns], np.int64),
        first_statement=np.cumsum([0, *lengths], dtype=np.int64)[:-1],
        commits=np.array([flag for each in commits for flag in each], np.bool_),
        counts=histograms.counts,
        count_totals=histograms.totals,
        latency=latency.counts,
        latency_clock=latency.clock,
        totals=np.zeros((len(workloads), TOTALS), np.int64),
        series=series.table,
        rules=series.rules,
        clock=series.clock,
        reads=np.zeros((len(plan.instances), 4), np.int64),
        windows=np.zeros((len(workloads), windows, 2), np.int32),
    )
    return tables, histograms, latency, series
