"""The resolved text loads back equal and byte for byte; the schema lets through what loads."""

from __future__ import annotations

import subprocess
import sys

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurosim.errors import ScenarioError
from aurosim.scenario import dump, json_schema, loads
from aurosim.scenario.reading import read
from tests.scenarios.good import GOOD, LONG_FORM, SMALLEST

QUIET = settings(derandomize=True, database=None, deadline=None, max_examples=80)
SCHEMA = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("name", sorted(GOOD))
def test_the_resolved_text_loads_back_equal_and_stays_as_it_is(name: str) -> None:
    scenario = loads(GOOD[name], "good.yaml")
    text = dump(scenario)
    again = loads(text, "resolved.yaml")
    assert again == scenario
    assert dump(again) == text


def test_scenarios_that_differ_are_not_equal() -> None:
    assert loads(SMALLEST, "x") != loads(SMALLEST.replace("1 s", "2 s"), "x")
    assert loads(SMALLEST, "x") != "smallest"


def test_nothing_is_left_unsaid() -> None:
    text = dump(loads(SMALLEST, "x"))
    for said in ("warm_up: 0 s", "region: us-east-1", "az: a", "vcpu: 2", "give_up: 32 s"):
        assert said in text
    assert "sysbench" not in text


@QUIET
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_written_so_that_it_reads_back(text: str) -> None:
    scenario = loads(SMALLEST, "x").model_copy(update={"question": text})
    try:
        assert loads(dump(scenario), "x").question == text
    except ScenarioError as error:  # never: writing escapes whatever YAML does not allow
        raise AssertionError(str(error)) from error


@pytest.mark.parametrize(
    "word",
    [
        "NO",
        "null",
        "1e3",
        "0o17",
        "",
        " x",
        "x ",
        "- x",
        "a: b",
        "#",
        "'",
        "~",
        "12:30",
        "true",
        "\u2028",
    ],
)
def test_words_that_read_as_something_else_are_quoted(word: str) -> None:
    scenario = loads(SMALLEST, "x").model_copy(update={"learn": word})
    assert loads(dump(scenario), "x").learn == word


@pytest.mark.parametrize("name", sorted(GOOD))
def test_the_schema_lets_good_scenarios_through_in_both_forms(name: str) -> None:
    for text in (GOOD[name], dump(loads(GOOD[name], "x"))):
        assert [error.message for error in SCHEMA.iter_errors(read(text, "x").tree)] == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("promotion_tier: 15", "promotion_teer: 15"),
        ("az: b", "az: d"),
        ("access: uniform", "access: unifrom"),
        ("sysbench-update-index", "sysbench-update"),
        ("attempts: 3", "attempts: 64"),
        ("crash: node", "crash: nodes"),
        ("arrivals: {rate: 1200/s}", "arrivals: {rte: 1200/s}"),
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(good: str, bad: str) -> None:
    assert good in LONG_FORM
    assert not SCHEMA.is_valid(read(LONG_FORM.replace(good, bad), "x").tree)


def test_the_schema_is_one_and_describes_every_key() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == json_schema()
    for name, shape in schema["$defs"].items():
        for key, field in shape["properties"].items():
            said = field.get("description") or schema["$defs"][field["$ref"][8:]]["description"]
            assert said, f"{name}.{key} has no description"


def test_the_language_is_light_to_import() -> None:
    heavy = ("numpy", "pandas", "simpy", "numba", "matplotlib")
    code = f"import sys, aurosim.scenario; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
