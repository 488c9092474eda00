"""Regions: redo travels to a secondary's volume in batches.

A cluster's batches are a ring, oldest first: the first ``batches_flying`` have left.
"""

from __future__ import annotations

from typing import Any

from aurosim.dataplane import laws
from aurosim.dataplane.contract import LINK_FLYING_MOST, LINK_WAITING_MOST, Kind
from aurosim.dataplane.mechanics.space import grow
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.storage import BOXCAR_MASK
from aurosim.dataplane.mechanics.words import NONE, at, fresh, lag_sample, push

SEND_RANK = int(Kind.LINK_SEND) << 48
APPLY_RANK = int(Kind.LINK_APPLY) << 48


def replicate(S: State, cl: int, now: int) -> None:
    """What VDL has just passed leaves for every cluster that follows this one."""
    for k in range(len(S.cluster)):
        if S.cluster[k].source == cl:
            add(S, k, cl, now)


def add(S: State, k: int, cl: int, now: int) -> None:
    """Redo has become durable at the source ``cl`` of ``k``."""
    link, source = S.cluster[k], S.cluster[cl]
    waiting = link.batch_end - link.batch_first - link.batches_flying
    full = False
    if waiting > 0:
        most = laws.link_batch_bytes(link.link_bytes_per_s, link.link_batch_ns)
        full = at(S.batch, k, link.batch_end - 1).bytes >= most
    if waiting == 0 or (full and waiting < LINK_WAITING_MOST):
        batch = fresh(S.batch, k, link.batch_first, link.batch_end)
        batch.number = link.batch_number
        batch.since_ns = now
        batch.records = 0
        batch.writes = 0
        batch.commits = 0
        batch.bytes = 0
        batch.event = NONE
        link.batch_number += 1
        link.batch_end += 1
    batch = at(S.batch, k, link.batch_end - 1)
    batch.lsn = source.vdl
    batch.used_bytes = source.used_bytes
    batch.free_bytes = source.free_bytes
    batch.records += source.passed
    batch.writes += source.passed_writes
    batch.commits += source.passed_commits
    batch.bytes += source.passed_bytes
    schedule(S, k, now)


def entity(k: int, number: int) -> Any:
    """A batch in the order of events."""
    return (k << 44) | ((number & BOXCAR_MASK) << 3)


def schedule(S: State, k: int, now: int) -> None:
    """Set the moment at which the first waiting batch leaves, if it may."""
    link = S.cluster[k]
    flying = link.batches_flying
    if (
        link.leaving != NONE
        or not link.connected
        or link.batch_end - link.batch_first == flying
        or flying == LINK_FLYING_MOST
    ):
        return
    batch = at(S.batch, k, link.batch_first + flying)
    rank = SEND_RANK | entity(k, batch.number)
    backlog = link.batch_end - link.batch_first - flying > 1
    soonest = link.link_free_ns if backlog else link.link_ready_ns
    link.leaving = push(S, max(now, soonest), rank, k)


def leave(S: State, k: int, now: int) -> None:
    """A batch leaves: all that will happen to it undisturbed is known now."""
    link = S.cluster[k]
    batch = at(S.batch, k, link.batch_first + link.batches_flying)
    link.leaving = NONE
    link.batches_flying += 1
    busy = laws.link_busy_ns(batch.bytes, link.link_bytes_per_s)
    link.link_free_ns = now + busy
    link.link_ready_ns = now + max(busy, link.link_batch_ns)
    hop = S.link_hop[k, link.source]
    trip = laws.link_trip_ns(hop, link.link_sigma, link.link_key, batch.number)
    trip += link.link_delay_ns
    link.arrived_ns = max(link.arrived_ns, now + busy + trip)
    link.applied_ns = max(link.applied_ns, link.arrived_ns) + batch.records * link.link_apply_ns
    batch.arrived_ns = link.arrived_ns
    batch.applied_ns = link.applied_ns
    batch.event = push(S, batch.applied_ns, APPLY_RANK | entity(k, batch.number), k)
    schedule(S, k, now)


def take_in(S: State, k: int, now: int) -> None:
    """The first batch is part of the volume: VDL has just passed it."""
    link = S.cluster[k]
    batch = at(S.batch, k, link.batch_first)
    link.batch_first += 1
    link.batches_flying -= 1
    link.vdl = batch.lsn
    link.next_lsn = max(link.next_lsn, batch.lsn + 1)
    grow(link, batch.used_bytes, batch.free_bytes)
    link.passed = batch.records
    link.passed_writes = batch.writes
    link.passed_commits = batch.commits
    link.passed_bytes = batch.bytes
    link.passed_since_ns = batch.since_ns
    lag_sample(S, len(S.instance) + k, now, now - batch.since_ns)


def staleness(S: State, k: int, i: int, sent_ns: int, now: int) -> int:
    """How far behind a read at reader ``i`` of a secondary is, in ns."""
    link = S.cluster[k]
    oldest = link.frozen_ns
    if S.instance[i].stream != NONE:
        oldest = S.chunk[S.instance[i].stream].shipped_ns
    elif link.batch_end > link.batch_first:
        batch = at(S.batch, k, link.batch_first)
        oldest = min(oldest, batch.since_ns)
    return max(1, now - oldest) if oldest <= sent_ns else 0


