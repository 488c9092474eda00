"""Whether a measured series is traffic at all: what else it looks like is asked about.

A CPU percentage, a latency or a count of statements would make a load that looks right and is not.
What the file says of itself (unit, metric) decides where it says it, else the values do.
"""

from __future__ import annotations

import re
from functools import cache

from aurosim import catalog
from aurosim.errors import UsageError
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.exports import Series
from aurosim.units import format_duration

TRANSACTIONS = frozenset({"CommitThroughput"})
STATEMENTS = frozenset(
    {"Queries", "SelectThroughput", "DMLThroughput", "InsertThroughput", "UpdateThroughput",
     "DeleteThroughput", "DDLThroughput"}
)  # fmt: skip
"""Metrics of Aurora that count statements; a request is a whole transaction."""
_PERCENTAGES = re.compile(r"cpu|percent|utili[sz]ation|(?<![a-z])util(?![a-z])|%", re.IGNORECASE)
MANY = 12
"""So many whole numbers that stay at or under 100 are seldom counts of requests by chance."""
COUNTED, PER_SECOND = "Count", "Count/Second"
EXPORT = (
    "export CommitThroughput or Queries (Average), or the requests your load balancer or "
    "application counts (Sum)."
)


@cache
def _aurora_metrics() -> dict[str, str]:
    """The metrics that Aurora publishes, and their units."""
    return {row["metric"]: row["unit"] for row in catalog.table("cloudwatch_metrics")}


def known_metric(name: str | None) -> str | None:
    """The metric of Aurora that a label or a column names, if it names one."""
    words = (name or "").split()
    return next((word for word in reversed(words) if word in _aurora_metrics()), None)


def statistic_of(series: Series, spec: TraceSpec) -> str:
    """`sum` or `average`. Raises UsageError where neither file nor scenario says it, and where the
    two do not go together with the file's unit."""
    statistic = spec.statistic or series.statistic
    unit = series.unit or (PER_SECOND if _named(series, spec) in STATEMENTS | TRANSACTIONS else "")
    if statistic is None:
        raise UsageError(
            f"{spec.file}: does not say what its values are, and the scenario does not either. "
            "Say statistic: sum (requests counted in a period) or average (requests per second)."
        )
    if statistic == "sum" and unit == PER_SECOND:
        raise UsageError(
            f"{spec.file}: holds the sum of a metric per second (Count/Second), which counts "
            "samples, not requests. Export it with --statistics Average, and say "
            "statistic: average."
        )
    if statistic == "average" and unit == COUNTED:
        raise UsageError(
            f"{spec.file}: holds the average of a metric that is counted (Count), which is no "
            "rate. Export it with --statistics Sum, and say statistic: sum."
        )
    return statistic


def _named(series: Series, spec: TraceSpec) -> str | None:
    """The metric of Aurora it is: as the scenario says, else as the file does."""
    said = known_metric(spec.metric)
    if said is None and spec.metric is not None and series.metric is not None:
        # A word of its own overrules what the file calls it, but an Id or a Label only picks.
        said = known_metric(series.metric) if spec.metric in _picks(series) else None
    elif said is None:
        said = known_metric(series.metric)
    return said


def _picks(series: Series) -> tuple[str, ...]:
    return (*series.ids, series.metric or "", *(series.metric or "").split())


def refuse_what_is_no_traffic(series: Series, spec: TraceSpec, statistic: str) -> None:
    """Raise UsageError, with the question, for what is not or may not be requests."""
    if not _is_surely_traffic(series, spec):
        _ask_about_the_name(series, spec)
    if spec.metric is None and not _is_surely_traffic(series, spec):
        _ask_about_percentages(series, spec, statistic)


def _ask_about_the_name(series: Series, spec: TraceSpec) -> None:
    """Values up to 100 under a name that says percentages."""
    said = spec.metric is not None and spec.metric not in _picks(series)
    if said or not _PERCENTAGES.search(series.metric or ""):
        return
    if all(point.value <= 100 for point in series.points):
        raise UsageError(
            f"{spec.file}: has only values between 0 and 100, and by its name it holds "
            "percentages, or how busy something is. Are they requests? Then say metric: requests. "
            f"If not, {EXPORT}"
        )


def refuse_other_metrics(series: Series, spec: TraceSpec) -> None:
    """Raise UsageError for what is no traffic by its own name or unit."""
    known = known_metric(series.metric) or known_metric(spec.metric)
    if known is not None and known not in STATEMENTS | TRANSACTIONS:
        unit = _aurora_metrics()[known]
        raise UsageError(f"{spec.file}: holds {known} ({unit}), which is no traffic: {EXPORT}")
    if series.unit not in (None, "None", COUNTED, PER_SECOND):
        raise UsageError(
            f"{spec.file}: has a unit that is neither Count nor Count/Second, so it is no "
            f"traffic. Is it a CPU percentage, a latency? Then {EXPORT}"
        )
    counts = _named(series, spec)
    if counts in STATEMENTS and spec.statements_per_request is None:
        raise UsageError(
            f"{spec.file}: holds {counts}, which counts statements; a request is a whole "
            "transaction. Say statements_per_request: how many statements one has (1 if each is "
            "a request)."
        )


def _is_surely_traffic(series: Series, spec: TraceSpec) -> bool:
    return series.unit == PER_SECOND or _named(series, spec) in STATEMENTS | TRANSACTIONS


def refuse_parts(series: Series, spec: TraceSpec, period_ns: int) -> None:
    """Counts are whole numbers; the first that is not shows that these are none."""
    for point in series.points:
        if point.value != int(point.value):
            raise UsageError(
                f"{series.place(point.where)} has the value {point.value:g}, which is not whole, "
                f"but statistic is sum: counts of {spec.unit} in {format_duration(period_ns)}. "
                "Is this another quantity, like a CPU percentage? "
                "For requests per second, say statistic: average."
            )


def _ask_about_percentages(series: Series, spec: TraceSpec, statistic: str) -> None:
    """Values up to 100 may be anybody's; most often they are a CPU's. A rate that is not whole is
    asked about by itself, whole numbers where nothing names them and there are many."""
    part = any(point.value != int(point.value) for point in series.points)
    many = len(series.points) >= MANY and series.metric is None
    asked = statistic == "average" if part else many
    if asked and all(point.value <= 100 for point in series.points):
        decimals = ", with decimals" if part else ""
        quantity = "requests per second" if statistic == "average" else "counts of requests"
        raise UsageError(
            f"{spec.file}: has only values between 0 and 100{decimals}, as CPU percentages "
            f"have. Are they {quantity}? Then say what was measured, like metric: "
            f"CommitThroughput, or metric: requests. If they are percentages, {EXPORT}"
        )
