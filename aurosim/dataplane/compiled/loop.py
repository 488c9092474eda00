"""The loop: take the next event, answer it, until the time is up or a pool runs low.

`run` and `command` are the two compiled functions that Python calls; `run` holds everything inlined
that it needs, `command`, called seldom, keeps its calls.
"""

from __future__ import annotations

from aurosim.compiled import kernel_command, kernel_entry, kernel_inner
from aurosim.dataplane.compiled import rules
from aurosim.dataplane.compiled.arrays import Arrays
from aurosim.dataplane.compiled.handle import held, seen
from aurosim.dataplane.compiled.queue import NONE, adapt, first_before
from aurosim.dataplane.compiled.queue import release as take
from aurosim.dataplane.compiled.words import hash_all

answer, do = rules.answer, rules.command
look, take_picture, full = rules.look, rules.take, rules.full
DONE, MORE, LOW = 0, 1, 2
CHECK_EVERY = 8
"""Events between two looks at the pools; a power of two."""
FEW = 8 * CHECK_EVERY
"""More rows, jobs, transactions or keys than that many events can take."""
HASH_CHANGES, LAYOUT, PICTURE = -1, -2, -3
"""Commands that only arrays need."""


@kernel_entry
def run(state: Arrays, until: int, most: int, margin: int) -> int:
    """Run events strictly before ``until``, at most ``most`` and none after a warning, while every
    pool has ``margin`` and room for the senders of the groups there are; take the pictures that are
    due up to ``until``."""
    S = held(state)
    top = S.top[0]
    done = 0
    limit = min(until, top.look_ns)
    while done < most and not top.warned:
        if done & (CHECK_EVERY - 1) == 0:
            if short(S, margin):
                top.events += done
                return LOW
            adapt(S)
        e = first_before(S, limit)
        if e == NONE:
            top.now = limit
            if top.look_ns > until:
                top.events += done
                return DONE
            if full(S):
                break
            take_picture(S, limit)
            limit = min(until, top.look_ns)
            continue
        now = S.event[e].when
        kind = S.event[e].rank >> 48
        subject = take(S, e)
        done += 1
        top.now = now
        if subject != NONE:
            answer(S, kind, subject, now)
    top.events += done
    return MORE


@kernel_command
def command(state: Arrays, what: int, a: int, b: int, c: int, amount: float, now: int) -> int:
    """One of the control plane's commands (`mechanics.commands`), or of those that only arrays
    need."""
    S = held(state)
    if what == HASH_CHANGES:
        hash_all(S, a)
        return 0
    if what == LAYOUT:
        return seen(S)
    if what == PICTURE:
        look(S, a, now)
        return 0
    return do(S, what, a, b, c, amount, now)


@kernel_inner
def short(S: Arrays, margin: int) -> bool:
    """Whether some pool or ring could run out before the next look."""
    top = S.top[0]
    margin += CHECK_EVERY * senders(S) + may_write(S) * top.records_most
    return (
        top.free_events < margin
        or top.free_jobs < FEW
        or top.free_txs < FEW
        or top.free_cells < margin
        or top.free_keys < margin
        or top.free_boxcars < margin
        or top.free_chunks < margin
        or top.free_waiters < FEW
        or top.rows > S.row.shape[0] - FEW
        or top.lags > S.lag.shape[0] - (S.chunk.shape[0] - top.free_chunks) - margin
        or rings_short(S, margin)
    )


@kernel_inner
def senders(S: Arrays) -> int:
    """The most senders that can wait in a run queue now. Those of records yet to be written, in new
    groups too, are in the margin by the records."""
    count = 0
    for cl in range(len(S.cluster)):
        count += S.cluster[cl].groups
    return min(count, S.top[0].senders_most)


@kernel_inner
def may_write(S: Arrays) -> int:
    """Statements stalled at the LSN limit: one move of VDL may let all of them write."""
    count = 0
    for cl in range(len(S.cluster)):
        count += S.cluster[cl].stalled_end - S.cluster[cl].stalled_first
    return count


@kernel_inner
def rings_short(S: Arrays, margin: int) -> bool:
    """The same for the rings of a cluster."""
    for cl in range(len(S.cluster)):
        cluster = S.cluster[cl]
        if (
            cluster.log_end - cluster.log_first > S.log.shape[1] - margin
            or cluster.watch_end - cluster.watch_first > S.watch.shape[1] - FEW
            or cluster.changes_end - cluster.changes_first
            > S.change.shape[1] - CHECK_EVERY * S.top[0].writes_most
        ):
            return True
    return False
