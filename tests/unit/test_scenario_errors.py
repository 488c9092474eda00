"""The tree of errors: what a complaint says, and that all of them travel between processes."""

from __future__ import annotations

import pickle

import pytest

from aurosim.errors import (
    EXIT_INTERRUPTED,
    EXIT_WRONG_CALL,
    AurosimError,
    Complaint,
    OutputError,
    ScenarioError,
    UsageError,
)

FIRST = Complaint("a.yaml", 4, "run.seed", "is 'x'; it must be a whole number.")
SECOND = Complaint("--set run.seed=x", None, "", "the value is not YAML.")


def test_a_complaint_is_place_field_and_sentence() -> None:
    assert str(FIRST) == "a.yaml:4: run.seed is 'x'; it must be a whole number."
    assert str(SECOND) == "--set run.seed=x: the value is not YAML."
    assert str(Complaint("a.yaml", 1, "", "is empty.")) == "a.yaml:1: is empty."


def test_a_complaint_prints_nothing_that_a_terminal_obeys() -> None:
    hostile = Complaint("a\x1b[2J.yaml", 1, "two\nlines", "is \u202etxt\ud800.")
    assert str(hostile) == r"a\x1b[2J.yaml:1: two\nlines is \u202etxt\ud800."


def test_a_scenario_error_prints_one_complaint_a_line() -> None:
    assert str(ScenarioError([FIRST, SECOND])) == f"{FIRST}\n{SECOND}"


def test_a_scenario_error_keeps_its_complaints_through_pickling() -> None:
    again = pickle.loads(pickle.dumps(ScenarioError([FIRST, SECOND])))
    assert again.complaints == [FIRST, SECOND]
    assert str(again) == f"{FIRST}\n{SECOND}"


def test_an_error_without_a_complaint_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        ScenarioError([])


def test_every_error_knows_its_exit_code() -> None:
    assert ScenarioError([FIRST]).exit_code == EXIT_WRONG_CALL == 2
    assert UsageError().exit_code == OutputError().exit_code == AurosimError().exit_code == 2
    assert EXIT_INTERRUPTED == 130
