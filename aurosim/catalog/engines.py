"""The engines, and exactly where they differ.

`engines.csv` has a row for each topic and engine, or one for `any` where all do the same; an
`Engine` is what it says of one, with types. Where nothing is published about a difference the row
for `any` is an `assumption`, so that a reader of a report sees that a result for PostgreSQL rests
on MySQL's numbers.

A further engine is added in that table alone. Its row `like` names the engine that it resembles:
what the table doesn't say of it is *borrowed* from there, and marked so. A row `cost.<entry>` gives
it a number of its own for that entry, in the entry's unit; a scenario's `model:` still wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from aurosim.catalog import buffer, connections
from aurosim.catalog.entry import Quantity, entries, quantity
from aurosim.catalog.instance_class import InstanceClass
from aurosim.catalog.outcomes import ERRORS
from aurosim.catalog.tables import table

ANY = "any"
LIKE, COST = "like", "cost."
READ = (
    "page_bytes", "buffer_rule", "max_connections_rule", "max_connections_column", "connect_cpu",
    "reserved_connections", "listens_while_restarting",
)  # fmt: skip
"""What an `Engine` is made of."""
SHOWN = (
    "connection", "connect_round_trips", "readers_restart_with_writer", "wait.cpu", "wait.commit",
    "wait.read", "wait.client", "wait.log", "statement_cpu", "commit_cpu", "pages_per_statement",
    "redo_record_bytes", "storage_service", "replica_lag", "failover_times", "restart_times",
    "quorum", "dns_ttl",
)  # fmt: skip
"""What is told to readers alone: on the page of assumptions and in reports."""
NO_CODE = "-"


class Difference(NamedTuple):
    """One topic and what each engine does about it; `borrowed` names who doesn't say so itself."""

    topic: str
    values: Mapping[str, str]
    status: str
    source: str
    note: str
    borrowed: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the engines are modelled differently here."""
        return len(set(self.values.values())) > 1


@dataclass(frozen=True, slots=True)
class Engine:
    """A database engine: pages, memory, connections, and its words for errors.

    `like` is the engine that it resembles, empty for one that borrows nothing. `connect_cpu_entry`
    names the entry with the CPU to open a connection. `errors` maps aurosim's error words to the
    engine's codes. `numbers` are its own in place of catalog entries, by the entry's name.
    """

    name: str
    like: str
    page_bytes: int
    connect_cpu_entry: str
    listens_while_restarting: bool
    reserved_connections: int
    errors: Mapping[str, str]
    numbers: Mapping[str, Quantity]
    _buffer_rule: Callable[[int], int]
    _connections_rule: Callable[[int], int]
    _connections_column: str

    def buffer_bytes(self, memory_bytes: int) -> int:
        """The memory that caches pages, of an instance with this memory."""
        return self._buffer_rule(memory_bytes)

    def max_connections(self, instance_class: InstanceClass) -> int:
        """Connections that such an instance accepts by default: documented, else by the rule."""
        documented = instance_class.documented_connections.get(self._connections_column)
        return documented or self._connections_rule(instance_class.memory_bytes)

    def model(self, overrides: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
        """What is in place of catalog entries: a scenario's overrides, else the engine's own."""
        return {**self.numbers, **overrides}


@cache
def engines() -> tuple[str, ...]:
    """The names of all engines, in the order of the table."""
    named = dict.fromkeys(name for _, name in _said())
    return tuple(name for name in named if name != ANY)


@cache
def _said() -> dict[tuple[str, str], Mapping[str, str]]:
    """The rows of the table by topic and engine; none that nobody would look at."""
    costs = {f"{COST}{entry}" for entry in entries()}
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for row in table("engines"):
        topic, name = row["topic"], row["engine"]
        known = topic in (LIKE, *READ, *SHOWN) or topic in costs
        assert known, f"engines.csv says {topic!r} of {name}, which nothing reads or shows"
        assert (topic, name) not in found, f"engines.csv says {topic!r} of {name} twice"
        found[topic, name] = row
    return found


def _like(name: str) -> str:
    return _said().get((LIKE, name), {"value": ""})["value"]


def _row(topic: str, name: str) -> Mapping[str, str]:
    """What holds for an engine: its own row, the one for any, else that of whom it is like."""
    said = _said()
    row = said.get((topic, name)) or said.get((topic, ANY))
    if row is None:
        assert _like(name), f"engines.csv does not say {topic} of {name}, nor whom it is like"
        row = _row(topic, _like(name))
    return row


def _borrowers(topic: str) -> tuple[str, ...]:
    """The engines that take this topic from whom they are like."""
    said = _said()
    return tuple(n for n in engines() if not {(topic, n), (topic, ANY)} & said.keys())


def _error_codes(name: str) -> dict[str, str]:
    like = _error_codes(_like(name)) if _like(name) else {}
    return {each.word: each.codes.get(name) or like.get(each.word, NO_CODE) for each in ERRORS}


@cache
def engine_differences() -> tuple[Difference, ...]:
    """Every topic on which an engine could matter, with all answers; the words for errors before
    those for waits.
    """
    topics = list(dict.fromkeys(topic for topic, _ in _said()))
    found = [_difference(t) for t in topics if t != LIKE and not t.startswith(COST)]
    codes = {name: _error_codes(name) for name in engines()}
    errors = [
        Difference(
            f"error.{each.word}",
            {name: codes[name][each.word] for name in engines()},
            each.status,
            each.source,
            each.note,
            tuple(name for name in engines() if name not in each.codes),
        )
        for each in ERRORS
    ]
    place = next(n for n, each in enumerate(found) if each.topic.startswith("wait."))
    return (*found[:place], *errors, *found[place:])


def _difference(topic: str) -> Difference:
    rows = {name: _row(topic, name) for name in engines()}
    first = rows[engines()[0]]
    values = {name: row["value"] for name, row in rows.items()}
    about = first["status"], first["source"], first["note"]
    return Difference(topic, values, *about, _borrowers(topic))


@cache
def engine(name: str) -> Engine:
    """The engine of this name."""
    assert name in engines(), f"unknown engine {name!r}"

    def says(topic: str) -> str:
        return _row(topic, name)["value"]

    own = {
        topic.removeprefix(COST): row["value"]
        for (topic, of), row in _said().items()
        if of == name and topic.startswith(COST)
    }
    return Engine(
        name=name,
        like=_like(name),
        page_bytes=int(says("page_bytes")),
        connect_cpu_entry=says("connect_cpu"),
        listens_while_restarting=says("listens_while_restarting") == "yes",
        reserved_connections=int(says("reserved_connections")),
        errors=MappingProxyType(_error_codes(name)),
        numbers={entry: quantity(text, entries()[entry].unit) for entry, text in own.items()},
        _buffer_rule=buffer.RULES[says("buffer_rule")],
        _connections_rule=connections.RULES[says("max_connections_rule")],
        _connections_column=says("max_connections_column"),
    )


def entries_of_others(name: str) -> frozenset[str]:
    """Entries that only other engines read."""
    mine = engine(name).connect_cpu_entry
    return frozenset({engine(other).connect_cpu_entry for other in engines()} - {mine})
