"""The tables of a study: every answer of every replicate, and what they say together.

Rows stand in the order of points, metrics and seeds, whatever finished first. A value that a
replicate does not have (`null` in its summary) is a row without a value and is counted beside each
estimate that had to do without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aurosim.metrics.columns import Columns, columns
from aurosim.study import plan as plans
from aurosim.study import statistics, words
from aurosim.study.metrics import COUNT, SHARE, Metric
from aurosim.study.running import Ran
from aurosim.study.statistics import Difference, Interval

CUT = "not over at the end of the run: a lower bound"
ESTIMATES = (
    "metric", "unit", "kind", "replicates", "nulls", "estimate", "low", "high", "confidence",
    "method", "sd", "note",
)  # fmt: skip
DIFFERENCES = (
    "metric", "unit", "kind", "pairs", "dropped", "a", "b", "difference", "low", "high",
    "confidence", "method", "correlation", "variance_ratio", "words", "note",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tables:
    """`replicates`: a row for each replicate, point and metric. `estimates`: a row for each point
    and metric. `differences`: of a comparison, a row for each metric, B minus A; else None."""

    replicates: Columns
    estimates: Columns
    differences: Columns | None


def tabulate(ran: Ran) -> Tables:
    """The tables of what there is."""
    compared = ran.plan.kind == plans.COMPARE
    return Tables(replicates(ran), estimates(ran), differences(ran) if compared else None)


def replicates(ran: Ran) -> Columns:
    """Columns: `point`, one for each path that varies, `seed`, `metric`, `unit`, `value`."""
    plan, rows = ran.plan, []
    for number, head in enumerate(_heads(ran)):
        for place, metric in enumerate(plan.metrics):
            for seed in plan.seeds:
                if (number, seed) in ran.answers:
                    value = ran.answers[number, seed][place]
                    rows.append((*head, seed, metric.name, metric.unit, value))
    return columns([*_varied(ran), "seed", "metric", "unit", "value"], rows, {"value"})


def estimates(ran: Ran) -> Columns:
    """Columns: `point`, one for each path that varies, then `ESTIMATES`.

    `low` and `high` are the ends of the interval, empty where there is none.
    """
    rows = [
        (*head, *_estimate(ran, metric, answers(ran, number, place), cut(ran, number, place)))
        for number, head in enumerate(_heads(ran))
        for place, metric in enumerate(ran.plan.metrics)
    ]
    return columns([*_varied(ran), *ESTIMATES], rows, {"estimate", "low", "high", "sd"})


def answers(ran: Ran, point: int, place: int) -> list[float | None]:
    """What the replicates of a point answered to the metric at a place, in the order of seeds."""
    return [ran.answers[point, s][place] for s in ran.plan.seeds if (point, s) in ran.answers]


def cut(ran: Ran, point: int, place: int) -> int:
    """In how many replicates of a point the end of the run cut the answer off."""
    return sum(place in ran.cut.get((point, seed), ()) for seed in ran.plan.seeds)


def _heads(ran: Ran) -> list[tuple[Any, ...]]:
    """What stands at the left of a point's rows: its label and the values that were varied."""
    varied = ran.plan.varied
    return [(p.label, *(dict(p.settings).get(path) for path in varied)) for p in ran.plan.points]


def _varied(ran: Ran) -> list[str]:
    return ["point", *ran.plan.varied]


def _estimate(
    ran: Ran, metric: Metric, every: Sequence[float | None], short: int
) -> tuple[Any, ...]:
    values = [value for value in every if value is not None]
    found = interval(metric, values, ran.plan.confidence, ran.plan.interval)
    nulls = len(every) - len(values)
    spread = float(np.std(values, ddof=1)) if len(values) > 1 and metric.kind != SHARE else None
    return (
        metric.name, metric.unit, metric.kind, len(every), nulls, found.estimate, found.low,
        found.high, ran.plan.confidence, found.method, spread,
        _said(
            found.note, missing(nulls, len(every), "replicates") if values else "",
            f"in {short} of {len(every)} {CUT}" if short else "",
        ),
    )  # fmt: skip


def interval(metric: Metric, values: Sequence[float], confidence: float, how: str) -> Interval:
    """The estimate of a metric from one value of each replicate."""
    if metric.kind == SHARE:
        return statistics.share(values, confidence)
    if metric.kind == COUNT:
        return statistics.count(values, confidence)
    return statistics.mean(values, confidence, how)


def missing(nulls: int, every: int, what: str) -> str:
    """What is said of values that do not exist; nothing where all do."""
    return f"no value in {nulls} of {every} {what}: this is about the others" if nulls else ""


def _said(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def differences(ran: Ran) -> Columns:
    """B minus A, over the seeds that both have. Columns: `DIFFERENCES`.

    A pair without a value on one side is dropped, and counted in `dropped`.
    """
    seeds = [s for s in ran.plan.seeds if (0, s) in ran.answers and (1, s) in ran.answers]
    rows = []
    for place, metric in enumerate(ran.plan.metrics):
        both = [(ran.answers[0, s][place], ran.answers[1, s][place]) for s in seeds]
        pairs = [(a, b) for a, b in both if a is not None and b is not None]
        rows.append(_difference(ran, metric, pairs, len(both) - len(pairs)))
    numbers = {"a", "b", "difference", "low", "high", "correlation", "variance_ratio"}
    return columns(DIFFERENCES, rows, numbers)


def _difference(
    ran: Ran, metric: Metric, pairs: Sequence[tuple[float, float]], dropped: int
) -> tuple[Any, ...]:
    a, b = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = difference(metric, a, b, ran.plan.confidence)
    of = found.interval
    note = missing(dropped, len(pairs) + dropped, "pairs") if pairs else ""
    return (
        metric.name, metric.unit, metric.kind, len(pairs), dropped,
        sum(a) / len(a) if a else None, sum(b) / len(b) if b else None,
        of.estimate, of.low, of.high, ran.plan.confidence, of.method,
        found.correlation, found.variance_ratio,
        words.difference(metric, of, ran.plan.confidence, pairs), _said(of.note, note),
    )  # fmt: skip


def difference(
    metric: Metric, a: Sequence[float], b: Sequence[float], confidence: float
) -> Difference:
    """B minus A over pairs, for a metric of any kind. Counts differ as means do: the difference of
    two Poisson counts with the same luck is not Poisson."""
    how = statistics.share_difference if metric.kind == SHARE else statistics.difference
    return how(a, b, confidence)
