"""A transaction as a scenario says it: a list of statements, each a round trip.

What a statement costs where the scenario does not say is the catalog's, by kind. A write outside
`begin` and `commit`
commits by itself, in its one round trip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from aurosim.catalog.statement import KINDS, WRITE, kind_of
from aurosim.scenario.fields import HOLE, ShortForm, Size, Spec, word
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.laws import Burst
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.presets import PRESETS
from aurosim.units import GIB, shown

MAX_STATEMENTS = 254
"""Round trips of a transaction: statements are numbered in eight bits, two numbers of which mean
that there is none (dataplane/contract)."""

MAX_MODIFIES = 28
"""Redo records of a statement: each block of draws places four, and the last of eight blocks is the
commit record's (dataplane/contract)."""

if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[KINDS]


class StatementSpec(Spec):
    """One statement, or several alike in a row."""

    kind: Annotated[Kind, word(*KINDS)] = Field(description="What it does.")
    repeat: Annotated[int, Field(ge=1, le=MAX_STATEMENTS)] = Field(
        default=1, description="How many times in a row."
    )
    cpu: Burst | None = Field(
        default=None,
        description=(
            "CPU it needs on a class of speed 1, without page writes; the catalog's where it is "
            "not said."
        ),
    )
    pages: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None,
        description="Random leaf pages it touches; the catalog's where it is not said.",
    )
    modifies: Annotated[int, Field(ge=0, le=MAX_MODIFIES)] | None = Field(
        default=None,
        description=(
            "Pages it modifies, which is redo records; the catalog's where it is not said. Writes "
            "only."
        ),
    )
    redo: Annotated[Size, Field(le=GIB)] | None = Field(
        default=None,
        description="Bytes of redo it writes; the catalog's where it is not said. Writes only.",
    )
    grows: Annotated[Size, Field(le=GIB)] | None = Field(
        default=None,
        description=(
            "Bytes its rows take in the volume: one row of the catalog's size for an insert, "
            "nothing for the others where it is not said. Inserts and updates only."
        ),
    )
    frees: Annotated[Size, Field(le=GIB)] | None = Field(
        default=None,
        description=(
            "Bytes it frees for later rows, one row where it is not said; the volume never "
            "shrinks. Deletes only."
        ),
    )

    @property
    def writes(self) -> bool:
        """Whether it needs a writer."""
        return kind_of(self.kind).does == WRITE

    def space(self, row_bytes: int) -> tuple[int, int]:
        """Bytes it takes and bytes it frees, as said or by its kind."""
        takes = kind_of(self.kind).rows * row_bytes
        grows, frees = max(takes, 0), max(-takes, 0)
        return (
            grows if self.grows is None else self.grows,
            frees if self.frees is None else self.frees,
        )


def _expanded(value: Any) -> Any:
    if isinstance(value, list) or value is BROKEN:
        return value
    if not isinstance(value, str):
        raise ValueError(
            f"must be the name of a preset or a list of statements, but is {shown(value)}."
        )
    if value not in PRESETS:
        raise ValueError(
            f"names no preset: {shown(value)}. Presets: "
            f"{listed(PRESETS)}.{did_you_mean(value, PRESETS)}"
        )
    return PRESETS[value]


class _Preset(ShortForm):
    """A preset's name stands for its statements."""

    def expand(self, value: Any) -> Any:
        return _expanded(value)


Transaction = Annotated[
    list[Annotated[StatementSpec, HOLE]],
    Field(min_length=1, max_length=200),
    _Preset("", {"enum": list(PRESETS)}),
]
