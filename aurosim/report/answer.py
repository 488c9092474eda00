"""The answer of a run in words: the verdict on each promise, and what happened.

Every number here is one of summary.json; nothing is computed again from the time series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aurosim.report import downtime, volumes, words
from aurosim.report.headline import NO_OUTAGE, workloads
from aurosim.report.subject import Subject
from aurosim.scenario import at_least, expect, paths
from aurosim.scenario.results import RATIO


@dataclass(frozen=True)
class Verdict:
    """One line of `expect:` or `shows:` and how it came out."""

    text: str
    held: bool
    value: str


def verdicts(subject: Subject) -> list[Verdict]:
    """What the scenario promises, in its order."""
    return _judged(subject, "expect")


def lessons(subject: Subject) -> list[Verdict]:
    """What it shows as it is shipped: no verdict on the plan."""
    return _judged(subject, "shows")


def _judged(subject: Subject, key: str) -> list[Verdict]:
    return [
        Verdict(words.name(each["text"], 300), bool(each["held"]), measured(each, subject.summary))
        for each in subject.summary[key]
    ]


def measured(expectation: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """The measured value in the unit of its line (percent for a ratio), to four digits.

    More only where four would make a value that just misses its bound look like the bound.
    """
    value = expectation["value"]
    if not words.exists(value):
        return "nothing: there is no such value"
    names = paths.Names(tuple(summary["workloads"]), *_clusters(summary))
    try:
        line = expect.parsed(str(expectation["text"]))
        unit = paths.leaf_of(line.path, names).unit
    except ValueError:
        return words.beside(value, None)
    if unit == RATIO:
        scaled, bound, shown = 100 * value, line.number * (1 if line.unit else 100), "%"
    else:
        scaled, bound, shown = line.in_unit(value, unit), line.number, line.unit or unit
    space = "" if shown.startswith("/") or not shown else " "
    text = f"{words.beside(scaled, bound)}{space}{shown}"
    return f"at least {text}, open at the end" if expectation.get("why") else text


def _clusters(summary: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the clusters and of all instances, as result paths know them."""
    clusters = summary["clusters"]
    return tuple(clusters), tuple(name for one in clusters.values() for name in one["instances"])


def reading(subject: Subject) -> str:
    """What happened, in a few sentences: load, failovers, outages, volume, lag, reads, errors."""
    parts = [
        _load(subject),
        *_failovers(subject),
        *volumes.moves(subject),
        *_restarts(subject),
        _outages(subject),
        volumes.volume(subject),
        *volumes.lags(subject),
        _stale(subject),
        _errors(subject),
    ]
    return " ".join(part for part in parts if part)


def _load(subject: Subject) -> str:
    ones = [one for _, one in workloads(subject)]
    due = sum(one["due_per_s"] or 0.0 for one in ones)
    good, bad = (sum(one["requests"][key] for one in ones) for key in ("good", "bad"))
    who = "One workload" if len(ones) == 1 else f"{words.spelled(len(ones))} workloads"
    if not due:
        return f"{who} asked for nothing."
    asked = f"{who} asked for {words.number(due)} requests a second"
    if not good + bad:
        return f"{asked}; none of them ended within the run."
    served = words.share(good / (good + bad))
    return f"{asked}; {served} of those that ended did so well{_worst_of(subject)}."


def _worst_of(subject: Subject) -> str:
    """The workload that was served worst, where one was served worse than another."""
    known = [
        (one["availability"]["requests"], name)
        for name, one in workloads(subject)
        if words.exists(one["availability"]["requests"])
    ]
    if len({ratio for ratio, _ in known}) < 2:
        return ""
    ratio, name = min(known)
    return f", of those of {words.name(name, 30)} {words.share(ratio)}"


def _failovers(subject: Subject) -> list[str]:
    found = [
        (one, at_least(f"clusters.{name}.failovers.{k}.client_outage", subject.summary))
        for name, cluster in sorted(subject.summary["clusters"].items())
        for k, one in enumerate(cluster["failovers"])
    ]
    told = [_failover(*each) for each in found[:3]]
    return [*told, f"{len(found) - 3} more failovers followed."] if len(found) > 3 else told


def _failover(one: Mapping[str, Any], still: bool) -> str:
    cause, start = words.phrase(one["cause"]), words.clock(one["start_s"])
    whom = words.name(one["from"] or "the writer", 30)
    head = f"At {start} s a failover away from {whom} began ({cause})"
    if not words.exists(one["promoted_s"]):
        return f"{head}, and no new writer was open when the run ended."
    text = f"{head}: the database was away {words.seconds(one['database_outage_s'])}"
    if words.exists(one["client_outage_s"]):
        text += f", plain clients {_clients(one, still)}"
    if not words.exists(one["detected_s"]):
        return text + "."
    noticed, opened = one["detected_s"] - one["start_s"], one["promoted_s"] - one["detected_s"]
    new = words.name(one["to"] or "the new writer", 30)
    took = f"It took {words.seconds(noticed)} to notice and {words.seconds(opened)} more to open"
    return f"{text}. {took} {new}."


def _restarts(subject: Subject) -> list[str]:
    """Instances that came back where they were: those whose failure led to no failover."""
    told = []
    for _, cluster in sorted(subject.summary["clusters"].items()):
        starts = {one["start_s"] for one in cluster["failovers"]}
        for one in cluster["restarts"]:
            if one["start_s"] not in starts:
                told.append(_restart(one))
    return [*told[:2], f"{len(told) - 2} more restarts followed."] if len(told) > 2 else told


def _restart(one: Mapping[str, Any]) -> str:
    cause, start = words.phrase(one["cause"]), words.clock(one["start_s"])
    head = f"At {start} s {words.name(one['instance'], 30)} went down ({cause}) and was"
    if not words.exists(one["end_s"]):
        return f"{head} not back by the end."
    return f"{head} back after {words.seconds(one['end_s'] - one['start_s'])}."


def _clients(one: Mapping[str, Any], still: bool) -> str:
    """How long plain clients were away, and how much of it the database is not to blame for."""
    clients, database = one["client_outage_s"], one["database_outage_s"]
    if not clients:
        return "not at all"
    longer = f" ({words.seconds(clients - database)} longer)" if clients > database else ""
    return f"{words.lasted(clients, still)}{longer}"


def _outages(subject: Subject) -> str:
    away = [words.name(name, 30) for name, one in workloads(subject) if one["outages"]]
    calm = [words.name(name, 30) for name, one in workloads(subject) if not one["outages"]]
    if not away:
        if shut := volumes.shut_by_cluster(subject):
            waited = " and ".join(
                f"for {words.seconds(each_s)}{f' at {name}' if name else ''}"
                for name, each_s in shut.items()
            )
            return f"Writes had to wait {waited}, yet there was no outage: {NO_OUTAGE}."
        return "No workload had an outage."
    down = {name: downtime.of(subject.summary, name) for name, _ in workloads(subject)}
    longest, text = downtime.longest_of_all(down)
    worst = f"The longest outage was {text} ({words.name(longest, 30)})"
    none = f"; there was none for {words.listed(calm)}." if 0 < len(calm) <= 5 else "."
    return f"{worst}{none}{_in_all(down)}"


def _in_all(down: Mapping[str, downtime.Downtime]) -> str:
    """What the longest outage alone would hide: that there were more, and that one never ended."""
    told = []
    for name, each in sorted(down.items(), key=lambda pair: (-pair[1].total_s, pair[0])):
        if each.count > 1 or each.still:
            times = f" ({each.count} outages)" if each.count > 1 else ""
            still = ", and still down when the run ended" if each.still else ""
            told.append(
                f"{words.name(name, 30)} for {each.total}{times}, {words.share(each.share)} of the"
                f" time{still}"
            )
    more = f"; {len(told) - 3} more workloads like them" if len(told) > 3 else ""
    return f" In outages in all: {'; '.join(told[:3])}{more}." if told else ""


def _stale(subject: Subject) -> str:
    """The reader whose reads were stale most often."""
    found = [
        (one["stale_reads"] / one["reads"], name, one)
        for cluster in subject.summary["clusters"].values()
        for name, one in cluster["readers"].items()
        if one["reads"] and one["stale_reads"]
    ]
    if not found:
        return ""
    ratio, name, one = max(found, key=lambda each: each[:2])
    stale, reads = words.count(one["stale_reads"]), words.count(one["reads"])
    most = ", the most of any reader" if len(found) > 1 else ""
    return (
        f"Of the reads at {words.name(name, 30)} {words.share(ratio)} were stale ({stale} of "
        f"{reads}){most}."
    )


def _errors(subject: Subject) -> str:
    total: dict[str, int] = {}
    for _, one in workloads(subject):
        for cause, n in one["errors"].items():
            total[cause] = total.get(cause, 0) + n
    if not sum(total.values()):
        return "Nothing failed on the way."
    cause = max(sorted(total), key=lambda each: total[each])
    every = words.count(sum(total.values()))
    many = "all" if total[cause] == sum(total.values()) else words.count(total[cause])
    most = f"{many} of them \u201c{words.phrase(cause)}\u201d"
    return f"Clients met {every} errors, {most}."
