"""The command line: `aurosim run | replicate | sweep | compare | check | schema | list | new |
precompile | bench`.

`aurosim --help` must answer at once, so that this module loads neither the simulator nor a number
library; each command fetches what it needs when it is called.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from aurosim import __version__
from aurosim.cli import completion, streams, study
from aurosim.cli.exit_codes import with_exit_code
from aurosim.cli.options import Debug, Open, Overrides, Plane, Scenario, pairs
from aurosim.errors import EXIT_EXPECTATION_FAILED, EXIT_INTERRUPTED, OutputError

app = typer.Typer(
    name="aurosim",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate an Amazon Aurora cluster: what users see when things go wrong, and why.",
)


def main() -> None:
    """Run the command line and leave with its exit code."""
    # What a command loads stays to its end: to look through it for garbage again and again is a
    # twentieth of a run with its page.
    gc.set_threshold(100_000, 20, 20)
    streams.mend()
    code: str | int | None = 0
    try:
        with streams.spoken():
            try:
                app()
            except SystemExit as leaving:
                code = leaving.code
    except OutputError as error:  # `--help` and the like, which are no command's
        print(error, file=sys.stderr)
        code = error.exit_code
    sys.exit(code)


def show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aurosim {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=show_version, help="Show the version."),
    ] = False,
) -> None:
    """What stands before every command; `--version` has answered by itself."""


@app.command()
def run(
    scenario: Scenario,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own seed.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the report [./reports/<name>-seed<N>, and what was set]."),
    ] = None,
    plane: Plane = "compiled",
    set_: Overrides = None,
    cure: Annotated[
        bool, typer.Option("--cure", help="With every cure that the scenario names in place.")
    ] = False,
    cure_only: Annotated[
        int | None, typer.Option("--cure-only", metavar="N", help="With its Nth cure in place.")
    ] = None,
    open_: Open = False,
    debug: Debug = False,
) -> None:
    """Run a scenario, write its report and say what happened.

    Leaves with 0 if every `expect:` line held, 99 if one failed, 2 if the scenario is wrong,
    130 if interrupted (what there is so far is written).
    """
    with with_exit_code(debug):
        from aurosim import api
        from aurosim.cli import opening, summary
        from aurosim.report import progress
        from aurosim.report.folder import default_folder, refuse_if_not_ours

        overrides = pairs(set_)
        if seed is not None:
            overrides["run.seed"] = seed
        resolved = api.load(scenario, overrides, cure=cure if cure_only is None else cure_only)
        folder = out or default_folder(resolved)
        # Before the run, not after it: a folder that may not be written is known now.
        refuse_if_not_ours(folder)
        progress.announce(plane)
        with progress.shown() as report:
            done = api.run(resolved, plane=plane, progress=report)
        try:
            done.save(folder)
        except OutputError:  # a disk that is full, say: the answers need none
            summary.show(done.summary, None, resolved)
            raise
        with streams.spoken_if_possible(f"The report is {folder / 'report.html'}"):
            summary.show(done.summary, folder / "report.html", resolved)
        if open_:
            opening.show(folder / "report.html")
        if done.partial:
            raise typer.Exit(EXIT_INTERRUPTED)
        if not done.held:
            raise typer.Exit(EXIT_EXPECTATION_FAILED)


app.command()(study.replicate)
app.command()(study.sweep)
app.command()(study.compare)


@app.command()
def check(scenario: Scenario, set_: Overrides = None, debug: Debug = False) -> None:
    """Say everything that is wrong with a scenario, or print it fully resolved.

    Below it, as comments: how many connections each instance accepts.
    """
    with with_exit_code(debug):
        from aurosim import api
        from aurosim.cli import resolved

        typer.echo(resolved.text(api.load(scenario, pairs(set_))), nl=False)


@app.command()
def schema(debug: Debug = False) -> None:
    """Print the JSON Schema of scenarios, for editors."""
    with with_exit_code(debug):
        import json

        from aurosim import scenario as language

        typer.echo(json.dumps(language.json_schema(), indent=2, sort_keys=True))


@app.command(name="list")
def list_(debug: Debug = False) -> None:
    """List the shipped scenarios with the question each answers."""
    with with_exit_code(debug):
        from aurosim.cli import catalogue

        catalogue.show()


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario; writes NAME.yaml here.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SHIPPED",
            help="Start from a shipped one.",
            autocompletion=completion.scenarios,
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write a commented scenario to edit, and the schema by which editors help with it.

    Never overwrites a file of yours.
    """
    with with_exit_code(debug):
        from aurosim.cli import beginning

        path = beginning.write(name, source)
        with streams.spoken_if_possible(f"{path} is written"):
            typer.echo(
                f"{path} is yours to edit ({beginning.SCHEMA} beside it tells editors what it may "
                f"say). Then: aurosim run {path}"
            )


@app.command()
def precompile(debug: Debug = False) -> None:
    """Compile what the first run would compile, before a class begins."""
    with with_exit_code(debug):
        from aurosim.cli import compiling

        compiling.run()


@app.command()
def trace(
    scenario: Scenario,
    request: Annotated[
        int | None,
        typer.Option("--request", metavar="N", help="The N-th that falls due, from 1."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Instead: the first due then or later, like 40.2s."),
    ] = None,
    workload: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose request, if there are several.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own seed.")] = None,
    set_: Overrides = None,
    json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    debug: Debug = False,
) -> None:
    """Tell one request's way, event by event: when, what, where, and what it waits for.

    The scenario runs on SimPy until that request has ended; nothing is written to a folder.
    """
    with with_exit_code(debug):
        from aurosim.cli import tracing

        overrides = pairs(set_)
        if seed is not None:
            overrides["run.seed"] = seed
        if tracing.tell(scenario, request, at, workload, overrides, json):
            raise typer.Exit(EXIT_INTERRUPTED)


@app.command(name="bench")
def bench_(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE_OR_NAME]...", help="What to run [two worlds of its own]."),
    ] = None,
    plane: Plane = "compiled",
    seconds: Annotated[float, typer.Option(help="Wall time for each, at most.")] = 10.0,
    json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    debug: Debug = False,
) -> None:
    """Measure how fast a data plane is on this machine."""
    with with_exit_code(debug):
        from aurosim.cli import bench

        bench.run(scenarios or [], plane, seconds, json)
