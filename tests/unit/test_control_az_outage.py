"""An Availability Zone goes dark: its instances, and two segments of each group."""

from __future__ import annotations

from aurosim.units import NS_PER_S
from tests.unit.control_stage import ONE, THREE, play

START_NS, END_NS = 60 * NS_PER_S, 660 * NS_PER_S
BACK = "{host_boot: 12 s, crash_restart_low: 3 s, crash_restart_high: 3 s}"
BACK_NS = (12 + 3) * NS_PER_S


def test_the_writers_az_fails_over_and_its_instance_returns_as_a_reader() -> None:
    story = play("{at: 60 s, az_outage: a, for: 10 min}", model=BACK)
    assert story.words == [
        ("stop", 0, "DARK", "cold"),
        ("zone", 0, False),
        ("stop", 1, "CLOSED"),
        ("fence",),
        ("recover", True),
        ("promote", 1),
        ("start", 1, "UP"),
        ("publish", "cluster", (1,)),
        ("publish", "reader", (2,)),
        ("zone", 0, True),
        ("start", 0, "CLOSED"),
        ("start", 0, "UP"),
        ("publish", "reader", (0, 2)),
    ]
    (failover,) = story.main.failovers
    assert (failover.cause, failover.start_ns) == ("az_outage", START_NS)
    assert story.at("zone", 0, True) == END_NS
    assert story.at("start", 0, "CLOSED") == END_NS + 12 * NS_PER_S, "dark while it boots"
    assert story.at("start", 0, "UP") == END_NS + BACK_NS
    assert story.event("fault:az_outage").end_ns == END_NS


def test_without_the_writer_nothing_fails_over_and_the_volume_stays_writable() -> None:
    story = play("{at: 60 s, az_outage: c, for: 10 min}")
    assert story.words == [
        ("stop", 2, "DARK", "cold"),
        ("zone", 2, False),
        ("publish", "reader", (1,)),
        ("zone", 2, True),
        ("start", 2, "CLOSED"),
        ("start", 2, "UP"),
        ("publish", "reader", (1, 2)),
    ]
    assert story.main.failovers == []
    assert story.main.write_unavailable_ns(story.env.now) == 0
    assert story.events("volume.write_unavailable") == []


def test_a_single_instance_waits_for_its_az() -> None:
    """AUG-2023: not automatic in another AZ."""
    story = play("{at: 60 s, az_outage: a, for: 10 min}", instances=ONE, model=BACK)
    assert story.at("promote", 0) == END_NS + BACK_NS
    assert story.main.failovers == []


def test_a_reader_in_the_same_az_is_no_candidate_even_before_it_is_noticed() -> None:
    same = THREE.replace("az: b", "az: a")
    for seed in range(10):
        story = play("{at: 60 s, az_outage: a, for: 10 min}", instances=same, seed=seed)
        (failover,) = story.main.failovers
        assert failover.to == "db-3"


def test_two_azs_leave_no_quorum_and_recovery_waits() -> None:
    story = play(
        "{at: 60 s, az_outage: a, for: 10 min}", "{at: 60 s, az_outage: c, for: 5 min}"
    )
    assert story.at("recover", True) == 360 * NS_PER_S
    assert story.main.write_unavailable_ns(story.env.now) == 300 * NS_PER_S
    assert story.main.read_unavailable_ns(story.env.now) == 0


def test_all_three_azs() -> None:
    lasts = {"a": "2 min", "b": "3 min", "c": "4 min"}
    story = play(*(f"{{at: 60 s, az_outage: {az}, for: {span}}}" for az, span in lasts.items()))
    assert story.main.read_unavailable_ns(story.env.now) == 120 * NS_PER_S
    assert story.main.write_unavailable_ns(story.env.now) == 120 * NS_PER_S + 60 * NS_PER_S
    assert story.plane.writer is not None


def test_outages_back_to_back_leave_no_instant_with_two_azs_dark() -> None:
    story = play("{at: 60 s, az_outage: c, for: 1 min}", "{at: 2 min, az_outage: b, for: 1 min}")
    assert story.events("volume.write_unavailable") == []
    assert [each[:3] for each in story.words if each[0] == "zone"] == [
        ("zone", 2, False),
        ("zone", 2, True),
        ("zone", 1, False),
        ("zone", 1, True),
    ]


def test_overlapping_outages_of_one_az_are_one() -> None:
    outages = ("{at: 60 s, az_outage: c, for: 2 min}", "{at: 2 min, az_outage: c, for: 2 min}")
    story = play(*outages, model=BACK)
    assert story.times("zone", 2, False) == [START_NS]
    assert story.times("zone", 2, True) == [240 * NS_PER_S]
    assert story.at("start", 2, "UP") == 240 * NS_PER_S + BACK_NS
    assert story.at("stop", 2, "DARK") == START_NS


def test_a_host_lost_in_a_dark_az_needs_both_back() -> None:
    host = "{at: 70 s, host_failure: db-3, for: %s}"
    long = play("{at: 60 s, az_outage: c, for: 2 min}", host % "10 min", model=BACK)
    assert long.at("start", 2, "UP") == 670 * NS_PER_S + BACK_NS
    short = play("{at: 60 s, az_outage: c, for: 2 min}", host % "30 s", model=BACK)
    assert short.at("start", 2, "UP") == 180 * NS_PER_S + BACK_NS


def test_an_az_that_returns_and_goes_again_during_the_boot() -> None:
    outages = ("{at: 60 s, az_outage: c, for: 1 min}", "{at: 130 s, az_outage: c, for: 1 min}")
    story = play(*outages, model=BACK)
    assert story.times("start", 2) == [190 * NS_PER_S + 12 * NS_PER_S, 190 * NS_PER_S + BACK_NS]
