"""The event queue: what comes next, by (time, rank) and nothing else.

A calendar queue: a ring of buckets of 2^shift ns each, every bucket a short sorted list, and a
heap for what lies beyond the ring. The order is by content, so the width of a bucket changes speed
and no result. Source: R. Brown, "Calendar queues", Communications of the ACM 31 (1988).
"""

from __future__ import annotations

import numpy as np

from aurosim.compiled import kernel_inner
from aurosim.dataplane.compiled.arrays import BUCKETS, Arrays

MASK = BUCKETS - 1
NONE = np.int64(-1)
ADAPT_EVERY = 1 << 14  # pops between two looks at the width
WIDEST, NARROWEST = 40, 4


@kernel_inner
def push(S: Arrays, when: int, rank: int, subject: int) -> int:
    """A new event; returns its index, by which it can be cancelled."""
    top = S.top[0]
    e = top.free_event
    event = S.event[e]
    top.free_event = event.next
    top.free_events -= 1
    top.pending += 1
    event.when = when
    event.rank = rank
    event.subject = subject
    bucket = when >> top.shift
    if bucket < top.bucket + BUCKETS:
        place(S, bucket & MASK, e, when, rank)
    else:
        push_far(S, e, bucket)
    return e


@kernel_inner
def place(S: Arrays, bucket: int, e: int, when: int, rank: int) -> None:
    """Into a bucket's list, in order."""
    last = NONE
    at = S.buckets[bucket]
    walks = 0
    while at != NONE:
        other = S.event[at]
        if other.when > when or (other.when == when and other.rank > rank):
            break
        last = at
        at = other.next
        walks += 1
    S.event[e].next = at
    if last == NONE:
        S.buckets[bucket] = e
    else:
        S.event[last].next = e
    top = S.top[0]
    top.walks += walks
    top.near += 1


@kernel_inner
def before(S: Arrays, a: int, b: int) -> bool:
    """Whether event ``a`` comes before ``b``."""
    x = S.event[a]
    y = S.event[b]
    return x.when < y.when or (x.when == y.when and x.rank < y.rank)


@kernel_inner
def push_far(S: Arrays, e: int, bucket: int) -> None:
    """Into the heap of what lies beyond the ring."""
    top = S.top[0]
    i = top.far
    top.far += 1
    while i > 0:
        up = (i - 1) >> 1
        if not before(S, e, S.far[up]):
            break
        S.far[i] = S.far[up]
        i = up
    S.far[i] = e
    top.far_bucket = min(top.far_bucket, bucket)


@kernel_inner
def pop_far(S: Arrays) -> int:
    """The first event of the heap."""
    top = S.top[0]
    first = S.far[0]
    top.far -= 1
    n = top.far
    e = S.far[n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and before(S, S.far[child + 1], S.far[child]):
            child += 1
        if not before(S, S.far[child], e):
            break
        S.far[i] = S.far[child]
        i = child
    if n > 0:
        S.far[i] = e
        top.far_bucket = S.event[S.far[0]].when >> top.shift
    else:
        top.far_bucket = 1 << 62
    return first


@kernel_inner
def come_near(S: Arrays) -> None:
    """What lay beyond the ring and does no more moves into it."""
    top = S.top[0]
    while top.far_bucket < top.bucket + BUCKETS:
        e = pop_far(S)
        event = S.event[e]
        place(S, (event.when >> top.shift) & MASK, e, event.when, event.rank)


@kernel_inner
def first_before(S: Arrays, until: int) -> int:
    """Take the first event before ``until`` out of the queue; NONE when there is none."""
    top = S.top[0]
    last = until >> top.shift  # no event before `until` lies in a later bucket
    bucket = top.bucket
    if top.far_bucket < bucket + BUCKETS:
        come_near(S)
    steps = 0
    e = S.buckets[bucket & MASK]
    while e == NONE:
        bucket += 1
        steps += 1
        if bucket > last:
            top.bucket = max(top.bucket, last)
            return NONE
        if top.near == 0:
            if top.far == 0 or top.far_bucket > last:
                top.bucket = max(top.bucket, last)
                return NONE
            bucket = top.far_bucket
        if top.far_bucket < bucket + BUCKETS:
            top.bucket = bucket
            come_near(S)
        e = S.buckets[bucket & MASK]
    top.bucket = min(bucket, last)
    top.steps += steps
    event = S.event[e]
    if event.when >= until:
        return NONE
    S.buckets[bucket & MASK] = event.next
    top.near -= 1
    top.pops += 1
    return e


@kernel_inner
def release(S: Arrays, e: int) -> int:
    """The event has come: its subject, or NONE if it was cancelled; the record is free again."""
    top = S.top[0]
    event = S.event[e]
    subject = event.subject
    event.next = top.free_event
    top.free_event = e
    top.free_events += 1
    top.pending -= 1
    if subject == NONE:
        top.cancelled -= 1
    return subject


@kernel_inner
def cancel(S: Arrays, e: int) -> None:
    """Let the event pass without effect; ``e`` may be NONE."""
    if e != NONE and S.event[e].subject != NONE:
        S.event[e].subject = NONE
        S.top[0].cancelled += 1


@kernel_inner
def resize(S: Arrays, shift: int) -> None:
    """Give the buckets another width."""
    top = S.top[0]
    chained = NONE
    for bucket in range(BUCKETS):
        e = S.buckets[bucket]
        while e != NONE:
            after = S.event[e].next
            S.event[e].next = chained
            chained = e
            e = after
        S.buckets[bucket] = NONE
    while top.far > 0:
        e = pop_far(S)
        S.event[e].next = chained
        chained = e
    top.bucket = (top.bucket << top.shift) >> shift
    top.shift = shift
    top.near = 0
    while chained != NONE:
        after = S.event[chained].next
        event = S.event[chained]
        bucket = event.when >> shift
        if bucket < top.bucket + BUCKETS:
            place(S, bucket & MASK, chained, event.when, event.rank)
        else:
            push_far(S, chained, bucket)
        chained = after


@kernel_inner
def adapt(S: Arrays) -> None:
    """Widen the buckets when most are empty, narrow them when their lists grow long."""
    top = S.top[0]
    if top.pops < ADAPT_EVERY:
        return
    if top.steps > 4 * top.pops and top.shift < WIDEST:
        resize(S, top.shift + 1)
    elif 2 * top.walks > top.pops and top.steps < top.pops and top.shift > NARROWEST:
        resize(S, top.shift - 1)
    top.pops = 0
    top.steps = 0
    top.walks = 0
