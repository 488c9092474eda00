"""What a study asks each replicate: numbers of its summary, and questions with yes or no.

A number is a result path, as in `expect:`. The questions are whether each line of `expect:` held
and whether each workload had an outage. The kind decides the interval: a mean, a share of the
replicates (Wilson), or a count of events (exact Poisson).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aurosim.scenario import Names, Scenario, at_least, leaf_of, names_of, resolve

MEAN: Final = "mean"
SHARE: Final = "share"
COUNT: Final = "count"

HELD: Final = "expect: "
HAPPENED: Final = " had an outage"
COUNTED: Final = ".outage.count"

USUAL: Final = (
    "good", "latency.mean", "latency.p99", "availability.requests", "impaired", "outage.total",
    "outage.mean", "outage.count",
)  # fmt: skip
"""What is asked of every workload where the study does not say."""


@dataclass(frozen=True)
class Metric:
    """One question to a replicate. `name` is a result path, or a sentence of the kind `share`."""

    name: str
    unit: str
    kind: str


def questions(scenarios: Sequence[Scenario]) -> list[Metric]:
    """Yes or no, of every replicate: each line of `expect:` held, each workload had an outage."""
    lines = [line.text for each in scenarios for line in each.expect]
    workloads = [name for each in scenarios for name in names_of(each).workloads]
    found = [*(HELD + text for text in lines), *(name + HAPPENED for name in workloads)]
    return [Metric(name, "ratio", SHARE) for name in dict.fromkeys(found)]


def usual(scenarios: Sequence[Scenario]) -> list[str]:
    """The result paths that are asked for where the study says none: load, latency, availability
    and outages of each workload, and whatever a line of `expect:` or `shows:` is about."""
    paths = [
        f"{workload}.{word}"
        for each in scenarios
        for workload in names_of(each).workloads
        for word in USUAL
    ]
    lines = [line.path for each in scenarios for line in (*each.expect, *each.shows)]
    return list(dict.fromkeys([*paths, *lines]))


def number(path: str, scenarios: Iterable[Scenario]) -> Metric:
    """The number that a result path names in at least one of the scenarios.

    Raises ValueError, with the nearest path, where it names none in any of them.
    """
    wrong: ValueError | None = None
    for names in _distinct(scenarios):
        try:
            unit = leaf_of(path, names).unit
        except ValueError as error:
            wrong = wrong or error
        else:
            return Metric(path, unit, COUNT if path.endswith(COUNTED) else MEAN)
    assert wrong is not None, "a study has at least one point"
    raise wrong


def _distinct(scenarios: Iterable[Scenario]) -> Iterator[Names]:
    yield from dict.fromkeys(names_of(each) for each in scenarios)


def value_of(metric: Metric, summary: Mapping[str, Any]) -> float | None:
    """What one replicate answers; 1 for yes, 0 for no; None where its summary has no such thing."""
    if metric.kind != SHARE:
        found = resolve(metric.name, summary)
        return None if found is None else float(found)
    if metric.name.startswith(HELD):
        text = metric.name.removeprefix(HELD)
        held = [line["held"] for line in summary["expect"] if line["text"] == text]
        return float(held[0]) if held else None
    workload = summary["workloads"].get(metric.name.removesuffix(HAPPENED))
    return None if workload is None else float(bool(workload["outages"]))


def cut_off(metric: Metric, summary: Mapping[str, Any]) -> bool:
    """Whether the value is that of an outage which the end of the run cut off."""
    return metric.kind == MEAN and at_least(metric.name, summary)
