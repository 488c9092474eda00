"""pydantic's findings in the words of someone who wrote the file.

Each finding has a place in the file and a sentence that begins where the field's name ends: "is 5;
it must be at most 3."
"""

from __future__ import annotations

import contextlib
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from aurosim.errors import UnitError
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.not_modelled import not_modelled
from aurosim.units import (
    duration_ns,
    format_duration,
    format_number,
    format_size,
    shown,
    size_bytes,
)

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "bool": "true or false",
    "dict": "a mapping",
    "model": "a mapping",
    "list": "a list",
    "string_unicode": "text",
}


def sentence(error: ErrorDetails, keys: list[str]) -> str:
    """What to say of pydantic's error. `keys` are the keys known at its place, for unknown and
    missing ones.
    """
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        word = str(error["loc"][-1])
        way = not_modelled(word) or did_you_mean(word, keys)
        return f"is not a key that belongs here. Known: {listed(keys)}.{way}"
    if kind == "missing":
        return "is missing."
    if kind.endswith("_type") and kind.removesuffix("_type") in _TYPES:
        return (
            f"is {shown(value)}; it must be "
            f"{_TYPES[kind.removesuffix('_type')]}.{_way(kind, value)}"
        )
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return f"is {shown(value)}; it must be {_bound(kind, context, value)}."
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        return _length(kind, value, context)
    if kind in ("finite_number", "int_parsing_size"):
        return f"is {shown(value)}; it must be a finite number."
    return f"is {shown(value)}: {error['msg'][:1].lower()}{error['msg'][1:]}."


def _way(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, (int, float)):
        return f" Put it in quotes: '{shown(value)}'."
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return (
            " Leave out quotes and units."
            if any(character.isdigit() for character in value)
            else ""
        )
    if kind == "list_type" and isinstance(value, dict):
        return " Begin each of its items with '- '."
    if kind in ("model_type", "dict_type") and isinstance(value, list):
        return " Leave out the '- '."
    return ""


def _bound(kind: str, context: dict[str, Any], value: Any) -> str:
    words = {
        "greater_than": "above",
        "greater_than_equal": "at least",
        "less_than": "below",
        "less_than_equal": "at most",
    }
    return f"{words[kind]} {_as_written(next(iter(context.values())), value)}"


def _as_written(bound: float, value: Any) -> str:
    """The bound in the kind of unit that the value has."""
    for read, write in ((duration_ns, format_duration), (size_bytes, format_size)):
        with contextlib.suppress(UnitError):
            if isinstance(value, str):
                read(value)
                return write(int(bound))
    return format_number(bound)


def _length(kind: str, value: Any, context: dict[str, Any]) -> str:
    if kind.startswith("string"):
        return (
            "is empty."
            if kind.endswith("short")
            else f"is text of {len(value)} characters; the most is {context['max_length']}."
        )
    if kind == "too_short":
        return f"is empty; it needs at least {context['min_length']}."
    return (
        f"has {context.get('actual_length') or len(value)} entries; the most is "
        f"{context['max_length']}."
    )


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a mapping of the language, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]
