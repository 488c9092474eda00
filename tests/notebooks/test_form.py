"""A notebook asks, lets predict, shows, and lets try; there is no logic in it and no output."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import story

LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.AsyncFor,
    ast.While, ast.If, ast.IfExp, ast.Try, ast.With, ast.Match, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.Assert,
)  # fmt: skip
MODULES = {"aurosim", "aurosim.simpy_model", "pandas"}

every = pytest.mark.parametrize("path", story.NOTEBOOKS, ids=lambda path: path.stem)


def logic(source: str) -> list[str]:
    """What is more than calling, naming and showing, and modules that are not the reader's."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, LOGIC):
            found.append(type(node).__name__)
        elif isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name not in MODULES]
        elif isinstance(node, ast.ImportFrom):
            found.append(str(node.module))
    return found


def test_there_are_notebooks_and_all_are_in_the_index() -> None:
    assert len(story.NOTEBOOKS) >= 5
    index = (story.FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in story.NOTEBOOKS if f"({path.name})" not in index] == []


@every
def test_it_is_a_good_notebook_for_any_python(path: Path) -> None:
    notebook = story.read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    # versions of one machine would change with each save
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    """Ids of cells that carry what a run has left in them."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell.id for cell in cells if cell.outputs or cell.execution_count or cell.metadata]


@every
def test_it_holds_no_outputs(path: Path) -> None:
    said = f"run: jupyter nbconvert --clear-output --inplace notebooks/{path.name}"
    assert printed(story.read(path)) == [], said


def test_an_output_is_seen() -> None:
    notebook = story.read(story.NOTEBOOKS[0])
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.execution_count = 3
    assert printed(notebook) == [cell.id]


@every
def test_there_is_no_logic_in_it(path: Path) -> None:
    notebook = story.read(path)
    assert [found for each in story.code(notebook) for found in logic(each)] == []
    assert [found for each in story.answers(notebook) for found in logic(each)] == []


def test_logic_is_seen() -> None:
    assert logic("[x for x in y]\nf = lambda: 1\nimport os, pandas as pd") == [
        "os", "ListComp", "Lambda",
    ]  # fmt: skip


TEXT_WORK = {"read_text", "write_text", "replace", "format", "join", "sub"}


def patches(source: str) -> list[str]:
    """Calls that change a scenario's text: `aurosim.load(x, set={...})` changes it by path."""
    called = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [one.attr for one in called if isinstance(one, ast.Attribute)]
    return [name for name in names if name in TEXT_WORK]


@every
def test_it_patches_no_text(path: Path) -> None:
    notebook = story.read(path)
    assert [p for each in story.code(notebook) for p in patches(each)] == []
    assert [p for each in story.answers(notebook) for p in patches(each)] == []


def test_a_patched_text_is_seen() -> None:
    assert patches("bad = path.read_text().replace('a', 'b') + 'faults: []'") == [
        "replace", "read_text",
    ]  # fmt: skip


@every
def test_its_code_fits_a_screen_without_scrolling(path: Path) -> None:
    notebook = story.read(path)
    lines = "\n".join([*story.code(notebook), *story.answers(notebook)]).splitlines()
    assert [line for line in lines if len(line) > 88] == []


@every
def test_it_asks_first_and_lets_predict_before_anything_is_shown(path: Path) -> None:
    first, second, *_ = story.read(path).cells
    assert first.source.startswith(f"# {int(path.name[:2])}. ")
    (question,) = re.findall(r"^\*\*Question\.\*\* (.+)$", first.source, re.MULTILINE)
    assert question.endswith("?")
    _, prediction = first.source.split("**Predict first.**")
    assert len(re.findall(r"^(?:- |\| \w)", prediction, re.MULTILINE)) >= 3
    assert second.cell_type == "markdown" and second.source.startswith("*My prediction")


@every
def test_each_exercise_has_its_answer_and_no_answer_is_in_sight(path: Path) -> None:
    exercises = story.exercises(story.read(path))
    assert len(exercises) >= 3
    for exercise in exercises:
        (answer,) = story.ANSWER.findall(exercise)
        asked = story.ANSWER.sub("", exercise)
        assert "?" in asked and "<" not in asked
        assert len(story.CODE.sub("", answer).strip()) > 60
        assert story.CODE.findall(answer) != [], "an answer can be run"


@every
def test_it_has_a_short_form(path: Path) -> None:
    code = "\n".join(story.code(story.read(path)))
    assert len(story.SHORT.findall(code)) >= 1
    assert story.shortened(code) != code
