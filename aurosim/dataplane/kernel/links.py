"""What the control plane does to the way to a secondary: rare, so plain Python over the arrays.

The twin of the commands in the reference's `regions`: the same steps in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aurosim.dataplane.contract import NEVER, RecoveryPoint, Status
from aurosim.dataplane.kernel import commands
from aurosim.dataplane.kernel.views import behind

if TYPE_CHECKING:
    from aurosim.dataplane.kernel.plane import KernelPlane

NONE = -1


class Link:
    """The way to one cluster of several from the one it follows."""

    def __init__(self, plane: KernelPlane, cluster: int) -> None:
        self.plane = plane
        self.index = cluster

    @property
    def record(self) -> Any:
        """The cluster's record."""
        return self.plane.state.cluster[self.index]

    def batch(self, place: int) -> Any:
        """The batch at a place of the ring."""
        ring = self.plane.state.batch[self.index]
        return ring[place & (len(ring) - 1)]

    def connect(self, connected: bool, now: int) -> None:
        """The way is cut, and what is on it lost; or mended, and that is sent again."""
        self.record["connected"] = connected
        if connected:
            commands.schedule_batch(self.plane.ready(), self.index, now)
        else:
            self.recall(now)

    def change_speed(self, delay_ns: int, bytes_per_s: float, now: int) -> None:
        """Another delay and rate from now on; a batch that is getting onto the link starts anew."""
        record = self.record
        record["link_delay_ns"], record["link_bytes_per_s"] = delay_ns, bytes_per_s
        if record["batches_flying"] and record["link_free_ns"] > now:
            self.wait_again(int(record["batches_flying"]) - 1, now)
            commands.schedule_batch(self.plane.ready(), self.index, now)

    def flown(self) -> range:
        """The places of the batches that have left."""
        first = int(self.record["batch_first"])
        return range(first, first + int(self.record["batches_flying"]))

    def recall(self, now: int) -> None:
        """What has not arrived waits again to leave."""
        arrived = sum(1 for place in self.flown() if self.batch(place)["arrived_ns"] < now)
        self.wait_again(arrived, now)

    def wait_again(self, kept: int, now: int) -> None:
        """Only the first ``kept`` batches have left, and the link is free."""
        record, left = self.record, self.flown()
        self.cancel(int(record["leaving"]))
        record["leaving"] = NONE
        for place in left[kept:]:
            self.cancel(int(self.batch(place)["event"]))
            self.batch(place)["event"] = NONE
        record["batches_flying"] = kept
        for name in ("link_free_ns", "link_ready_ns", "arrived_ns", "applied_ns"):
            record[name] = now
        if kept:
            last = self.batch(left[kept - 1])
            record["arrived_ns"], record["applied_ns"] = last["arrived_ns"], last["applied_ns"]

    def cancel(self, event: int) -> None:
        """Let an event pass without effect; there may be none."""
        commands.cancel_event(self.plane.state, event)

    def detach(self, now: int) -> RecoveryPoint:
        """The secondary stops following: what has arrived is applied, the rest it never gets."""
        assert self.record["source"] >= 0, "it follows nobody"
        self.recall(now)
        while self.record["batches_flying"]:
            self.cancel(int(self.batch(int(self.record["batch_first"]))["event"]))
            commands.take_in(self.plane.ready(), self.index, now)
        record = self.record
        record["source"] = NONE
        commits, size = behind(self.plane.state, self.index)
        first, end = int(record["batch_first"]), int(record["batch_end"])
        since_ns = int(self.batch(first)["since_ns"]) if end > first else NEVER
        record["batch_first"] = end
        record["frozen_ns"] = min(now, since_ns)
        return RecoveryPoint(int(record["vdl"]), commits, size, since_ns)

    def attach(self, source: int, now: int) -> None:
        """It follows ``source`` from now on, and holds what is durable there: its readers that are
        up must do so too."""
        record, plan = self.record, self.plane.plan.clusters[self.index]
        theirs = self.plane.state.cluster[source]
        vdl = int(theirs["vdl"])
        assert plan.link is not None and record["batch_first"] == record["batch_end"]
        assert int(record["vdl"]) == vdl or not self.readers()
        record["source"], record["follows"], record["connected"] = source, True, True
        record["link_delay_ns"], record["link_bytes_per_s"] = 0, plan.link.bytes_per_s
        for name in ("link_free_ns", "link_ready_ns", "arrived_ns", "applied_ns"):
            record[name] = now
        record["frozen_ns"] = NEVER
        record["vdl"] = vdl
        record["next_lsn"] = max(int(record["next_lsn"]), vdl + 1)
        commands.grow_as(self.plane.state, self.index, source)

    def readers(self) -> bool:
        """Whether some instance of the cluster is up."""
        servers = self.plane.state.instance
        return bool(((servers["cluster"] == self.index) & (servers["status"] == Status.UP)).any())

    def events_most(self) -> int:
        """What of this link the event queue may hold."""
        return int(self.record["batches_flying"]) + 1
