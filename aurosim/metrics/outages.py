"""Outages: when a workload's requests stopped coming back, found while the rows pass by.

An outage runs from the last good completion before to the first good completion after a request
that failed, or that waited and later failed or outlived its statement timeout, if that is longer
than the threshold. In other words: it is a gap (g1, g2] between two neighbouring good completions,
longer than the threshold, that a *troubled* request overlaps: one that is bad, or good later than
its statement timeout after it was due, with due <= g2 and end > g1. The measured time begins like a
good completion at the end of warm-up and ends like one at the end of the run.

**Order.** Gaps need completions in the order of their end, and rows come in the order the data
plane finished them, where a reply may still be travelling. A row written at T ends at T or up to
`skew_ns` later; so once an end E was seen, nothing can end before E - skew_ns any more. Final
rows wait in `pending` until that mark has passed them, are sorted, and settle. Nothing is guessed.

**Late confirmation.** A request due in a gap may fail long after the gap closed. Gaps without a
troubled request yet are kept, newest last, and a later troubled request confirms all that it
overlaps: as it ends after all of them, these are the last ones. `OPEN_GAPS` are kept per workload;
the oldest are forgotten when there are more, which takes a request that waits through all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aurosim.compiled import kernel_entry, kernel_inner, kernel_jit

Int64s = npt.NDArray[np.int64]
OPEN_GAPS = 1024

WORKLOAD, START, END = 0, 1, 2
"""Columns of `found`."""
P_WORKLOAD, P_DUE, P_END, P_FATE = 0, 1, 2, 3
"""Rows of `pending`; a fate is one of"""
BAD, GOOD, SLOW = 0, 1, 2


class Gaps(NamedTuple):
    """State of the search; the first four have an entry per workload."""

    last_good_ns: Int64s
    troubled_ns: Int64s  # the latest end of a troubled request
    open_count: Int64s
    open_gaps: Int64s  # (workloads, OPEN_GAPS, 2): start, end
    marks: Int64s  # threshold, skew, latest end seen, settled up to, rows that came too late
    sizes: Int64s  # of pending, of found


THRESHOLD, SKEW, LATEST, SETTLED, TOO_LATE = 0, 1, 2, 3, 4
PENDING, FOUND = 0, 1


def make(workloads: int, warm_up_ns: int, threshold_ns: int, skew_ns: int) -> Gaps:
    """Nothing seen yet."""
    return Gaps(
        last_good_ns=np.full(workloads, warm_up_ns, np.int64),
        troubled_ns=np.full(workloads, warm_up_ns, np.int64),
        open_count=np.zeros(workloads, np.int64),
        open_gaps=np.zeros((workloads, OPEN_GAPS, 2), np.int64),
        marks=np.array([threshold_ns, skew_ns, 0, 0, 0], np.int64),
        sizes=np.zeros(2, np.int64),
    )


@kernel_inner
def found_one(gaps: Gaps, found: Int64s, workload: int, start_ns: int, end_ns: int) -> None:
    """Writes down an outage."""
    n = gaps.sizes[FOUND]
    found[n, WORKLOAD] = workload
    found[n, START] = start_ns
    found[n, END] = end_ns
    gaps.sizes[FOUND] = n + 1


@kernel_jit
def trouble(gaps: Gaps, found: Int64s, workload: int, due_ns: int, end_ns: int) -> None:
    """A troubled request confirms the gaps it overlaps, and the one still open."""
    n = gaps.open_count[workload]
    while n > 0 and gaps.open_gaps[workload, n - 1, 1] >= due_ns:
        n -= 1
        start_ns, stop_ns = gaps.open_gaps[workload, n, 0], gaps.open_gaps[workload, n, 1]
        found_one(gaps, found, workload, start_ns, stop_ns)
    gaps.open_count[workload] = n
    if end_ns > gaps.troubled_ns[workload]:
        gaps.troubled_ns[workload] = end_ns


@kernel_inner
def completion(gaps: Gaps, found: Int64s, workload: int, end_ns: int) -> None:
    """A good completion ends a gap: an outage, or one to remember, or nothing."""
    start_ns = gaps.last_good_ns[workload]
    gaps.last_good_ns[workload] = end_ns
    if end_ns - start_ns <= gaps.marks[THRESHOLD]:
        return
    if gaps.troubled_ns[workload] > start_ns:
        found_one(gaps, found, workload, start_ns, end_ns)
        return
    n = gaps.open_count[workload]
    if n == OPEN_GAPS:
        n = OPEN_GAPS // 2
        for i in range(n):
            gaps.open_gaps[workload, i, 0] = gaps.open_gaps[workload, i + n, 0]
            gaps.open_gaps[workload, i, 1] = gaps.open_gaps[workload, i + n, 1]
    gaps.open_gaps[workload, n, 0] = start_ns
    gaps.open_gaps[workload, n, 1] = end_ns
    gaps.open_count[workload] = n + 1


@kernel_entry
def _take(
    gaps: Gaps, pending: Int64s, found: Int64s, order: Int64s, warm_up_ns: int, until_ns: int
) -> int:
    """Settles the final rows that end by `until_ns`, by `order`; how many there were."""
    taken = 0
    while taken < len(order) and pending[P_END, order[taken]] <= until_ns:
        i = order[taken]
        taken += 1
        workload, end_ns = pending[P_WORKLOAD, i], pending[P_END, i]
        if end_ns < gaps.marks[SETTLED]:
            gaps.marks[TOO_LATE] += 1
        if end_ns <= warm_up_ns:
            continue
        if pending[P_FATE, i] != GOOD:
            trouble(gaps, found, workload, pending[P_DUE, i], end_ns)
        if pending[P_FATE, i] != BAD:
            completion(gaps, found, workload, end_ns)
    return taken


def settle(gaps: Gaps, pending: Int64s, found: Int64s, warm_up_ns: int, until_ns: int) -> None:
    """Takes the final rows that end by `until_ns` out of `pending`, in the order of their end."""
    size = int(gaps.sizes[PENDING])
    order = np.argsort(pending[P_END, :size], kind="stable")
    taken = _take(gaps, pending, found, order, warm_up_ns, until_ns)
    rest = pending[:, order[taken:]]
    pending[:, : size - taken] = rest
    gaps.sizes[PENDING] = size - taken
    gaps.marks[SETTLED] = max(gaps.marks[SETTLED], until_ns)
