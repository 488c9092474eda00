"""The options that several commands of studies share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aurosim.cli import completion


def share(text: str | float) -> float:
    """A share as the language reads it: `95 %`, or a number with a point."""
    from aurosim.scenario.scalars import plain_scalar
    from aurosim.units import ratio

    try:
        return ratio(plain_scalar(text) if isinstance(text, str) else text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Scenario = Annotated[
    str,
    typer.Argument(
        metavar="FILE_OR_NAME",
        help="A scenario file, or a shipped one's name.",
        autocompletion=completion.scenarios,
    ),
]
Replicates = Annotated[
    int, typer.Option("-n", "--replicates", help="Runs of each scenario, each with its seed.")
]
Seed = Annotated[int | None, typer.Option(help="The first seed (default: the scenario's own).")]
Out = Annotated[
    Path | None, typer.Option(help="Folder to keep it in [./reports/<name>-<command>].")
]
Open = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]
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
Plane = Annotated[str, typer.Option(metavar="kernel|reference", help="Which data plane runs it.")]
Confidence = Annotated[
    float,
    typer.Option(parser=share, metavar="SHARE", help="How often an interval holds its number."),
]
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
