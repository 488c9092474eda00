"""The two engines, and exactly where they differ.

`engines.csv` has one row per topic with a column for each engine; an `Engine` is a column of it
with types. Where nothing is published about one of them both columns are the same and the status is
`assumption`, so that a reader of a report sees that a result for PostgreSQL rests on MySQL's
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from aurosim.catalog import buffer
from aurosim.catalog.entry import duration_ns, whole
from aurosim.catalog.instance_class import InstanceClass
from aurosim.catalog.tables import table

ENGINES = ("aurora-mysql", "aurora-postgresql")


class Difference(NamedTuple):
    """One topic and what each engine does about it."""

    topic: str
    mysql: str
    postgresql: str
    status: str
    source: str
    note: str

    @property
    def differs(self) -> bool:
        """Whether the engines are modelled differently here."""
        return self.mysql != self.postgresql


@dataclass(frozen=True, slots=True)
class Engine:
    """A database engine: pages, memory, connections, and its words for errors and waits.

    `errors` maps aurosim's error words to the engine's code, `waits` maps cpu, commit, read, log
    (stalled at the LSN allocation limit) and client to the wait's name. `connect_cpu_entry` names
    the entry with `connect_cpu_ns`, for overrides.
    """

    name: str
    page_bytes: int
    connect_cpu_entry: str
    connect_cpu_ns: int
    connect_round_trips: int
    readers_restart_with_writer: bool
    listens_while_restarting: bool
    errors: Mapping[str, str]
    waits: Mapping[str, str]
    _buffer_rule: Callable[[int], int]

    def buffer_bytes(self, memory_bytes: int) -> int:
        """The memory that caches pages, of an instance with this memory."""
        return self._buffer_rule(memory_bytes)

    def max_connections(self, instance_class: InstanceClass) -> int:
        """Connections that such an instance accepts by default: documented, else by the rule."""
        if self.name == "aurora-mysql":
            return instance_class.max_connections_mysql
        return instance_class.max_connections_pg


@cache
def engine_differences() -> tuple[Difference, ...]:
    """Every topic on which an engine could matter, with both answers."""
    return tuple(
        Difference(
            row["topic"],
            row["aurora-mysql"],
            row["aurora-postgresql"],
            row["status"],
            row["source"],
            row["note"],
        )
        for row in table("engines")
    )


def _prefixed(words: Mapping[str, str], prefix: str) -> Mapping[str, str]:
    return MappingProxyType(
        {k.removeprefix(prefix): v for k, v in words.items() if k.startswith(prefix)}
    )


@cache
def engine(name: str) -> Engine:
    """The engine called `aurora-mysql` or `aurora-postgresql`."""
    assert name in ENGINES, f"unknown engine {name!r}"
    words = {row["topic"]: row[name] for row in table("engines")}
    is_mysql = name == "aurora-mysql"
    return Engine(
        name=name,
        page_bytes=int(words["page_bytes"]),
        connect_cpu_entry=words["connect_cpu"],
        connect_cpu_ns=duration_ns(words["connect_cpu"]),
        connect_round_trips=whole(words["connect_round_trips"]),
        readers_restart_with_writer=words["readers_restart_with_writer"] == "yes",
        listens_while_restarting=words["listens_while_restarting"] == "yes",
        errors=_prefixed(words, "error."),
        waits=_prefixed(words, "wait."),
        _buffer_rule=buffer.mysql_buffer_bytes if is_mysql else buffer.postgresql_buffer_bytes,
    )
