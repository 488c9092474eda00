"""The control plane follows a growing volume: it learns of new groups when it looks."""

from __future__ import annotations

from tests.unit.control_stage import play

GIB = 1 << 30
S = 10**9


def at_30_s(used_gib: int, groups: int):
    """One group of 10 GiB; from 30 s on so much more."""
    return lambda now_ns: (used_gib * GIB, groups) if now_ns >= 30 * S else (10 * GIB, 1)


def test_a_fault_at_a_group_that_is_not_there_yet_has_no_effect() -> None:
    story = play(
        "{at: 20 s, segment_loss: {group: 7, segments: [0]}}",
        "{at: 21 s, slow_node: {group: 1, segments: [0], delay: 5 ms}, for: 1 s}",
        size="10 GiB", grown=at_30_s(75, 8),
    )  # fmt: skip
    assert story.words == []
    lost, slow = story.event("fault:segment_loss"), story.event("fault:slow_node")
    assert lost.detail == slow.detail == "no effect: the volume has 1 protection group"
    assert (lost.end_ns, slow.end_ns) == (20 * S, 21 * S)


def test_once_it_has_come_to_be_its_segments_can_be_lost_and_are_copied_anew() -> None:
    """Group 7 of 75 GiB holds the last 5 of its 10: half of the 10 s that a full one takes."""
    story = play(
        "{at: 40 s, segment_loss: {group: 7, segments: [0]}}", size="10 GiB", grown=at_30_s(75, 8)
    )
    assert story.at("segment_lost", 7, 1) == 40 * S
    assert story.at("segment_repaired", 7, 1) == 45 * S


def test_of_several_groups_the_event_says_how_many_there_are() -> None:
    story = play(
        "{at: 40 s, segment_loss: {group: 9, segments: [0]}}", size="10 GiB", grown=at_30_s(75, 8)
    )
    assert story.event("fault:segment_loss").detail == (
        "no effect: the volume has 8 protection groups"
    )


def test_a_group_made_while_an_az_is_dark_is_dark_there_too() -> None:
    """Two dark AZs leave two copies of each group: of one at first, of eight from 30 s on."""
    dark = ("{at: 10 s, az_outage: {az: b}, for: 1 h}", "{at: 20 s, az_outage: {az: c}, for: 1 h}")
    grown = at_30_s(75, 8)
    story = play(*dark, size="10 GiB", grown=grown, until_ns=25 * S)
    before = story.control.clusters[0].volume_view(1)
    story = play(*dark, "{at: 40 s, segment_loss: {group: 3, segments: [0]}}", size="10 GiB",
                 grown=grown, until_ns=41 * S)  # fmt: skip
    after = story.control.clusters[0].volume_view(8)
    assert (before.copies_min, before.groups_below_read_quorum) == (2, 1)
    assert (after.copies_min, after.groups_below_read_quorum) == (1, 8)
