"""What the control plane does to the way to a secondary: cut and mended, slow, followed no more."""

from __future__ import annotations

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.mechanics.regions import schedule, take_in
from aurosim.dataplane.mechanics.space import grow
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.storage import ship_all
from aurosim.dataplane.mechanics.words import NONE, at, cancel


def connect(S: State, k: int, connected: bool, now: int) -> None:
    """The way is cut, and what is on it lost; or mended, and that is sent again."""
    S.cluster[k].connected = connected
    if connected:
        schedule(S, k, now)
    else:
        recall(S, k, now)


def change_speed(S: State, k: int, delay_ns: int, bytes_per_s: float, now: int) -> None:
    """Another delay and rate from now on; a batch that is getting onto the link starts anew."""
    link = S.cluster[k]
    link.link_delay_ns = delay_ns
    link.link_bytes_per_s = bytes_per_s
    if link.batches_flying > 0 and link.link_free_ns > now:
        wait_again(S, k, link.batches_flying - 1, now)
        schedule(S, k, now)


def recall(S: State, k: int, now: int) -> None:
    """What has not arrived waits again to leave."""
    link = S.cluster[k]
    arrived = 0
    for place in range(link.batch_first, link.batch_first + link.batches_flying):
        if at(S.batch, k, place).arrived_ns < now:
            arrived += 1
    wait_again(S, k, arrived, now)


def wait_again(S: State, k: int, kept: int, now: int) -> None:
    """Only the first ``kept`` batches have left, and the link is free."""
    link = S.cluster[k]
    cancel(S, link.leaving)
    link.leaving = NONE
    for place in range(link.batch_first + kept, link.batch_first + link.batches_flying):
        batch = at(S.batch, k, place)
        cancel(S, batch.event)
        batch.event = NONE
    link.batches_flying = kept
    free(S, k, now)
    if kept > 0:
        last = at(S.batch, k, link.batch_first + kept - 1)
        link.arrived_ns = last.arrived_ns
        link.applied_ns = last.applied_ns


def free(S: State, k: int, now: int) -> None:
    """Nothing is on the link."""
    link = S.cluster[k]
    link.link_free_ns = now
    link.link_ready_ns = now
    link.arrived_ns = now
    link.applied_ns = now


def end_following(S: State, k: int, now: int) -> None:
    """The secondary stops following: what has arrived is applied, the rest it never gets. It stays
    in the ring to be looked at, until it is forgotten."""
    link = S.cluster[k]
    recall(S, k, now)
    while link.batches_flying > 0:
        cancel(S, at(S.batch, k, link.batch_first).event)
        take_in(S, k, now)
        ship_all(S, k, now)
    link.source = NONE
    link.frozen_ns = now
    if link.batch_end > link.batch_first:
        link.frozen_ns = min(now, at(S.batch, k, link.batch_first).since_ns)


def attach(S: State, k: int, source: int, bytes_per_s: float, now: int) -> None:
    """It follows ``source`` from now on, and holds what is durable there."""
    link, theirs = S.cluster[k], S.cluster[source]
    link.source = source
    link.follows = True
    link.connected = True
    link.link_delay_ns = 0
    link.link_bytes_per_s = bytes_per_s
    free(S, k, now)
    link.frozen_ns = NEVER
    link.vdl = theirs.vdl
    link.next_lsn = max(link.next_lsn, theirs.vdl + 1)
    grow(link, theirs.used_bytes, theirs.free_bytes)
