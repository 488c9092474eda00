"""The cures that a scenario names, as the page, the terminal and a notebook tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ON_THE_PAGE: Final = ("`--cure`", "`--cure-only {}`")
IN_THE_TERMINAL: Final = ("--cure", "--cure-only {}")
IN_PYTHON: Final = ("cure=True", "cure={}")
"""How one asks for every cure, and for one."""


@dataclass(frozen=True)
class Cure:
    """One cure: the line on it, why it helps, and the promises that it mends."""

    line: str
    why: str
    mends: tuple[str, ...]
    in_place: bool


def told(scenario: Any, ways: tuple[str, str] = ON_THE_PAGE) -> list[Cure]:
    """The scenario's cures in its order."""
    every = list(getattr(scenario, "cure", None) or [])
    return [
        Cure(_line(one, number, len(every), ways), one.why or "", tuple(one.mends), one.in_place)
        for number, one in enumerate(every, 1)
    ]


def _line(cure: Any, number: int, many: int, ways: tuple[str, str]) -> str:
    what = " ".join(str(cure.what).split()).rstrip(".")
    which = f"cure {number}" if many > 1 else "the cure"
    if cure.in_place:
        return f"{which.capitalize()} is in place: {what}."
    alone = f"{ways[1].format(number)}, or all of them with {ways[0]}" if many > 1 else ways[0]
    return f"{which.capitalize()}: {what}. Run it with {alone}."
