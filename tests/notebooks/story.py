"""What a notebook is made of: its code in long and in short form, and the code of its answers.

A line `duration = "60 s"  # short: "15 s"` has two values: readers run the first, tests the second.
An answer's code stands in its `<details>`, so that nobody sees it before they have tried. A cell
that compares is a claim: its value has to be True.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

SHORT = re.compile(r"^(\w+) = (.+?) +# short: (.+)$", re.MULTILINE)
ANSWER = re.compile(r"<details>\n<summary>Answer</summary>\n(.*?)</details>", re.DOTALL)
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def shortened(source: str) -> str:
    """The code with the second value where it has two."""
    return SHORT.sub(r"\1 = \3", source)


def code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def exercises(notebook: NotebookNode) -> list[str]:
    """The text of each exercise, its answer included."""
    _, *after = re.split(r"^## Exercises$", prose(notebook), flags=re.MULTILINE)
    return re.split(r"^### ", after[0], flags=re.MULTILINE)[1:] if after else []


def answers(notebook: NotebookNode) -> list[str]:
    """The code of all answers, in their order."""
    return [block for each in ANSWER.findall(prose(notebook)) for block in CODE.findall(each)]
