"""The cluster volume: protection groups of 10 GiB, each six segments on storage nodes.

A segment does not answer while its data is lost (until it is copied anew from its peers) or while
its AZ is dark (its data intact). What is left is the group's *live mask*. Nearly all of up to
13,107 groups are always whole, so only those that lost a segment are stored. The data plane adds
groups as the data grow; a new one is whole, but for an AZ that is dark then.

Writes are available while each group has its write quorum, since a commit waits for every earlier
record of the volume, in whatever group. Reads are available while each group has a live segment,
since a normal read asks one (S18). Recovery needs the read quorum of every group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from aurosim.cluster.quorum import ALL_COPIES, Quorums, Table, zone_members, zone_of

GROUP_BYTES = 10 << 30
"""S17 section 2.2; the paper's 10 GB are read as GiB, as in the catalog."""


@dataclass(frozen=True)
class VolumeView:
    """The volume's health now. `copies_min` is the fewest live segments in any group."""

    copies_min: int
    groups_below_write_quorum: int
    groups_below_read_quorum: int
    write_available: bool
    read_available: bool


@dataclass
class Volume:
    """Which segments of a volume are lost, which AZs are dark, which storage nodes are slow."""

    size_bytes: int
    groups: int
    quorums: Quorums
    group_bytes: int = GROUP_BYTES
    _lost: dict[int, int] = field(default_factory=dict)
    _dark: Counter[int] = field(default_factory=Counter)
    _delays: dict[int, list[int]] = field(default_factory=dict)

    def grow(self, size_bytes: int, groups: int) -> None:
        """The data take this much by now, in so many groups; a new one is whole."""
        assert self.size_bytes <= size_bytes and self.groups <= groups, "a volume never shrinks"
        self.size_bytes, self.groups = size_bytes, groups

    def lose(self, group: int, members: int) -> int:
        """Marks the data of `members` (a mask) as gone; returns those that were not before."""
        assert 0 <= group < self.groups and not members & ~ALL_COPIES
        before = self._lost.get(group, 0)
        if members:
            self._lost[group] = before | members
        return members & ~before

    def restore(self, group: int, members: int) -> None:
        """These members hold the group's data again."""
        left = self._lost.get(group, 0) & ~members
        if left:
            self._lost[group] = left
        else:
            self._lost.pop(group, None)

    def darken(self, az: int) -> bool:
        """One more outage of an AZ begins; whether it had been reachable until now."""
        self._dark[az] += 1
        return self._dark[az] == 1

    def lighten(self, az: int) -> bool:
        """One outage of an AZ ends; whether the AZ is reachable now."""
        assert self._dark[az] > 0
        self._dark[az] -= 1
        return self._dark[az] == 0

    def slow(self, node: int, delay: int) -> int:
        """A storage node answers later; returns the delay that counts, the largest at the node."""
        self._delays.setdefault(node, []).append(delay)
        return max(self._delays[node])

    def mend(self, node: int, delay: int) -> int:
        """One delay of a node ends; returns the delay that counts now, 0 when none is left."""
        self._delays[node].remove(delay)
        return max(self._delays[node], default=0)

    @property
    def reachable(self) -> int:
        """The mask of members in AZs that are not dark."""
        return ALL_COPIES & ~sum(zone_members(az) for az, count in self._dark.items() if count)

    def live(self, group: int) -> int:
        """The mask of a group's segments that answer."""
        return self.reachable & ~self._lost.get(group, 0)

    def repairable(self, group: int, member: int) -> bool:
        """Whether a lost segment can be rebuilt now.

        A read quorum is what allows rebuilding the write quorum (S17 section 2.1); with fewer,
        nobody knows which records are missing. And the segment's own AZ must be there.
        """
        return bool(self.quorums.read_ok[self.live(group)]) and self.host_reachable(member)

    def host_reachable(self, member: int) -> bool:
        """Whether the AZ of a member is not dark."""
        return not self._dark[zone_of(member)]

    def fill_ratio(self, group: int) -> float:
        """How full a group is: 1, but for the volume's last one."""
        full = self.group_bytes
        return min(max(self.size_bytes - group * full, 0), full) / full

    def _live_masks(self, groups: int) -> Iterator[tuple[int, int]]:
        """Each live mask with the number of groups that have it."""
        reachable, whole = self.reachable, groups - len(self._lost)
        if whole:
            yield reachable, whole
        for lost in self._lost.values():
            yield reachable & ~lost, 1

    def view(self, groups: int | None = None) -> VolumeView:
        """The volume's health now; or if it had so many groups."""
        masks = list(self._live_masks(self.groups if groups is None else groups))

        def below(enough: Table) -> int:
            return sum(count for mask, count in masks if not enough[mask])

        below_write = below(self.quorums.write_ok)
        copies_min = min(mask.bit_count() for mask, _ in masks)
        return VolumeView(
            copies_min=copies_min,
            groups_below_write_quorum=below_write,
            groups_below_read_quorum=below(self.quorums.read_ok),
            write_available=below_write == 0,
            read_available=copies_min > 0,
        )
