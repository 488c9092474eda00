"""Every shipped scenario is a test: it asks, teaches, expects, and what it expects comes true."""

from __future__ import annotations

from functools import cache

import pytest

from aurosim import api
from aurosim import scenario as language
from aurosim.scenario.paths import resolve
from aurosim.scenario.shipped import shipped

DEMO = "writer-host-failure"
STATEMENTS = {DEMO: 300_000, "measured-traffic": 300_000}
STATEMENTS_AT_MOST = 60_000
"""What keeps a scenario a matter of seconds on the reference, too."""

SEEDS = range(1, 21)
SEEDS_THAT_MUST_HOLD = 19

SCENARIOS = shipped()
every = pytest.mark.parametrize("name", SCENARIOS)


@cache
def ran(name: str) -> tuple[api.Run, int]:
    """The run under the scenario's own seed, and how many statements it took."""
    statements = 0

    def count(state) -> None:
        nonlocal statements
        statements = state.statements

    return api.run(SCENARIOS[name], progress=count), statements


def failed_lines(run: api.Run) -> list[str]:
    return [f"{line['text']} (is {line['value']})" for line in run.summary["expect"]
            if not line["held"]]  # fmt: skip


ASKED = {
    "teaching": {"quorum", "az-loss", "az-plus-one", "replica-lag", "cold-cache"},
    "capacity": {"how-many-readers", "which-class", "daily-peak", "measured-traffic"},
    "chaos": {
        "writer-host-failure", "crash-without-failover", "dns-cached-too-long", "stale-pool",
        "connection-storm", "no-reader", "az-outage-at-peak", "slow-node",
    },
    "global": {"global-steady", "region-outage", "switchover"},
    "growth": {"growing-volume", "full-volume"},
}  # fmt: skip
"""The stories that are asked for, by kind; more are welcome."""


def test_there_are_enough_of_each_kind() -> None:
    kinds = {path.parent.name for path in SCENARIOS.values()}
    assert kinds >= set(ASKED)
    assert len(SCENARIOS) >= 20


@pytest.mark.parametrize("kind", ASKED)
def test_each_story_that_is_asked_for_is_there(kind: str) -> None:
    assert {name for name, path in SCENARIOS.items() if path.parent.name == kind} >= ASKED[kind]


@every
def test_it_asks_teaches_and_expects(name: str) -> None:
    scenario = api.load(SCENARIOS[name])
    assert scenario.name == name, "a scenario is found by the name of its file"
    assert (scenario.question or "").endswith("?")
    assert len(scenario.learn or "") > 100
    assert len(scenario.expect) >= 3


@every
def test_what_it_resolves_to_is_the_same_scenario(name: str) -> None:
    scenario = api.load(SCENARIOS[name])
    text = language.dump(scenario)
    again = language.loads(text, name, folder=SCENARIOS[name].parent)
    assert again == scenario
    assert language.dump(again) == text


@every
def test_every_path_it_expects_something_of_is_a_number(name: str) -> None:
    """None is null: a null would fail its line, but so would a path that the summary lacks."""
    run, _ = ran(name)
    values = {line.path: resolve(line.path, run.summary) for line in run.scenario.expect}
    assert [path for path, value in values.items() if value is None] == []


@every
def test_what_it_expects_comes_true(name: str) -> None:
    run, _ = ran(name)
    assert failed_lines(run) == []


@every
def test_it_is_a_matter_of_seconds(name: str) -> None:
    _, statements = ran(name)
    assert 1000 < statements <= STATEMENTS.get(name, STATEMENTS_AT_MOST)


@pytest.mark.seeds
@pytest.mark.timeout(1200)
@every
def test_its_lines_hold_for_19_of_20_seeds(name: str) -> None:
    lines = {seed: failed_lines(api.run(SCENARIOS[name], seed=seed)) for seed in SEEDS}
    failed = {seed: of_seed for seed, of_seed in lines.items() if of_seed}
    assert len(SEEDS) - len(failed) >= SEEDS_THAT_MUST_HOLD, failed
