"""The kinds of statements, and what one of each costs unless the scenario says otherwise.

A statement costs its own CPU (`read_cpu` for a point read and for finding what to write) and on top
of it `page_write_cpu` for each page it modifies, `miss_cpu` for each it does not find; each page
modified is one redo record. COMMIT costs `commit_cpu` in all. Fitted on SysBench (S17), see the
entries.

A kind is one line here and, of a read or a write, its numbers among the entries: `pages_<kind>`,
and `modifies_<kind>` of a write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from aurosim.catalog.entry import AS_PUBLISHED, Quantity, duration_ns, whole

BRACKET, READ, WRITE = "bracket", "read", "write"


class StatementKind(IntEnum):
    """What a statement does, numbered in this order: reads together and writes together, COMMIT
    behind all others. ``connect`` and ``none`` are rows but no statements.

    `does` is one of the words above, `cpu` the entry with its own CPU. `rows` is what it takes in
    the volume unless it is said: one row of the catalog's size, or minus one that it frees.
    """

    does: str
    cpu: str
    rows: int

    def __new__(cls, does: Any = "", cpu: str = "", rows: int = 0) -> StatementKind:
        """The next kind."""
        found = int.__new__(cls, len(cls.__members__))
        found._value_ = len(cls.__members__)
        found.does, found.cpu, found.rows = does, cpu, rows
        return found

    BEGIN = BRACKET, "begin_cpu"
    SELECT = READ, "read_cpu"
    RANGE = READ, "range_cpu"
    INSERT = WRITE, "read_cpu", 1
    UPDATE_INDEX = WRITE, "read_cpu"
    UPDATE_NON_INDEX = WRITE, "read_cpu"
    DELETE = WRITE, "read_cpu", -1
    COMMIT = BRACKET, "commit_cpu"
    CONNECT = ()
    NONE = ()

    @property
    def word(self) -> str:
        """The word for it in a scenario."""
        return self.name.lower()


READ_KINDS = tuple(kind for kind in StatementKind if kind.does == READ)
WRITE_KINDS = tuple(kind for kind in StatementKind if kind.does == WRITE)
for _kinds in (READ_KINDS, WRITE_KINDS):
    assert [int(k) for k in _kinds] == list(range(_kinds[0], _kinds[-1] + 1)), "kinds lie apart"
assert max(kind for kind in StatementKind if kind.does) == StatementKind.COMMIT
KINDS = tuple(kind.word for kind in StatementKind if kind.does)
"""The words for all kinds that a scenario may say."""


def kind_of(word: str) -> StatementKind:
    """The kind that a word of the language means."""
    assert word in KINDS, f"unknown kind of statement {word!r}"
    return StatementKind[word.upper()]


@dataclass(frozen=True, slots=True)
class StatementCost:
    """Mean of the statement's own CPU on one vCPU of speed 1, random leaf pages touched, pages
    modified (their CPU comes on top), bytes of redo."""

    cpu_ns: int
    pages: int
    modifies: int
    redo_bytes: int


def statement_cost(word: str, model: Mapping[str, Quantity] = AS_PUBLISHED) -> StatementCost:
    """The default cost of a statement of one of `KINDS`; `model` overrides entries by name."""
    kind = kind_of(word)
    pages = 0 if kind.does == BRACKET else whole(f"pages_{word}", model)
    modifies = whole(f"modifies_{word}", model) if kind.does == WRITE else 0
    redo_bytes = modifies * whole("redo_record_bytes", model)
    return StatementCost(duration_ns(kind.cpu, model), pages, modifies, redo_bytes)
