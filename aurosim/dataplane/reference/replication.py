"""Replication: redo travels from the writer to the readers of its cluster.

Each time VDL moves, the records it passed go to every reader as one chunk, with the control record
that moves the reader's own durable point. A chunk is ready after a delay that grows with the
square root of the write rate and holds the time of applying it (SIGMOD 2017, table 4). It also
costs the reader CPU for the records whose pages it holds, and is seen when that work gets a vCPU:
a busy reader lags. A reader's view moves in the order of the log. Reads see that view: one that
misses a change acknowledged before it was sent is stale.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from aurosim.dataplane import laws
from aurosim.dataplane.contract import NEVER, Kind, Status, chunk_entity
from aurosim.dataplane.reference.moment import Moment

if TYPE_CHECKING:
    from aurosim.dataplane.reference.instances import Instance
    from aurosim.dataplane.reference.plane import ReferencePlane
    from aurosim.dataplane.reference.storage import Volume


class Chunk:
    """The redo between two positions of VDL, on its way to one reader."""

    __slots__ = ("done", "entity", "epoch", "left_ns", "lsn", "moment", "records", "shipped_ns")

    moment: Moment | None

    def __init__(self, entity: int, epoch: int, lsn: int, records: int, shipped_ns: int) -> None:
        self.entity = entity
        self.epoch = epoch
        self.lsn = lsn
        self.records = records
        self.shipped_ns = shipped_ns
        self.left_ns = 0
        self.done = False
        self.moment = None


class Stream:
    """One reader's stream of chunks and how far it has applied them."""

    def __init__(self, plane: ReferencePlane, index: int) -> None:
        self.plane = plane
        self.clock = plane.clock
        self.index = index
        self.chunks: deque[Chunk] = deque()
        self.working: list[Chunk] = []  # those whose CPU is not yet spent
        self.number = 0
        self.ready_ns = 0
        self.applied_lsn = 0
        self.lag_ns = 0

    def clear(self) -> None:
        """The reader died: what it had is of no use. (Its epoch tells late chunks.)"""
        for chunk in self.working:
            self.clock.cancel(chunk.moment)
        self.working.clear()
        self.chunks.clear()

    def restart(self, vdl: int) -> None:
        """The reader opens, with a view of the volume as it is."""
        self.applied_lsn = vdl
        self.ready_ns = 0
        self.lag_ns = 0

    def ship(
        self, volume: Volume, reader: Instance, records: int, since_ns: int, now: int
    ) -> None:
        """A chunk leaves for ``reader``; chunks arrive in the order they left."""
        costs = volume.plan.costs
        spread = laws.replica_spread(
            costs.lag_sigma, volume.plan.replication_key, now // costs.lag_window_ns, self.index
        )
        delay = laws.replica_delay_ns(
            costs.lag_ship_ns, costs.lag_sqrt_ns, volume.write_rate_per_s, spread
        )
        # without a writer the reader's own AZ sends: a secondary's volume is in all of them
        sender = volume.writer_az if volume.writer >= 0 else reader.plan.az
        hop = volume.hop_ns(sender, reader.plan.az)
        self.ready_ns = max(self.ready_ns, now + hop + delay)
        entity = chunk_entity(self.index, self.number)
        chunk = Chunk(entity, reader.epoch, volume.vdl, records, since_ns)
        self.number += 1
        self.chunks.append(chunk)
        self.plane.chunks += 1
        self.clock.at(self.ready_ns, Kind.CHUNK, entity, self.arrive, chunk)

    def arrive(self, moment: Moment) -> None:
        """A chunk is ready to be applied."""
        chunk: Chunk = self.clock.begin(moment)
        self.plane.chunks -= 1
        reader = self.plane.instances[self.index]
        if reader.status != Status.UP or chunk.epoch != reader.epoch:
            return
        now = self.clock.env.now
        pages = sum(table.pages for table in reader.tables)
        share = sum(reader.resident) / max(1, pages)
        chunk.left_ns = laws.work_ns(
            chunk.records * share, reader.costs.apply_cpu_ns, reader.plan.speed
        )
        if chunk.left_ns == 0:
            self.applied(chunk, now)
            return
        self.working.append(chunk)
        reader.queue.append(chunk)
        reader.dispatch(now)

    def applied(self, chunk: Chunk, now: int) -> None:
        """A chunk is applied; the view moves over all that are, in order."""
        chunk.done = True
        moved = False
        while self.chunks and self.chunks[0].done:
            head = self.chunks.popleft()
            self.applied_lsn = head.lsn
            self.lag_ns = now - head.shipped_ns
            self.plane.lag_sample(self.index, now, self.lag_ns)
            moved = True
        if moved:
            reader = self.plane.instances[self.index]
            reader.volume.changes.forget(reader.volume.least_applied())


class Changes:
    """Which keys were changed by commits that some reader may not see yet.

    Holds an entry per acknowledged change until every reader that is up has applied it, so it is as
    long as the lag, not as the run.
    """

    def __init__(self) -> None:
        self.watched = False  # whether any reader is there to read
        self.order: deque[tuple[int, tuple[int, int]]] = deque()
        self.of_key: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def acknowledged(self, key: tuple[int, int], lsn: int, acknowledged_ns: int) -> None:
        """The client learns that its change of ``key`` is durable."""
        self.order.append((lsn, key))
        self.of_key.setdefault(key, []).append((lsn, acknowledged_ns))

    def staleness(self, key: tuple[int, int], applied_lsn: int, sent_ns: int, now: int) -> int:
        """How far behind a read of ``key`` is, in ns: the age of the oldest change that it misses
        although acknowledged before the read was sent; 0 when it misses none."""
        oldest = NEVER
        for lsn, acknowledged_ns in self.of_key.get(key, ()):
            if lsn > applied_lsn and acknowledged_ns <= sent_ns:
                oldest = min(oldest, acknowledged_ns)
        return 0 if oldest == NEVER else max(1, now - oldest)

    def forget(self, lsn: int) -> None:
        """Every reader has applied up to ``lsn``."""
        order, of_key = self.order, self.of_key
        while order and order[0][0] <= lsn:
            old, key = order.popleft()
            left = [entry for entry in of_key[key] if entry[0] != old]
            if left:
                of_key[key] = left
            else:
                del of_key[key]
