"""Crashes and reboots restart in place and never fail over; a failover can be asked for."""

from __future__ import annotations

import pytest

from aurosim.units import NS_PER_S
from tests.unit.control_stage import ONE, TWO, play

START_NS = 60 * NS_PER_S


def seconds(ns: int) -> float:
    return (ns - START_NS) / NS_PER_S


@pytest.mark.parametrize(
    ("fault", "words", "low_s", "high_s"),
    [
        ("crash: instance", ("stop", 0, "CLOSED"), 3, 10),
        ("crash: node", ("stop", 0, "CLOSED", "cold"), 15, 15),
        ("reboot: writer", ("stop", 0, "CLOSED"), 10, 10),
    ],
)
def test_a_writer_restarts_in_place(fault: str, words: tuple, low_s: int, high_s: int) -> None:
    story = play(f"{{at: 60 s, {fault}}}")
    assert story.words == [
        words,
        ("fence",),
        ("recover", True),
        ("promote", 0),
        ("start", 0, "UP"),
    ]
    assert story.main.failovers == []
    (restart,) = story.main.restarts
    assert restart.end_ns == story.at("start", 0) == story.at("fence")
    assert low_s <= seconds(restart.end_ns) <= high_s
    (event,) = (each for each in story.control.events if each.kind.startswith("fault:"))
    assert (event.subject, event.end_ns) == ("db-1", restart.end_ns)


def test_a_writer_that_restarts_in_place_waits_for_a_read_quorum() -> None:
    loss = "{at: 60 s, segment_loss: {group: 0, segments: [0, 1, 2, 3]}, for: 1 min}"
    story = play("{at: 60 s, crash: node}", loss)
    wait = story.event("recover")
    assert (seconds(wait.start_ns), seconds(wait.end_ns), wait.subject) == (15, 60, "db-1")
    assert seconds(story.main.restarts[0].end_ns) == 60
    assert story.main.failovers == []


def test_only_a_node_that_crashes_loses_its_cache() -> None:
    crashes = [play(f"{{at: 60 s, crash: {what}}}") for what in ("instance", "node")]
    assert [story.words[0][-1] for story in crashes] == ["CLOSED", "cold"]


def test_a_reader_restarts_without_fence_and_leaves_the_endpoint_once_noticed() -> None:
    story = play("{at: 60 s, crash: {what: node, instance: db-2}}")
    assert story.words == [
        ("stop", 1, "CLOSED", "cold"),
        ("publish", "reader", (2,)),
        ("start", 1, "UP"),
        ("publish", "reader", (1, 2)),
    ]
    assert 5 <= seconds(story.times("publish", "reader")[1]) <= 7


def test_a_reader_whose_host_is_lost_is_dropped_after_detection_and_returns() -> None:
    story = play("{at: 60 s, host_failure: db-3, for: 90 s}")
    assert story.words == [
        ("stop", 2, "DARK", "cold"),
        ("publish", "reader", (1,)),
        ("start", 2, "CLOSED"),
        ("start", 2, "UP"),
        ("publish", "reader", (1, 2)),
    ]


def test_a_reader_back_before_it_was_noticed_never_leaves_the_endpoint() -> None:
    model = "{host_boot: 1 s, crash_restart_low: 1 s, crash_restart_high: 1 s}"
    story = play("{at: 60 s, host_failure: db-3, for: 2 s}", model=model)
    assert story.words == [
        ("stop", 2, "DARK", "cold"), ("start", 2, "CLOSED"), ("start", 2, "UP")
    ]  # fmt: skip


def test_the_dispatcher_stops_sending_and_nothing_else() -> None:
    story = play("{at: 60 s, crash: dispatcher}")
    assert story.words == [("dispatcher", 0, False), ("dispatcher", 0, True)]
    assert seconds(story.at("dispatcher", 0, True)) == 3
    assert story.main.restarts == []


def test_of_two_dispatcher_crashes_the_later_counts() -> None:
    story = play("{at: 60 s, crash: dispatcher}", "{at: 62 s, crash: dispatcher}")
    assert seconds(story.at("dispatcher", 0, True)) == 5


def test_a_dispatcher_that_went_down_with_its_process_is_not_resumed() -> None:
    story = play("{at: 60 s, crash: dispatcher}", "{at: 61 s, crash: node}")
    assert story.times("dispatcher", 0, True) == []


def test_the_end_of_a_crash_before_the_restart_says_nothing_of_one_after_it() -> None:
    story = play(
        "{at: 60 s, crash: dispatcher}",
        "{at: 61 s, crash: node}",
        "{at: 80 s, crash: dispatcher}",
        model="{dispatcher_restart: 30 s}",
    )
    assert seconds(story.at("dispatcher", 0, True)) == 50


def test_a_reader_has_no_dispatcher_at_work() -> None:
    story = play("{at: 60 s, crash: {what: dispatcher, instance: db-2}}")
    assert story.words == []
    assert "only a writer" in story.event("fault:crash").detail


def test_a_second_crash_never_brings_it_back_earlier() -> None:
    story = play("{at: 60 s, crash: node}", "{at: 61 s, crash: instance}")
    assert seconds(story.at("promote", 0)) == 15
    later = play("{at: 60 s, crash: node}", "{at: 70 s, crash: node}")
    assert seconds(later.at("promote", 0)) == 25


def test_a_host_lost_while_its_process_restarts_fails_over() -> None:
    story = play("{at: 60 s, crash: node}", "{at: 62 s, host_failure: db-1}")
    (failover,) = story.main.failovers
    assert (failover.cause, failover.to, failover.start_ns) == ("host_failure", "db-2", START_NS)


def test_a_crash_of_what_is_dark_does_nothing() -> None:
    crash = "{at: 70 s, crash: {what: node, instance: db-2}}"
    story = play("{at: 60 s, host_failure: db-2}", crash)
    event = story.event("fault:crash")
    assert event.start_ns == event.end_ns == 70 * NS_PER_S
    assert "its host is away" in event.detail


def test_a_failover_asked_for_stops_the_writer_in_order_and_needs_no_detection() -> None:
    """By the public timelines: the target accepts statements 9 to 13 s after the asking, the old
    writer is told to restart after 13 to 15.5 s and is back 7 to 9 s later, as a reader."""
    story = play("{at: 60 s, failover: {}}")
    assert [each for each in story.words if each[0] != "publish"][:6] == [
        ("stop", 0, "CLOSED"),
        ("stop", 1, "CLOSED"),
        ("fence",),
        ("recover", True),
        ("promote", 1),
        ("start", 1, "UP"),
    ]
    (failover,) = story.main.failovers
    assert failover.detected_ns == failover.start_ns == START_NS
    assert 0.5 <= seconds(story.at("stop", 0)) <= 4
    assert failover.lost_ns == START_NS + round(seconds(story.at("stop", 0)) * NS_PER_S)
    assert 9 <= seconds(story.at("promote", 1)) <= 13
    assert 20 <= seconds(story.at("start", 0)) <= 24.5, "the old writer is a reader"
    assert [each[-1] for each in story.words if each[:2] == ("publish", "reader")][-1] == (0, 2)


def test_a_failover_asked_for_is_given_up_if_its_target_dies_before_it_begins() -> None:
    """The asking at 60 s begins no sooner than at 60.5 s; the target dies at 60.2 s."""
    died = "{at: 60.2 s, crash: {what: instance, instance: db-2}}"
    story = play("{at: 60 s, failover: db-2}", died)
    assert not story.main.failovers
    (asked,) = [each for each in story.control.events if each.kind == "fault:failover"]
    assert asked.detail == "given up: db-2 isn't healthy"



def test_a_failover_goes_to_whom_it_was_asked_for() -> None:
    (failover,) = play("{at: 60 s, failover: {to: db-3}}").main.failovers
    assert (failover.to, failover.cause) == ("db-3", "failover")


@pytest.mark.parametrize(
    ("script", "instances", "says"),
    [
        (["{at: 50 s, host_failure: db-2}", "{at: 60 s, failover: {}}"], TWO, "no healthy reader"),
        (["{at: 9 s, reboot: db-2}", "{at: 60 s, failover: db-1}"], TWO, "db-1 is the writer"),
        (["{at: 50 s, host_failure: db-2}", "{at: 60 s, failover: {to: db-2}}"], TWO, "healthy"),
        (["{at: 59 s, host_failure: db-1}", "{at: 60 s, failover: {}}"], TWO, "there is no writer"),
    ],
)
def test_a_failover_that_cannot_be_is_refused(script: list, instances: str, says: str) -> None:
    event = play(*script, instances=instances).event("fault:failover")
    assert event.detail.startswith("refused: ") and says in event.detail
    assert event.start_ns == event.end_ns == START_NS


def test_the_candidate_of_a_planned_failover_dies() -> None:
    story = play(
        "{at: 60 s, failover: {to: db-2}}",
        "{at: 61 s, host_failure: db-2}",
        model="{planned_failover_low: 5 s}",
    )
    (failover,) = story.main.failovers
    assert failover.to == "db-3" and failover.promoted_ns is not None


def test_a_reader_too_far_behind_restarts() -> None:
    story = play(lag_ns={2: 61 * NS_PER_S}, until_ns=30 * NS_PER_S)
    assert story.words[0] == ("stop", 2, "CLOSED")
    restart = story.main.restarts[0]
    assert (restart.instance, restart.cause) == ("db-3", "lag")
    assert restart.start_ns == 2 * NS_PER_S
    assert restart.end_ns is not None and 5 <= restart.end_ns / NS_PER_S <= 12


def test_a_lag_at_the_limit_is_borne_and_a_writer_has_none() -> None:
    story = play(lag_ns={0: 99 * NS_PER_S, 2: 60 * NS_PER_S}, until_ns=30 * NS_PER_S)
    assert story.words == [] and story.plane.looks == 0


def test_nobody_looks_where_there_is_no_reader() -> None:
    story = play(instances=ONE)
    assert story.plane.looks == 0 and story.env.peek() == float("inf")
