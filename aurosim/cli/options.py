"""The options that several commands share, and how `--set` is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aurosim.errors import UsageError

Scenario = Annotated[
    str, typer.Argument(metavar="FILE_OR_NAME", help="A scenario file, or a shipped one's name.")
]
Replicates = Annotated[
    int, typer.Option("-n", "--replicates", help="Runs of each scenario, each with its seed.")
]
Seed = Annotated[int | None, typer.Option(help="The first seed (default: the scenario's own).")]
Out = Annotated[
    Path | None, typer.Option(help="Folder to keep it in [./reports/<name>-<command>].")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a value; repeatable."),
]
OverridesB = Annotated[
    list[str] | None,
    typer.Option("--set-b", metavar="PATH=VALUE", help="Override a value in B only; repeatable."),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="PATH",
        help="A number, as in `expect:`; repeatable (default: the usual ones).",
    ),
]
Plane = Annotated[str, typer.Option(metavar="compiled|simpy", help="Which data plane runs it.")]
Confidence = Annotated[float, typer.Option(help="How often an interval holds its number.")]
Interval = Annotated[str, typer.Option(metavar="student|bootstrap", help="The interval of means.")]
Workers = Annotated[
    int | None, typer.Option(help="Processes to run it in (default: one for each processor).")
]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run it on a Dask cluster, like tcp://127.0.0.1:8786."),
]
Debug = Annotated[
    bool, typer.Option("--debug", envvar="AUROSIM_DEBUG", help="Show tracebacks of our own faults.")
]


def pairs(texts: list[str] | None, option: str = "--set") -> dict[str, object]:
    """`path=value` texts as a mapping; the value may hold further equal signs."""
    found: dict[str, object] = {}
    for text in texts or []:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise UsageError(f"{option} '{text}' is not PATH=VALUE. Say {option} run.seed=2")
        found[path.strip()] = value.strip()
    return found
