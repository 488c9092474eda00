"""How a command leaves: its exit code, and one honest line about what went wrong.

0 every expectation held, 2 the scenario or the call is wrong, 99 an `expect:` line failed,
130 interrupted, 1 our own fault (with its traceback under `--debug` or AUROSIM_DEBUG=1).
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from aurosim.errors import (
    EXIT_FAULT_OF_OURS,
    EXIT_INTERRUPTED,
    AurosimError,
)


@contextmanager
def door(debug: bool = False) -> Iterator[None]:
    """Turn every way out of a command into its exit code."""
    try:
        yield
        sys.stdout.flush()
    except AurosimError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted: nothing was written", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has gone (`aurosim check x | head`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        typer.echo(blame(error, debug), err=True)
        raise typer.Exit(EXIT_FAULT_OF_OURS) from None


def blame(error: Exception, debug: bool) -> str:
    """The one line of our own faults: what broke, and how to report it."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    again = "the traceback above" if debug else "what the same command prints with --debug"
    return (
        f"aurosim broke ({what}). This is a fault of aurosim, not of your scenario: "
        f"please report it with the scenario and {again}."
    )
