"""The JSON Schema of summary.json and its page in docs, both made of the table of results.

    python -m aurosim.metrics.schema docs

writes both; a test holds them in step.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from aurosim.catalog.engines import engine, engines
from aurosim.catalog.outcomes import ERRORS
from aurosim.metrics.page import DEFINITIONS, ERRORS_HEAD, FRAMES, HEAD, KEYS_HEAD
from aurosim.scenario.results import BYTES, KEYS, MS, NULL, PER_S, PLAIN, RATIO, Key, S

LINES = ("expect[]", "shows[]")  # their values have the unit of what they are about
SCHEMA_FILE = "summary.schema.json"
PAGE_FILE = "summary.md"
UNITS = {
    PER_S: "per second", MS: "ms", S: "s", RATIO: "share, 0 to 1", BYTES: "bytes", PLAIN: "",
}  # fmt: skip


def json_schema() -> dict[str, Any]:
    """The schema. Objects may grow keys (changes are additive); those known are required."""
    root: dict[str, Any] = {"type": "object"}
    for key in KEYS:
        _place(root, re.findall(r"[^.\[\]]+|\[\]", key.path), key)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aurosim summary.json",
        **root,
    }


def _place(here: dict[str, Any], parts: list[str], key: Key) -> None:
    """Adds `key` to the schema `here` of the value that `parts` starts from."""
    if not parts:
        nullable = key.nullable and key.type != NULL
        here["type"] = [key.type, NULL] if nullable else key.type
        here["description"] = key.meaning
        return
    part, rest = parts[0], parts[1:]
    if part == "[]":
        here["type"] = "array"
        _place(here.setdefault("items", {}), rest, key)
    elif part.startswith("<"):
        here["type"] = "object"
        _place(here.setdefault("additionalProperties", {}), rest, key)
    else:
        here["type"] = "object"
        properties = here.setdefault("properties", {})
        _place(properties.setdefault(part, {}), rest, key)
        here["required"] = list(properties)


def _row(key: Key) -> str:
    type_ = f"{key.type} or null" if key.nullable else key.type
    shown = UNITS[key.unit] if key.is_number and not key.path.startswith(LINES) else ""
    return f"| `{key.path}` | {type_} | {shown} | {key.meaning} |"


def page() -> str:
    """docs/summary.md."""
    codes = [engine(name).errors for name in engines()]
    lines = [["word", "meaning", *engines()], ["---"] * (2 + len(codes))]
    lines += [[f"`{e.word}`", e.meaning, *(of[e.word] for of in codes)] for e in ERRORS]
    errors = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    keys = "".join(_row(key) + "\n" for key in KEYS)
    return HEAD + DEFINITIONS + ERRORS_HEAD + errors + KEYS_HEAD + keys + FRAMES


def files() -> dict[str, str]:
    """The generated files of docs by name."""
    schema = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    return {SCHEMA_FILE: schema, PAGE_FILE: page()}


def write(folder: Path) -> None:
    """Writes both files into `folder`."""
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
