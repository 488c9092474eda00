"""The volume counts what is left of each group, storing only groups that lost something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurosim.cluster.quorum import four_of_six
from aurosim.cluster.volume import GROUP_BYTES, Volume, VolumeView

LARGEST_GROUPS = 13_107


def volume(groups: int = 3, size_bytes: int | None = None) -> Volume:
    return Volume(size_bytes or groups * GROUP_BYTES, groups, four_of_six())


def test_a_whole_volume() -> None:
    assert volume().view() == VolumeView(6, 0, 0, write_available=True, read_available=True)


def test_a_dark_az_takes_two_copies_of_each_group_and_no_quorum() -> None:
    whole = volume()
    assert whole.darken(1)
    assert whole.live(2) == 0b110011
    assert whole.view() == VolumeView(4, 0, 0, write_available=True, read_available=True)
    assert whole.lighten(1)
    assert whole.view().copies_min == 6


def test_an_az_and_one_segment_stop_writes_and_leave_reads() -> None:
    hurt = volume()
    hurt.darken(2)
    assert hurt.lose(1, 0b000001) == 0b000001
    assert hurt.view() == VolumeView(3, 1, 0, write_available=False, read_available=True)


def test_two_dark_azs_put_every_group_below_both_quorums() -> None:
    hurt = volume(LARGEST_GROUPS)
    hurt.darken(0)
    hurt.darken(2)
    view = hurt.view()
    assert (view.groups_below_write_quorum, view.groups_below_read_quorum) == (13_107, 13_107)
    assert view.copies_min == 2 and view.read_available


def test_reads_end_with_the_last_live_segment_of_any_group() -> None:
    hurt = volume()
    hurt.lose(0, 0b111111)
    assert not hurt.view().read_available


def test_an_az_is_dark_until_the_last_of_its_outages_ends() -> None:
    twice = volume()
    assert twice.darken(0) and not twice.darken(0)
    assert not twice.lighten(0)
    assert twice.live(0) == 0b111100
    assert twice.lighten(0)
    assert twice.live(0) == 0b111111


def test_losing_what_is_lost_is_nothing_new() -> None:
    hurt = volume()
    hurt.lose(0, 0b000011)
    assert hurt.lose(0, 0b000110) == 0b000100
    hurt.restore(0, 0b000111)
    assert hurt.live(0) == 0b111111


def test_a_repair_needs_a_read_quorum_and_its_own_az() -> None:
    hurt = volume()
    hurt.lose(0, 0b000111)
    assert hurt.repairable(0, 0)
    hurt.lose(0, 0b001000)
    assert not hurt.repairable(0, 0)
    hurt.restore(0, 0b001110)
    hurt.darken(0)
    assert hurt.live(0).bit_count() == 4 and not hurt.repairable(0, 0)


def test_only_the_last_group_is_not_full() -> None:
    part = volume(groups=3, size_bytes=2 * GROUP_BYTES + GROUP_BYTES // 4)
    assert [part.fill_ratio(group) for group in range(3)] == [1.0, 1.0, 0.25]


def test_of_several_delays_of_a_node_the_largest_counts() -> None:
    slow = volume()
    assert slow.slow(7, 50) == 50
    assert slow.slow(7, 20) == 50
    assert slow.mend(7, 50) == 20
    assert slow.mend(7, 20) == 0


losses = st.lists(
    st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 63)), max_size=12
)


@given(losses, st.sets(st.integers(0, 2)))
def test_counts_equal_those_of_plain_sets(script: list[tuple[bool, int, int]], dark: set) -> None:
    hurt, plain = volume(groups=5), [set(range(6)) for _ in range(5)]
    for loses, group, mask in script:
        members = {member for member in range(6) if mask >> member & 1}
        if loses:
            hurt.lose(group, mask)
            plain[group] -= members
        else:
            hurt.restore(group, mask)
            plain[group] |= members
    for az in dark:
        hurt.darken(az)
    counts = [sum(member // 2 not in dark for member in members) for members in plain]
    view = hurt.view()
    assert view.copies_min == min(counts)
    assert view.groups_below_write_quorum == sum(count < 4 for count in counts)
    assert view.groups_below_read_quorum == sum(count < 3 for count in counts)
    assert view.write_available == all(count >= 4 for count in counts)
    assert view.read_available == all(count >= 1 for count in counts)


def test_a_group_that_is_not_there_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        volume().lose(3, 1)
