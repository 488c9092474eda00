"""The reference of the language, `docs/language.md`, written from the models that read it.

`python -m aurosim.scenario.reference` prints it; a test holds the page in step.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from aurosim.scenario.document import Scenario
from aurosim.scenario.fields import ShortForm
from aurosim.scenario.parsing import models_in
from aurosim.scenario.paths import LEAVES, RESERVED
from aurosim.scenario.presets import PRESETS
from aurosim.scenario.prose import (
    EXPECT,
    EXPECT_UNITS,
    INTRODUCTION,
    OVERRIDES,
    PRESETS_TEXT,
    RESERVED_TEXT,
)
from aurosim.scenario.prose_traces import TRACES
from aurosim.units import format_number

_NAMES = {int: "whole number", float: "number", str: "text", bool: "true or false"}


def markdown() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    parts += [section(model) for model in _models()]
    parts += [TRACES, PRESETS_TEXT, _presets()]
    parts += [OVERRIDES, EXPECT, _paths(), RESERVED_TEXT, _reserved()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _models() -> list[type[BaseModel]]:
    """The mappings of the language, each after the one that first mentions it."""
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [Scenario]
    while waiting:
        model = waiting.pop(0)
        if model in found or model.__name__ == "Expectation":
            continue
        found.append(model)
        inner = [other for field in model.model_fields.values() for other in _mentioned(field)]
        waiting = [*inner, *waiting]
    return found


def _mentioned(field: FieldInfo) -> Iterator[type[BaseModel]]:
    yield from models_in(field.annotation)


def section(model: type[BaseModel], top: type[BaseModel] = Scenario) -> str:
    """A heading, what the mapping is, and a table of its keys. `top` is the file as a whole."""
    rows = ["| key | value | default | |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        key, default = field.alias or name, _default(field)
        rows.append(f"| `{key}` | {_kind(field)} | {default} | {field.description} |")
    level = "##" if model is top else "###"
    story = (model.__doc__ or "").replace("\n\n", "\n").strip()
    return (
        f'{level} <a id="{_anchor(model)}"></a>{_title(model)}\n\n{_joined(story)}\n\n'
        + "\n".join(rows)
    )


def _title(model: type[BaseModel]) -> str:
    """`SegmentLoss` is told as segment loss."""
    name = model.__name__.removesuffix("Spec")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.strip().capitalize().replace("Az ", "AZ ")


def _anchor(model: type[BaseModel]) -> str:
    return _title(model).lower().replace(" ", "-")


def _joined(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines())


def _default(field: FieldInfo) -> str:
    """The default as one would write it; required, or a dash where the description tells."""
    if field.is_required():
        return "required"
    if field.default_factory is not None or field.default is None:
        return "-"
    return f"`{_written(field)}`"


def _written(field: FieldInfo) -> str:
    """The default in the words of the language, by the field's own serializer."""
    default = field.default
    assert default is not PydanticUndefined
    for mark in field.metadata:
        write = getattr(mark, "func", None)
        if type(mark).__name__ == "PlainSerializer" and write is not None:
            return str(write(default))
    return str(default)


def _kind(field: FieldInfo) -> str:
    """What may stand there, from the annotation and its marks."""
    return _shape(field.annotation, field.metadata)


def _shape(annotation: Any, marks: list[Any]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(arguments[0], [*arguments[1:], *marks])
    quantity = _quantity(marks)
    if quantity:
        return quantity
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin in (Union, types.UnionType):
        kinds = dict.fromkeys(_shape(part, []) for part in arguments if part is not type(None))
        return _short(marks) + " or ".join(kinds) + _bounds(marks)
    if origin is list:
        return _short(marks) + f"list of {_shape(arguments[0], [])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _short(marks) + f"[{_title(annotation).lower()}](#{_anchor(annotation)})"
    return _NAMES.get(annotation, "mapping") + _bounds(marks)


def _quantity(marks: list[Any]) -> str:
    """Duration, size, rate, share or name, told by the examples of the schema."""
    schema = next((mark.json_schema for mark in marks if isinstance(mark, WithJsonSchema)), None)
    if not schema:
        return ""
    if "pattern" in schema:
        return "name"
    examples = schema.get("examples", [])
    kinds = {"30 s": "duration", "10 GiB": "size", "1200/s": "rate", "95 %": "share",
             "8 MB/s": "bandwidth"}
    return kinds.get(examples[0] if examples else "", "line of text" if examples else "mapping")


def _short(marks: list[Any]) -> str:
    """What may stand there in short."""
    short = next((mark for mark in marks if isinstance(mark, ShortForm)), None)
    if short is None:
        return ""
    words = [f"`{word}`" for word in short.shape.get("enum", [])]
    if len(words) > 5:
        return "a preset's name, or "
    return f"{', '.join(words) or 'a plain value'}, or "


def _bounds(marks: list[Any]) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    inner = [part for mark in marks for part in getattr(mark, "metadata", [mark])]
    said = [
        f"{words[key]} {format_number(getattr(part, key))}"
        for part in inner
        for key in words
        if hasattr(part, key)
    ]
    return f" {' '.join(said)}" if said else ""


def _presets() -> str:
    rows = ["| preset | statements |", "|---|---|"]
    for name, statements in PRESETS.items():
        told = [f"{s['repeat']} {s['kind']}" if "repeat" in s else s["kind"] for s in statements]
        rows.append(f"| `{name}` | {', '.join(told)} |")
    return "\n".join(rows)


def _paths() -> str:
    rows = ["| path | unit of the summary |", "|---|---|"]
    for leaf, unit in LEAVES.items():
        short = leaf.removeprefix("workloads.").removeprefix("clusters.<cluster>.")
        rows.append(f"| `{short}` | {EXPECT_UNITS[unit]} |")
    return "\n".join(rows)


def _reserved() -> str:
    return ", ".join(f"`{word}`" for word in sorted(RESERVED)) + "."


if __name__ == "__main__":
    sys.stdout.write(markdown())
