"""Every shipped scenario is a test: it asks, teaches, expects, and what it expects comes true."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from aurosim import api
from aurosim import scenario as language
from aurosim.scenario.shipped import shipped

DEMO = "writer-host-failure"
STATEMENTS = {DEMO: 300_000}
STATEMENTS_AT_MOST = 60_000
"""While the reference is the only data plane: what keeps a scenario a matter of seconds."""

SEEDS = range(1, 21)
SEEDS_THAT_MUST_HOLD = 19

SCENARIOS = shipped()
every = pytest.mark.parametrize("name", SCENARIOS)
every_faulty = pytest.mark.parametrize(
    "name", [name for name, path in SCENARIOS.items() if "\nfaults:" in path.read_text("utf-8")]
)


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


@every
def test_it_asks_teaches_and_expects(name: str) -> None:
    scenario = api.load(SCENARIOS[name])
    assert scenario.name == name, "a scenario is found by the name of its file"
    assert scenario.question
    assert scenario.learn
    assert scenario.expect


@every
def test_what_it_resolves_to_is_the_same_scenario(name: str) -> None:
    scenario = api.load(SCENARIOS[name])
    text = language.dump(scenario)
    again = language.loads(text, name)
    assert again == scenario
    assert language.dump(again) == text


@every
def test_what_it_expects_comes_true(name: str) -> None:
    run, statements = ran(name)
    assert failed_lines(run) == []
    assert statements <= STATEMENTS.get(name, STATEMENTS_AT_MOST)


@every_faulty
def test_without_its_faults_a_line_fails(name: str) -> None:
    written = yaml.safe_load(Path(SCENARIOS[name]).read_text(encoding="utf-8"))
    without = api.run(yaml.safe_dump({**written, "faults": []}))
    assert failed_lines(without) != [], "its lines hold without the faults: they show nothing"


@pytest.mark.seeds
@every
def test_its_lines_hold_for_19_of_20_seeds(name: str) -> None:
    lines = {seed: failed_lines(api.run(SCENARIOS[name], seed=seed)) for seed in SEEDS}
    failed = {seed: of_seed for seed, of_seed in lines.items() if of_seed}
    assert len(SEEDS) - len(failed) >= SEEDS_THAT_MUST_HOLD, failed
