"""Outages: when those who asked got no answer, found while the rows pass by.

An outage belongs to an *asker*; today each workload is one. It is a gap between two neighbouring
good completions of the asker that *holds* a request which is bad or *unanswered*. It runs from the
due time of the first such request, or from the last good completion if that is later, to the next
good completion, and stays open where the run ends before that.

- A request is unanswered once it is due and not good for longer than the asker's `UNANSWERED` time.
- A gap [g1, g2) holds a request that fell due in it, or that ended in it, in trouble. One that may
  be good in the end counts only if it waited for longer than `UNANSWERED` *within the gap*: an
  asker that is overloaded and yet answers is slow, not down.
- At least one must have fallen due in the gap. Older ones, who saw others answered since, only
  make it begin sooner.
- The trouble must last longer than `SHORTEST`: from the outage's start to the end of the gap, or,
  where nobody asked for longer than the threshold once the last of them had ended, to that end. Who
  asked nothing was not down, and a single failure before a long silence is no outage.
- What lies in the warm-up is cut off.

**Order.** Gaps need completions in the order of their end, and rows come in the order the data
plane finished them, where a reply may still be travelling. A row written at T ends at T or up to
`skew_ns` later; so once an end E was seen, nothing can end before E - skew_ns any more. Final
rows wait in `pending` until that mark has passed them, are sorted (good ones first within an
instant), and settle. Nothing is guessed.

**Late confirmation.** A request due in a gap may fail long after the gap closed. Gaps longer than
`SHORTEST` are kept, `KEPT_GAPS` for each asker; when there are more, the older half is judged by
what is known of it, which takes a request that waits through all the others to be wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aurosim.compiled import kernel_entry, kernel_inner, kernel_jit
from aurosim.units import NEVER

Int64s = npt.NDArray[np.int64]
KEPT_GAPS = 1024

ASKER, FROM, UNTIL = 0, 1, 2
"""Columns of `found`; until is NEVER where the outage is open."""
P_ASKER, P_DUE, P_END, P_FATE = 0, 1, 2, 3
"""Rows of `pending`; a fate is one of"""
GOOD, BAD = 0, 1
START, END, FIRST, LAST, ANSWERED, OWN = 0, 1, 2, 3, 4, 5
"""Columns of a gap: its ends, where its trouble began and ended, when the request fell due that was
answered at its end, and whether a troubled request fell due in it."""
GAP = 6
SHORTEST, UNANSWERED = 0, 1
"""Columns of `limits`."""


class Gaps(NamedTuple):
    """State of the search; the first four have an entry per asker."""

    current: Int64s  # (askers, GAP): the gap since the last good completion
    limits: Int64s
    kept_count: Int64s
    kept: Int64s  # (askers, KEPT_GAPS, GAP): in their order
    marks: Int64s  # threshold, warm-up, skew, latest end seen, settled up to, rows too late
    sizes: Int64s  # of pending, of found


THRESHOLD, WARM_UP, SKEW, LATEST, SETTLED, TOO_LATE = 0, 1, 2, 3, 4, 5
PENDING, FOUND = 0, 1


def make(limits: Int64s, warm_up_ns: int, threshold_ns: int, skew_ns: int) -> Gaps:
    """Nothing seen yet; a row of `limits` for each asker."""
    askers = len(limits)
    fresh = [0, NEVER, NEVER, 0, NEVER, 0]
    return Gaps(
        current=np.array([fresh] * askers, np.int64).reshape(askers, GAP),
        limits=limits,
        kept_count=np.zeros(askers, np.int64),
        kept=np.zeros((askers, KEPT_GAPS, GAP), np.int64),
        marks=np.array([threshold_ns, warm_up_ns, skew_ns, 0, 0, 0], np.int64),
        sizes=np.zeros(2, np.int64),
    )


@kernel_inner
def begin(gaps: Gaps, asker: int, start_ns: int) -> None:
    """A gap begins, without trouble so far."""
    gaps.current[asker, START] = start_ns
    gaps.current[asker, END] = NEVER
    gaps.current[asker, FIRST] = NEVER
    gaps.current[asker, LAST] = 0
    gaps.current[asker, ANSWERED] = NEVER
    gaps.current[asker, OWN] = 0


@kernel_inner
def judge(gaps: Gaps, found: Int64s, asker: int, gap: Int64s, now_ns: int) -> None:
    """Writes a gap down if it is an outage; one that is open goes on at `now_ns`."""
    if not gap[OWN]:
        return
    from_ns = max(gap[FIRST], gaps.marks[WARM_UP])
    until_ns = gap[LAST]
    if gap[ANSWERED] - until_ns <= gaps.marks[THRESHOLD]:
        until_ns = min(gap[END], now_ns)
    if until_ns - from_ns <= gaps.limits[asker, SHORTEST]:
        return
    n = gaps.sizes[FOUND]
    found[n, ASKER] = asker
    found[n, FROM] = from_ns
    found[n, UNTIL] = gap[END]
    gaps.sizes[FOUND] = n + 1


@kernel_inner
def hold(gap: Int64s, first_ns: int, last_ns: int) -> None:
    """The gap holds trouble between these moments."""
    gap[FIRST] = min(gap[FIRST], first_ns)
    gap[LAST] = max(gap[LAST], last_ns)


@kernel_inner
def kept_at(gaps: Gaps, asker: int, at_ns: int) -> int:
    """The place of the kept gap that contains a moment; -1 if none does."""
    low, high = 0, gaps.kept_count[asker]
    while low < high:
        middle = (low + high) // 2
        if gaps.kept[asker, middle, START] <= at_ns:
            low = middle + 1
        else:
            high = middle
    found = low - 1
    return found if found >= 0 and at_ns < gaps.kept[asker, found, END] else -1


@kernel_jit
def trouble(gaps: Gaps, asker: int, due_ns: int, end_ns: int, good: bool) -> None:
    """A request that was due then and bad, or (`good`) not good until `end_ns`, which is now."""
    current = gaps.current[asker]
    start_ns = current[START]
    patience_ns = gaps.limits[asker, UNANSWERED] if good else -1
    if due_ns >= start_ns:
        if end_ns - due_ns > patience_ns:
            hold(current, due_ns, end_ns)
            current[OWN] = 1
        return
    if end_ns > start_ns and end_ns - start_ns > patience_ns:
        hold(current, start_ns, end_ns)
    place = kept_at(gaps, asker, due_ns)
    if place < 0:
        return
    gap = gaps.kept[asker, place]
    if gap[END] - due_ns > patience_ns:
        hold(gap, due_ns, gap[END])
        gap[OWN] = 1


@kernel_inner
def keep(gaps: Gaps, found: Int64s, asker: int, due_ns: int, end_ns: int) -> None:
    """Keeps the gap that an answer ends, for what may be known of it later."""
    n = gaps.kept_count[asker]
    if n == KEPT_GAPS:
        n = KEPT_GAPS // 2
        for k in range(n):
            judge(gaps, found, asker, gaps.kept[asker, k], end_ns)
            for column in range(GAP):
                gaps.kept[asker, k, column] = gaps.kept[asker, k + n, column]
    for column in range(GAP):
        gaps.kept[asker, n, column] = gaps.current[asker, column]
    gaps.kept[asker, n, END] = end_ns
    gaps.kept[asker, n, ANSWERED] = due_ns
    gaps.kept_count[asker] = n + 1


@kernel_inner
def completion(gaps: Gaps, found: Int64s, asker: int, due_ns: int, end_ns: int) -> None:
    """A good completion ends a gap. A second one at the same instant ends the same."""
    start_ns = gaps.current[asker, START]
    if end_ns == start_ns:
        n = gaps.kept_count[asker]
        if n > 0 and gaps.kept[asker, n - 1, END] == end_ns:
            answered_ns = min(gaps.kept[asker, n - 1, ANSWERED], due_ns)
            gaps.kept[asker, n - 1, ANSWERED] = answered_ns
        return
    if end_ns - start_ns > gaps.limits[asker, SHORTEST]:
        keep(gaps, found, asker, due_ns, end_ns)
    begin(gaps, asker, end_ns)


@kernel_entry
def _take(gaps: Gaps, pending: Int64s, found: Int64s, order: Int64s, until_ns: int) -> int:
    """Settles the final rows that end by `until_ns`, by `order`; how many there were."""
    taken = 0
    while taken < len(order) and pending[P_END, order[taken]] <= until_ns:
        i = order[taken]
        taken += 1
        asker, due_ns, end_ns = pending[P_ASKER, i], pending[P_DUE, i], pending[P_END, i]
        if end_ns < gaps.marks[SETTLED]:
            gaps.marks[TOO_LATE] += 1
        if pending[P_FATE, i] == BAD:
            trouble(gaps, asker, due_ns, end_ns, False)
            continue
        if end_ns - due_ns > gaps.limits[asker, UNANSWERED]:
            trouble(gaps, asker, due_ns, end_ns, True)
        completion(gaps, found, asker, due_ns, end_ns)
    return taken


def settle(gaps: Gaps, pending: Int64s, found: Int64s, until_ns: int) -> None:
    """Takes the final rows that end by `until_ns` out of `pending`, in the order of their end."""
    size = int(gaps.sizes[PENDING])
    order = np.argsort(2 * pending[P_END, :size] + pending[P_FATE, :size], kind="stable")
    taken = _take(gaps, pending, found, order, until_ns)
    rest = pending[:, order[taken:]]
    pending[:, : size - taken] = rest
    gaps.sizes[PENDING] = size - taken
    gaps.marks[SETTLED] = max(gaps.marks[SETTLED], until_ns)


@kernel_entry
def close(gaps: Gaps, found: Int64s, now_ns: int) -> None:
    """The run is over: everything is judged that is still kept, and what is going on."""
    for asker in range(len(gaps.limits)):
        for k in range(gaps.kept_count[asker]):
            judge(gaps, found, asker, gaps.kept[asker, k], now_ns)
        gaps.kept_count[asker] = 0
        judge(gaps, found, asker, gaps.current[asker], now_ns)
