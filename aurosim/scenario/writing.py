"""Writing a scenario out, with nothing left unsaid.

The text loads back to an equal scenario and is the same, byte for byte, for equal scenarios.
Mappings of plain values stand on
one line where they fit; a word that would read as something else than text is put in quotes.
"""

from __future__ import annotations

import re
from typing import Any

from aurosim.scenario.document import Scenario
from aurosim.scenario.scalars import plain_scalar

WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./%+<>=?'(); -]*(?<! )")


def dump(scenario: Scenario) -> str:
    """The scenario as YAML."""
    tree = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    # Empty lists and mappings are their own defaults, and say nothing.
    lines: list[str] = []
    for key, value in tree.items():
        if value not in ([], {}):
            _entry(lines, key, value, 0)
    return "\n".join(lines) + "\n"


def inline(value: Any) -> str:
    """Plain data on one line, as `--set` takes it: what the text reads as is equal to it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {inline(item)}" for k, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return "null" if value is None else _scalar(value)


def _entry(lines: list[str], key: str, value: Any, indent: int) -> None:
    """`key: value` at the indentation, on one line where it fits."""
    lead = " " * indent + f"{_scalar(key)}:"
    short = _one_line(value)
    if short is not None and len(lead) + 1 + len(short) <= WIDTH:
        lines.append(f"{lead} {short}")
    elif isinstance(value, dict):
        lines.append(lead)
        for inner, item in value.items():
            _entry(lines, inner, item, indent + 2)
    elif isinstance(value, list):
        lines.append(lead)
        for item in value:
            _item(lines, item, indent + 2)
    else:
        lines.append(f"{lead} {_scalar(value)}")


def _item(lines: list[str], value: Any, indent: int) -> None:
    """`- value` at the indentation."""
    lead = " " * indent + "- "
    short = _one_line(value)
    if short is not None and len(lead) + len(short) <= WIDTH:
        lines.append(lead + short)
    elif isinstance(value, dict):
        inner: list[str] = []
        for key, item in value.items():
            _entry(inner, key, item, indent + 2)
        lines.append(lead + inner[0].lstrip(" "))
        lines.extend(inner[1:])
    else:
        lines.append(lead + _scalar(value))


def _one_line(value: Any) -> str | None:
    """The value in flow style; None where it is nested too deeply to be read on one line."""
    if isinstance(value, dict):
        parts = {key: _one_line(item) for key, item in value.items()}
        if any(part is None for part in parts.values()):
            return None
        deep = sum(isinstance(item, (dict, list)) for item in value.values())
        return (
            None
            if deep > 1
            else "{" + ", ".join(f"{_scalar(k)}: {part}" for k, part in parts.items()) + "}"
        )
    if isinstance(value, list):
        flat = not any(isinstance(item, (dict, list, str)) for item in value)
        return "[" + ", ".join(_scalar(item) for item in value) + "]" if flat else None
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    return value if _reads_as_itself(value) else _quoted(value)


def _reads_as_itself(text: str) -> bool:
    try:
        return _PLAIN.fullmatch(text) is not None and plain_scalar(text) == text
    except ValueError:
        return False


def _quoted(text: str) -> str:
    """The text in double quotes; what is not printable, and what YAML folds, as an escape."""
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character.isprintable() and character != "\ufeff":
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
