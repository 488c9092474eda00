"""Segments lost and repaired, slow nodes, and time without a quorum."""

from __future__ import annotations

import pytest

from aurosim.units import NS_PER_S
from tests.unit.control_stage import play

START_NS = 60 * NS_PER_S


def loss(*segments: int, at: str = "60 s", group: int = 0, rest: str = "") -> str:
    return f"{{at: {at}, segment_loss: {{group: {group}, segments: {list(segments)}}}{rest}}}"


def test_a_full_segment_is_repaired_in_ten_seconds() -> None:
    story = play(loss(4))
    assert story.words == [("segment_lost", 0, 0b10000), ("segment_repaired", 0, 0b10000)]
    (repair,) = story.main.repairs
    assert (repair.group, repair.member, repair.start_ns) == (0, 4, START_NS)
    assert repair.end_ns == START_NS + 10 * NS_PER_S
    assert story.event("repair").end_ns == story.event("fault:segment_loss").end_ns == repair.end_ns


@pytest.mark.parametrize(("size", "group", "takes_s"), [("1 GiB", 0, 1), ("25 GiB", 2, 5)])
def test_a_group_that_is_not_full_takes_its_share(size: str, group: int, takes_s: int) -> None:
    story = play(loss(0, group=group), size=size)
    assert story.at("segment_repaired") == START_NS + takes_s * NS_PER_S


def test_repairs_run_at_once() -> None:
    story = play(loss(0, 1), loss(2, at="65 s"))
    assert story.times("segment_repaired") == [70 * NS_PER_S, 70 * NS_PER_S, 75 * NS_PER_S]


def test_for_says_when_a_segment_is_back() -> None:
    assert play(loss(0, rest=", for: 1 min")).at("segment_repaired") == 120 * NS_PER_S


def test_three_lost_segments_stop_writes_until_they_are_repaired() -> None:
    story = play(loss(0, 1, 2))
    assert story.main.write_unavailable_ns(story.env.now) == 10 * NS_PER_S
    span = story.event("volume.write_unavailable")
    assert (span.start_ns, span.end_ns) == (START_NS, 70 * NS_PER_S)
    assert story.main.read_unavailable_ns(story.env.now) == 0


def test_time_without_a_quorum_counts_while_it_goes_on() -> None:
    story = play(loss(0, 1, 2), until_ns=64 * NS_PER_S)
    assert story.main.write_unavailable_ns(66 * NS_PER_S) == 6 * NS_PER_S
    assert story.event("volume.write_unavailable").end_ns is None


def test_below_the_read_quorum_nothing_can_be_rebuilt() -> None:
    story = play(loss(0, 1, 2, 3))
    assert story.times("segment_repaired") == []
    assert story.event("fault:segment_loss").end_ns is None
    view = story.main.volume_view(1)
    assert (view.copies_min, view.groups_below_read_quorum, view.read_available) == (2, 1, True)


def test_a_loss_of_everything_is_never_undone() -> None:
    story = play(loss(0, 1, 2, 3, 4, 5, rest=", for: 1 min"))
    assert story.times("segment_repaired") == []
    assert not story.main.volume_view(1).read_available
    assert story.main.read_unavailable_ns(100 * NS_PER_S) == 40 * NS_PER_S


def test_a_repair_waits_for_the_read_quorum_to_return() -> None:
    story = play(loss(0, 1), "{at: 65 s, az_outage: c, for: 1 min}", loss(2, at="66 s"))
    assert story.times("segment_repaired") == [135 * NS_PER_S] * 3
    assert {each.copy_ns for each in story.main.repairs} == {125 * NS_PER_S}


def test_a_segment_of_a_dark_az_is_repaired_when_the_az_is_back() -> None:
    story = play("{at: 50 s, az_outage: c, for: 1 min}", loss(0, 4))
    assert story.at("segment_repaired", 0, 0b1) == 70 * NS_PER_S
    assert story.at("segment_repaired", 0, 0b10000) == 120 * NS_PER_S
    again = play("{at: 50 s, az_outage: c, for: 1 min}", loss(4, rest=", for: 20 s"))
    assert again.at("segment_repaired", 0, 0b10000) == 110 * NS_PER_S


def test_a_segment_lost_twice_is_lost_once() -> None:
    story = play(loss(0), loss(0, 1, at="65 s"), loss(0, at="66 s"))
    assert story.times("segment_lost", 0, 0b10) == [65 * NS_PER_S]
    assert story.times("segment_repaired", 0, 0b1) == [70 * NS_PER_S]
    last = story.events("fault:segment_loss")[-1]
    assert last.start_ns == last.end_ns and last.detail == "no effect: lost already"


def test_slow_nodes_are_those_that_hold_the_segments() -> None:
    story = play("{at: 60 s, slow_node: {group: 2, segments: [5, 0], delay: 50 ms}, for: 1 min}")
    assert story.words == [
        ("node_delay", 12, 50_000_000),
        ("node_delay", 17, 50_000_000),
        ("node_delay", 12, 0),
        ("node_delay", 17, 0),
    ]
    assert story.at("node_delay", 17, 0) == story.event("fault:slow_node").end_ns


def test_a_node_slow_twice_is_as_slow_as_the_slower() -> None:
    slow = "{at: %s, slow_node: {group: 0, segments: [0], delay: %s}, for: 1 min}"
    story = play(slow % ("60 s", "50 ms"), slow % ("90 s", "20 ms"))
    assert [each[-1] // 1_000_000 for each in story.words] == [50, 50, 20, 0]
