"""`aurosim replicate`, `aurosim sweep`, `aurosim compare`: many runs, and what they say together.

What is finished is kept at once, so that a command that was stopped, or killed, goes on where it
was when it is given again.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurosim.cli import completion
from aurosim.cli.exit_codes import with_exit_code
from aurosim.cli.options import (
    Confidence,
    Dask,
    Debug,
    Interval,
    Metrics,
    Open,
    Out,
    Overrides,
    OverridesB,
    Plane,
    Replicates,
    Scenario,
    Seed,
    Workers,
    pairs,
)
from aurosim.errors import EXIT_EXPECTATION_FAILED, EXIT_FAULT_OF_OURS, EXIT_INTERRUPTED

if TYPE_CHECKING:
    from aurosim.studies import Study
    from aurosim.study import Plan, Progress

REPLICATES = 20


def replicate(
    scenario: Scenario,
    n: Replicates = REPLICATES,
    seed: Seed = None,
    out: Out = None,
    set_: Overrides = None,
    metric: Metrics = None,
    plane: Plane = "compiled",
    confidence: Confidence = 0.95,
    interval: Interval = "student",
    workers: Workers = None,
    dask: Dask = None,
    open_: Open = False,
    debug: Debug = False,
) -> None:
    """Run a scenario many times, each with its own seed, and tell every number with an interval.

    Leaves with 0 if every `expect:` line held in every replicate, 99 if not,
    1 if a replicate could not be run, 2 if the scenario is wrong, 130 if
    interrupted; the same command then goes on.
    """
    with with_exit_code(debug):
        from aurosim import studies

        def start(report: Callable[[Progress], None], folder: Folder) -> Study:
            return studies.replicate(
                scenario, n, seed=seed, set=pairs(set_), plane=plane, metrics=metric or (),
                confidence=confidence, interval=interval, folder=folder, workers=workers,
                dask=dask, progress=report,
            )  # fmt: skip

        leave(conduct(start, out, plane, open_), judge=True)


def sweep(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="A study file, or a shipped one's name.",
            autocompletion=completion.studies,
        ),
    ],
    replicates: Annotated[
        int | None, typer.Option("-n", "--replicates", help="Instead of the study's own number.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The first seed (default: the study's own).")
    ] = None,
    out: Out = None,
    plane: Plane = "compiled",
    workers: Workers = None,
    dask: Dask = None,
    open_: Open = False,
    debug: Debug = False,
) -> None:
    """Run a study file: one scenario at every point of a grid, with the same seeds at each.

    Leaves with 0, 1 if a replicate could not be run, 2 if the study is
    wrong, 130 if interrupted; the same command then goes on.
    """
    with with_exit_code(debug):
        from aurosim import studies

        def start(report: Callable[[Progress], None], folder: Folder) -> Study:
            return studies.sweep(
                study, replicates=replicates, seed=seed, plane=plane, folder=folder,
                workers=workers, dask=dask, progress=report,
            )  # fmt: skip

        leave(conduct(start, out, plane, open_), judge=False)


def compare(
    a: Scenario,
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]",
            help="The other one (default: A with what --set-b says).",
            autocompletion=completion.scenarios,
        ),
    ] = None,
    n: Replicates = REPLICATES,
    seed: Seed = None,
    out: Out = None,
    set_: Overrides = None,
    set_b: OverridesB = None,
    metric: Metrics = None,
    plane: Plane = "compiled",
    confidence: Confidence = 0.95,
    workers: Workers = None,
    dask: Dask = None,
    open_: Open = False,
    debug: Debug = False,
) -> None:
    """Run two scenarios with the same seeds and tell what B changes, pair by pair.

    Leaves with 0, 1 if a replicate could not be run, 2 if a scenario is
    wrong, 130 if interrupted; the same command then goes on.
    """
    with with_exit_code(debug):
        from aurosim import studies

        def start(report: Callable[[Progress], None], folder: Folder) -> Study:
            return studies.compare(
                a, b, n, seed=seed, set=pairs(set_), set_b=pairs(set_b, "--set-b"), plane=plane,
                metrics=metric or (), confidence=confidence, folder=folder, workers=workers,
                dask=dask, progress=report,
            )  # fmt: skip

        leave(conduct(start, out, plane, open_), judge=False)


Folder = Path | None | Callable[["Plan"], Path]
Start = Callable[[Callable[["Progress"], None], Folder], "Study"]


def conduct(start: Start, out: Path | None, plane: str, open_: bool) -> Study:
    """Run a study with its progress shown, save it, and say what it found."""
    from aurosim.cli import opening, streams, study_tables
    from aurosim.report import load_matplotlib

    load_matplotlib()
    from aurosim.report import progress, study_folder

    progress.announce(plane)
    with progress.study_shown() as report:
        done = start(report, out or study_folder.default_folder)
    folder = done.save()
    with streams.spoken_if_possible(f"The study is {folder / 'study.html'}"):
        study_tables.show(done, folder / "study.html")
    if open_:
        opening.show(folder / "study.html")
    return done


def leave(done: Study, *, judge: bool) -> None:
    """Leave with the code of what happened."""
    if done.interrupted:
        again = shlex.join(["aurosim", *sys.argv[1:]])
        typer.echo(f"interrupted: what is finished is kept, and this goes on: {again}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED)
    if done.failures:
        raise typer.Exit(EXIT_FAULT_OF_OURS)
    if judge and not done.held:
        raise typer.Exit(EXIT_EXPECTATION_FAILED)
