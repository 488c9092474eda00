"""The answer of a run in words: verdict, the few numbers that matter, what happened.

Every number here is one of summary.json; nothing is computed again from the time series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aurosim.report import volumes, words
from aurosim.report.subject import Subject
from aurosim.scenario import at_least, expect, paths

NO_OUTAGE = "no long pause had a request that failed or was left unanswered"
"""What it means that there was no outage (docs/summary.md)."""


@dataclass(frozen=True)
class Card:
    """One key number: what it is, its value, and a line on it. `tone`: good, bad or plain."""

    label: str
    value: str
    line: str
    tone: str = "plain"


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
    if unit == paths.RATIO:
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


def workloads(subject: Subject) -> list[tuple[str, Mapping[str, Any]]]:
    """Workloads by name, sorted."""
    return sorted(subject.summary["workloads"].items())


def _of(name: str, subject: Subject) -> str:
    """Whose number it is, where there is more than one workload."""
    return words.name(name, 24) if len(subject.summary["workloads"]) > 1 else ""


def cards(subject: Subject) -> list[Card]:
    """The worst workload's outage, availability and p99; good per second; lost commits."""
    found = [
        _outage(subject),
        _availability(subject),
        _p99(subject),
        _good(subject),
        _lost(subject),
    ]
    return [card for card in found if card is not None]


def _outage(subject: Subject) -> Card:
    every = _every_outage(subject)
    if not every:
        return _no_outage(subject)
    long_s, name, still = max(every)
    number = f"{len(every)} outages" if len(every) > 1 else "the only one"
    open_ = "not over at the end" if still else ""
    line = ", ".join(part for part in (_of(name, subject), number, open_) if part)
    return Card("Longest outage", words.lasted(long_s, still), line, "bad")


def _every_outage(subject: Subject) -> list[tuple[float, str, bool]]:
    """Each outage's length, whose it is, and whether it was open at the end."""
    return [
        (each["duration_s"], name, each["end_s"] is None)
        for name, one in workloads(subject)
        for each in one["outages"]
    ]


def _no_outage(subject: Subject) -> Card:
    """A stall that every client sat out is no outage, and still nothing to be green about."""
    if shut := volumes.shut(subject):
        return Card("Longest outage", "none", f"but {shut}: they had to wait", "bad")
    return Card("Longest outage", "none", NO_OUTAGE, "good")


def _availability(subject: Subject) -> Card | None:
    known = [
        (one["availability"]["requests"], name, one["availability"]["time"])
        for name, one in workloads(subject)
        if words.exists(one["availability"]["requests"])
    ]
    if not known:
        return None
    ratio, name, time = min(known, key=lambda each: (each[0], each[1]))
    same = len({each[0] for each in known}) == 1
    whose = "" if same else _behind(_of(name, subject))
    line = f"of requests{whose}; {words.share(time)} of the time"
    tone = "good" if ratio >= 0.9995 else "plain" if ratio >= 0.99 else "bad"
    return Card("Availability", words.share(ratio), line, tone)


def _behind(name: str) -> str:
    return f" of {name}" if name else ""


def _p99(subject: Subject) -> Card | None:
    known = [
        (one["latency_ms"]["p99"], name, one["latency_ms"])
        for name, one in workloads(subject)
        if one["latency_ms"] and words.exists(one["latency_ms"]["p99"])
    ]
    if not known:
        return None
    p99, name, all_ms = max(known, key=lambda each: (each[0], each[1]))
    spread = (
        f"median {words.milliseconds(all_ms['p50'])}, slowest {words.milliseconds(all_ms['max'])}"
    )
    line = f"{_of(name, subject)}, {spread}".lstrip(", ")
    return Card("Latency, 99th percentile", words.milliseconds(p99), line)


def _good(subject: Subject) -> Card:
    ones = [one for _, one in workloads(subject)]
    good = sum(one["good_per_s"] or 0.0 for one in ones)
    due = sum(one["due_per_s"] or 0.0 for one in ones)
    return Card("Good requests", f"{words.number(good)}/s", f"of {words.number(due)}/s due")


def _lost(subject: Subject) -> Card:
    lost = sum(
        one["acknowledged_commits_lost"] or 0 for one in subject.summary["clusters"].values()
    )
    line = (
        "commits acknowledged to a client and gone"
        if lost
        else "every acknowledged commit is still there"
    )
    if behind := volumes.left_behind(subject):
        other = f" ({words.count(behind)} of them)" if lost else ""
        line = f"{volumes.where_left(subject)}{other}"
        lost += behind
    return Card("Lost commits", words.count(lost), line, "bad" if lost else "good")


def reading(subject: Subject) -> str:
    """What happened, in a few sentences: load, failovers, volume, losses, lag, errors."""
    parts = [
        _load(subject),
        *_failovers(subject),
        *volumes.moves(subject),
        *_restarts(subject),
        _outages(subject),
        volumes.volume(subject),
        *volumes.lags(subject),
        _errors(subject),
    ]
    return " ".join(part for part in parts if part)


def _load(subject: Subject) -> str:
    ones = [one for _, one in workloads(subject)]
    due = sum(one["due_per_s"] or 0.0 for one in ones)
    good, bad = (sum(one["requests"][key] for one in ones) for key in ("good", "bad"))
    who = "One workload" if len(ones) == 1 else f"{words.spelled(len(ones))} workloads"
    asked = f"{who} asked for {words.number(due)} requests a second"
    if not due:
        return f"{who} asked for nothing."
    if not good + bad:
        return f"{asked}; none of them ended within the run."
    return f"{asked}; {words.share(good / (good + bad))} of those that ended did so well."


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
    long_s, name, still = max(_every_outage(subject))
    worst = f"The longest outage was {words.lasted(long_s, still)} ({words.name(name, 30)})"
    worst += " and not over when the run ended" if still else ""
    return (
        f"{worst}; there was none for {words.listed(calm)}." if 0 < len(calm) <= 5 else f"{worst}."
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
