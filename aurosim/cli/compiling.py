"""`aurosim precompile`: what the first run after installing has to do, before a class waits for it.

A small run and its report: so the compiled functions lie in the cache, and matplotlib has looked
for its fonts. What is compiled fits every scenario.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from aurosim.cli import streams
from aurosim.errors import OutputError

QUIET_S = 10.0
"""Seconds of wall time between two lines where the output is no terminal."""


def run() -> None:
    """Compile all that is not compiled yet; say how long it took and where it is kept."""
    from aurosim import api, compiled
    from aurosim.simulation import precompile

    if compiled.CACHE is None:
        raise OutputError(
            "what is compiled cannot be kept: no folder for it is yours alone and can be written. "
            "Set NUMBA_CACHE_DIR (or XDG_CACHE_HOME) to a folder that is; aurosim runs without, "
            "but every process then compiles anew."
        )
    before = kept()
    start_s = time.monotonic()
    with told():
        done = api.run(precompile.SMALL)
        with tempfile.TemporaryDirectory() as scratch:
            done.save(Path(scratch) / "report")
    seconds = time.monotonic() - start_s
    what = "nothing was left to compile: tried" if before == parts() else "compiled"
    with streams.spoken_if_possible(f"What is compiled is kept in {compiled.CACHE}"):
        typer.echo(f"{what} in {seconds:.1f} s; runs now start at once")
        typer.echo(f"kept in {compiled.CACHE}")


def parts() -> int:
    """How many parts there are to compile."""
    from aurosim.simulation import precompile

    return len(precompile.OURS + precompile.THEIRS)


def kept() -> int:
    """How many of them are in the cache."""
    from aurosim import compiled
    from aurosim.simulation import precompile

    return sum(compiled.is_kept(each) for each in precompile.OURS + precompile.THEIRS)


@contextmanager
def told() -> Iterator[None]:
    """How far it is, on stderr: a moving line on a terminal, else a line now and then."""
    start_s = time.monotonic()

    def text() -> str:
        return f"{kept()} of {parts()} parts compiled, {time.monotonic() - start_s:.0f} s"

    if not sys.stderr.isatty():
        with repeated(QUIET_S, lambda: print(text(), file=sys.stderr, flush=True)):
            yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text()) as line, repeated(0.5, lambda: line.update(text())):
        yield


@contextmanager
def repeated(period_s: float, what: Callable[[], None]) -> Iterator[None]:
    """Calls ``what`` every ``period_s`` seconds while the block runs."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(period_s):
            what()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
