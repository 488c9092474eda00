"""A scenario comes out, or a ScenarioError that names the place: never a traceback."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aurosim.errors import ScenarioError
from aurosim.scenario import Scenario, dump, loads
from tests.scenarios.good import GOOD

QUIET = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([0, -1, 1, 2**63, 10**30, 1e308, float("nan"), float("inf")]),
)
WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "NO",
            "none",
            "writer",
            "reader",
            "cluster",
            "0",
            "-5 s",
            "1e99 s",
            "9" * 18 + " d",
            "PT",
            "1/0",
            "50 %",
        ]
        + [
            "12:30",
            "<script>alert(1)</script>",
            "../../x",
            "two\nlines\x1b[2J",
            "\u202ename",
            "é",
            "db-1",
            "a" * 3000,
            "x.y > 1",
            "5 min",
        ]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(WORDS, NUMBERS), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value of the tree."""
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    return [path] + [place for key, value in items for place in places(value, (*path, key))]


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def nested(value: Any, depth: int) -> Any:
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    return value


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good scenario with one to three values deleted, doubled, replaced, renamed or nested."""
    tree = copy.deepcopy(yaml.safe_load(draw(st.sampled_from(sorted(GOOD.values())))))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(tree)[1:] or [()]))
        if not path:
            break
        parent, key = at(tree, path[:-1]), path[-1]
        match draw(st.sampled_from(["delete", "replace", "double", "rename", "nest", "swap"])):
            case "delete":
                del parent[key]
            case "replace":
                parent[key] = draw(VALUES)
            case "double" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[key]))
            case "rename" if isinstance(parent, dict):
                parent[draw(st.one_of(WORDS, NUMBERS))] = parent.pop(key)
            case "nest":
                parent[key] = nested(parent[key], draw(st.integers(1, 60)))
            case _:
                parent[key] = copy.deepcopy(at(tree, draw(st.sampled_from(places(tree)[1:]))))
    return yaml.safe_dump(tree, allow_unicode=draw(st.booleans()), sort_keys=False)


def survives(text: str | bytes) -> Scenario | None:
    """The scenario, or None after a ScenarioError that says something."""
    try:
        scenario = loads(text, "hostile.yaml")
    except ScenarioError as error:
        for complaint in error.complaints:
            assert complaint.message.strip() and str(complaint).isprintable()
            assert complaint.line is None or 1 <= complaint.line <= len(text) + 1
            str(complaint).encode("utf-8")
        return None
    assert loads(dump(scenario), "again.yaml") == scenario
    return scenario


@QUIET
@given(mutated())
def test_a_mutated_scenario_loads_or_complains(text: str) -> None:
    survives(text)


@QUIET
@given(
    st.sampled_from(sorted(GOOD.values())),
    st.integers(0, 3000),
    st.integers(0, 40),
    st.text(max_size=12),
)
@example(GOOD["smallest"], 5, 0, "\x00")
@example(GOOD["smallest"], 5, 0, '"\\UFFFFFFFF"')
@example(GOOD["smallest"], 0, 0, "%YAML 99999999999.1\n---\n")
def test_a_torn_text_loads_or_complains(text: str, start: int, length: int, inserted: str) -> None:
    start %= len(text)
    survives(text[:start] + inserted + text[start + length :])


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_complain(content: bytes) -> None:
    assert survives(content) is None


@QUIET
@given(st.text(alphabet="{}[]:,-&*!|>'\"#%@` \n\tab01<?~", max_size=80))
def test_any_punctuation_complains(text: str) -> None:
    assert survives(text) is None


@settings(QUIET, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["cluster", "run.seed", "workload.0", "faults", "expect.0", "model.x"]),
            VALUES,
        )
    )
)
def test_any_override_loads_or_complains(settings_: list[tuple[str, Any]]) -> None:
    overrides = {path: str(value) for path, value in settings_}
    try:
        loads(GOOD["long form"], "hostile.yaml", overrides)
    except ScenarioError as error:
        assert error.complaints


@pytest.mark.parametrize("name", sorted(GOOD))
def test_the_good_ones_are_good(name: str) -> None:
    assert survives(GOOD[name]) is not None


def test_a_bomb_of_aliases_is_refused_before_it_expands() -> None:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(ScenarioError, match="more than 20000 values"):
        loads("\n".join(levels), "bomb.yaml")
