"""Checks of a transaction's statements."""

from __future__ import annotations

from aurosim.catalog.statement import BRACKET, WRITE, kind_of
from aurosim.scenario.checks.saying import Check, Say, each_workload
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.reading import Path_
from aurosim.scenario.transaction import MAX_STATEMENTS, StatementSpec
from aurosim.scenario.workload import WorkloadSpec


def begin_and_commit_pair(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """`begin` opens what `commit` closes, and neither stands inside another."""
    opened: Path_ | None = None
    for place, statement in enumerate(workload.transaction):
        here = (*path, "transaction", place)
        if statement.kind == "begin":
            if opened is not None:
                say(here, "is a begin inside a transaction. Commit the one before first.")
            opened = here
        elif statement.kind == "commit":
            if opened is None:
                say(
                    here,
                    "is a commit without a begin. A write outside begin and commit "
                    "commits by itself.",
                )
            opened = None
    if opened is not None:
        say(opened, "is a begin without a commit. End the list with {kind: commit}.")


def statements_hold_what_fits(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """Only writes modify pages; begin and commit touch none and stand alone."""
    for place, statement in enumerate(workload.transaction):
        if statement is not BROKEN:
            guarded(_fits, statement, (*path, "transaction", place), say)


def _fits(statement: StatementSpec, path: Path_, say: Say) -> None:
    for key in ("modifies", "redo"):
        if not statement.writes and getattr(statement, key):
            say(
                (*path, key),
                f"belongs to writes; a {statement.kind} modifies nothing. Leave it out.",
            )
    kind = kind_of(statement.kind)
    if statement.grows and (kind.does != WRITE or kind.rows < 0):
        say(
            (*path, "grows"),
            f"belongs to inserts and updates; a {statement.kind} takes no space. Leave it out.",
        )
    if statement.frees and kind.rows >= 0:
        say(
            (*path, "frees"), f"belongs to deletes; this {statement.kind} frees none. Leave it out."
        )
    if kind.does == BRACKET:
        if statement.pages:
            say((*path, "pages"), f"belongs to reads and writes; a {statement.kind} touches none.")
        if statement.repeat != 1:
            say((*path, "repeat"), f"is {statement.repeat}; a {statement.kind} stands once.")
    if statement.writes and statement.modifies == 0:
        say((*path, "modifies"), "is 0; a write modifies at least one page.")


def statements_are_bounded(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """A transaction has no more round trips than the rows can number."""
    total = sum(statement.repeat for statement in workload.transaction)
    if total > MAX_STATEMENTS:
        say(
            (*path, "transaction"),
            f"has {total} statements, repeats counted; the most is {MAX_STATEMENTS}.",
        )


CHECKS: tuple[Check, ...] = (
    each_workload(begin_and_commit_pair),
    each_workload(statements_hold_what_fits),
    each_workload(statements_are_bounded),
)
