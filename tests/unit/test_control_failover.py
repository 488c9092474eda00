"""A lost writer host: who is told what in which order, and how long each phase takes."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from aurosim.units import NS_PER_S
from tests.unit.control_stage import ONE, TWO, Story, play

HOST = "{at: 60 s, host_failure: writer}"
START_NS = 60 * NS_PER_S
AT_ONCE = "{host_boot: 0 s, crash_restart_low: 0 s, crash_restart_high: 0 s}"
"""A host that is back serves at once."""
PHASES = ("failover.detect", "failover.recover", "failover.promote", "failover.endpoint")


def chain(story: Story) -> list[Any]:
    """The phases of the only failover, in their order."""
    kinds = (*PHASES, "recreate", "failover.restart")
    found = [each for each in story.control.events if each.kind in kinds]
    return sorted(found, key=lambda each: (each.start_ns, each.end_ns))


def assert_seamless(story: Story) -> None:
    """Phases follow one another without a gap and make up the whole."""
    whole, phases = story.event("failover"), chain(story)
    assert phases[0].start_ns == whole.start_ns and phases[-1].end_ns == whole.end_ns
    for before, after in zip(phases, phases[1:], strict=False):
        assert before.end_ns == after.start_ns


def test_the_order_of_commands() -> None:
    assert play(HOST).words == [
        ("stop", 0, "DARK", "cold"),
        ("stop", 1, "CLOSED"),  # its readers are reset
        ("fence",),
        ("recover", True),
        ("promote", 1),
        ("start", 1, "UP"),
        ("publish", "cluster", (1,)),
        ("publish", "reader", (2,)),
        ("start", 0, "UP"),
        ("publish", "reader", (0, 2)),
    ]


def test_the_record_and_the_phases_tell_the_same() -> None:
    story = play(HOST)
    (failover,) = story.main.failovers
    assert (failover.cause, failover.from_, failover.to) == ("host_failure", "db-1", "db-2")
    assert failover.start_ns == START_NS
    assert failover.detected_ns == story.event("failover.detect").end_ns == story.at("fence")
    assert failover.promoted_ns == story.event("failover.promote").end_ns == story.at("promote")
    assert failover.endpoint_moved_ns == story.at("publish", "cluster", (1,))
    assert [each.kind for each in chain(story)] == list(PHASES)
    assert_seamless(story)


def test_the_old_writer_returns_as_a_reader_with_a_cold_cache() -> None:
    model = "{host_boot: 20 s, crash_restart_low: 4 s, crash_restart_high: 4 s}"
    story = play("{at: 60 s, host_failure: db-1, for: 100 s}", model=model)
    assert story.at("start", 0, "CLOSED") == START_NS + 120 * NS_PER_S
    assert story.at("start", 0, "UP") == START_NS + 124 * NS_PER_S
    (restart,) = story.main.restarts
    assert (restart.instance, restart.cause) == ("db-1", "host_failure")
    assert (restart.start_ns, restart.end_ns) == (START_NS, START_NS + 124 * NS_PER_S)
    assert story.event("fault:host_failure").end_ns == START_NS + 100 * NS_PER_S


def test_a_second_failover_goes_back() -> None:
    story = play(HOST, "{at: 30 min, host_failure: writer}", instances=TWO)
    assert [(each.from_, each.to) for each in story.main.failovers] == [
        ("db-1", "db-2"),
        ("db-2", "db-1"),
    ]
    assert story.times("publish", "cluster")[1:] == [
        each.endpoint_moved_ns for each in story.main.failovers
    ]


def test_with_one_reader_the_reader_endpoint_names_the_new_writer_until_the_old_is_back() -> None:
    story = play(HOST, instances=TWO)
    assert story.times("publish", "reader") == [0, story.at("start", 0)]


def test_without_a_reader_the_writer_is_created_anew_in_minutes() -> None:
    story = play(HOST, instances=ONE)
    assert story.main.failovers == []
    (restart,) = story.main.restarts
    assert 180 <= (restart.end_ns - START_NS) / NS_PER_S <= 600
    assert story.words == [
        ("stop", 0, "DARK", "cold"),
        ("start", 0, "CLOSED"),
        ("fence",),
        ("recover", True),
        ("promote", 0),
        ("start", 0, "UP"),
    ]
    assert story.event("recreate").end_ns == restart.end_ns


def test_the_draw_for_recreation_is_that_of_recreation() -> None:
    story = play(HOST, instances=ONE, model="{recreate_low: 700 s, recreate_high: 700 s}")
    assert story.at("promote") == START_NS + 700 * NS_PER_S


def test_a_host_that_is_back_before_anyone_noticed_opens_in_place() -> None:
    story = play("{at: 60 s, host_failure: writer, for: 4 s}", model=AT_ONCE)
    assert story.main.failovers == []
    assert story.at("promote", 0) == START_NS + 4 * NS_PER_S
    assert story.event("failover.detect").end_ns == START_NS + 4 * NS_PER_S


def test_detection_is_the_arithmetic_of_health_checks() -> None:
    """U(0, 2 s) to the first failed check, two more periods, one timeout: 5 to 7 s."""
    seconds = [detection_s(seed) for seed in range(40)]
    assert 5 <= min(seconds) < 5.5 and 6.5 < max(seconds) < 7


def detection_s(seed: int) -> float:
    (failover,) = play(HOST, seed=seed, until_ns=70 * NS_PER_S).main.failovers
    assert failover.detected_ns is not None
    return (failover.detected_ns - START_NS) / NS_PER_S


def test_a_check_at_the_very_instant_of_the_fault_fails() -> None:
    early, late = (
        play(f"{{at: {at} ns, host_failure: writer}}", until_ns=80 * NS_PER_S)
        for at in (first_check_ns(), first_check_ns() + 1)
    )
    assert late.at("fence") - early.at("fence") == 2 * NS_PER_S


def first_check_ns() -> int:
    """When the writer is checked for the first time after a minute."""
    return play(HOST).at("fence") - 5 * NS_PER_S


def test_the_control_plane_alone_takes_8_to_20_s_and_hardly_ever_30() -> None:
    """Detection and promotion of 200 seeds; what clients make of it is not in here."""
    outages = []
    for seed in range(200):
        (failover,) = play(HOST, seed=seed, until_ns=100 * NS_PER_S).main.failovers
        assert failover.promoted_ns is not None
        outages.append((failover.promoted_ns - failover.start_ns) / NS_PER_S)
    assert 8 <= statistics.median(outages) <= 20
    assert sum(outage < 30 for outage in outages) >= 198
    assert max(outages) - min(outages) > 5, "the draws hardly spread"


def test_the_candidate_dies_on_the_way_and_another_is_chosen() -> None:
    story = play(HOST, "{at: 68 s, host_failure: db-2}", model="{promote_low: 5 s}")
    (failover,) = story.main.failovers
    assert failover.to == "db-3"
    assert story.times("promote", 1) == []
    assert story.event("failover").subject == "db-3"
    assert [(each.kind, each.subject) for each in chain(story)] == [
        ("failover.detect", "db-1"),
        ("failover.recover", "db-2"),
        ("failover.promote", "db-2"),
        ("failover.detect", "db-2"),
        ("failover.recover", "db-3"),
        ("failover.promote", "db-3"),
        ("failover.endpoint", "db-3"),
    ]
    assert_seamless(story)
    assert 5 <= (story.at("stop", 2, "CLOSED") - 68 * NS_PER_S) / NS_PER_S <= 7


def test_the_only_candidate_dies_on_the_way_and_the_first_host_back_is_opened() -> None:
    story = play(
        "{at: 60 s, host_failure: writer, for: 10 min}",
        "{at: 68 s, host_failure: db-2, for: 5 min}",
        instances=TWO,
        model=AT_ONCE.replace("}", ", promote_low: 5 s}"),
    )
    (failover,) = story.main.failovers
    assert failover.to == "db-2" and failover.promoted_ns == 368 * NS_PER_S
    assert_seamless(story)


def test_the_only_candidate_dies_and_the_old_writer_is_back_first() -> None:
    story = play(
        "{at: 60 s, host_failure: writer, for: 2 min}",
        "{at: 68 s, host_failure: db-2, for: 10 min}",
        instances=TWO,
        model=AT_ONCE.replace("}", ", promote_low: 5 s}"),
    )
    (failover,) = story.main.failovers
    assert (failover.from_, failover.to) == ("db-1", "db-1")
    assert story.at("stop", 0, "CLOSED") == 180 * NS_PER_S
    assert_seamless(story)


def test_the_process_of_a_candidate_crashes_and_restarts_in_place() -> None:
    crash = "{at: 68 s, crash: {what: node, instance: db-2}}"
    story = play(HOST, crash, model="{promote_low: 5 s}")
    assert story.at("promote", 1) == 83 * NS_PER_S
    (failover,) = story.main.failovers
    assert failover.promoted_ns == 83 * NS_PER_S
    wait = story.event("failover.restart")
    assert (wait.start_ns, wait.end_ns) == (68 * NS_PER_S, 83 * NS_PER_S)
    assert_seamless(story)


@pytest.mark.parametrize("readers", ["db-2", "db-3"])
def test_a_reader_that_is_down_already_is_passed_over(readers: str) -> None:
    story = play(f"{{at: 50 s, host_failure: {readers}}}", HOST)
    (failover,) = story.main.failovers
    assert failover.to == ("db-3" if readers == "db-2" else "db-2")


def test_recovery_waits_for_a_read_quorum() -> None:
    story = play(HOST, "{at: 60 s, segment_loss: {group: 3, segments: [0, 1, 2, 3]}, for: 5 min}")
    assert story.at("recover", True) == 360 * NS_PER_S
    assert story.times("recover", False)[0] == story.at("fence")
    assert story.at("promote", 1) > 363 * NS_PER_S
    assert_seamless(story)


def test_recovery_without_any_read_quorum_to_come_waits_for_ever() -> None:
    story = play(HOST, "{at: 60 s, segment_loss: {group: 3, segments: [0, 1, 2, 3]}}")
    assert story.times("promote") == []
    (failover,) = story.main.failovers
    assert failover.promoted_ns is None and failover.endpoint_moved_ns is None
    assert story.event("failover.recover").end_ns is None
    assert story.event("failover").end_ns is None


def test_a_candidate_that_dies_while_it_waits_for_the_quorum_is_replaced() -> None:
    story = play(
        HOST,
        "{at: 60 s, segment_loss: {group: 3, segments: [0, 1, 2, 3]}, for: 5 min}",
        "{at: 2 min, host_failure: db-2}",
    )
    (failover,) = story.main.failovers
    assert failover.to == "db-3"
    assert story.at("recover", True) == 360 * NS_PER_S
    assert_seamless(story)


def test_the_new_writer_dies_before_its_name_is_published() -> None:
    slow = "{endpoint_publish_low: 60 s, endpoint_publish_high: 60 s, promote_low: 10 s}"
    story = play(HOST, "{at: 90 s, host_failure: writer}", model=slow)
    assert [each.to for each in story.main.failovers] == ["db-2", "db-3"]
    for failover, index in zip(story.main.failovers, (1, 2), strict=True):
        assert failover.endpoint_moved_ns == story.at("publish", "cluster", (index,))


def test_a_record_published_late_never_overwrites_a_newer_one() -> None:
    """The first failover's record would be due after the second's."""
    quick = "{health_check_misses: 1, promote_low: 0 s, promote_high: 0 s"
    for seed in range(30):
        story = play(
            HOST,
            "{at: 64 s, host_failure: writer}",
            model=quick + ", endpoint_publish_low: 0 s, endpoint_publish_high: 60 s}",
            seed=seed,
            until_ns=130 * NS_PER_S,
        )
        assert story.plane.writer == 2
        last = [each for each in story.plane.told if each[1:3] == ("publish", "cluster")][-1]
        assert last[3] == (2,)


def test_another_reader_changes_nobody_elses_luck() -> None:
    two, three = play(HOST, instances=TWO), play(HOST)
    assert two.main.failovers == three.main.failovers
    assert two.main.restarts == three.main.restarts
