"""The key numbers of a run, for its page and its card in a notebook: each the worst truth there is.

No card may be more reassuring than the worst row of the summary. So outages are told by their total
and by whether they ended, availability by the lower of its two kinds, and a latency, which only
good requests have, never without the share of requests that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aurosim import catalog
from aurosim.metrics.peaks import window_ns
from aurosim.report import downtime, volumes, words
from aurosim.report.downtime import Downtime
from aurosim.report.meanings import MEANINGS
from aurosim.report.subject import Subject
from aurosim.units import NS_PER_S

NO_OUTAGE = "no long pause had a request that failed or was left unanswered"
"""What it means that there was no outage (docs/summary.md)."""
UNFINISHED = 0.01
"""From this share of requests without a known fate the availability of the others is not all."""
BUSY = 0.9
"""From this share of vCPUs in the busiest window a card is marked: what comes on top queues."""


@dataclass(frozen=True)
class Card:
    """One key number: what it is, its value, and a line on it. `tone`: good, bad or plain."""

    label: str
    value: str
    line: str
    tone: str = "plain"

    @property
    def meaning(self) -> str:
        """The definition of the number."""
        return MEANINGS[self.label]


def cards(subject: Subject) -> list[Card]:
    """Outages, availability and p99 of the worst workload; good requests; the busiest instance;
    commits that are gone.
    """
    found = [
        _outages(subject),
        _availability(subject),
        _p99(subject),
        _good(subject),
        _busiest(subject),
        *_commits(subject),
    ]
    return [card for card in found if card is not None]


def workloads(subject: Subject) -> list[tuple[str, Mapping[str, Any]]]:
    """Workloads by name, sorted."""
    return sorted(subject.summary["workloads"].items())


def _of(name: str, subject: Subject) -> str:
    """Whose number it is, where there is more than one workload."""
    return words.name(name, 24) if len(subject.summary["workloads"]) > 1 else ""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


# --- outages -----------------------------------------------------------------------------------
def _outages(subject: Subject) -> Card:
    summary = subject.summary
    every = {name: downtime.of(summary, name) for name, _ in workloads(subject)}
    down = {name: each for name, each in every.items() if each.count}
    if not down:
        return _no_outage(subject)
    worst = max(sorted(down), key=lambda name: down[name].total_s)
    measured_s = summary["duration_s"] - summary["warm_up_s"]
    who = _of(worst, subject)
    line = _joined(
        f"{who + ': ' if who else ''}{words.share(down[worst].share)} of the time",
        _how_many(down[worst]),
        _of_a_fleet(summary["workloads"][worst]),
        _impaired(subject),
        _longer_elsewhere(down, worst, subject),
        _still(down, subject),
    )
    value = f"{down[worst].total} of {words.seconds(measured_s)}"
    return Card("Time in outages", value, line, "bad")


def _how_many(one: Downtime) -> str:
    return "one outage" if one.count == 1 else f"{one.count} outages, the longest {one.longest}"


def _of_a_fleet(workload: Mapping[str, Any]) -> str:
    """How long its processes were out on average, where there are several."""
    if workload["processes"]["asked"] < 2:
        return ""
    return f"{words.seconds(workload['outage']['mean_s'])} on average over its processes"


def _impaired(subject: Subject) -> str:
    """Who was impaired for the longest, and for how long."""
    every = {name: float(one["impaired_s"]) for name, one in workloads(subject)}
    worst = max(sorted(every), key=lambda name: every[name], default="")
    if not worst or not every[worst]:
        return ""
    return f"{_of(worst, subject)} impaired for {words.seconds(every[worst])}".strip()


def _longer_elsewhere(down: Mapping[str, Downtime], worst: str, subject: Subject) -> str:
    """Another workload's outage that was longer than any of the worst workload's."""
    longest, text = downtime.longest_of_all(down)
    if down[longest].longest_s <= down[worst].longest_s:
        return ""
    return f"the longest of all: {text} ({_of(longest, subject)})"


def _still(down: Mapping[str, Downtime], subject: Subject) -> str:
    names = [name for name, each in down.items() if each.still]
    who = words.listed([_of(name, subject) for name in names]) if len(down) > 1 else ""
    return f"{who} still down at the end".strip() if names else ""


def _no_outage(subject: Subject) -> Card:
    """A stall that every client sat out is no outage, and still nothing to be green about; nor is
    time in which many requests failed beside others that did not."""
    if impaired := _impaired(subject):
        return Card("Time in outages", "none", f"but {impaired}: more than 5 % failed", "bad")
    if shut := volumes.shut(subject):
        return Card("Time in outages", "none", f"but {shut}: they had to wait", "bad")
    return Card("Time in outages", "none", NO_OUTAGE, "good")


# --- requests ----------------------------------------------------------------------------------
def _availability(subject: Subject) -> Card | None:
    """The lowest of all workloads, of requests or of the time, whichever is less."""
    kinds = [kind for kind in (_least(subject, "requests"), _least(subject, "time")) if kind]
    if not kinds:
        return None
    (ratio, line), *rest = sorted(kinds, key=lambda kind: kind[0])
    rest_lines = [f"{words.share(value)} {text}" for value, text in rest]
    tone = "good" if ratio >= 0.9995 else "plain" if ratio >= 0.99 else "bad"
    left = _unfinished(subject)
    return Card(
        "Availability",
        words.share(ratio),
        _joined(line, *rest_lines, left),
        "plain" if left and tone == "good" else tone,
    )


def _unfinished(subject: Subject) -> str:
    """Requests whose fate nobody knows, where they are more than the few that always travel."""
    ones = dict(workloads(subject))
    worst = max(ones, key=lambda name: downtime.unfinished(ones[name]), default="")
    if not worst or (ratio := downtime.unfinished(ones[worst])) < UNFINISHED:
        return ""
    who = _of(worst, subject)
    return f"{words.share(ratio)}{' of ' + who if who else ' of requests'} open at the end"


def _least(subject: Subject, kind: str) -> tuple[float, str] | None:
    known = [
        (one["availability"][kind], name)
        for name, one in workloads(subject)
        if words.exists(one["availability"][kind])
    ]
    if not known:
        return None
    ratio, name = min(known)
    same = len({each[0] for each in known}) == 1
    whose = "" if same else _of(name, subject)
    what = "of requests" if kind == "requests" else "of the time"
    return ratio, f"{what} ({whose})" if whose else what


def _p99(subject: Subject) -> Card | None:
    known = [
        (one["latency_ms"]["p99"], name, one["latency_ms"])
        for name, one in workloads(subject)
        if one["latency_ms"] and words.exists(one["latency_ms"]["p99"])
    ]
    if not known:
        return None
    p99, name, all_ms = max(known, key=lambda each: (each[0], each[1]))
    p50, most = (words.milliseconds(all_ms[key]) for key in ("p50", "max"))
    who = _of(name, subject)
    line = _joined(
        f"{who + ': ' if who else ''}median {p50}, slowest {most}",
        f"{failures(subject, name)} failed",
    )
    failed = any(downtime.failed(one) for _, one in workloads(subject))
    return Card(
        "Latency of good requests, p99",
        words.milliseconds(p99),
        line,
        "bad" if failed else "plain",
    )


def failures(subject: Subject, *besides: str) -> str:
    """What share of requests failed and so has no latency: of the workloads `besides`, and of that
    with the most failures. `none` where none did.
    """
    shares = {name: downtime.failed(one) or 0.0 for name, one in workloads(subject)}
    worst = max(sorted(shares), key=lambda name: shares[name], default="")
    if not worst or not shares[worst]:
        return "none"
    if len(shares) == 1:
        return f"{words.share(shares[worst])} of requests"
    named = [name for name in dict.fromkeys((*besides, worst)) if shares.get(name)]
    each = [f"{words.share(shares[name])} of {words.name(name, 24)}" for name in named]
    return words.listed(each)


def _good(subject: Subject) -> Card:
    ones = {
        name: (float(one["good_per_s"] or 0), float(one["due_per_s"] or 0))
        for name, one in workloads(subject)
    }
    good, due = (sum(each[k] for each in ones.values()) for k in (0, 1))
    served = {name: each[0] / each[1] for name, each in ones.items() if each[1]}
    worst = min(sorted(served), key=lambda name: served[name], default="")
    of_it = ""
    if worst and len(ones) > 1 and served[worst] < min(good / due, 1 - UNFINISHED):
        of_it = f"{words.name(worst, 24)}: {' of '.join(words.number(n) for n in ones[worst])}"
    line = _joined(f"of {words.number(due)}/s due", of_it)
    return Card("Good requests", f"{words.number(good)}/s", line)


# --- instances ---------------------------------------------------------------------------------
def _busiest(subject: Subject) -> Card | None:
    """The instance with the busiest window, and the one closest to its limit of connections."""
    every = list(_instances(subject))
    known = [each for each in every if words.exists(each[1]["cpu_busiest_ratio"])]
    if not known:
        return None
    name, busy = max(known, key=lambda each: float(each[1]["cpu_busiest_ratio"]))
    full_name, full = max(
        every, key=lambda each: float(each[1]["connections_max"] / each[1]["connections_limit"])
    )
    most, limit = full["connections_max"], full["connections_limit"]
    whose = "" if full_name == name else f" ({words.name(full_name, 24)})"
    line = _joined(
        f"{words.name(name, 24)}, in its busiest {window(subject)}",
        f"{words.share(busy['cpu_ratio'])} on average",
        f"connections: at most {words.count(most)} of {words.count(limit)}{whose}",
    )
    ratio = busy["cpu_busiest_ratio"]
    reserved = catalog.engine(subject.scenario.cluster.engine).reserved_connections
    tone = "bad" if ratio >= BUSY or most >= limit - reserved else "plain"
    return Card("Busiest vCPUs", words.share(ratio), line, tone)


def _instances(subject: Subject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cluster in subject.summary["clusters"].values():
        yield from sorted(cluster["instances"].items())


def window(subject: Subject) -> str:
    """How wide the windows are in which peaks are looked for."""
    run = subject.scenario.run
    return words.seconds(window_ns(run.warm_up, run.duration) / NS_PER_S)


# --- commits -----------------------------------------------------------------------------------
def _commits(subject: Subject) -> list[Card]:
    """What a volume lost, and what failovers between regions left behind: two things, two cards."""
    lost = volumes.lost(subject)
    behind = volumes.left_behind(subject)
    found = []
    if behind:
        line = volumes.where_left(subject)
        found.append(Card("Commits left behind", words.count(behind), line, "bad"))
    if lost:
        line = "acknowledged to a client, and in no copy of the volume"
        found.append(Card("Commits lost", words.count(lost), line, "bad"))
    if not found:
        line = "every acknowledged commit is still there"
        found.append(Card("Commits lost", words.count(0), line, "good"))
    return found
