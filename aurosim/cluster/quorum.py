"""Quorums of a protection group: which sets of live members may write, and which may recover.

A protection group keeps six copies, two in each of three Availability Zones. A write is durable
when 4 of 6 have it, and recovery needs 3 of 6: any two such sets meet (4 + 3 > 6), and any two
write sets meet (4 + 4 > 6). Losing an AZ leaves 4, so writes go on; losing an AZ and one more
leaves 3, so nothing is lost and the write quorum can be rebuilt. Source: S17 section 2.1.

A rule reaches everyone as a table over masks of members (bit m: member m is there), never as
code. A group in a membership change has up to eight members (S18), so a table has 256 rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aurosim.catalog import AZS
from aurosim.catalog.volume import COPIES, MEMBERS_MAX

MASKS = 1 << MEMBERS_MAX
ALL_COPIES = (1 << COPIES) - 1
WRITE_QUORUM = 4
READ_QUORUM = 3

Rule = Callable[[int], bool]
"""Whether the members of a mask suffice."""
Table = npt.NDArray[np.bool_]


def at_least(count: int, members: int = ALL_COPIES) -> Rule:
    """The rule `count` of the members in the mask `members`."""
    assert 0 < count <= members.bit_count()
    return lambda mask: (mask & members).bit_count() >= count


def table(rule: Rule) -> Table:
    """The rule as a bool array by mask, read-only. A rule must never be unmet by more members."""
    found = np.fromiter((rule(mask) for mask in range(MASKS)), dtype=np.bool_, count=MASKS)
    for member in range(MEMBERS_MAX):
        without = np.arange(MASKS) & ~(1 << member)
        assert not (found[without] & ~found).any(), "a quorum is lost by adding a member"
    found.flags.writeable = False
    return found


@dataclass(frozen=True, eq=False)
class Quorums:
    """The two tables of a protection group."""

    write_ok: Table
    read_ok: Table

    def meet(self) -> bool:
        """Whether any two write quorums share a member, and any read quorum one with each of them.

        The published rule does. A scenario may say one that doesn't, to see what it is for.
        """
        masks = np.arange(MASKS)
        read, write = masks[self.read_ok], masks[self.write_ok]
        return bool(
            np.all(read[:, None] & write[None, :]) and np.all(write[:, None] & write[None, :])
        )


def quorums(write: Rule, read: Rule) -> Quorums:
    """The tables of two rules; asserts that their quorums meet."""
    found = Quorums(table(write), table(read))
    assert found.meet(), "quorums that miss each other"
    return found


def four_of_six() -> Quorums:
    """4 of 6 to write, 3 of 6 to recover (S17 section 2.1)."""
    return quorums(at_least(WRITE_QUORUM), at_least(READ_QUORUM))


def zone_of(member: int) -> int:
    """The AZ (0, 1, 2) of a member: 0 and 1 in a, 2 and 3 in b, 4 and 5 in c."""
    assert 0 <= member < COPIES
    return member // (COPIES // len(AZS))


def zone_members(az: int) -> int:
    """The mask of the members in an AZ (0, 1, 2)."""
    assert 0 <= az < len(AZS)
    return sum(1 << member for member in range(COPIES) if zone_of(member) == az)


def members_of(mask: int) -> tuple[int, ...]:
    """The members in a mask, in their order."""
    return tuple(member for member in range(MEMBERS_MAX) if mask >> member & 1)
