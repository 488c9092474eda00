"""A host that comes back, alone or with its zone or region, boots, and then starts its process."""

from __future__ import annotations

import pytest

from aurosim import api
from aurosim.units import NS_PER_S
from tests.unit.control_stage import ONE, THREE, play

START_NS, SECOND_NS = 60 * NS_PER_S, NS_PER_S
SEEDS = range(12)
AWAY = {
    "host": "{at: 60 s, host_failure: %s, for: 1 s}",
    "zone": "{at: 60 s, az_outage: %s, for: 1 s}",
}
REGIONS = """
name: away-for-a-second
run: {{duration: 70 s, seed: {seed}}}
clusters:
  - {{name: near, engine: aurora-mysql, writer: {{class: db.r6g.large}}}}
  - {{name: far, engine: aurora-mysql, region: eu-west-1,
     readers: {{count: 1, class: db.r6g.large}}}}
workload: [{{name: orders, arrivals: {{rate: 0.1/s}}, transaction: sysbench-oltp-write-only}}]
faults: [{fault}]
"""


def served_again_s(fault: str, instances: str, index: int, seed: int, model: str = "{}") -> float:
    """For how long an instance served nobody."""
    story = play(fault, instances=instances, seed=seed, model=model)
    return (story.at("start", index, "UP") - START_NS) / NS_PER_S


@pytest.mark.parametrize("boot", [30, 0])
@pytest.mark.parametrize(("instances", "index"), [(THREE, 2), (ONE, 0)], ids=["reader", "writer"])
@pytest.mark.parametrize("what", AWAY)
def test_who_was_away_for_a_second_is_back_no_sooner_than_after_a_crash(
    what: str, instances: str, index: int, boot: int
) -> None:
    """Later by the second and the boot, to the nanosecond: the start takes what a crash's does."""
    model = f"{{host_boot: {boot} s}}"
    name = "db-3" if index else "db-1"
    subject = name if what == "host" else "abc"[index]
    for seed in SEEDS:
        crash = f"{{at: 60 s, crash: {{what: instance, instance: {name}}}}}"
        crashed_s = served_again_s(crash, instances, index, seed)
        away_s = served_again_s(AWAY[what] % subject, instances, index, seed, model)
        assert away_s == pytest.approx(crashed_s + 1 + boot, abs=1e-9)


def test_an_instance_of_a_region_that_was_away_for_a_second_is_back_later_than_after_a_crash() -> (
    None
):
    for seed in range(1, 4):
        crashed, away = (
            api.run(REGIONS.format(seed=seed, fault=fault)).summary["clusters"]["far"]["restarts"]
            for fault in (
                "{at: 10 s, crash: {what: instance, instance: far-reader-1}}",
                "{at: 10 s, region_outage: far, for: 1 s}",
            )
        )
        assert [each["instance"] for each in (*crashed, *away)] == ["far-reader-1"] * 2
        assert away[0]["end_s"] == pytest.approx(crashed[0]["end_s"] + 1 + 30, abs=1e-6)


def test_it_is_dark_while_it_boots_and_refuses_while_its_process_starts() -> None:
    story = play("{at: 60 s, host_failure: db-3, for: 1 s}")
    dark, refuses, serves = (
        story.at("stop", 2, "DARK"), story.at("start", 2, "CLOSED"), story.at("start", 2, "UP"),
    )  # fmt: skip
    assert (dark, refuses) == (START_NS, START_NS + 31 * SECOND_NS)
    assert 3 <= (serves - refuses) / NS_PER_S <= 10


def test_a_crash_during_the_boot_hits_nothing() -> None:
    story = play(
        "{at: 60 s, host_failure: db-3, for: 1 s}",
        "{at: 70 s, crash: {what: instance, instance: db-3}}",
    )
    assert story.event("fault:crash").detail == "no effect: its host is away"


def test_a_host_that_is_replaced_is_ready_within_the_law_of_replacement() -> None:
    fixed = "{host_replace_low: 100 s, host_replace_high: 100 s}"
    story = play("{at: 60 s, host_failure: db-3}", model=fixed)
    assert story.at("start", 2, "UP") == START_NS + 100 * NS_PER_S


def test_a_writer_whose_host_is_away_for_a_second_is_noticed_and_fails_over() -> None:
    """It boots for longer than health checks need, 5 to 7 s."""
    for seed in SEEDS:
        story = play("{at: 60 s, host_failure: writer, for: 1 s}", seed=seed)
        (failover,) = story.main.failovers
        assert 5 <= (failover.detected_ns - START_NS) / NS_PER_S <= 7
