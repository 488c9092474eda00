"""Quorum tables say what S17 and S18 say."""

from __future__ import annotations

from itertools import combinations

import pytest

from aurosim.cluster.quorum import (
    ALL_COPIES,
    MASKS,
    at_least,
    four_of_six,
    members_of,
    quorums,
    table,
    zone_members,
    zone_of,
)


def masks(count: int) -> list[int]:
    return [sum(1 << member for member in chosen) for chosen in combinations(range(6), count)]


@pytest.mark.parametrize("live", range(7))
def test_four_write_and_three_recover(live: int) -> None:
    tables = four_of_six()
    assert {bool(tables.write_ok[mask]) for mask in masks(live)} == {live >= 4}
    assert {bool(tables.read_ok[mask]) for mask in masks(live)} == {live >= 3}


def test_members_beyond_six_do_not_count() -> None:
    tables = four_of_six()
    assert len(tables.write_ok) == MASKS == 256
    assert not tables.write_ok[0b11000111] and not tables.read_ok[0b11000011]


def test_an_az_leaves_the_write_quorum_and_one_more_the_read_quorum() -> None:
    tables = four_of_six()
    for az in range(3):
        left = ALL_COPIES & ~zone_members(az)
        assert tables.write_ok[left]
        for member in members_of(left):
            rest = left & ~(1 << member)
            assert tables.read_ok[rest] and not tables.write_ok[rest]


def test_two_members_in_each_az() -> None:
    assert [zone_of(member) for member in range(6)] == [0, 0, 1, 1, 2, 2]
    assert [zone_members(az) for az in range(3)] == [0b000011, 0b001100, 0b110000]


def test_a_membership_change_is_a_rule_like_any_other() -> None:
    """S18: F is being replaced by G. Write 4 of ABCDEF and 4 of ABCDEG, read 3 of either."""
    old, new = 0b0111111, 0b1011111
    tables = quorums(
        lambda mask: at_least(4, old)(mask) and at_least(4, new)(mask),
        lambda mask: at_least(3, old)(mask) or at_least(3, new)(mask),
    )
    assert tables.write_ok[0b0001111]
    assert not tables.write_ok[0b0100111], "4 of the old set only"
    assert tables.read_ok[0b0100011] and tables.read_ok[0b1000011]
    assert not tables.read_ok[0b1100001], "F and G never count together"


def test_quorums_that_do_not_meet_are_refused() -> None:
    with pytest.raises(AssertionError, match="miss each other"):
        quorums(at_least(4), at_least(2))
    with pytest.raises(AssertionError, match="miss each other"):
        quorums(at_least(3), at_least(4))
    with pytest.raises(AssertionError, match="by adding a member"):
        table(lambda mask: mask.bit_count() == 3)


def test_tables_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        four_of_six().write_ok[0] = True
