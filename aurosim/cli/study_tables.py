"""The end of a study on the terminal: numbers with their intervals, or differences in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from aurosim.cli import streams
from aurosim.cli.summary import titled
from aurosim.report import study_lines
from aurosim.study import words

if TYPE_CHECKING:
    from aurosim.studies import Study

MOST_ROWS = 80
MOST_FAILURES = 5


def show(done: Study, page: Path) -> None:
    """Print what a study found, what it could not, and the path of its page."""
    console = streams.console()
    ran, tables = done._ran, done._tables
    console.print(Text(study_lines.title(ran), style="bold"))
    if ran.plan.question:
        console.print(Text(ran.plan.question, style="italic"))
    table = differences(done) if tables.differences is not None else estimates(done)
    console.print(table)
    for line in study_lines.remarks(ran, tables):
        console.print(Text(line, style="dim"))
    for spoiled in ran.store.spoiled[:MOST_FAILURES]:
        typer.echo(f"replicates/{spoiled} was not whole and was made anew", err=True)
    for failure in done.failures[:MOST_FAILURES]:
        said = f"FAILED: {failure['point']}, seed {failure['seed']}: {failure['error']}"
        typer.echo(f"{said}\n  alone: {failure['command']}", err=True)
    if len(done.failures) > MOST_FAILURES:
        typer.echo(f"and {len(done.failures) - MOST_FAILURES} more: provenance.json", err=True)
    # A path must survive being copied: never wrapped, never coloured.
    typer.echo(f"study: {page}")


def estimates(done: Study) -> Table:
    """A row for each metric, under a line for each point where there are several."""
    ran = done._ran
    confidence = words.percent(ran.plan.confidence)
    table = titled("metric", "estimate", f"{confidence} interval", "")
    table.columns[0].no_wrap = False
    table.columns[-1].justify = "left"
    from_top(table)
    rows = list(study_lines.rows(ran, done._tables))
    for point, metric, value, ends, note in rows[:MOST_ROWS]:
        if point:
            table.add_row(Text(point, style="bold"))
        table.add_row(Text(metric), value, ends, Text(note, style="dim"))
    if len(rows) > MOST_ROWS:
        table.add_row(f"... and {len(rows) - MOST_ROWS} more: estimates.csv")
    return table


def differences(done: Study) -> Table:
    """A row for each metric: A, B, and what B changes in words."""
    table = titled("metric", "A", "B", "what B changes")
    table.columns[0].no_wrap = False
    table.columns[-1].justify = "left"
    from_top(table)
    for row in study_lines.difference_rows(done._tables):
        a, b = (words.plain(row[side], row["unit"]) for side in ("a", "b"))
        table.add_row(Text(row["metric"]), a, b, Text(row["words"]))
    return table


def from_top(table: Table) -> None:
    """A cell that wraps begins on the line of its row."""
    for column in table.columns:
        column.vertical = "top"
