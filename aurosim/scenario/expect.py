"""`expect:` lines: what a scenario claims of its own results, `path op number unit`.

No formula and nothing evaluated: a path of `summary.json`, one of `> >= < <= ==`, a number, and a
unit of the path's
dimension. A number that the summary does not have (null) makes the line fail.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from aurosim.scenario.fields import Spec
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import listed
from aurosim.scenario.results import BYTES, MS, PER_S, PLAIN, RATIO, S
from aurosim.units import KIB, both_ways, share, shown

OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}
# For each unit of the summary, the units one may write and their size in it.
_UNITS: Final[dict[str, dict[str, Decimal]]] = {
    MS: {"us": Decimal("0.001"), "ms": Decimal(1), "s": Decimal(1000), "min": Decimal(60_000)},
    S: {"us": Decimal("1e-6"), "ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60),
        "h": Decimal(3600)},
    PER_S: {"/s": Decimal(1), "/min": 1 / Decimal(60)},
    RATIO: {"%": Decimal("0.01"), "": Decimal(1)},  # without a unit only by `_share`
    BYTES: {
        "B": Decimal(1), "MB": Decimal(10**6), "GB": Decimal(10**9), "TB": Decimal(10**12),
        "KiB": Decimal(KIB), "MiB": Decimal(KIB**2), "GiB": Decimal(KIB**3), "TiB": Decimal(KIB**4),
    },
    PLAIN: {"": Decimal(1)},
}  # fmt: skip
_WHAT = {
    MS: "a time",
    S: "a time",
    PER_S: "a rate",
    RATIO: "a share",
    BYTES: "a size",
    PLAIN: "a plain number",
}
_LINE = re.compile(
    r"(?P<path>\S+)\s*(?P<op>>=|<=|==|>|<)\s*(?P<number>-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?)\s*"
    r"(?P<unit>[^\s0-9]\S*)?"
)


class Expectation(Spec):
    """One line: `text` as written; `number` in `unit`, which may differ from the summary's."""

    text: str = Field(description="The line.")
    path: str = Field(description="The path of a number in the results.")
    op: str = Field(description="One of > >= < <= ==.")
    number: float = Field(description="The number to compare with, in `unit`.")
    unit: str = Field(description="The unit as written; empty for a plain number.")

    def bound(self, summary_unit: str) -> float:
        """The number in the unit of the summary. Raises ValueError where the units do not fit each
        other.
        """
        known = _UNITS[summary_unit]
        if summary_unit == RATIO and self.unit in known:
            return self._share()
        if self.number == 0 and not self.unit:
            return 0.0
        if self.unit not in known:
            said = f"'{self.unit}'" if self.unit else "no unit"
            fitting = listed(repr(unit) for unit in known if unit)
            way = f"units: {fitting}" if any(known) else "it takes no unit"
            raise ValueError(f"has {said}, but {self.path} is {_WHAT[summary_unit]}; {way}.")
        return float(Decimal(repr(self.number)) * known[self.unit])

    def _share(self) -> float:
        """The number as a ratio. A bare 70 would hold for ever, or never, and say nothing."""
        said = self.text.rpartition(self.op)[2].strip()
        number = Decimal(repr(self.number))
        found = share(number, percent=self.unit == "%", pointed="." in said)
        if found is not None:
            return found
        if self.unit:
            raise ValueError(
                f"compares with {said}, but {self.path} is a share: between 0 % and 100 %."
            )
        raise ValueError(f"has no unit, but {self.path} is a share: {both_ways(number)}")

    def in_unit(self, value: float, summary_unit: str) -> float:
        """A value of the summary in the unit of the line; as it is where that does not fit."""
        size = _UNITS[summary_unit].get(self.unit)
        return value if size is None else float(Decimal(repr(value)) / size)

    def holds(
        self, value: float | None, summary_unit: str, *, at_least: bool = False
    ) -> bool:
        """Whether the summary's value is as expected; a value that does not exist is not.

        Of one that is only known to be `at_least` so much, nothing but that it is more can be
        promised: a line that cannot be judged does not hold.
        """
        if value is None or (at_least and self.op not in (">", ">=")):
            return False
        return OPERATORS[self.op](value, self.bound(summary_unit))


def _parsed(value: Any) -> Any:
    if isinstance(value, Expectation) or value is BROKEN:
        return value
    if isinstance(value, dict):
        raise ValueError(
            "is a mapping; a line is text like 'orders.latency.p99 < 100 ms'. Is there a ':' "
            "too many?"
        )
    if not isinstance(value, str):
        raise ValueError(f"is {shown(value)}; a line is text like 'orders.latency.p99 < 100 ms'.")
    text = " ".join(value.split())
    match = _LINE.fullmatch(text) if len(text) <= 300 else None
    if match is None:
        raise ValueError(
            f"is {shown(value)}, {_reason(text)}; a line is 'path op number unit', like "
            f"'orders.outage.max < 60 s'."
        )
    number = float(match["number"])
    return {
        "text": text,
        "path": match["path"],
        "op": match["op"],
        "number": number,
        "unit": match["unit"] or "",
    }


def _reason(text: str) -> str:
    """What is most likely wrong with a line that does not parse."""
    if len(text) > 300:
        return "which is too long"
    if re.search(r"!=|=>|=<|<>|(?<![<>=])=(?!=)", text):
        return "whose comparison is not one of > >= < <= =="
    if not re.search(r"[<>]|==", text):
        return "which compares nothing"
    if re.search(r"\b(and|or)\b|&&|\|\|", text):
        return "which says two things; write two lines"
    return "which is not a path, a comparison and a number"


def parsed(text: str) -> Expectation:
    """A line from its text. Raises ValueError, saying what is wrong with it."""
    return Expectation.model_validate(_parsed(text))


ExpectLine = Annotated[
    Expectation,
    BeforeValidator(_parsed),
    PlainSerializer(lambda line: line.text, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "examples": ["orders.outage.max < 60 s", "orders.availability.requests >= 95 %"],
        }
    ),
]
