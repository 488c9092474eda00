"""`cure:`, what a scenario says would mend its broken promises.

A cure is a change of the plan, in the words of `--set`, with the lines of `expect:` that it mends.
`aurosim.scenario.curing` tries it when the scenario is loaded.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from aurosim.scenario.expect import Expectation, parsed
from aurosim.scenario.fields import HOLE, Spec

MAX_SETTINGS = 50
MAX_MENDED = 50

Line = Annotated[str, Field(min_length=1, max_length=300)]


class CureSpec(Spec):
    """A change of the plan after which promises hold that break without it. `aurosim run X --cure`
    runs with it.
    """

    what: Annotated[str, Field(max_length=300)] | None = Field(
        default=None, description="What it is, in a few words; its settings where it is not said."
    )
    set_: Annotated[dict[str, Any], Field(max_length=MAX_SETTINGS)] = Field(
        alias="set",
        default_factory=dict,
        description="What it changes, by path, as `--set` would: of the cluster, the clients, or "
        "what an operator does among the faults.",
    )
    mends: Annotated[list[Annotated[Line, HOLE]], Field(min_length=1, max_length=MAX_MENDED)] = (
        Field(
            description="The lines of `expect:` that fail without it and hold with it; a path "
            "stands for every line about it."
        )
    )
    why: Annotated[str, Field(max_length=4000)] | None = Field(
        default=None, description="Why it does."
    )
    in_place: bool = Field(
        default=False,
        description="Whether the scenario has it already; loading finds out. Of one that has it, "
        "`set` is empty in the resolved scenario.",
    )

    def lines(self, named: str, promises: list[Expectation]) -> list[str]:
        """The lines of `expect:` that an entry of `mends` names, by their text or their path."""
        return [line.text for line in promises if named.strip() == line.path or _same(named, line)]


def _same(text: str, line: Expectation) -> bool:
    """Whether the text is the line, spaces aside."""
    try:
        return parsed(text).model_copy(update={"text": line.text}) == line
    except ValueError:
        return False
