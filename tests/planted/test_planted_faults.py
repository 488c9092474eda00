"""The tests worked by hand notice wrong rules: each fault of the catalogue, planted and run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aurosim.dataplane.contract import DataPlane
from aurosim.dataplane.on_simpy.machine import simpy_plane
from tests.planted.catch import BY_HAND, NAMES, PAGE, Catch, catch, page
from tests.planted.faults import FAULTS, RIGHT
from tests.planted.planting import simpy_plane_with


@pytest.fixture(scope="module")
def watched() -> Catch:
    """Each fault and the test that the catalogue names for it; all of these, nothing planted."""
    return catch((RIGHT, *NAMES), watched=True)


def test_the_test_that_watches_a_rule_catches_its_fault(watched: Catch) -> None:
    asked = {name for name, count in watched.ran.items() if count}
    assert asked == {RIGHT, *NAMES}, "the catalogue names a test that is not there"
    assert {name for name, tests in watched.caught.items() if tests} == set(NAMES)


def test_the_same_tests_find_nothing_wrong_with_the_right_rules(watched: Catch) -> None:
    assert watched.ran[RIGHT] >= len({fault.watched for fault in FAULTS})
    assert not watched.caught[RIGHT]


def test_there_are_as_many_faults_as_were_promised() -> None:
    """The first 26 are those of which the comparison with a second telling once caught 24."""
    assert len(FAULTS) == len(set(NAMES)) >= 26


def test_a_fault_is_planted_beside_the_right_rules() -> None:
    """The right rules stay what others import, and a planted plane has rules of its own."""
    right: Callable[..., DataPlane] = simpy_plane
    wrong = simpy_plane_with(FAULTS[0].edits)
    again = __import__("aurosim.dataplane.on_simpy.machine", fromlist=["simpy_plane"])
    assert again.simpy_plane is right and wrong is not right
    assert wrong.__globals__["Plane"] is not right.__globals__["Plane"]  # type: ignore[attr-defined]


def test_a_text_that_is_no_longer_there_is_said() -> None:
    with pytest.raises(AssertionError, match="0 x 'no such rule' in .*deaths.py"):
        simpy_plane_with([("mechanics/deaths", "no such rule", "pass")])
    with pytest.raises(AssertionError, match="SimPy does not load"):
        simpy_plane_with([("mechanics/nowhere", "no such rule", "pass")])


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    """The tests of a file by their names."""
    nodes = ast.walk(ast.parse(path.read_text()))
    found = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
    return {name: node for name, node in found.items() if name.startswith("test_")}


@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: path.stem)
def test_what_is_worked_by_hand_runs_in_every_way_and_looks_from_outside(path: Path) -> None:
    """All of a file's tests ask for a way, none takes a plane from a room of its own, looks into
    one (`state`, `machine`) or asserts nothing."""
    text = path.read_text()
    assert 'pytestmark = pytest.mark.usefixtures("way")' in text
    assert not re.search(r"dataplane\.(mechanics|compiled|on_simpy|reference)|\.machine\b", text)
    assert not re.search(r"\b(plane|stage)\.state\b", text)
    for name, test in functions(path).items():
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(test))
        assert asserts or "pytest.raises" in ast.unparse(test), f"{name} asserts nothing"


@pytest.mark.long
def test_all_tests_worked_by_hand_against_all_faults() -> None:
    found = catch((RIGHT, *NAMES))
    assert not found.caught[RIGHT], "the right rules are found wrong"
    assert [name for name in NAMES if not found.caught[name]] == []
    assert PAGE.read_text() == page(found), "python -m tests.planted.catch --page"
