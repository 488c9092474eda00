"""`cure:` and `shows:`: read, checked, applied, written out, left alone when the plan changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim import api
from aurosim.errors import ScenarioError, UsageError
from aurosim.report.folder import default_folder
from aurosim.scenario import Scenario, cured, dump, loads
from aurosim.scenario.shipped import shipped

TEXT = """\
name: sick
run: {duration: 20 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - name: orders
    arrivals: {rate: 100/s}
    transaction: sysbench-oltp-write-only
    client: {pool: 300, dns_cache: 60 s}
faults:
  - {at: 5 s, host_failure: writer}
expect:
  - orders.outage.max < 10 s
  - orders.outage.max > 0 s
  - orders.latency.p99 < 20 ms
shows:
  - orders.errors.connect_timeout > 5
cure:
  - what: four connections
    set: {workload.orders.client.pool: 4}
    mends: ["orders.outage.max<10 s"]
    why: They are found dead in no time.
  - set: {cluster.readers.count: 2, workload.orders.client.dns_cache: 5 s}
    mends: [orders.outage.max, orders.latency.p99 < 20 ms]
"""


def without_cures(scenario: Scenario) -> str:
    return dump(scenario.model_copy(update={"cure": []}))


def test_mends_are_lines_or_paths_and_what_is_told_where_it_is_not_said() -> None:
    one, other = loads(TEXT, "x").cure
    assert (one.what, one.mends) == ("four connections", ["orders.outage.max < 10 s"])
    assert other.what == "cluster.readers.count=2, workload.orders.client.dns_cache=5 s"
    lines = ["orders.outage.max < 10 s", "orders.outage.max > 0 s", "orders.latency.p99 < 20 ms"]
    assert other.mends == lines


def test_a_cured_scenario_is_the_file_with_its_values_set() -> None:
    settings = {
        "workload.orders.client.pool": "4",
        "cluster.readers.count": "2",
        "workload.orders.client.dns_cache": "5 s",
    }
    scenario = loads(TEXT, "x")
    assert without_cures(cured(scenario)) == without_cures(loads(TEXT, "x", settings))
    first = {"workload.orders.client.pool": "4"}
    assert without_cures(cured(scenario, 1)) == without_cures(loads(TEXT, "x", first))
    assert [cure.in_place for cure in cured(scenario, 1).cure] == [True, False]
    assert [cure.in_place for cure in cured(scenario).cure] == [True, True]


def test_the_resolved_scenario_has_the_same_cures_with_all_that_follows_from_them() -> None:
    scenario = loads(TEXT, "x")
    assert scenario.cure[0].set_ == {
        "workload.orders.client.processes": 1,
        "workload.orders.client.pool.size": 4,
        "workload.orders.client.queue": 40,
    }
    again = loads(dump(scenario), "x")
    assert again == scenario
    for number in (None, 1, 2):
        assert without_cures(cured(again, number)) == without_cures(cured(scenario, number))
        assert loads(dump(cured(scenario, number)), "x") == cured(scenario, number)


@pytest.mark.parametrize("name", shipped())
def test_cures_of_shipped_scenarios_survive_writing_out(name: str) -> None:
    scenario = api.load(name)
    again = loads(dump(scenario), name, folder=scenario.folder)
    assert again == scenario
    if scenario.cure:
        assert without_cures(cured(again)) == without_cures(cured(scenario))


def test_cures_come_after_what_is_set_and_may_be_changed_again() -> None:
    scenario = loads(TEXT, "x", {"workload.orders.client.pool": "10"})
    assert cured(scenario, 1).workload[0].client.connections == 4
    more = api.load(cured(scenario, 1), {"workload.orders.arrivals.rate": "7/s"})
    assert (more.workload[0].client.connections, more.workload[0].arrivals.rate) == (4, 7.0)
    with pytest.raises(UsageError, match="changed after it was loaded"):
        cured(scenario.model_copy(update={"name": "other"}))


def test_a_cure_that_the_plan_has_already_is_in_place() -> None:
    scenario = loads(TEXT, "x", {"workload.orders.client.pool": "4"})
    assert [cure.in_place for cure in scenario.cure] == [True, False]
    by_hand = loads(TEXT.replace("pool: 300", "pool: 4"), "x")
    assert [cure.in_place for cure in by_hand.cure] == [True, False]
    with pytest.raises(UsageError, match="is in place: run it without"):
        cured(by_hand, 1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("expect", "[orders.outage.max < 90 s]"),
        ("cluster", "{engine: aurora-mysql, instances: [{name: db-1, class: db.r6g.large}]}"),
    ],
)
def test_who_changes_the_plan_hears_nothing_of_cures_that_no_longer_fit(path, value) -> None:
    assert loads(TEXT, "x", {path: value, "faults": "[]"}).cure == []
    with pytest.raises(ScenarioError, match=r"cure\[0\].set"):
        loads(TEXT, "x", {"cure.0.set": "{workload.order.client.pool: 4}"})


def test_every_fault_of_a_cure_is_told_with_the_others_of_the_file() -> None:
    text = TEXT.replace("rate: 100/s", "rate: 100").replace("client.pool: 4", "client.pol: 4")
    with pytest.raises(ScenarioError) as caught:
        loads(text, "x")
    assert [each.line for each in caught.value.complaints] == [9, 22]


def test_there_is_a_cure_to_ask_for() -> None:
    bare = TEXT[: TEXT.index("cure:")]
    for text, number, said in (
        (bare, None, "names no cure"), (TEXT, 3, "cures 1 to 2; there is no number 3"),
        (TEXT, 0, "there is no number 0"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            cured(loads(text, "x"), number)


@pytest.mark.parametrize("wrong", ["1", 1.5, None])
def test_python_takes_true_or_a_number(wrong) -> None:
    assert api.load(TEXT, cure=True) == cured(loads(TEXT, "<text>"))
    assert api.load(TEXT, cure=1) == cured(loads(TEXT, "<text>"), 1)
    with pytest.raises(UsageError, match="True for all cures, or the number of one"):
        api.load(TEXT, cure=wrong)


@pytest.mark.parametrize(
    ("number", "folder"),
    [(None, "sick-seed1-cured"), (1, "sick-seed1-cure1"), (2, "sick-seed1-cure2")],
)
def test_each_cure_has_a_folder_of_its_own(number: int | None, folder: str) -> None:
    scenario = loads(TEXT, "x")
    assert default_folder(scenario) == Path("reports/sick-seed1")
    assert default_folder(cured(scenario, number)) == Path("reports") / folder
