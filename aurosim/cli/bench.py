"""`aurosim bench`: how fast a data plane is on this machine, every metric of a normal run on.

Each scenario runs until its end or until its share of wall time is used up, whichever is first, so
the same world measures a slow plane and a fast one. A short run before it compiles what must be and
is reported as the start. Compare figures of one call only: machines are noisy.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurosim import api
from aurosim.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from aurosim.scenario import Scenario
    from aurosim.simulation import Progress

WORLDS = {
    path.stem: path for path in sorted(Path(__file__).with_name("worlds").glob("*.yaml"))
}
"""What is measured where no file is named."""

NS_PER_S = 1_000_000_000
KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Figures:
    """What a scenario's run says of a plane's speed; times of the wall unless simulated."""

    scenario: str
    plane: str
    statements_per_s: float
    events_per_s: float
    simulated_s_per_s: float
    peak_memory_bytes: int  # of this process, so far
    simulated_s: float
    wall_s: float
    cpu_s: float  # of this process within wall_s: less where others use the machine
    start_s: float  # to the first event: building and, at the first scenario, loading or compiling


class Count:
    """A sink that counts statements, and a callback that ends the run in time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.statements = 0
        self.first_s: float | None = None
        self.last_s = 0.0
        self.first_cpu_s = self.last_cpu_s = 0.0
        self.last: Progress | None = None

    def rows(self, block: npt.NDArray[np.void]) -> None:
        from aurosim.dataplane.contract import NO_STATEMENT

        self.statements += int((block["statement"] < NO_STATEMENT).sum())

    def report(self, state: Progress) -> None:
        self.last = state
        self.last_s, self.last_cpu_s = time.perf_counter(), time.process_time()
        if self.first_s is None:
            self.first_s, self.first_cpu_s = self.last_s, self.last_cpu_s
        elif self.last_s - self.first_s >= self.seconds:
            raise KeyboardInterrupt  # which ends a run where its books are in order


def measure(scenario: Scenario, plane: str, seconds: float) -> Figures:
    """Run ``scenario`` for at most ``seconds`` of wall time and return what that says."""
    from aurosim import simulation

    count = Count(seconds)
    start_s = time.perf_counter()
    simulation.run(scenario, plane=plane, progress=count.report, rows=count.rows)
    assert count.first_s is not None and count.last is not None
    wall_s = max(count.last_s - count.first_s, 1e-9)
    simulated_s = count.last.now_ns / NS_PER_S
    return Figures(
        scenario=scenario.name,
        plane=plane,
        statements_per_s=count.statements / wall_s,
        events_per_s=count.last.events / wall_s,
        simulated_s_per_s=simulated_s / wall_s,
        peak_memory_bytes=peak_memory_bytes(),
        simulated_s=simulated_s,
        wall_s=wall_s,
        cpu_s=count.last_cpu_s - count.first_cpu_s,
        start_s=count.first_s - start_s,
    )


def peak_memory_bytes() -> int:
    """The most memory this process has had resident; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * KIB)


def run(sources: Iterable[str], plane: str, seconds: float, as_json: bool) -> None:
    """Measure every scenario of ``sources`` and print a line each, or one JSON document."""
    if seconds <= 0:
        raise UsageError(f"--seconds {seconds:g} is no time to measure in. Say --seconds 10")
    scenarios = [api.load(source) for source in sources or map(str, WORLDS.values())]
    figures = []
    if not as_json:
        print(line(HEADINGS))
    for scenario in scenarios:
        found = measure(scenario, plane, seconds)
        figures.append(found)
        if not as_json:
            print(line(cells(found)), flush=True)
    if as_json:
        print(json.dumps(document(figures), indent=2, sort_keys=True))


HEADINGS = (
    "scenario", "plane", "statements/s", "events/s", "simulated s/s", "peak MiB", "start s"
)  # fmt: skip
WIDTHS = (28, 9, 13, 13, 13, 9, 8)


def cells(of: Figures) -> tuple[str, ...]:
    """A line of the table."""
    return (
        of.scenario, of.plane, f"{of.statements_per_s:,.0f}", f"{of.events_per_s:,.0f}",
        f"{of.simulated_s_per_s:.3g}", f"{of.peak_memory_bytes / MIB:.0f}", f"{of.start_s:.1f}",
    )  # fmt: skip


def line(texts: tuple[str, ...]) -> str:
    left, right = texts[:2], texts[2:]
    return " ".join(
        [f"{text:<{width}}" for text, width in zip(left, WIDTHS, strict=False)]
        + [f"{text:>{width}}" for text, width in zip(right, WIDTHS[2:], strict=True)]
    )


def document(figures: list[Figures]) -> dict[str, Any]:
    """What `--json` prints."""
    return {"schema_version": 1, "runs": [asdict(each) for each in figures]}
