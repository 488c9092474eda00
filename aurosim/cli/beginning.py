"""`aurosim new`: the first file of a user's own, with a comment wherever a choice is to be made."""

from __future__ import annotations

import re
from pathlib import Path

from aurosim.errors import OutputError, UsageError
from aurosim.scenario.shipped import shipped

TEMPLATE = Path(__file__).with_name("new.yaml")
NAME_RULE = re.compile(r"[a-z0-9-]{1,64}")
LESSON = re.compile(r"^shows:.*?(?=^[^\s-]|\Z)", re.MULTILINE | re.DOTALL)
"""What a shipped scenario needs to stay a lesson: whoever takes a copy means to change that."""
NAME_LINE = re.compile(r"^name:[^\n#]*?(?=[ \t]*(?:#|$))", re.MULTILINE)


def write(name: str, source: str | None = None) -> Path:
    """Write `<name>.yaml` into the folder one stands in and return its path.

    Starts from the shipped scenario `source`, else from the template. Comments, promises and the
    cure come along; what it shows as a lesson does not.
    Raises UsageError for a bad name or source and OutputError if there is such a file.
    """
    if not NAME_RULE.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot name a scenario: use a-z, 0-9 and '-', at most 64 (orders-failover)."
        )
    text = NAME_LINE.sub(f"name: {name}", origin(source).read_text(encoding="utf-8"), count=1)
    text = LESSON.sub("", text).rstrip("\n") + "\n"
    path = Path(f"{name}.yaml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{path} exists and is left as it is: say another name.") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    return path


def origin(source: str | None) -> Path:
    if source is None:
        return TEMPLATE
    known = shipped()
    if source not in known:
        raise UsageError(f"--from '{source}' is no shipped scenario. They are: {', '.join(known)}.")
    return known[source]
