"""Regions: redo travels from the volume of the primary cluster to a secondary's volume.

Storage sends it, not the writer, so the primary's commits never wait for it. What VDL has passed
joins the open batch of each secondary's link. A batch leaves when the one before is off the link
and, if none waits behind it, a batch's period is over; it takes its bytes' time on the link and one
way between the regions, in order; then the secondary's volume takes in record after record, and its
readers get them as redo. The way may be cut: what is on it is lost and sent again. A secondary that
stops following keeps what had reached it, and no more. Source: AUG-2023, aurora-global-database
(docs/aurora_facts.md, section 6); the numbers are assumptions of the catalog.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    LINK_FLYING_MOST,
    LINK_WAITING_MOST,
    NEVER,
    Kind,
    RecoveryPoint,
    lag_row,
    storage_entity,
)
from aurosim.dataplane.plan import LinkPlan
from aurosim.dataplane.reference.moment import Moment

if TYPE_CHECKING:
    from aurosim.dataplane.reference.replication import Stream
    from aurosim.dataplane.reference.storage import Volume


@dataclass(slots=True)
class Redo:
    """Some of the log: its records, and how many statements' writes and commits they are."""

    records: int = 0
    writes: int = 0
    commits: int = 0
    bytes: int = 0

    def add(self, more: Redo) -> None:
        """And what follows it."""
        self.records += more.records
        self.writes += more.writes
        self.commits += more.commits
        self.bytes += more.bytes


@dataclass(slots=True)
class Batch:
    """Redo on its way to a secondary; the oldest of it is durable at its source since ``since_ns``.

    ``arrived_ns`` and ``applied_ns`` are known once it has left.
    """

    number: int
    since_ns: int
    lsn: int = 0
    redo: Redo = field(default_factory=Redo)
    used_bytes: int = 0  # of the source's volume, when the last of it became durable
    free_bytes: int = 0
    arrived_ns: int = 0
    applied_ns: int = 0
    moment: Moment | None = None


class Link:
    """The way to one secondary. Its batches, oldest first: ``flying`` have left, others wait."""

    def __init__(self, volume: Volume, plan: LinkPlan) -> None:
        self.volume = volume
        self.clock = volume.clock
        self.plan = plan
        self.source = volume.plan.source
        self.follows = self.source >= 0  # until it is promoted: it has no log of its own
        self.connected = True
        self.delay_ns = 0
        self.bytes_per_s = plan.bytes_per_s
        self.batches: deque[Batch] = deque()
        self.flying = 0
        self.number = 0
        self.leaving: Moment | None = None
        self.free_ns = 0  # the batch that left last is off the link
        self.ready_ns = 0  # and a batch's period after it left is over
        self.arrived_ns = 0
        self.applied_ns = 0
        self.frozen_ns = NEVER  # since when a secondary that was detached misses what it misses

    # --- batches -------------------------------------------------------------------------
    def add(self, source: Volume, redo: Redo, now: int) -> None:
        """Redo up to its VDL has become durable at the source."""
        waiting = len(self.batches) - self.flying
        batch = self.batches[-1] if waiting else None
        full = batch is not None and batch.redo.bytes >= laws.link_batch_bytes(
            self.bytes_per_s, self.plan.batch_ns
        )
        if batch is None or (full and waiting < LINK_WAITING_MOST):
            batch = Batch(self.number, now)
            self.number += 1
            self.batches.append(batch)
        batch.lsn = source.vdl
        batch.used_bytes, batch.free_bytes = source.used_bytes, source.free_bytes
        batch.redo.add(redo)
        self.schedule(now)

    def entity(self, batch: Batch) -> int:
        """The batch in the order of events."""
        return storage_entity(self.volume.index, 0, batch.number)

    def schedule(self, now: int) -> None:
        """Set the moment at which the first waiting batch leaves, if it may."""
        if (
            self.leaving is not None
            or not self.connected
            or self.flying == len(self.batches)
            or self.flying == LINK_FLYING_MOST
        ):
            return
        batch = self.batches[self.flying]
        backlog = len(self.batches) - self.flying > 1  # then it need not wait to gather more
        at_ns = max(now, self.free_ns if backlog else self.ready_ns)
        self.leaving = self.clock.at(
            at_ns, Kind.LINK_SEND, self.entity(batch), self.leave, batch
        )

    def leave(self, moment: Moment) -> None:
        """A batch leaves: all that will happen to it undisturbed is known now."""
        batch: Batch | None = self.clock.begin(moment)
        if batch is None:
            return
        now, plan = self.clock.env.now, self.plan
        self.leaving = None
        self.flying += 1
        busy = laws.link_busy_ns(batch.redo.bytes, self.bytes_per_s)
        self.free_ns, self.ready_ns = now + busy, now + max(busy, plan.batch_ns)
        hop = plan.hop_ns[self.source]
        trip = laws.link_trip_ns(hop, plan.jitter_sigma, plan.key, batch.number) + self.delay_ns
        batch.arrived_ns = self.arrived_ns = max(self.arrived_ns, now + busy + trip)
        batch.applied_ns = self.applied_ns = (
            max(self.applied_ns, batch.arrived_ns) + batch.redo.records * plan.apply_ns
        )
        batch.moment = self.clock.at(
            batch.applied_ns, Kind.LINK_APPLY, self.entity(batch), self.apply, batch
        )
        self.schedule(now)

    def apply(self, moment: Moment) -> None:
        """The secondary's volume has taken a batch in."""
        batch: Batch | None = self.clock.begin(moment)
        if batch is None:
            return
        now = self.clock.env.now
        self.take_in(now)
        self.schedule(now)

    def take_in(self, now: int) -> None:
        """The first batch is part of the volume; its readers get it."""
        batch, volume = self.batches.popleft(), self.volume
        self.flying -= 1
        self.end_log(batch.lsn)
        volume.grow(batch.used_bytes, batch.free_bytes)
        row = lag_row(len(volume.plane.plan.instances), volume.index)
        volume.plane.lag_sample(row, now, now - batch.since_ns)
        volume.ship(batch.redo, batch.since_ns, now)

    # --- commands ------------------------------------------------------------------------
    def connect(self, connected: bool, now: int) -> None:
        """The way is cut, and what is on it lost; or mended, and that is sent again."""
        self.connected = connected
        if connected:
            self.schedule(now)
        else:
            self.recall(now)

    def change_speed(self, delay_ns: int, bytes_per_s: float, now: int) -> None:
        """Another delay and rate from now on; a batch that is getting onto the link starts anew."""
        self.delay_ns, self.bytes_per_s = delay_ns, bytes_per_s
        if self.flying and self.free_ns > now:
            self.wait_again(self.flying - 1, now)
            self.schedule(now)

    def recall(self, now: int) -> None:
        """What has not arrived waits again to leave."""
        self.wait_again(sum(1 for batch in self.flown() if batch.arrived_ns < now), now)

    def wait_again(self, kept: int, now: int) -> None:
        """Only the first ``kept`` batches have left, and the link is free."""
        self.clock.cancel(self.leaving)
        self.leaving = None
        for batch in self.flown()[kept:]:
            self.clock.cancel(batch.moment)
            batch.moment = None
        self.flying = kept
        self.free_ns = self.ready_ns = self.arrived_ns = self.applied_ns = now
        if kept:
            last = self.batches[kept - 1]
            self.arrived_ns, self.applied_ns = last.arrived_ns, last.applied_ns

    def flown(self) -> list[Batch]:
        """The batches that have left."""
        return [self.batches[place] for place in range(self.flying)]

    def detach(self, now: int) -> RecoveryPoint:
        """The secondary stops following: what has arrived is applied, the rest it never gets."""
        assert self.source >= 0, "it follows nobody"
        self.recall(now)
        while self.flying:
            self.clock.cancel(self.batches[0].moment)
            self.take_in(now)
        self.source = -1
        missing = self.missing()
        point = RecoveryPoint(self.volume.vdl, missing.commits, missing.bytes, self.oldest_ns())
        self.batches.clear()
        self.frozen_ns = min(now, point.missing_since_ns)
        return point

    def attach(self, source: Volume, now: int) -> None:
        """It follows ``source`` from now on, and holds what is durable there: its readers that are
        up must do so too."""
        assert not self.batches
        assert self.volume.vdl == source.vdl or not self.volume.readers()
        self.source, self.follows, self.connected = source.index, True, True
        self.delay_ns, self.bytes_per_s = 0, self.plan.bytes_per_s
        self.free_ns = self.ready_ns = self.arrived_ns = self.applied_ns = now
        self.frozen_ns = NEVER
        self.end_log(source.vdl)
        self.volume.grow(source.used_bytes, source.free_bytes)

    def end_log(self, lsn: int) -> None:
        """The volume's log ends there; a writer it may get one day goes on behind."""
        self.volume.vdl = lsn
        self.volume.next_lsn = max(self.volume.next_lsn, lsn + 1)

    # --- looking -------------------------------------------------------------------------
    def missing(self) -> Redo:
        """What is durable at the source and not in this volume."""
        found = Redo()
        for batch in self.batches:
            found.add(batch.redo)
        return found

    def oldest_ns(self) -> int:
        """Since when the oldest of that is durable there; NEVER without any."""
        return self.batches[0].since_ns if self.batches else NEVER

    def staleness(self, stream: Stream, sent_ns: int, now: int) -> int:
        """How far behind a read at a reader of this cluster is, in ns: the age of the oldest
        record that it misses although durable at the source before the read was sent."""
        if stream.chunks:
            oldest = stream.chunks[0].shipped_ns
        else:
            oldest = min(self.oldest_ns(), self.frozen_ns)
        return max(1, now - oldest) if oldest <= sent_ns else 0

    def events_most(self) -> int:
        """What of this link the event queue may hold."""
        return self.flying + 1

    def view(self) -> dict[str, Any]:
        """Its part of the cluster's view."""
        missing = self.missing()
        return {
            "source": self.source,
            "behind_commits": missing.commits,
            "behind_bytes": missing.bytes,
            "behind_since_ns": self.oldest_ns(),
        }
