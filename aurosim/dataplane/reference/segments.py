"""Segments: which copy of a protection group holds which boxcar, and what is lost with them.

A group keeps six segments, two in each AZ (members 0 and 1 in AZ a, and so on). A boxcar knows when
each persists it; the loss of a segment takes that away, a repair or the return of an AZ brings it
back from any segment that still holds it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import NEVER, Recovery
from aurosim.dataplane.reference.moment import Moment
from aurosim.dataplane.reference.regions import Redo

if TYPE_CHECKING:
    from aurosim.dataplane.reference.statement import Transaction
    from aurosim.dataplane.reference.storage import Volume

MEMBERS = 6
ALL_MEMBERS = (1 << MEMBERS) - 1


class Boxcar:
    """A batch of redo records of one group on its way to six segments."""

    __slots__ = (
        "ack_ns", "bytes", "copies", "durable", "group", "lsn", "moment", "number", "persist_ns",
        "quorum_at_ns",
    )  # fmt: skip

    moment: Moment | None

    def __init__(self, group: Group, lsn: int) -> None:
        self.group = group
        self.number = group.number
        self.lsn = lsn
        self.bytes = 0
        self.copies = 0
        self.persist_ns = [NEVER] * MEMBERS
        self.ack_ns = [NEVER] * MEMBERS
        self.durable = False
        self.moment = None
        self.quorum_at_ns = NEVER

    def quorum_ns(self, write_ok: npt.NDArray[np.bool_]) -> int:
        """When the acknowledgements first make a write quorum; NEVER if they don't."""
        mask = 0
        for ack_ns, member in sorted((ack, m) for m, ack in enumerate(self.ack_ns)):
            if ack_ns == NEVER:
                break
            mask |= 1 << member
            if write_ok[mask]:
                return ack_ns
        return NEVER

    def holders(self, now: int) -> int:
        """The members that hold it now, a mask."""
        mask = 0
        for member, persist_ns in enumerate(self.persist_ns):
            if persist_ns <= now:
                mask |= 1 << member
        return mask

    def settled(self, now: int) -> bool:
        """Nothing is on its way any more."""
        return all(p <= now or p == NEVER for p in self.persist_ns)

    def forget(self, members: int, now: int, *, lost: bool) -> None:
        """``members`` lose what they hold (``lost``), or only what is still on its way to them."""
        for member in range(MEMBERS):
            if members >> member & 1 and (lost or self.persist_ns[member] > now):
                self.persist_ns[member] = NEVER
                self.ack_ns[member] = NEVER

    def regain(self, members: int, live: int, now: int) -> bool:
        """``members`` get it from a live segment that holds it; False when none does."""
        if not self.holders(now) & live:
            return False
        for member in range(MEMBERS):
            if members >> member & 1 and self.persist_ns[member] > now:
                self.persist_ns[member] = now
        return True


class Group:
    """A protection group: the boxcar being filled and those in flight."""

    __slots__ = ("flying", "index", "lost", "nodes", "number", "open", "volume")

    def __init__(self, volume: Volume, index: int, nodes: tuple[int, ...]) -> None:
        self.volume = volume
        self.index = index
        self.nodes = nodes
        self.number = 0
        self.open: Boxcar | None = None
        self.flying: list[Boxcar] = []
        self.lost = 0  # members whose data is gone, a mask


class Losses:
    """Counts acknowledged commits that the volume has lost.

    An acknowledged transaction is watched while copies are on their way. Then it is kept as a
    number per group and set of holders, so that this does not grow with the run; a commit that
    loses its records in several groups so counts in each.
    """

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.watched: deque[list[Boxcar]] = deque()
        self.settled: dict[int, dict[int, int]] = {}
        self.commits = 0

    def watch(self, transaction: Transaction, now: int) -> None:
        """A transaction was acknowledged."""
        self.watched.append(transaction.boxcars)
        while self.watched and all(boxcar.settled(now) for boxcar in self.watched[0]):
            self.settle(self.watched.popleft(), now)

    def settle(self, boxcars: list[Boxcar], now: int) -> None:
        """Nothing of this transaction is on its way: keep only a number in each of its groups."""
        fewest: dict[int, int] = {}
        for boxcar in boxcars:
            holders = boxcar.holders(now)
            group = boxcar.group.index
            before = fewest.get(group, ALL_MEMBERS)
            fewest[group] = min(before, holders, key=lambda mask: (mask.bit_count(), mask))
        for group, holders in fewest.items():
            by_holders = self.settled.setdefault(group, {})
            by_holders[holders] = by_holders.get(holders, 0) + 1

    def count(self, now: int) -> None:
        """Count what no segment holds, unless a live writer can still send it."""
        if self.volume.writer >= 0:
            return
        kept: deque[list[Boxcar]] = deque()
        for boxcars in self.watched:
            if all(boxcar.holders(now) for boxcar in boxcars):
                kept.append(boxcars)
            else:
                self.commits += 1
        self.watched = kept
        for by_holders in self.settled.values():
            self.commits += by_holders.pop(0, 0)

    def move(self, group: int, *, lost: int = 0, regained: int = 0, live: int = 0) -> None:
        """Members of ``group`` lost what was kept as numbers, or regained it from a live one."""
        moved: dict[int, int] = {}
        for before, commits in self.settled.get(group, {}).items():
            holders = before & ~lost
            if holders & live:
                holders |= regained
            moved[holders] = moved.get(holders, 0) + commits
        self.settled[group] = moved

    def boxcars(self) -> Iterator[Boxcar]:
        """Every boxcar of a watched transaction, each once."""
        seen: set[int] = set()
        for boxcars in self.watched:
            for boxcar in boxcars:
                if id(boxcar) not in seen:
                    seen.add(id(boxcar))
                    yield boxcar


class Segments:
    """What the control plane does to the copies of a volume."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume

    def durable(self) -> dict[int, list[Boxcar]]:
        """By group, the durable boxcars that may still matter, each once: VDL has not passed it, or
        its transaction is under way or watched."""
        volume = self.volume
        found = list(volume.losses.boxcars())
        for _, boxcars, _ in volume.log:
            found += boxcars
        for clients in volume.plane.clients:
            for slot in clients.slots:
                if slot.transaction is not None:
                    found += slot.transaction.boxcars
        by_group: dict[int, list[Boxcar]] = {}
        for boxcar in {id(boxcar): boxcar for boxcar in found if boxcar.durable}.values():
            if boxcar.group.volume is volume:
                by_group.setdefault(boxcar.group.index, []).append(boxcar)
        return by_group

    def lose(self, group: Group, members: int, now: int) -> None:
        """The data of ``members`` is gone."""
        volume = self.volume
        group.lost |= members
        for boxcar in group.flying + self.durable().get(group.index, []):
            boxcar.forget(members, now, lost=True)
            if not boxcar.durable:
                volume.expect(boxcar)
        volume.losses.move(group.index, lost=members)
        volume.losses.count(now)

    def repair(self, group: Group, members: int, now: int) -> None:
        """``members`` hold again all that some segment of the group holds."""
        group.lost &= ~members
        durable = self.durable().get(group.index, [])
        self.catch_up(group, durable, members & ~self.volume.dark, now)
        self.volume.wake_reads(now)

    def catch_up(self, group: Group, durable: list[Boxcar], members: int, now: int) -> None:
        """``members`` are there again: gossip fills their holes, the writer sends the rest."""
        volume = self.volume
        if not members:
            return
        live = volume.live(group)
        for boxcar in group.flying + durable:
            missing = members & ~boxcar.holders(now)
            found = boxcar.regain(missing, live, now)
            if boxcar.durable or volume.writer < 0:
                continue
            if found:
                for member in range(MEMBERS):
                    if missing >> member & 1:
                        hop = volume.hop_ns(volume.writer_az, member >> 1)
                        boxcar.ack_ns[member] = now + hop
                volume.expect(boxcar)
            else:
                volume.copy(boxcar, missing, now)
        volume.losses.move(group.index, regained=members, live=live)

    def zone(self, az: int, reachable: bool, now: int) -> None:
        """All segments of an AZ go dark with their data intact, or come back."""
        volume = self.volume
        members = 0b11 << (2 * az)
        if not reachable:
            volume.dark |= members
            for group in volume.groups:
                for boxcar in group.flying:
                    boxcar.forget(members, now, lost=False)
                    volume.expect(boxcar)
            for boxcars in self.durable().values():
                for boxcar in boxcars:
                    boxcar.forget(members, now, lost=False)
            return
        volume.dark &= ~members
        durable = self.durable()
        for group in volume.groups:
            found = durable.get(group.index, [])
            self.catch_up(group, found, members & ~group.lost, now)
        volume.wake_reads(now)

    def fence(self, now: int) -> None:
        """The volume epoch is bumped: what the old writer still has on its way is refused."""
        for group in self.volume.groups:
            for boxcar in group.flying:
                boxcar.forget(ALL_MEMBERS, now, lost=False)

    def discard(self) -> None:
        """A cluster that is to follow another gets that one's data and log for its own."""
        volume = self.volume
        volume.log.clear()
        self.land()
        volume.losses.watched.clear()
        volume.losses.settled.clear()

    def land(self) -> None:
        """Nothing is in flight any more."""
        for group in self.volume.groups:
            group.flying.clear()
        self.volume.flying = 0

    def recover(self, now: int) -> Recovery | None:
        """Crash recovery: by read quorum, keep the log as far as it has no hole; cut the rest."""
        volume = self.volume
        for group in volume.groups:
            if not volume.plan.read_ok[volume.live(group)]:
                return None
        log, whole, kept, truncated = volume.log, True, Redo(), 0
        while log:
            lsn, boxcars, redo = log.popleft()
            whole = whole and all(b.holders(now) & volume.live(b.group) for b in boxcars)
            if whole:
                volume.vdl = lsn
                kept.add(redo)
            else:
                truncated += redo.records
        if kept.records:
            volume.replicate(kept, now)
        self.land()
        volume.cut_lsn = volume.next_lsn - 1
        before = volume.losses.commits
        volume.losses.count(now)
        return Recovery(volume.vdl, truncated, volume.losses.commits - before)
