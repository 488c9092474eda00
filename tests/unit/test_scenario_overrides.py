"""`--set path=value`: paths from the file's top, list items by name or number, wrong ones
explained.
"""

from __future__ import annotations

from typing import Any

import pytest

from aurosim.errors import ScenarioError
from aurosim.scenario import Scenario, changed, loads
from aurosim.units import GIB, NS_PER_MIN, NS_PER_S
from tests.scenarios.good import LONG_FORM, SHORT_FORM


def overridden(path: str, value: str, text: str = LONG_FORM) -> Scenario:
    return loads(text, "file.yaml", {path: value})


def workload(scenario: Scenario, name: str) -> Any:
    (found,) = (each for each in scenario.workload if each.name == name)
    return found


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        (
            "cluster.instances.db-2.class",
            "db.r5.large",
            lambda s: s.cluster.instances[1].class_ == "db.r5.large",
        ),
        ("cluster.instances.0.az", "c", lambda s: s.cluster.instances[0].az == "c"),
        (
            "workload.orders.arrivals.rate",
            "5/s",
            lambda s: workload(s, "orders").arrivals.rate == 5,
        ),
        (
            "workload.browsing.client.retry.attempts",
            "3",
            lambda s: workload(s, "browsing").client.retry.attempts == 3,
        ),
        (
            "workload.night-batch.arrivals.stages.1.rate",
            "7/s",
            lambda s: workload(s, "night-batch").arrivals.stages[1].rate == 7,
        ),
        ("faults.0.at", "90 s", lambda s: s.faults[0].at == 90 * NS_PER_S),
        ("faults", "[]", lambda s: s.faults == []),
        ("run", "{duration: 30 min}", lambda s: s.run.duration == 30 * NS_PER_MIN),
        ("model.write_quorum", "3", lambda s: s.model["write_quorum"] == 3),
        (
            "workload.orders.data.working_set",
            "8GiB",
            lambda s: workload(s, "orders").data.working_set == 8 * GIB,
        ),
        (
            "workload.sale.transaction",
            "sysbench-point-select",
            lambda s: len(workload(s, "sale").transaction) == 1,
        ),
    ],
)
def test_a_path_sets_its_value(path: str, value: str, read: Any) -> None:
    before, after = loads(LONG_FORM, "file.yaml"), overridden(path, value)
    assert read(after)
    assert path == "workload.orders.data.working_set" or before != after


def test_a_loaded_scenario_is_changed_from_its_source_so_that_what_follows_changes_too() -> None:
    before = overridden("run.seed", "3")
    after = changed(before, {"model.read_cpu": "70 us"})
    assert after.run.seed == 3
    # The statement's cost comes from the catalog, and through it from the model.
    assert workload(after, "orders").transaction[1].cpu.mean == 70_000
    assert workload(before, "orders").transaction[1].cpu.mean == 60_000
    assert changed(before, {}) == before


def test_what_a_file_says_in_short_is_set_in_short() -> None:
    scenario = overridden("cluster.readers.count", "1", SHORT_FORM)
    assert [instance.name for instance in scenario.cluster.instances] == ["writer", "reader-1"]


def refused(path: str, value: str, text: str = LONG_FORM) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        overridden(path, value, text)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("wrkload.orders.endpoint", "x", "the file has no key 'wrkload'."),
        ("wrkload.orders.endpoint", "x", "Did you mean 'workload'?"),
        ("cluster.instances.db-9.class", "x", "It has db-1, db-2, db-3."),
        ("cluster.instances.7.class", "x", "cluster.instances has no '7'."),
        ("workload.orders.arrivals.rat", "1/s", "Did you mean 'rate'?"),
        ("run.duration.s", "5", "run.duration is '20 min' in this file and holds no 's'."),
        ("workload.orders.transaction.0.cpu", "5", "Set workload.orders.transaction as a whole."),
        ("workload.orders.arrivals.stages.0.rate", "1/s", "has no stages in this file"),
        ("run.seed", "[", "the value is not YAML"),
        ("run.seed", "!!int 5", "has the tag"),
        ("", "5", "the file has no key ''."),
        ("workload.", "5", "workload has no ''."),
    ],
)
def test_a_path_that_leads_nowhere_names_the_nearest(path: str, value: str, said: str) -> None:
    (line,) = refused(path, value)
    assert line.startswith(f"--set {path}={value}: ")
    assert said in line


def test_a_bad_value_is_told_as_set_and_not_as_a_line_of_the_file() -> None:
    assert refused("run.seed", "many") == [
        "--set run.seed=many: run.seed is 'many'; it must be a whole number."
    ]
    (line,) = refused("cluster.writer.class", "db.r6g.large")
    assert line.startswith(
        "--set cluster.writer.class=db.r6g.large: cluster.writer is the short form"
    )


def test_faults_of_the_file_and_of_what_is_set_come_together() -> None:
    lines = refused("run.seed", "many", LONG_FORM.replace("tier: 15", "tier: 16"))
    assert lines[0].startswith("--set run.seed=many: ")
    assert lines[1].startswith("file.yaml:16: cluster.instances[2].promotion_tier is 16")
