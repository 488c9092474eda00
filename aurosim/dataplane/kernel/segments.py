"""What the control plane does to the copies of a volume: rare, so plain Python over the arrays.

The twin of the reference's `segments`: the same steps in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from aurosim.dataplane.contract import NEVER, Recovery
from aurosim.dataplane.kernel import commands
from aurosim.dataplane.kernel.state import MEMBERS, PASSED

if TYPE_CHECKING:
    from aurosim.dataplane.kernel.plane import KernelPlane

ALL_MEMBERS = (1 << MEMBERS) - 1
NONE = -1


class Segments:
    """The copies of one cluster's volume."""

    def __init__(self, plane: KernelPlane, cluster: int) -> None:
        self.plane = plane
        self.index = cluster

    @property
    def cluster(self) -> Any:
        """The cluster's record."""
        return self.plane.state.cluster[self.index]

    def groups(self) -> range:
        """The indexes of the volume's groups."""
        first = int(self.cluster["first_group"])
        return range(first, first + int(self.cluster["groups"]))

    def live(self, g: int) -> int:
        """The members of a group that can be reached and hold their data, a mask."""
        lost = int(self.plane.state.group[g]["lost"])
        return ~(lost | int(self.cluster["dark"])) & ALL_MEMBERS

    # --- boxcars -------------------------------------------------------------------------
    def listed(self, cell: int, count: int = -1) -> Iterator[int]:
        """The boxcars of a list of cells, or its first ``count``."""
        cells = self.plane.state.cell
        while cell != NONE and count != 0:
            yield int(cells[cell]["boxcar"])
            cell = int(cells[cell]["next"])
            count -= 1

    def flying(self, g: int) -> list[int]:
        """A group's boxcars in flight, in order."""
        found, b = [], int(self.plane.state.group[g]["flying"])
        while b != NONE:
            found.append(b)
            b = int(self.plane.state.boxcar[b]["flying_next"])
        return found

    def watched(self) -> list[int]:
        """The transactions whose copies have not settled, oldest first."""
        ring = self.plane.state.watch[self.index]
        first, end = int(self.cluster["watch_first"]), int(self.cluster["watch_end"])
        return [int(ring[place & (len(ring) - 1)]) for place in range(first, end)]

    def durable(self) -> dict[int, list[int]]:
        """By group, the durable boxcars that may still matter, each once: VDL has not passed it, or
        its transaction is under way or watched."""
        state, found = self.plane.state, dict[int, None]()
        lists = [(int(state.tx[t]["boxcars"]), -1) for t in self.watched()]
        first, end = int(self.cluster["log_first"]), int(self.cluster["log_end"])
        log = state.log[self.index]
        entries = [log[place & (len(log) - 1)] for place in range(first, end)]
        lists += [(int(entry["boxcars"]), int(entry["count"])) for entry in entries]
        for slot in state.slot[state.slot["tx"] != NONE]:
            lists.append((int(state.tx[slot["tx"]]["boxcars"]), -1))
        for cell, count in lists:
            found.update(dict.fromkeys(self.listed(cell, count)))
        by_group: dict[int, list[int]] = {}
        for b in found:
            g = int(state.boxcar[b]["group"])
            if state.boxcar[b]["durable"] and int(state.group[g]["cluster"]) == self.index:
                by_group.setdefault(g, []).append(b)
        return by_group

    def holders(self, b: int, now: int) -> int:
        """The members that hold a boxcar now, a mask."""
        persist = self.plane.state.boxcar[b]["persist_ns"]
        return sum(1 << member for member in range(MEMBERS) if persist[member] <= now)

    def note(self, b: int) -> None:
        """When the last of what is on its way arrives, and whether a copy is missing."""
        boxcar = self.plane.state.boxcar[b]
        coming = [int(p) for p in boxcar["persist_ns"] if p < NEVER]
        boxcar["settled_ns"] = max(coming, default=0)
        boxcar["missing"] = len(coming) < MEMBERS

    def forget(self, b: int, members: int, now: int, *, lost: bool) -> None:
        """``members`` lose what they hold (``lost``), or only what is still on its way to them."""
        boxcar = self.plane.state.boxcar[b]
        for member in range(MEMBERS):
            if members >> member & 1 and (lost or boxcar["persist_ns"][member] > now):
                boxcar["persist_ns"][member] = NEVER
                boxcar["ack_ns"][member] = NEVER
        self.note(b)

    def regain(self, b: int, members: int, live: int, now: int) -> bool:
        """``members`` get it from a live segment that holds it; False when none does."""
        if not self.holders(b, now) & live:
            return False
        persist = self.plane.state.boxcar[b]["persist_ns"]
        for member in range(MEMBERS):
            if members >> member & 1 and persist[member] > now:
                persist[member] = now
        self.note(b)
        return True

    # --- commands ------------------------------------------------------------------------
    def lose(self, g: int, members: int, now: int) -> None:
        """The data of ``members`` is gone."""
        state = self.plane.state
        state.group[g]["lost"] |= members
        for b in self.flying(g) + self.durable().get(g, []):
            self.forget(b, members, now, lost=True)
            if not state.boxcar[b]["durable"]:
                commands.expect_quorum(self.plane.ready(), b, now)
                state = self.plane.state
        self.move(g, lost=members)
        self.count(now)

    def repair(self, g: int, members: int, now: int) -> None:
        """``members`` hold again all that some segment of the group holds."""
        self.plane.state.group[g]["lost"] &= ~members
        durable = self.durable().get(g, [])
        self.catch_up(g, durable, members & ~int(self.cluster["dark"]), now)
        self.plane.wake_reads(self.index, now)

    def catch_up(self, g: int, durable: list[int], members: int, now: int) -> None:
        """``members`` are there again: gossip fills their holes, the writer sends the rest."""
        if not members:
            return
        live = self.live(g)
        for b in self.flying(g) + durable:
            missing = members & ~self.holders(b, now)
            found = self.regain(b, missing, live, now)
            if self.plane.state.boxcar[b]["durable"] or self.cluster["writer"] < 0:
                continue
            if found:
                self.acknowledge(b, missing, now)
            else:
                commands.copy_boxcar(self.plane.ready(), b, missing, now)
        self.move(g, regained=members, live=live)

    def acknowledge(self, b: int, members: int, now: int) -> None:
        """The writer hears from ``members`` one hop from now."""
        state = self.plane.state
        az_hop = state.az_hop[self.index, int(self.cluster["writer_az"])]
        for member in range(MEMBERS):
            if members >> member & 1:
                state.boxcar[b]["ack_ns"][member] = now + int(az_hop[member >> 1])
        commands.expect_quorum(self.plane.ready(), b, now)

    def zone(self, az: int, reachable: bool, now: int) -> None:
        """All segments of an AZ go dark with their data intact, or come back."""
        members = 0b11 << (2 * az)
        if not reachable:
            self.cluster["dark"] |= members
            for g in self.groups():
                for b in self.flying(g):
                    self.forget(b, members, now, lost=False)
                    commands.expect_quorum(self.plane.ready(), b, now)
            for boxcars in self.durable().values():
                for b in boxcars:
                    self.forget(b, members, now, lost=False)
            return
        self.cluster["dark"] &= ~members
        durable = self.durable()
        for g in self.groups():
            lost = int(self.plane.state.group[g]["lost"])
            self.catch_up(g, durable.get(g, []), members & ~lost, now)
        self.plane.wake_reads(self.index, now)

    def fence(self, now: int) -> None:
        """The volume epoch is bumped: what the old writer still has on its way is refused."""
        for g in self.groups():
            for b in self.flying(g):
                self.forget(b, ALL_MEMBERS, now, lost=False)

    def recover(self, now: int) -> Recovery | None:
        """Crash recovery: by read quorum, keep the log as far as it has no hole; cut the rest."""
        plane, cluster = self.plane, self.cluster
        read_ok = plane.plan.clusters[self.index].read_ok
        if not all(read_ok[self.live(g)] for g in self.groups()):
            return None
        state, whole, truncated = plane.state, True, 0
        kept = dict.fromkeys(PASSED, 0)
        log = state.log[self.index]
        for place in range(int(cluster["log_first"]), int(cluster["log_end"])):
            entry = log[place & (len(log) - 1)]
            whole = whole and all(
                self.holders(b, now) & self.live(int(state.boxcar[b]["group"]))
                for b in self.listed(int(entry["boxcars"]), int(entry["count"]))
            )
            if whole:
                cluster["vdl"] = entry["lsn"]
                kept["passed"] += int(entry["records"])
                kept["passed_writes"] += int(entry["is_write"])
                kept["passed_commits"] += int(not entry["is_write"])
                kept["passed_bytes"] += int(entry["bytes"])
            else:
                truncated += int(entry["records"])
            commands.drop_transaction(state, int(entry["tx"]))
        cluster["log_first"] = cluster["log_end"]
        if kept["passed"]:
            for name, value in kept.items():
                cluster[name] = value
            cluster["passed_since_ns"] = now
            commands.replicate(plane.ready(), self.index, now)
            state, cluster = plane.state, self.cluster
        self.land()
        cluster["cut_lsn"] = cluster["next_lsn"] - 1
        before = int(cluster["lost_commits"])
        self.count(now)
        return Recovery(int(cluster["vdl"]), truncated, int(cluster["lost_commits"]) - before)

    def land(self) -> None:
        """Nothing is in flight any more."""
        state = self.plane.state
        for g in self.groups():
            for b in self.flying(g):
                commands.drop_boxcar(state, b)
            state.group[g]["flying"] = state.group[g]["flying_end"] = NONE
        self.cluster["flying"] = 0

    def discard(self) -> None:
        """A cluster that is to follow another gets that one's data and log for its own."""
        state, cluster = self.plane.state, self.cluster
        log = state.log[self.index]
        for place in range(int(cluster["log_first"]), int(cluster["log_end"])):
            commands.drop_transaction(state, int(log[place & (len(log) - 1)]["tx"]))
        cluster["log_first"] = cluster["log_end"]
        self.land()
        for t in self.watched():
            commands.drop_transaction(state, t)
        cluster["watch_first"] = cluster["watch_end"]
        groups = self.groups()
        state.settled[:, groups.start : groups.stop] = 0

    # --- what is lost --------------------------------------------------------------------
    def count(self, now: int) -> None:
        """Count acknowledged commits that no segment holds, unless a live writer can send them."""
        state, cluster = self.plane.state, self.cluster
        if cluster["writer"] >= 0:
            return
        kept = []
        for t in self.watched():
            if all(self.holders(b, now) for b in self.listed(int(state.tx[t]["boxcars"]))):
                kept.append(t)
            else:
                cluster["lost_commits"] += 1
                commands.drop_transaction(state, t)
        ring = state.watch[self.index]
        for place, t in enumerate(kept, int(cluster["watch_first"])):
            ring[place & (len(ring) - 1)] = t
        cluster["watch_end"] = cluster["watch_first"] + len(kept)
        groups = self.groups()
        gone = state.settled[0, groups.start : groups.stop]
        cluster["lost_commits"] += gone.sum()
        gone[:] = 0

    def move(self, g: int, *, lost: int = 0, regained: int = 0, live: int = 0) -> None:
        """Members of ``g`` lost what was kept as numbers, or regained it from a live one."""
        settled = self.plane.state.settled[:, g]
        before = settled.copy()
        settled[:] = 0
        for mask in np.flatnonzero(before).tolist():
            holders = mask & ~lost
            if holders & live:
                holders |= regained
            settled[holders] += before[mask]
