"""`aurosim list`: the shipped scenarios by kind, and studies, each with the question it answers.

Behind the question stands `(--cure)` where the scenario names one.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aurosim.cli import streams
from aurosim.scenario import load
from aurosim.scenario.reading import read, read_file
from aurosim.scenario.shipped import shipped
from aurosim.study.shipped import shipped as studies


def show() -> None:
    console = streams.console()
    for kind, members in groupby(shipped().items(), key=lambda item: item[1].parent.name):
        show_kind(console, kind, [(name, question_and_cure(path)) for name, path in members])
    # What a study asks stands in its file: to plan one would load a scenario for every point.
    asked = [(name, question_of(path)) for name, path in studies().items()]
    show_kind(console, "studies (aurosim sweep NAME)", asked)


def show_kind(console: Console, kind: str, asked: list[tuple[str, str | None]]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, question in asked:
        table.add_row(Text(f"  {name}", style="cyan"), Text(" ".join((question or "").split())))
    console.print(Text(kind, style="bold"))
    console.print(table)


def question_and_cure(path: Path) -> str:
    """What a scenario asks, and whether it names a cure."""
    scenario = load(path)
    return f"{scenario.question or ''}{' (--cure)' if scenario.cure else ''}"


def question_of(study: Path) -> str | None:
    name, content = read_file(study)
    tree = read(content, name).tree
    return str(tree["question"]) if isinstance(tree, dict) and "question" in tree else None
