"""The planner's, the engineer's and the teacher's page: short, and their commands
name what there is (that they run: test_typed)."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from aurosim import api
from aurosim import scenario as language
from aurosim.scenario import expect

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("planner", "engineer", "teacher")
LINES_OF_A_SCREEN = 45
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

every = pytest.mark.parametrize("page", PAGES)


def text(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def commands(page: str) -> list[list[str]]:
    """The page's command lines, split as a shell would."""
    lines = [line for block in COMMANDS.findall(text(page)) for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


@every
def test_it_is_shorter_than_two_screens(page: str) -> None:
    assert len(text(page).splitlines()) < 2 * LINES_OF_A_SCREEN


@every
def test_it_ends_in_a_command_that_works(page: str) -> None:
    """That every one of them works, as typed and in their order, is shown in test_typed."""
    assert text(page).endswith("```\n")
    assert commands(page)[-1][:2] == ["aurosim", "run"]


@every
def test_every_command_is_one_and_names_what_there_is(page: str) -> None:
    for program, command, *rest in commands(page):
        assert program == "aurosim"
        assert command in {"run", "new", "list", "trace"}
        if command in {"run", "trace"}:
            changes = [rest[k + 1] for k, word in enumerate(rest) if word == "--set"]
            overrides = dict(change.split("=", 1) for change in changes)
            assert api.check(api.load(rest[0]), set=overrides) == []
        elif command == "new":
            assert rest[rest.index("--from") + 1] in api.shipped()


@every
def test_every_scenario_in_its_table_is_shipped(page: str) -> None:
    rows = [line for line in text(page).splitlines() if line.startswith("| ") and "`" in line]
    named = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row)]
    assert len(named) >= 4
    assert [name for name in named if name not in api.shipped()] == []


def test_the_planners_lines_on_peaks_hold_where_its_scenario_is_run() -> None:
    """The promises on the page are of the scenario that it begins with, and name numbers of it."""
    (block,) = re.findall(r"^```yaml\nexpect:\n(.*?)^```$", text("planner"), re.M | re.S)
    lines = [line.split("#")[0].strip(" -\n") for line in block.splitlines()]
    assert {"cpu_busiest", "connections_max"} <= {line.split()[0].split(".")[-1] for line in lines}
    chosen = api.load("how-many-readers")
    names = language.names_of(chosen)
    summary = api.run(chosen).summary
    for line in lines:
        claim = expect.parsed(line)
        unit = language.leaf_of(claim.path, names).unit
        assert claim.holds(language.resolve(claim.path, summary), unit), line
