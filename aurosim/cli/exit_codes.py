"""How a command leaves: its exit code, and one honest line about what went wrong.

0 every promise was kept, 2 the scenario or the call is wrong, 99 an `expect:` line failed,
130 interrupted by Ctrl-C (143 by SIGTERM), 1 our own fault (with its traceback under `--debug` or
AUROSIM_DEBUG=1).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from aurosim import interruption
from aurosim.cli import streams
from aurosim.errors import (
    EXIT_EXPECTATION_FAILED,
    EXIT_FAULT_OF_OURS,
    EXIT_INTERRUPTED,
    EXIT_OK,
    AurosimError,
)

UNDISTURBED = (EXIT_OK, EXIT_EXPECTATION_FAILED, EXIT_INTERRUPTED)
"""What a command says of its own accord; a signal that it was stopped by says more."""


@contextmanager
def with_exit_code(debug: bool = False) -> Iterator[None]:
    """Turn every way out of a command into its exit code."""
    with interruption.listening() as asked:
        try:
            with streams.spoken():
                yield
        except AurosimError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo(interruption.NOTHING_WRITTEN, err=True)
            code = interruption.exit_code(asked.signal) if asked else EXIT_INTERRUPTED
            raise typer.Exit(code) from None
        except typer.Exit as leaving:
            if asked and leaving.exit_code in UNDISTURBED:
                raise typer.Exit(interruption.exit_code(asked.signal)) from None
            raise
        except Exception as error:
            if debug:
                traceback.print_exc()
            typer.echo(blame(error, debug), err=True)
            raise typer.Exit(EXIT_FAULT_OF_OURS) from None
        if asked:
            raise typer.Exit(interruption.exit_code(asked.signal))


def blame(error: Exception, debug: bool) -> str:
    """The one line of our own faults: what broke, and how to report it."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    again = "the traceback above" if debug else "what the same command prints with --debug"
    return (
        f"aurosim broke ({what}). This is a fault of aurosim, not of your scenario: "
        f"please report it with the scenario and {again}."
    )
