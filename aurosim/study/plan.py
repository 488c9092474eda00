"""What a study will run: its points, its seeds, and what it asks each replicate.

Every point meets the same seeds. Draws belong to decisions and not to the program
(docs/decisions/0003-keyed-randomness.md), so points with the same workloads meet the same traffic
and the same luck, and what differs between them is their own doing: common random numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, SupportsIndex

from aurosim.errors import UsageError
from aurosim.scenario import Scenario
from aurosim.study import metrics
from aurosim.study.metrics import Metric
from aurosim.study.statistics import INTERVALS, STUDENT

MAX_REPLICATES: Final = 10_000
MAX_POINTS: Final = 1_000
MAX_RUNS: Final = 50_000
MAX_METRICS: Final = 100
MAX_SEED: Final = 2**63
LEAST_CONFIDENCE: Final = 0.5
MOST_CONFIDENCE: Final = 0.9999

REPLICATE: Final = "replicate"
SWEEP: Final = "sweep"
COMPARE: Final = "compare"


@dataclass(frozen=True)
class Point:
    """One scenario of a study. `settings` is what was varied to get it, path and value as text;
    `about` says what it is where the label alone does not."""

    label: str
    scenario: Scenario
    settings: tuple[tuple[str, str], ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Plan:
    """A study before it runs: points in their order, the seeds that each of them meets."""

    kind: str
    name: str
    points: tuple[Point, ...]
    seeds: tuple[int, ...]
    metrics: tuple[Metric, ...]
    plane: str = "kernel"
    confidence: float = 0.95
    interval: str = STUDENT
    question: str | None = None
    varied: tuple[str, ...] = field(default=())

    @property
    def runs(self) -> int:
        """How many replicates there are in all."""
        return len(self.points) * len(self.seeds)

    @property
    def same_traffic(self) -> bool:
        """Whether every point has the same workloads, as far as arrivals and what a request does
        go: then the same seed is the same traffic and the same luck, else only the same seed."""
        first = _traffic(self.points[0].scenario)
        return all(_traffic(point.scenario) == first for point in self.points[1:])

    def replicates(self) -> Iterator[tuple[int, int]]:
        """Each replicate as (number of its point, its seed), seed by seed: so a study that is
        stopped has met every point about equally often."""
        for seed in self.seeds:
            for number in range(len(self.points)):
                yield number, seed


def _traffic(scenario: Scenario) -> dict[str, tuple[object, ...]]:
    return {
        each.name: (
            each.arrivals, each.connections, each.think_time, each.transaction, each.data,
            scenario.traces.get(each.name),
        )
        for each in scenario.workload
    }  # fmt: skip


def whole(value: object, what: str) -> int:
    """The value as a whole number. Raises UsageError where it is none."""
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        return operator.index(value)
    raise UsageError(f"{what}: {str(value)[:80]!r} is no whole number, like 20.")


def seeds_from(first: int, replicates: int) -> tuple[int, ...]:
    """The seeds of a study. Raises UsageError where there are too many or too few."""
    if not 1 <= replicates <= MAX_REPLICATES:
        raise UsageError(f"{replicates} replicates: a study has 1 to {MAX_REPLICATES} a point.")
    if first < 0 or first + replicates > MAX_SEED:
        raise UsageError(f"seeds from {first}: seeds lie between 0 and 2^63.")
    return tuple(range(first, first + replicates))


def refuse_if_too_large(points: int, replicates: int) -> None:
    """Raise UsageError for more runs than a study may have."""
    if points * replicates > MAX_RUNS:
        raise UsageError(
            f"{points} points of {replicates} replicates are {points * replicates} runs; the most "
            f"is {MAX_RUNS}. Vary less, or say fewer replicates."
        )


def make(
    kind: str,
    name: str,
    points: Sequence[Point],
    *,
    replicates: int,
    seed: int,
    paths: Sequence[str] = (),
    plane: str = "kernel",
    confidence: float = 0.95,
    interval: str = STUDENT,
    question: str | None = None,
) -> Plan:
    """The plan of a study whose numbers are `paths` (the usual ones where there are none).

    Raises UsageError for what cannot be asked for.
    """
    replicates, seed = whole(replicates, "replicates"), whole(seed, "the first seed")
    if isinstance(paths, str):
        raise UsageError(f"metrics is a list of paths, not a text: say metrics=[{paths[:80]!r}].")
    refuse_if_too_large(len(points), replicates)
    if not LEAST_CONFIDENCE <= confidence <= MOST_CONFIDENCE:
        raise UsageError(
            f"a confidence of {confidence:g}: it lies between {LEAST_CONFIDENCE:g} and "
            f"{MOST_CONFIDENCE:g}, mostly 0.95 (95 %)."
        )
    if interval not in INTERVALS:
        raise UsageError(f"There is no interval '{interval}'. Intervals: {', '.join(INTERVALS)}.")
    if len(paths) > MAX_METRICS:
        raise UsageError(f"{len(paths)} metrics; the most is {MAX_METRICS}.")
    scenarios = [point.scenario for point in points]
    try:
        asked = list(dict.fromkeys(paths)) or metrics.usual(scenarios)
        numbers = [metrics.number(path, scenarios) for path in asked]
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Plan(
        kind, name, tuple(points), seeds_from(seed, replicates),
        (*metrics.questions(scenarios), *numbers),
        plane, confidence, interval, question,
        tuple(dict.fromkeys(path for point in points for path, _ in point.settings)),
    )  # fmt: skip
