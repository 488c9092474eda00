"""`aurosim trace`: one request's way as a table, or as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aurosim import api
from aurosim.cli import streams
from aurosim.report import progress
from aurosim.simulation.tracing import PLANE, RequestTrace

HEADINGS = ("ms after due", "at s", "waited ms", "what happens", "where", "waits for")


def tell(
    scenario: str, request: int | None, at: str | None, workload: str | None,
    overrides: Mapping[str, object], as_json: bool,
) -> bool:  # fmt: skip
    """Run it as far as needed and print the way; returns whether it was interrupted before."""
    resolved = api.load(scenario, overrides)
    progress.announce(PLANE)
    with progress.shown() as report:
        found = api.trace(resolved, request, workload, at=at, progress=report)
    if as_json:
        print(json.dumps(document(found), indent=2, sort_keys=True))
    else:
        show(found)
    return found.partial


def show(found: RequestTrace) -> None:
    """The table, under a line that says which request it is and how it ended."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), header_style="bold")
    for heading in HEADINGS:
        number = heading.split()[-1] in ("due", "s", "ms")
        table.add_column(heading, justify="right" if number else "left", no_wrap=number)
    for line in found.records():
        cells = (
            f"{line['since_due_ms']:,.3f}", f"{line['at_s']:.6f}", f"{line['waited_ms']:,.3f}",
            line["event"], line["where"], line["waits_for"],
        )  # fmt: skip
        table.add_row(*map(Text, cells))
    console = streams.console()
    console.print(Text(found.title), style="bold")
    console.print(table)


def document(found: RequestTrace) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "schema_version": 1,
        "scenario": found.scenario,
        "seed": found.seed,
        "workload": found.workload,
        "request": found.request,
        "due_ns": found.due_ns,
        "end_ns": found.end_ns,
        "outcome": found.outcome,
        "good": found.good,
        "partial": found.partial,
        "lines": found.records(),
    }
