"""Moves between regions end, whatever becomes of those who take part.

A secondary with one instance that is away half way is what hung 0.1.0: no writer for the rest of
the run, and two primaries. Times follow from the model's entries, which are set where they matter.
The clients are quick to be back: no record flaps, and none keeps a connection to who became a
reader.
"""

from __future__ import annotations

import pytest

from aurosim.dataplane.contract import Outcome, StatementKind
from tests.observed import Observed, observe

TEXT = """
name: moves
run: {{duration: {duration}, warm_up: 1 s}}
model: {{region_rebuild_low: 30 s, region_rebuild_high: 30 s, {more}}}
clusters:
  - name: near
    engine: aurora-mysql
    endpoint_flap: 0 s
    instances:
      - {{name: db-1, class: db.r6g.large, az: a}}
      - {{name: db-2, class: db.r6g.large, az: b}}
  - name: far
    engine: aurora-mysql
    endpoint_flap: 0 s
    region: eu-west-1
    instances: [{far}]
  - name: third
    engine: aurora-mysql
    endpoint_flap: 0 s
    region: ap-northeast-1
    instances: [{{name: db-5, class: db.r6g.large, az: a}}]
workload:
  - name: orders
    endpoint: global
    arrivals: {{rate: 20/s}}
    transaction: [{{kind: insert}}]
    client: {{connect_timeout: 1 s, statement_timeout: 2 s, pool: {{size: 50, on_read_only: drop}}}}
faults: [{faults}]
"""
ONE = "{name: db-3, class: db.r6g.large, az: a}"
TWO = f"{ONE}, {{name: db-4, class: db.r6g.large, az: b}}"
GIVE_UP_S = 60


def play(*faults: str, far: str = ONE, duration: str = "3 min", more: str = "") -> Observed:
    return observe(TEXT.format(faults=", ".join(faults), far=far, duration=duration, more=more))


def roles(run: Observed) -> dict[str, str]:
    return {name: each["role"] for name, each in run.summary["clusters"].items()}


def details(run: Observed, kind: str) -> list[str]:
    events = run.result.events
    return events[events["kind"] == kind]["detail"].tolist()


def served(run: Observed, after_s: float, by: int) -> bool:
    """Whether all that went well after a time went well at one instance, and much did."""
    rows = run.rows
    ours = rows[(rows["start_ns"] > after_s * 1e9) & (rows["outcome"] == Outcome.OK)]
    written = ours[(ours["lsn"] > 0) & (ours["kind"] != StatementKind.CONNECT)]
    return len(written) > 100 and set(written["instance"].tolist()) == {by}


PATIENT = "switchover_give_up: 150 s"
"""Longer than a host that was away for some seconds needs to boot, and to open the writer then."""
AWAY = ["host_failure: db-3", "az_outage: {az: a, cluster: far}", "region_outage: far"]


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("move", ["switchover", "global_failover"])
def test_a_target_that_is_away_for_ten_seconds_becomes_the_primary(move: str, away: str) -> None:
    run = play(f"{{at: 10 s, {move}: far}}", f"{{at: 12 s, {away}, for: 10 s}}", more=PATIENT)
    assert roles(run) == {"near": "secondary", "far": "primary", "third": "secondary"}
    (took,) = run.summary["global"]["switchovers" if move == "switchover" else "failovers"]
    assert took["promoted_s"] > 22
    assert served(run, took["endpoint_moved_s"] + 10, by=2)
    assert list(run.result.events[run.result.events["end_s"].isna()]["kind"]) == []


@pytest.mark.parametrize("for_s", [1, 10, 30])
def test_with_the_entries_as_they_are_there_is_one_primary_soon(for_s: int) -> None:
    """Whether its host is back in time or not: the switchover ends or is rolled back."""
    away = f"{{at: 12 s, host_failure: db-3, for: {for_s} s}}"
    run = play("{at: 10 s, switchover: far}", away)
    there = sorted(roles(run).items(), key=lambda each: each[1])
    assert [role for _, role in there] == ["primary", "secondary", "secondary"]
    assert served(run, 10 + GIVE_UP_S + 20, by={"near": 0, "far": 2}[there[0][0]])


@pytest.mark.parametrize("away", AWAY)
def test_a_switchover_whose_target_stays_dark_is_rolled_back_in_time(away: str) -> None:
    run = play("{at: 10 s, switchover: far}", f"{{at: 12 s, {away}, for: 100 s}}")
    assert roles(run) == {"near": "primary", "far": "secondary", "third": "secondary"}
    assert run.summary["global"]["switchovers"] == []
    events = run.result.events
    (whole,) = events[events["kind"] == "switchover"].itertuples()
    assert whole.end_s == 10 + GIVE_UP_S
    assert whole.detail == "gave up: far opened no writer"
    (warning,) = [each for each in run.summary["warnings"] if each["kind"] != "outage_not_over"]
    assert warning["kind"] == "fault_without_effect"
    assert warning["text"].endswith("at 10 s was given up: far opened no writer.")
    assert served(run, whole.end_s + 15, by=0)
    assert all(each["acknowledged_commits_lost"] == 0 for each in run.summary["clusters"].values())


def test_it_is_rolled_back_while_the_new_writer_opens_too_late() -> None:
    """The same bound where nothing is dark and the opening takes too long."""
    slow = "switchover_promote_low: 90 s, switchover_promote_high: 90 s"
    run = play("{at: 10 s, switchover: far}", more=slow)
    assert roles(run)["near"] == "primary"
    assert served(run, 10 + GIVE_UP_S + 15, by=0)
    third = run.summary["clusters"]["far"]
    assert third["restarts"][0]["end_s"] == 10 + GIVE_UP_S + 10, "db-3 is a reader again"


def test_it_is_rolled_back_when_the_old_region_is_dark_and_opens_when_that_is_back() -> None:
    run = play(
        "{at: 10 s, switchover: far}",
        "{at: 12 s, host_failure: db-3, for: 100 s}",
        "{at: 13 s, region_outage: near, for: 80 s}",
    )
    assert roles(run) == {"near": "primary", "far": "secondary", "third": "secondary"}
    assert served(run, 93 + 15 + 20, by=0)


DARK = "{at: 12 s, region_outage: far, for: 150 s}"


@pytest.mark.parametrize("move", ["switchover", "global_failover"])
def test_a_failover_is_obeyed_while_another_move_is_stuck(move: str) -> None:
    run = play(
        f"{{at: 10 s, {move}: far}}", DARK, "{at: 20 s, global_failover: third}", duration="5 min"
    )
    assert roles(run) == {"near": "secondary", "far": "secondary", "third": "primary"}
    assert details(run, move)[0] == "gave up: third is to take over"
    moves = run.summary["global"]
    assert moves["switchovers"] == []
    (took,) = moves["failovers"]
    assert (took["from"], took["to"], took["writer"]) == ("near", "third", "db-5")
    # the writer stopped when the first of the two was asked for
    assert took["database_outage_s"] == pytest.approx(took["promoted_s"] - 10)
    assert served(run, took["endpoint_moved_s"] + 10, by=3)


def test_a_stuck_failover_is_called_off_for_the_old_primary_and_nothing_is_lost() -> None:
    run = play("{at: 10 s, global_failover: far}", DARK, "{at: 20 s, global_failover: near}",
               duration="5 min")  # fmt: skip
    assert roles(run) == {"near": "primary", "far": "secondary", "third": "secondary"}
    (took,) = run.summary["global"]["failovers"]
    assert (took["from"], took["to"]) == ("far", "near")
    assert took["recovery_point"]["commits"] == 0
    assert took["database_outage_s"] == pytest.approx(took["promoted_s"] - 10)
    assert took["rejoined_s"] == 12 + 150 + 30, "far is built anew once it is there"
    assert served(run, took["endpoint_moved_s"] + 10, by=0)


def test_a_failover_to_the_old_primary_ends_a_stuck_switchover_at_once() -> None:
    run = play("{at: 10 s, switchover: far}", DARK, "{at: 20 s, global_failover: near}")
    assert roles(run)["near"] == "primary"
    assert run.summary["global"] == {"failovers": [], "switchovers": []}
    assert "far does not take over" in details(run, "fault:global_failover")
    assert served(run, 40, by=0)


def test_a_failover_is_refused_while_another_move_goes_on() -> None:
    run = play("{at: 10 s, global_failover: far}", "{at: 12 s, global_failover: third}")
    assert "refused: another region is taking over already" in details(run, "fault:global_failover")
    assert roles(run)["far"] == "primary"


@pytest.mark.parametrize(("for_s", "there_s"), [(60, 72), (10, None)])
def test_the_old_primary_has_rejoined_when_its_region_is_there(
    for_s: int, there_s: float | None
) -> None:
    """Its region goes dark while the new writer opens: it follows when its link is up."""
    run = play("{at: 10 s, switchover: far}", f"{{at: 12 s, region_outage: near, for: {for_s} s}}")
    (took,) = run.summary["global"]["switchovers"]
    assert took["promoted_s"] < 12 + 60
    assert took["rejoined_s"] == (there_s or max(took["promoted_s"], 12 + for_s))
    early = play("{at: 10 s, switchover: far}", "{at: 12 s, region_outage: near, for: 300 s}")
    assert early.summary["global"]["switchovers"][0]["rejoined_s"] is None


@pytest.mark.parametrize("first", ["db-3", "db-4"])
@pytest.mark.parametrize("move", ["switchover", "global_failover"])
def test_two_hosts_that_are_away_both_come_back(move: str, first: str) -> None:
    """Whichever is back first opens the writer, and the other is a reader."""
    second = "db-4" if first == "db-3" else "db-3"
    run = play(
        f"{{at: 10 s, {move}: far}}",
        f"{{at: 12 s, host_failure: {first}, for: 20 s}}",
        f"{{at: 12 s, host_failure: {second}, for: 40 s}}",
        far=TWO,
        more=PATIENT,
    )
    assert roles(run)["far"] == "primary"
    restarts = run.summary["clusters"]["far"]["restarts"]
    assert sorted(each["instance"] for each in restarts) == ["db-3", "db-4"]
    assert all(each["end_s"] is not None for each in restarts)
    key = "switchovers" if move == "switchover" else "failovers"
    assert run.summary["global"][key][0]["writer"] == first


def test_a_name_that_was_to_move_while_a_switchover_waited_moves() -> None:
    """A failover in the region has ended and its record is on the way when the switchover comes,
    which is rolled back: the global endpoint names the writer there is."""
    late = "endpoint_publish_low: 20 s, endpoint_publish_high: 20 s"
    run = play("{at: 5 s, failover: {to: db-2}}", "{at: 20 s, switchover: far}",
               "{at: 21 s, region_outage: far, for: 100 s}", more=late)  # fmt: skip
    assert roles(run)["near"] == "primary"
    assert served(run, 20 + GIVE_UP_S + 20, by=1)


def test_a_failover_in_a_region_that_is_left_ends() -> None:
    """Its writer never opens there: the fault is over when another region is to have the writer."""
    run = play("{at: 9 s, failover: {}}", "{at: 10 s, global_failover: far}")
    events = run.result.events
    (asked,) = events[events["kind"] == "fault:failover"].itertuples()
    assert asked.end_s == pytest.approx(10)
    assert roles(run)["far"] == "primary"
