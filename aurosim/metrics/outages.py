"""Outages: when those who asked got no answer, found while the rows pass by.

An outage belongs to an *asker*: an application's process. It is a gap between two neighbouring
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
`SHORTEST` are kept, as many for each asker as `kept_gaps` says; when there are more, the older half
is judged by what is known of it, which takes a request that waits through all the others to be
wrong.

**Marks.** What happened to the asker's connections within a gap is kept with it, for `causes` to
say why it lasted: when its last hung socket was released, when its last connection to a server that
only reads refused a write, when its last connection was opened, and when the last cached answer
expired that led elsewhere than to who answered in the end. These rows wait in `pending` for their
turn as final rows do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aurosim.compiled import kernel_entry, kernel_inner, kernel_jit
from aurosim.units import NEVER

Int64s = npt.NDArray[np.int64]
KEPT_MOST, KEPT_LEAST, KEPT_ALL = 1024, 8, 1536
"""Gaps kept for an asker at most and at least, and by all of them as far as the least allows."""

ASKER, FROM, UNTIL, MARKED = 0, 1, 2, 3
"""Columns of `found`; until is NEVER where the outage is open; then the marks."""
P_ASKER, P_DUE, P_END, P_FATE, P_INSTANCE = 0, 1, 2, 3, 4
"""Rows of `pending`; of a connection, the expiry of the answer that led there stands for its due
time. A fate is one of"""
GOOD, BAD, HUNG, POISONED, OPENED, LED = 0, 1, 2, 3, 4, 5
FATES, PENDING_ROWS = 6, 5
START, END, FIRST, LAST, ANSWERED, OWN = 0, 1, 2, 3, 4, 5
"""Columns of a gap: its ends, where its trouble began and ended, when the request fell due that was
answered at its end, and whether a troubled request fell due in it."""
SOCKET, POISON, OPEN, EXPIRY, OTHER, NAMED = 6, 7, 8, 9, 10, 11
"""The marks, 0 where there is none: the last of each within the gap. While it goes on nobody knows
who will answer: `EXPIRY` is then that of any cached answer, `NAMED` is where that one led to, and
`OTHER` the last expiry of those that led elsewhere."""
KEPT_COLUMNS, GAP, MARKS = 10, 12, 6
FOUND_COLUMNS = MARKED + MARKS
SHORTEST, UNANSWERED = 0, 1
"""Columns of `limits`."""


class Gaps(NamedTuple):
    """State of the search; the first five have an entry per asker."""

    current: Int64s  # (askers, GAP): the gap since the last good completion
    limits: Int64s
    kept_count: Int64s
    kept: Int64s  # (askers, kept_gaps, KEPT_COLUMNS): in their order
    asked: Int64s  # whether a request of its fell due, or was still waiting, after warm-up
    marks: Int64s  # threshold, warm-up, skew, latest end seen, settled up to, rows too late
    sizes: Int64s  # of pending, of found


THRESHOLD, WARM_UP, SKEW, LATEST, SETTLED, TOO_LATE = 0, 1, 2, 3, 4, 5
PENDING, FOUND = 0, 1


def kept_gaps(askers: int) -> int:
    """How many gaps are kept for each: so few where there are many that an asker costs less than
    1 KiB, and all of them together little."""
    return max(KEPT_LEAST, min(KEPT_MOST, KEPT_ALL // max(askers, 1)))


def make(limits: Int64s, warm_up_ns: int, threshold_ns: int, skew_ns: int) -> Gaps:
    """Nothing seen yet; a row of `limits` for each asker."""
    askers = len(limits)
    fresh = [0, NEVER, NEVER, 0, NEVER, 0, *[0] * (MARKS - 1), -1]
    return Gaps(
        current=np.array([fresh] * askers, np.int64).reshape(askers, GAP),
        limits=limits,
        kept_count=np.zeros(askers, np.int64),
        kept=np.zeros((askers, kept_gaps(askers), KEPT_COLUMNS), np.int64),
        asked=np.zeros(askers, np.int64),
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
    for column in range(SOCKET, NAMED):
        gaps.current[asker, column] = 0
    gaps.current[asker, NAMED] = -1


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
    for k in range(MARKS - 1):
        found[n, MARKED + k] = gap[SOCKET + k] if SOCKET + k < len(gap) else 0
    found[n, MARKED + MARKS - 1] = gap[NAMED] if len(gap) > NAMED else -1
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
def keep(gaps: Gaps, found: Int64s, asker: int, due_ns: int, end_ns: int, by: int) -> None:
    """Keeps the gap that an answer ends, by an instance, for what may be known of it later."""
    n, most = gaps.kept_count[asker], gaps.kept.shape[1]
    if n == most:
        n = most // 2
        for k in range(n):
            judge(gaps, found, asker, gaps.kept[asker, k], end_ns)
        for k in range(most - n):
            for column in range(KEPT_COLUMNS):
                gaps.kept[asker, k, column] = gaps.kept[asker, k + n, column]
        n = most - n
    for column in range(KEPT_COLUMNS):
        gaps.kept[asker, n, column] = gaps.current[asker, column]
    gaps.kept[asker, n, END] = end_ns
    gaps.kept[asker, n, ANSWERED] = due_ns
    if gaps.current[asker, NAMED] == by:
        gaps.kept[asker, n, EXPIRY] = gaps.current[asker, OTHER]
    gaps.kept_count[asker] = n + 1


@kernel_inner
def completion(gaps: Gaps, found: Int64s, asker: int, due_ns: int, end_ns: int, by: int) -> None:
    """A good completion ends a gap. A second one at the same instant ends the same."""
    start_ns = gaps.current[asker, START]
    if end_ns == start_ns:
        n = gaps.kept_count[asker]
        if n > 0 and gaps.kept[asker, n - 1, END] == end_ns:
            answered_ns = min(gaps.kept[asker, n - 1, ANSWERED], due_ns)
            gaps.kept[asker, n - 1, ANSWERED] = answered_ns
        return
    if end_ns - start_ns > gaps.limits[asker, SHORTEST]:
        keep(gaps, found, asker, due_ns, end_ns, by)
    begin(gaps, asker, end_ns)


@kernel_inner
def mark(current: Int64s, fate: int, end_ns: int, expiry_ns: int, instance: int) -> None:
    """What happened to a connection is kept with the gap that goes on."""
    if fate == HUNG:
        current[SOCKET] = end_ns
    elif fate == POISONED:
        current[POISON] = end_ns
    elif fate == OPENED:
        current[OPEN] = end_ns
    if expiry_ns == 0:
        return
    if instance == current[NAMED]:
        current[EXPIRY] = max(current[EXPIRY], expiry_ns)
    elif expiry_ns > current[EXPIRY]:
        current[OTHER] = current[EXPIRY]
        current[EXPIRY] = expiry_ns
        current[NAMED] = instance
    else:
        current[OTHER] = max(current[OTHER], expiry_ns)


@kernel_entry
def _take(gaps: Gaps, pending: Int64s, found: Int64s, order: Int64s, until_ns: int) -> int:
    """Settles the rows that end by `until_ns`, by `order`; how many there were."""
    taken = 0
    while taken < len(order) and pending[P_END, order[taken]] <= until_ns:
        i = order[taken]
        taken += 1
        asker, due_ns, end_ns = pending[P_ASKER, i], pending[P_DUE, i], pending[P_END, i]
        if end_ns < gaps.marks[SETTLED]:
            gaps.marks[TOO_LATE] += 1
        fate, instance = pending[P_FATE, i], pending[P_INSTANCE, i]
        if fate == BAD:
            trouble(gaps, asker, due_ns, end_ns, False)
            continue
        if fate != GOOD:
            expiry_ns = due_ns if fate >= OPENED else 0
            mark(gaps.current[asker], fate, end_ns, expiry_ns, instance)
            continue
        if end_ns - due_ns > gaps.limits[asker, UNANSWERED]:
            trouble(gaps, asker, due_ns, end_ns, True)
        completion(gaps, found, asker, due_ns, end_ns, instance)
    return taken


def settle(gaps: Gaps, pending: Int64s, found: Int64s, until_ns: int) -> None:
    """Takes the rows that end by `until_ns` out of `pending`, in the order of their end."""
    size = int(gaps.sizes[PENDING])
    order = np.argsort(FATES * pending[P_END, :size] + pending[P_FATE, :size], kind="stable")
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
