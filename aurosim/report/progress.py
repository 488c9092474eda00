"""How far a run is: a moving line on a terminal, a line that changes in a notebook, sparse plain
lines anywhere else. And before it starts or soon after: why it may take long.

It is told on stderr, so that results alone go to stdout. Only here, on the command line and in
provenance does the clock of the wall count.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aurosim.simulation import Progress
    from aurosim.study import Progress as StudyProgress

Report = Callable[["Progress"], None]
StudyReport = Callable[["StudyProgress"], None]

QUIET_S = 10.0
"""Seconds of wall time between two plain lines."""
REDRAW_S = 0.25
"""The same between two changes of a notebook's line."""
TRIAL_S = 1.0
"""Seconds of wall time after which a run's length is estimated."""
LONG_S = 600.0
"""A run that will take longer says so first."""

NS_PER_S = 1_000_000_000


def say(text: str) -> None:
    """A line of its own."""
    print(text, file=sys.stderr, flush=True)


def announce(plane: str) -> None:
    """Say that this run compiles first, if nothing that was compiled before can be loaded."""
    from aurosim import compiled

    entries = ["digest.scan", *(["loop.run"] if plane == "compiled" else [])]
    if not all(compiled.is_kept(entry) for entry in entries):
        say(
            "compiling, once after installing (one to two minutes on a small or busy machine);"
            " later runs start at once"
        )


@contextmanager
def shown() -> Iterator[Report]:
    """A callback for `simulation.run` that shows the progress while the block runs."""
    if sys.stderr.isatty():
        with moving() as report:
            yield report
    else:
        yield warning(plain())


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
    start_s: float | None = None
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, clock="starting", rate="")

        def report(state: Progress) -> None:
            nonlocal start_s
            now_s = time.monotonic()
            if start_s is None:
                start_s = now_s
                bar.reset(task)
            rate = rate_text(state, now_s - start_s)
            bar.update(task, completed=share(state), clock=clock_text(state), rate=rate)

        yield warning(report, bar.console.print)


def plain() -> Report:
    """A line now and then; the time counts from the first look, which is after compiling."""
    start_s: float | None = None
    last_s: float | None = None

    def report(state: Progress) -> None:
        nonlocal start_s, last_s
        now_s = time.monotonic()
        if start_s is None or last_s is None:
            start_s = last_s = now_s
        if now_s - last_s < QUIET_S:
            return
        last_s = now_s
        say(f"{clock_text(state)}, {share(state):.0%}, {rate_text(state, now_s - start_s)}")

    return report


def warning(report: Report, tell: Callable[[str], object] = say) -> Report:
    """``report``, and one line as soon as it is clear that the run will take very long."""
    first: tuple[float, int] | None = None
    judged = False

    def watched(state: Progress) -> None:
        nonlocal first, judged
        if not judged:
            now_s = time.monotonic()
            if first is None:
                first = now_s, state.now_ns
            elif now_s - first[0] >= TRIAL_S and state.now_ns > first[1]:
                judged = True
                per_ns = (now_s - first[0]) / (state.now_ns - first[1])
                left_s = per_ns * (state.end_ns - state.now_ns)
                if left_s > LONG_S:
                    tell(
                        f"this run will take about {left_s / 60:,.0f} minutes at this pace; "
                        "Ctrl-C ends it and keeps what there is"
                    )
        report(state)

    return watched


def in_notebook() -> bool:
    """Whether this is a kernel of Jupyter, which shows what IPython displays."""
    shell = sys.modules.get("IPython")
    found: Any = shell.get_ipython() if shell is not None else None
    return found is not None and hasattr(found, "kernel")


@contextmanager
def cell_line() -> Iterator[Callable[[str], None]]:
    """Says something under the cell in place of what it said before; gone when it is over."""
    from IPython.display import display  # type: ignore[import-not-found,unused-ignore]

    shown_as: Any = display
    handle: Any = shown_as(text_bundle("starting"), raw=True, display_id=True)
    try:
        yield lambda said: handle.update(text_bundle(said), raw=True)
    finally:
        handle.update(text_bundle(""), raw=True)


@contextmanager
def notebook() -> Iterator[Report]:
    """A line under the cell that changes, and is gone when the run is over."""
    start_s = time.monotonic()
    last_s = start_s

    def report(state: Progress) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s < REDRAW_S:
            return
        last_s = now_s
        parts = (
            clock_text(state), f"{share(state):.0%}", rate_text(state, now_s - start_s),
            eta_text(state, now_s - start_s),
        )  # fmt: skip
        tell(", ".join(parts))

    with cell_line() as tell:
        yield warning(report)


def text_bundle(text: str) -> dict[str, str]:
    return {"text/plain": text}


@contextmanager
def study_shown() -> Iterator[StudyReport]:
    """A callback for a study that shows replicates finished, their rate and the time left."""
    if sys.stderr.isatty():
        with study_moving() as report:
            yield report
    else:
        yield study_plain()


@contextmanager
def study_moving() -> Iterator[StudyReport]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.fields[said]}"), BarColumn(), TaskProgressColumn())
    pace = Pace()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, said="starting")

        def report(state: StudyProgress) -> None:
            bar.update(task, total=state.total, completed=state.finished, said=pace.text(state))

        yield report


def study_plain() -> StudyReport:
    """A line now and then, as `plain` for one run; the first one says what was there already."""
    last_s: float | None = None
    pace = Pace()

    def report(state: StudyProgress) -> None:
        nonlocal last_s
        said, now_s = pace.text(state), time.monotonic()
        first = last_s is None
        if first and state.reused:
            say(said)
        if last_s is None:
            last_s = now_s
        if now_s - last_s >= QUIET_S:
            last_s = now_s
            say(said)

    return report


@contextmanager
def study_notebook() -> Iterator[StudyReport]:
    """A line under the cell that changes, and is gone when the study is over."""
    pace = Pace()
    with cell_line() as tell:
        yield lambda state: tell(pace.text(state))


class Pace:
    """How fast a study goes: by what finished since its first new replicate, so that neither the
    start of workers nor what was there already counts."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._first: tuple[float, int] | None = None

    def text(self, state: StudyProgress) -> str:
        """Finished of all, failed if any, the rate, the time left."""
        now_s = time.monotonic()
        if self._before is None:
            self._before = state.finished
        if self._first is None and state.finished > self._before:
            self._first = now_s, state.finished
        parts = [f"{state.finished} of {state.total} replicates"]
        parts += [f"{state.reused} were there already"] if state.reused else []
        parts += [f"{state.failed} FAILED"] if state.failed else []
        if self._first is not None:
            elapsed_s, new = now_s - self._first[0], state.finished - self._first[1]
            if new > 0 and elapsed_s > 0:
                left_s = elapsed_s / new * (state.total - state.finished)
                parts += [f"{new / elapsed_s:.3g} a second", f"ETA {left_s:,.0f} s"]
        return ", ".join(parts)


def share(state: Progress) -> float:
    return min(1.0, state.now_ns / state.end_ns) if state.end_ns else 1.0


def clock_text(state: Progress) -> str:
    return f"{state.now_ns / NS_PER_S:.0f} of {state.end_ns / NS_PER_S:.0f} s simulated"


def rate_text(state: Progress, elapsed_s: float) -> str:
    return f"{state.statements / elapsed_s:,.0f} statements/s" if elapsed_s > 0 else ""


def eta_text(state: Progress, elapsed_s: float) -> str:
    done = share(state)
    return f"ETA {elapsed_s * (1 - done) / done:,.0f} s" if done > 0 else ""
