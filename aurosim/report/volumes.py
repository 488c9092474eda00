"""What the answer says of volumes and regions: who could not write, what was lost, who lagged.

Only a volume that a primary wrote to can keep a client waiting, so those of clusters that never
were the primary are not told as a stall. Every number is one of summary.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aurosim.metrics.columns import records
from aurosim.report import words
from aurosim.report.subject import Subject
from aurosim.scenario.faults import FAULTS
from aurosim.scenario.faults.fault import GlobalFault

SECONDARIES_MOST = 3
"""More secondaries than this are read in the table of regions."""
LONG_LAG_MS = 1_000
"""A lag that asks for a reason: an order above what a link of any length adds."""
AWAY = {
    f"fault:{each.kind}": each.why_late
    for each in FAULTS
    if issubclass(each, GlobalFault) and each.why_late
}
"""Faults that keep redo from a region, in words."""


def primaries(subject: Subject) -> list[str]:
    """The clusters that were the primary at some time, in that order."""
    clusters, everywhere = subject.summary["clusters"], subject.summary["global"]
    every = sorted(
        [*everywhere["failovers"], *everywhere["switchovers"]], key=lambda one: one["start_s"]
    )
    found = [one["from"] for one in every]
    found += [one["to"] for one in every if words.exists(one["promoted_s"])]
    found += [name for name, one in clusters.items() if one["role"] == "primary"]
    return [name for name in dict.fromkeys(found) if name in clusters] or list(clusters)[:1]


def shut_by_cluster(subject: Subject) -> dict[str, float]:
    """How long each volume that a primary wrote to had no write quorum, in s, where it was so; the
    name is empty where there is one cluster only.
    """
    clusters = subject.summary["clusters"]
    return {
        name if len(clusters) > 1 else "": clusters[name]["volume"]["write_unavailable_s"]
        for name in primaries(subject)
        if clusters[name]["volume"]["write_unavailable_s"]
    }


def shut(subject: Subject) -> str:
    """Which volume could not take writes, and for how long; empty where all could."""
    return " and ".join(
        f"{_whose(name)} could not take writes for {words.seconds(each_s)}"
        for name, each_s in shut_by_cluster(subject).items()
    )


def _whose(name: str) -> str:
    return f"the volume of {words.name(name, 30)}" if name else "the volume"


def lost(subject: Subject) -> int:
    """Acknowledged commits that volumes lost."""
    clusters = subject.summary["clusters"].values()
    return sum(one["acknowledged_commits_lost"] or 0 for one in clusters)


def left_behind(subject: Subject) -> int:
    """Commits that failovers between regions left behind."""
    failovers = subject.summary["global"]["failovers"]
    return sum(int(one["recovery_point"]["commits"]) for one in failovers)


def _rebuilt(subject: Subject) -> bool:
    """Whether every region that held such commits was built anew, so that nobody has them."""
    leaving = [one for one in subject.summary["global"]["failovers"] if _commits(one)]
    return all(words.exists(one["rejoined_s"]) for one in leaving)


def _commits(failover: Mapping[str, Any]) -> int:
    return int(failover["recovery_point"]["commits"])


def where_left(subject: Subject) -> str:
    """What became of commits that a failover between regions left behind, for a card."""
    if _rebuilt(subject):
        return "not in the new primary, and gone: the region that had them was built anew"
    return "not in the new primary; the region that was left is not built anew yet"


def moves(subject: Subject) -> list[str]:
    """The primary's moves between regions: when, for how long, and what was left behind."""
    told = []
    for kind in ("failovers", "switchovers"):
        for one in subject.summary["global"][kind]:
            told.append(_move(one, "failover" if kind == "failovers" else "switchover"))
    return told


def _move(one: Mapping[str, Any], word: str) -> str:
    to, start = words.name(one["to"], 30), words.clock(one["start_s"])
    old = words.name(one["from"], 30)
    head = f"At {start} s someone asked for a {word} from {old} to {to}"
    if words.exists(one["promoted_s"]):
        head += f", which took writes {words.seconds(one['promoted_s'] - one['start_s'])} later"
        head += f": there was no writer for {words.seconds(one['database_outage_s'])}"
    else:
        head += ", which took none by the end"
    point = one.get("recovery_point")
    if not point or not (point["commits"] or point["bytes"]):
        return f"{head}, and nothing was left behind."
    many, redo = point["commits"], words.size(point["bytes"])
    span = words.seconds(point["span_s"])
    what = f"{words.counted(many, 'commit')} ({redo} of redo) of the last {span}"
    text = f"{head}, and {what} {_was(many)} left behind."
    if not many:
        return text
    they, are, have = ("It", "is", "has") if many == 1 else ("They", "are", "have")
    if words.exists(one["rejoined_s"]):
        anew = f"{old} was built anew from {to} at {words.clock(one['rejoined_s'])} s"
        return f"{text} {they} {have} been gone since {anew}."
    return f"{text} {they} {are} not in {to}, and will be gone once {old} is built anew from it."


def volume(subject: Subject) -> str:
    """Whether volumes took writes and kept what they had, and how fast they grow."""
    gone = lost(subject)
    first = shut(subject) or f"{_all_of_them(subject)} {_throughout(subject)}"
    behind = left_behind(subject)
    second = "no acknowledged commit was lost"
    if gone:
        second = f"{words.counted(gone, 'acknowledged commit')} {_was(gone)} lost"
    if behind:
        many = f"{words.counted(behind, 'commit')} {_was(behind)} left behind"
        second = f"{second if gone else 'no volume lost an acknowledged commit'}, but {many}"
        second += f" (recovery point {_span(subject)})"
    return f"{first[0].upper()}{first[1:]}, and {second}.{_growth(subject)}"


def _span(subject: Subject) -> str:
    """The longest recovery point of all failovers between regions."""
    failovers = subject.summary["global"]["failovers"]
    return words.seconds(max(one["recovery_point"]["span_s"] for one in failovers))


def _was(many: int) -> str:
    return "was" if many == 1 else "were"


def _all_of_them(subject: Subject) -> str:
    if len(subject.summary["clusters"]) == 1:
        return "the volume"
    names = [words.name(name, 30) for name in primaries(subject)]
    return f"the volume{'s' * (len(names) > 1)} of {words.listed(names)}"


def _throughout(subject: Subject) -> str:
    """A volume without room refuses rows, but its quorum was there."""
    each = subject.summary["workloads"].values()
    full = any(one["errors"].get("volume_full") for one in each)
    return "kept its write quorum throughout" if full else "could take writes throughout"


def _growth(subject: Subject) -> str:
    """How fast volumes grew and when they are full; empty where none grew and none is full."""
    told, clusters = "", subject.summary["clusters"]
    for name, each in clusters.items():
        it = "It" if len(clusters) == 1 else f"That of {words.name(name, 30)}"
        one = each["volume"]
        grew, full_in_s = one["growth_bytes_per_s"], one["full_in_s"]
        size = words.size(one["bytes"])
        if words.exists(full_in_s) and full_in_s < 1:
            told += f" {it} grew to {size}, and is full." if grew else f" {it} is full, at {size}."
        elif grew:
            when = words.seconds(full_in_s)
            told += (
                f" {it} grew by {words.size(grew)} a second to {size}; at that rate it is full in "
                f"{when}."
            )
    return told


def lags(subject: Subject) -> list[str]:
    """How far each secondary was behind, and what explains a long lag."""
    clusters = subject.summary["clusters"] if len(subject.summary["clusters"]) > 1 else {}
    told = [_lag(subject, name, one) for name, one in sorted(clusters.items())]
    told = [each for each in told if each]
    left = len(told) - SECONDARIES_MOST
    more = [f"{words.spelled(left)} more: see the table of regions."] if left > 0 else []
    return [*told[:SECONDARIES_MOST], *more]


def _lag(subject: Subject, name: str, cluster: Mapping[str, Any]) -> str:
    """Empty for a cluster that applied nothing, unless something kept it from that."""
    lag_ms, lacks = cluster["replication_lag_ms"], cluster["replication_backlog"]["commits"]
    why, still = _away(subject, name)
    who = f"As a secondary, {words.name(name, 30)}"
    if not words.exists(lag_ms["p50"]):
        follows = why and cluster["role"] == "secondary"
        return f"{who} applied nothing: {words.listed(why)}." if follows else ""
    p50, p99, most = (words.milliseconds(lag_ms[key]) for key in ("p50", "p99", "max"))
    text = f"{who} was {p50} behind (median), {p99} at the 99th percentile and {most} at most"
    if why and (still or lag_ms["max"] >= LONG_LAG_MS):
        text += f": {words.listed(why)} for a time"
    if still:
        text = text.removesuffix("for a time") + "until the end"
        text += f", when it lacked {words.counted(lacks, 'commit')}"
    return f"{text}."


def _away(subject: Subject, name: str) -> tuple[list[str], bool]:
    """What kept the redo from a region, and whether it did so until the end."""
    mine = [
        event
        for event in records(subject.tables.events)
        if event["kind"] in AWAY
        and event["cluster"] == name
        and not str(event["detail"]).startswith("no effect")
    ]
    why = list(dict.fromkeys(AWAY[event["kind"]] for event in mine))
    return why, not all(words.exists(event["end_s"]) for event in mine)
