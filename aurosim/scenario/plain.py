"""Python's own dicts, lists and numbers as the YAML that says the same.

What a program or a notebook makes is read as files are: by one reader, with one set of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import PurePath
from typing import Any

from aurosim.errors import UsageError
from aurosim.scenario.reading import MAX_DEPTH
from aurosim.scenario.writing import inline


def as_yaml(value: object) -> str:
    """The value on one line of YAML. Raises UsageError for what YAML has no word for."""
    return inline(_plain(value, "", 0))


def _plain(value: object, where: str, depth: int) -> Any:
    """The value in the plain types that YAML knows: of numpy's numbers, Python's."""
    if depth > MAX_DEPTH:
        raise UsageError(f"{where[:60]} is nested deeper than {MAX_DEPTH} levels.")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise UsageError(f"{where or 'it'} has {key!r} as a key; keys are text.")
        return {key: _plain(item, f"{where}.{key}".strip("."), depth + 1)
                for key, item in value.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{at}]", depth + 1) for at, item in enumerate(value)]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if type(value).__name__ in ("bool", "bool_"):  # numpy's, which is no number of Python's
        return bool(value)
    raise UsageError(
        f"{where or 'it'} is a {type(value).__name__}; a scenario holds text, numbers, true and "
        "false, lists and mappings. A duration, size or rate is text: '10 s'."
    )
