"""How far a run is, on stderr: a moving line on a terminal, sparse plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aurosim.simulation import Progress

Report = Callable[["Progress"], None]

QUIET_S = 10.0
"""Seconds of wall time between two plain lines."""

NS_PER_S = 1_000_000_000


@contextmanager
def shown() -> Iterator[Report]:
    """A callback for `simulation.run` that shows the progress while the block runs."""
    if sys.stderr.isatty():
        with moving() as report:
            yield report
    else:
        yield plain()


@contextmanager
def moving() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.fields[clock]}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    start_s = time.monotonic()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, clock="starting (a first run compiles)", rate="")

        def report(state: Progress) -> None:
            rate = rate_text(state, time.monotonic() - start_s)
            bar.update(task, completed=share(state), clock=clock_text(state), rate=rate)

        yield report


def plain() -> Report:
    start_s = time.monotonic()
    last_s = start_s

    def report(state: Progress) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s < QUIET_S:
            return
        last_s = now_s
        line = f"{clock_text(state)}, {share(state):.0%}, {rate_text(state, now_s - start_s)}"
        print(line, file=sys.stderr, flush=True)

    return report


def share(state: Progress) -> float:
    return min(1.0, state.now_ns / state.end_ns) if state.end_ns else 1.0


def clock_text(state: Progress) -> str:
    return f"{state.now_ns / NS_PER_S:.0f} of {state.end_ns / NS_PER_S:.0f} s simulated"


def rate_text(state: Progress, elapsed_s: float) -> str:
    return f"{state.statements / elapsed_s:,.0f} statements/s" if elapsed_s > 0 else ""
