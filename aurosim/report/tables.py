"""The tables of the report as rows of text: a heading per column, and which columns hold numbers.

Nothing here knows HTML. Each function takes a result and returns a `Table`; one without rows is not
shown, and `Table.empty` says instead what that means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aurosim import catalog, units
from aurosim.metrics.columns import length, records
from aurosim.report import downtime, words
from aurosim.report.meanings import MEANINGS
from aurosim.report.subject import Subject
from aurosim.scenario import at_least

EVENTS_MOST = 400
STATUS_ORDER = ("assumption", "fitted", "derived")
"""Entries of the other engine end in this; a run does not use them."""


@dataclass(frozen=True)
class Column:
    """A heading; numbers stand to the right and keep their line. `meaning` defines the numbers."""

    heading: str
    number: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text under columns; `marked` rows are the ones to look at, `note` stands below."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = ""
    marked: frozenset[int] = frozenset()
    note: str = ""


def _columns(*headings: str) -> tuple[Column, ...]:
    """Columns from headings; one that begins with `#` holds numbers, which its heading defines."""
    named = [(h.removeprefix("#"), h.startswith("#")) for h in headings]
    return tuple(Column(name, is_number, MEANINGS.get(name, "")) for name, is_number in named)


def _each(part: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(part.items())


def workloads(subject: Subject) -> Table:
    """One row per workload: what came back and how fast, with what failed beside; what was asked.

    The worst stands on the left, where a narrow screen shows it.
    """
    rows = []
    for name, one in _each(subject.summary["workloads"]):
        latency, bad = one["latency_ms"] or {}, one.get("failed_latency_ms") or {}
        down = downtime.of(subject.summary, name)
        rows.append(
            (
                words.name(name),
                words.share(downtime.failed(one)),
                *(words.milliseconds(latency.get(p)) for p in ("p99", "p50", "max")),
                words.milliseconds(bad.get("p99")),
                words.count(one["requests"]["open"]),
                f"{down.total} ({words.share(down.share)})" if down.count else "none",
                _longest(down),
                words.seconds(one["impaired_s"]) if one["impaired_s"] else "none",
                words.number(one["due_per_s"]),
                words.number(one["good_per_s"]),
                words.number(one["statements_per_s"]),
            )
        )
    latencies = ("#p99 of good", "#p50 of good", "#max of good", "#p99 of failed")
    outages, rates = ("#in outages", "#longest outage", "#impaired"), ("#due/s", "#good/s")
    named = ("workload", "#failed", *latencies, "#open", *outages, *rates, "#statements/s")
    return Table(_columns(*named), tuple(rows), "The run had no workload.")


def _longest(down: downtime.Downtime) -> str:
    """The longest outage, and that the workload never came back."""
    still = ", still down at the end" if down.still else ""
    return f"{down.longest}{still}" if down.count else "none"


def latency(subject: Subject) -> Table:
    """Every percentile of every kind of statement."""
    figures = ("mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms", "max_ms")
    rows = [
        (
            words.name(row["workload"]),
            words.phrase(row["kind"]),
            words.count(row["count"]),
            *(words.number(row[figure]) for figure in figures),
        )
        for row in records(subject.tables.latency)
    ]
    headings = ("#mean", "#p50", "#p90", "#p95", "#p99", "#p99.9", "#max")
    note = (
        "In ms. A request is a transaction with its retries. \u201crequest\u201d holds good ones"
        " only, \u201cfailed\u201d those that failed."
    )
    columns = _columns("workload", "kind", "#count", *headings)
    return Table(columns, tuple(rows), "Nothing ended within the run.", note=note)


def errors(subject: Subject) -> Table:
    """Failed attempts by workload and cause, the most frequent first."""
    found = [
        (name, cause, n)
        for name, one in _each(subject.summary["workloads"])
        for cause, n in one["errors"].items()
        if n
    ]
    found.sort(key=lambda each: (-each[2], each[0], each[1]))
    rows = tuple((words.name(w), words.phrase(cause), words.count(n)) for w, cause, n in found)
    return Table(_columns("workload", "cause", "#errors"), rows, "Nothing failed.")


def _clients(subject: Subject, path: str, one: Mapping[str, Any]) -> str:
    """How long clients were out after a failover or a move of the primary."""
    still = at_least(f"{path}.client_outage", subject.summary)
    return words.lasted(one["client_outage_s"], still)


def failovers(subject: Subject) -> Table:
    """The phases of each failover and the two outages: the database's and the plain clients'."""
    moments = ("start_s", "detected_s", "promoted_s", "endpoint_moved_s")
    rows = tuple(
        (
            words.name(name),
            words.phrase(one["cause"]),
            words.name(one["from"]) if one["from"] else words.NOTHING,
            words.name(one["to"]) if one["to"] else words.NOTHING,
            *(words.clock(one[moment]) for moment in moments),
            words.seconds(one["database_outage_s"]),
            _clients(subject, f"clusters.{name}.failovers.{k}", one),
        )
        for name, cluster in _each(subject.summary["clusters"])
        for k, one in enumerate(cluster["failovers"])
    )
    headings = (
        "cluster",
        "cause",
        "from",
        "to",
        "#start, s",
        "#noticed, s",
        "#promoted, s",
        "#name moved, s",
    )
    return Table(
        _columns(*headings, "#database away", "#plain clients away"), rows, "No failover happened."
    )


def restarts(subject: Subject) -> Table:
    """Instances that went away and came back."""
    rows = tuple(
        (
            words.name(one["instance"]),
            words.phrase(one["cause"]),
            words.clock(one["start_s"]),
            words.clock(one["end_s"]) if words.exists(one["end_s"]) else "not back by the end",
            words.seconds(one["end_s"] - one["start_s"])
            if words.exists(one["end_s"])
            else words.NOTHING,
        )
        for _, cluster in _each(subject.summary["clusters"])
        for one in cluster["restarts"]
    )
    headings = _columns("instance", "cause", "#from, s", "#to, s", "#away")
    return Table(headings, rows, "No instance restarted.")


def instances(subject: Subject) -> Table:
    """What each instance did over the run, and how far its reads were behind."""
    rows = []
    for _, cluster in _each(subject.summary["clusters"]):
        for name, one in cluster["instances"].items():
            reader = cluster["readers"].get(name) or {}
            lag = reader.get("lag_ms") or {}
            reads, stale = reader.get("reads"), reader.get("stale_reads")
            rows.append(
                (
                    words.name(name),
                    *(words.share(one[f"{key}_ratio"]) for key in _CPU),
                    f"{words.count(one['connections_max'])} of"
                    f" {words.count(one['connections_limit'])}",
                    words.share(one["hit_ratio"]),
                    words.milliseconds(lag.get("p50")),
                    words.milliseconds(lag.get("p99")),
                    words.milliseconds(lag.get("max")),
                    f"{words.count(stale)} of {words.count(reads)}" if reads else words.NOTHING,
                )
            )
    headings = (
        "instance", "#vCPU use, mean", "#p95 of windows", "#busiest window",
        "#connections, most of limit", "#buffer hits", "#lag p50", "#lag p99", "#lag max",
        "#stale reads",
    )  # fmt: skip
    return Table(_columns(*headings), tuple(rows), "The cluster had no instance.")


_CPU = ("cpu", "cpu_p95", "cpu_busiest")


def volume(subject: Subject) -> Table:
    """Each cluster's volume."""
    rows = tuple(
        (
            words.name(name),
            words.name(cluster["region"]),
            words.name(cluster["engine"]),
            words.size(cluster["volume"]["bytes"]),
            words.seconds(cluster["volume"]["full_in_s"]),
            words.count(cluster["volume"]["protection_groups"]),
            words.seconds(cluster["volume"]["write_unavailable_s"]),
            words.seconds(cluster["volume"]["read_unavailable_s"]),
            words.number(cluster["volume"]["ios_per_transaction"]),
            words.count(_how_many(cluster["volume"]["repairs"])),
            words.count(cluster["acknowledged_commits_lost"]),
        )
        for name, cluster in _each(subject.summary["clusters"])
    )
    headings = (
        "cluster", "region", "engine", "#volume", "#full in", "#protection groups",
        "#no writes for", "#no reads for", "#I/Os per transaction", "#repairs", "#commits lost",
    )  # fmt: skip
    return Table(_columns(*headings), rows, "The run had no cluster.")


def regions(subject: Subject) -> Table:
    """Each cluster of several: what it is at the end, and how far behind it was."""
    clusters = subject.summary["clusters"]
    rows = tuple(
        (
            words.name(name),
            words.name(one["region"]),
            words.name(one["role"]),
            *(words.milliseconds(one["replication_lag_ms"][key]) for key in _LAG),
            words.size(one["replication_backlog"]["bytes"]),
            words.count(one["replication_backlog"]["commits"]),
        )
        for name, one in _each(clusters if len(clusters) > 1 else {})
    )
    lags = (f"#link lag {key}" for key in _LAG)
    headings = ("cluster", "region", "at the end", *lags, "#backlog", "#backlog, commits")
    return Table(_columns(*headings), rows)


_LAG = ("mean", "p50", "p99", "max")


def moves(subject: Subject) -> Table:
    """The primary's moves between regions, and what each cost."""
    rows = []
    for kind in ("failovers", "switchovers"):
        for k, one in enumerate(subject.summary["global"][kind]):
            point = one.get("recovery_point")
            rows.append(
                (
                    "failover" if point else "switchover",
                    words.name(one["from"]),
                    words.name(one["to"]),
                    words.clock(one["start_s"]),
                    words.clock(one["promoted_s"]),
                    words.clock(one["endpoint_moved_s"]),
                    words.clock(one["rejoined_s"]),
                    words.seconds(one["database_outage_s"]),
                    _clients(subject, f"global.{kind}.{k}", one),
                    words.count(point["commits"]) if point else words.count(0),
                    words.size(point["bytes"]) if point else words.NOTHING,
                    words.seconds(point["span_s"]) if point else words.NOTHING,
                )
            )
    headings = (
        "move", "from", "to", "#asked for, s", "#promoted, s", "#name moved, s",
        "#old primary follows, s", "#database away", "#plain clients away", "#commits left behind",
        "#redo left behind", "#of the last",
    )  # fmt: skip
    return Table(_columns(*headings), tuple(rows))


def _how_many(value: Any) -> int | None:
    return len(value) if isinstance(value, list | tuple) else value


def events(subject: Subject) -> Table:
    """Everything that happened to the cluster, in its order; faults marked."""
    rows, marked = [], set()
    for index, row in enumerate(islice(records(subject.tables.events), EVENTS_MOST)):
        away = row["end_s"] - row["start_s"] if words.exists(row["end_s"]) else None
        texts = [
            words.name(row[c], 200) if isinstance(row[c], str) else ""
            for c in ("subject", "cause", "detail")
        ]
        rows.append(
            (
                words.clock(row["start_s"]),
                words.clock(row["end_s"]) if away is not None else "open",
                words.seconds(away) if away else words.NOTHING,
                words.phrase(row["kind"]).replace(":", ": ").replace(".", ": "),
                texts[0],
                words.phrase(texts[1]),
                texts[2],
            )
        )
        if str(row["kind"]).startswith("fault:"):
            marked.add(index)
    left = length(subject.tables.events) - len(rows)
    note = f"{words.count(left)} later events are in events.csv." if left > 0 else ""
    headings = _columns("#from, s", "#to, s", "#lasted", "what", "who", "cause", "detail")
    empty = "Nothing happened to the cluster: no fault, no failover, no restart."
    return Table(headings, tuple(rows), empty, frozenset(marked), note)


def assumptions(subject: Subject) -> Table:
    """Every number the run stands on that no document states, the scenario's own first."""
    model: Mapping[str, Any] = subject.scenario.model
    engine = catalog.engine(subject.scenario.cluster.engine)
    others = catalog.entries_of_others(engine.name)
    entries = [e for e in catalog.entries().values() if e.name not in others]
    own = [e for e in entries if e.name in model]
    rest = [e for e in entries if e.name not in model and e.status in STATUS_ORDER]
    rest.sort(key=lambda entry: STATUS_ORDER.index(entry.status))
    rows: list[tuple[str, ...]] = [
        (
            entry.name,
            quantity(engine.model(model).get(entry.name, entry.value), entry.kind),
            _status(entry, engine, changed=entry.name in model),
            _range(entry),
            entry.source,
            entry.note,
        )
        for entry in [*own, *rest]
    ]
    rows += _same_in_both_engines() + _borrowed(engine)
    headings = _columns("name", "#value", "status", "plausible", "source", "why")
    return Table(headings, tuple(rows), marked=frozenset(range(len(own))))


def _same_in_both_engines() -> list[tuple[str, ...]]:
    """What MySQL and PostgreSQL share only because no document says how they differ."""
    shared = [d for d in catalog.engine_differences() if not d.differs and d.status == "assumption"]
    return [
        (f"same in both engines: {each.topic}", "", each.status, "", each.source, each.note)
        for each in shared
    ]


def _borrowed(engine: catalog.Engine) -> list[tuple[str, ...]]:
    """What an engine takes from another because the catalog doesn't say it of itself."""
    return [
        (f"{each.topic} of {engine.like}", "", "borrowed", "", each.source, each.note)
        for each in catalog.engine_differences()
        if engine.name in each.borrowed
    ]


def _status(entry: catalog.Entry, engine: catalog.Engine, *, changed: bool) -> str:
    if not changed:
        return f"{engine.name}'s own" if entry.name in engine.numbers else entry.status
    return f"set by the scenario (catalog: {quantity(entry.value, entry.kind)}, {entry.status})"


def _range(entry: catalog.Entry) -> str:
    if entry.low is None or entry.high is None:
        return ""
    return f"{quantity(entry.low, entry.kind)} to {quantity(entry.high, entry.kind)}"


def quantity(value: catalog.Quantity, kind: str) -> str:
    """A catalog number with its unit, as the language writes it."""
    if value is None:
        return "none"
    if kind.endswith("duration"):
        return units.format_duration(int(value))
    if kind == "bytes":
        return units.format_size(int(value))
    return (
        f"{units.format_size(int(value))}/s"
        if kind == "bytes_per_s"
        else units.format_number(value)
    )


def sources(subject: Subject) -> list[str]:
    """The documents that sourced, derived and fitted entries rest on, each once, sorted."""
    others = catalog.entries_of_others(subject.scenario.cluster.engine)
    used = (e for e in catalog.entries().values() if e.name not in others)
    return sorted({e.source for e in used if e.status != "assumption"})
