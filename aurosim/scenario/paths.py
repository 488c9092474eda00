"""Result paths: how an `expect:` line names a number of `summary.json`.

A path is the way through the summary, with dots, without the unit suffixes of its keys
(`latency_ms` is `latency`, `due_per_s` is `due`). `workloads.` may be left out, and so may
`clusters.<name>.` while there is one cluster. The lists `failovers` and `restarts` have `count`,
and their members by number from 0; what is said of all outages of a workload in one stands under
`outage`. The numbers are those of the table of results (`results.py`); from it follow every leaf
with its unit, and the words that therefore cannot name a workload.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aurosim.scenario.nearest import did_you_mean
from aurosim.scenario.results import KEYS, PLAIN

WRITER: Final = "writer"
SUFFIXES: Final = ("_per_s", "_ms", "_s", "_ratio", "_bytes")
_LEFT_OUT: Final = SUFFIXES[:-1]


def _leaves() -> dict[str, str]:
    """Every number that a line may name, with its unit, in the order of the table of results."""
    found: dict[str, str] = {}
    for key in KEYS:
        head, listed, _ = key.path.partition("[]")
        if listed and key.expect:
            found.setdefault(f"{head}.count", PLAIN)
        if key.is_number and key.expect:
            names = key.path.replace("[]", ".<#>").split(".")
            found[".".join(map(_without_unit, names))] = key.unit
    return found


def _without_unit(name: str) -> str:
    return next((name.removesuffix(s) for s in _LEFT_OUT if name.endswith(s)), name)


_OF_LONGEST: Final = ("max", "mean", "total")
"""Words of `outage` for what grows while an outage is open."""

# `<...>` stands for a name of the scenario; `<#>` for a number from 0.
LEAVES: Final[dict[str, str]] = _leaves()
_CLUSTER_WORDS = frozenset(leaf.split(".")[2] for leaf in LEAVES if leaf.startswith("clusters."))
# `orders.reads` is a rate; a workload may be called reads all the same. Not so these.
_WORKLOAD_WORDS = frozenset({"availability", "outage", "outages", "latency", "errors"})

_TOP_WORDS = frozenset({"global", "warnings"})

# What a path may begin with, and words of the language that would read as something else.
RESERVED: Final = frozenset(
    _CLUSTER_WORDS
    | _WORKLOAD_WORDS
    | _TOP_WORDS
    | {"workloads", "workload", "clusters", "cluster", "writer", "reader", "expect", "faults"}
    | {"region", "engine", "cost", "all"}
)


@dataclass(frozen=True)
class Names:
    """The names a scenario's paths may hold."""

    workloads: tuple[str, ...]
    clusters: tuple[str, ...]
    instances: tuple[str, ...]
    firsts: tuple[str, ...] = ()
    """The first instance of each cluster: of the primary, the writer at the start."""


@dataclass(frozen=True)
class Leaf:
    """A number of the summary: its full path, with nothing left out, and its unit."""

    path: str
    unit: str


def leaf_of(path: str, names: Names) -> Leaf:
    """The number that the path names. Raises ValueError, with the nearest known path, where it
    names none.
    """
    full = _full(path, names)
    pattern = _pattern(full)
    if pattern not in LEAVES:
        raise ValueError(_unknown(path, names))
    parts = full.split(".")
    for known, wanted in zip(pattern.split("."), parts, strict=True):
        choices = _choices(known, names)
        if choices is not None and wanted not in choices:
            raise ValueError(_unknown(path, names))
    return Leaf(full, LEAVES[pattern])


def known_paths(names: Names) -> list[str]:
    """Every path of the scenario, as short as can be said; of lists the first member only."""
    paths: list[str] = []
    for leaf in LEAVES:
        spelled = [leaf]
        for word in ("<workload>", "<cluster>", "<instance>", "<#>"):
            choices = _choices(word, names) or ("0",)
            spelled = [
                path.replace(word, choice)
                for path in spelled
                for choice in (choices if word in path else ("",))
            ]
        paths += [_short(path, names) for path in spelled]
    return paths


def resolve(path: str, summary: Mapping[str, Any]) -> float | None:
    """The number of the summary that the path names, in the unit of the summary's key; None where
    it does not exist.
    """
    clusters = tuple(summary.get("clusters", {}))
    here: Any = summary
    for part in _full(path, Names(tuple(summary.get("workloads", {})), clusters, ())).split("."):
        here = _step(here, part)
    return here if isinstance(here, (int, float)) and not isinstance(here, bool) else None


def at_least(path: str, summary: Mapping[str, Any]) -> bool:
    """Whether the number that the path names hangs on an outage which was open when the run ended:
    had the run gone on, it might be more.
    """
    full = _full(path, Names(tuple(summary["workloads"]), tuple(summary["clusters"]), ()))
    still_open = {
        name: [each["longest_s"] for each in workload["outages"] if each["end_s"] is None]
        for name, workload in summary["workloads"].items()
    }
    if full.endswith(".client_outage"):  # of one workload or another
        return any(resolve(path, summary) in lasted for lasted in still_open.values())
    return any(
        lasted and full in {f"workloads.{name}.outage.{word}" for word in _OF_LONGEST}
        for name, lasted in still_open.items()
    )


def _full(path: str, names: Names) -> str:
    first = path.split(".", 1)[0]
    if first in ("workloads", "clusters") or first in _TOP_WORDS:
        return path
    if first in _CLUSTER_WORDS and len(names.clusters) == 1:
        return f"clusters.{names.clusters[0]}.{path}"
    return f"workloads.{path}"


def _short(path: str, names: Names) -> str:
    if path.startswith("workloads."):
        return path.removeprefix("workloads.")
    if path.split(".", 1)[0] in _TOP_WORDS:
        return path
    return path.split(".", 2)[2] if len(names.clusters) == 1 else path


def _pattern(full: str) -> str:
    """The full path with `<...>` where a name or number stands."""
    parts = full.split(".")
    if parts[0] in _TOP_WORDS:
        if len(parts) > 2 and re.fullmatch(r"[0-9]{1,4}", parts[2]):
            parts[2] = "<#>"
        return ".".join(parts)
    if len(parts) > 1:
        parts[1] = "<workload>" if parts[0] == "workloads" else "<cluster>"
    if len(parts) > 3 and parts[0] == "clusters":
        if parts[2] in ("readers", "instances"):
            parts[3] = "<instance>"
        elif re.fullmatch(r"[0-9]{1,4}", parts[3]):
            parts[3] = "<#>"
    return ".".join(parts)


def _choices(word: str, names: Names) -> tuple[str, ...] | None:
    return {
        "<workload>": names.workloads,
        "<cluster>": names.clusters,
        "<instance>": names.instances,
    }.get(word)


def _of_the_writer(path: str, names: Names) -> str:
    """The hint for who asks for the writer's: results go by instance, not by role."""
    first, _, rest = path.partition(".")
    parts = _full(f"instances.{path}" if first == WRITER and rest else path, names).split(".")
    if len(parts) < 5 or parts[0] != "clusters" or parts[2:4] != ["instances", WRITER]:
        return ""
    of = dict(zip(names.clusters, names.firsts, strict=False))
    if parts[1] not in of:
        return ""
    parts[3] = instance = of[parts[1]]
    full = ".".join(parts)
    if _pattern(full) not in LEAVES:
        return ""
    way = full if path.startswith("clusters.") else _short(full, names)
    role = ", the writer at the start" if parts[1] == names.clusters[0] else " there"
    return f" Did you mean '{way}'? {instance} is the first instance{role}."


def _unknown(path: str, names: Names) -> str:
    known = known_paths(names)
    if path.startswith(("workloads.", "clusters.")):
        known = [_full(short, names) for short in known]
    first = path.split(".", 1)[0]
    # A workload called `clusters` makes paths that read as others: what was written is no hint.
    near = _of_the_writer(path, names)
    near = near or did_you_mean(path, [other for other in known if other != path])
    known_words = _CLUSTER_WORDS | _TOP_WORDS
    if not near and first not in known_words and first not in names.workloads:
        near = f" Workloads: {', '.join(names.workloads)}."
    elif not near:
        begins = [other for other in known if other.startswith(f"{first}.")]
        near = f" Paths there: {_some(begins)}." if begins else ""
    return f"'{path[:80]}' names no number of the results.{near}"


def _some(paths: Iterable[str]) -> str:
    every = list(paths)
    return ", ".join(every[:6]) + (" ..." if len(every) > 6 else "")


def _step(here: Any, part: str) -> Any:
    """One step into the summary: a key, a key behind its unit suffix, a list's member, or a word
    for a list.
    """
    if isinstance(here, list):
        if part == "count":
            return len(here)
        return here[int(part)] if part.isdecimal() and int(part) < len(here) else None
    if not isinstance(here, Mapping):
        return None
    return next(
        (here[key] for key in (part, *(part + suffix for suffix in SUFFIXES)) if key in here), None
    )
