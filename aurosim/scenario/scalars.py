"""What a bare word in the file means: the core schema of YAML 1.2, and nothing of YAML 1.1.

`NO`, `on` and `y` are text (YAML 1.1 made them booleans), `12:30` is text (YAML 1.1 made it 750),
`1e3` is a number
(YAML 1.1 made it text), `0o17` is octal and `017` is seventeen. Dates are text.
Source: YAML 1.2.2, section 10.3.2, https://yaml.org/spec/1.2.2/#1032-tag-resolution.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

MAX_DIGITS = 40


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted word. Raises ValueError, with what to say, for NaN, infinity and
    overlong numbers.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"is '{text}'; a scenario holds finite numbers only.")
    if not (_INT.fullmatch(text) or _BASED.fullmatch(text) or _FLOAT.fullmatch(text)):
        return text
    if len(text) > MAX_DIGITS:
        raise ValueError(
            f"is a number of {len(text)} characters; numbers have at most {MAX_DIGITS}."
        )
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(
            f"is {text}, too large for a number; a scenario holds finite numbers only."
        )
    return number
