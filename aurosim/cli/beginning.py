"""`aurosim new`: the first file of a user's own, with a comment wherever a choice is to be made."""

from __future__ import annotations

import re
from pathlib import Path

from aurosim.errors import OutputError, UsageError
from aurosim.scenario.measured import files_named
from aurosim.scenario.shipped import shipped

TEMPLATE = Path(__file__).with_name("new.yaml")
NAME_RULE = re.compile(r"[a-z0-9-]{1,64}")
NAME_LINE = re.compile(r"^name:[^\n#]*?(?=[ \t]*(?:#|$))", re.MULTILINE)


def write(name: str, source: str | None = None) -> Path:
    """Write `<name>.yaml` into the folder one stands in and return its path.

    Starts from the shipped scenario `source` (its comments come along, and the files of its
    measured traces), else from the template. Raises UsageError for a bad name or source and
    OutputError if there is such a file.
    """
    if not NAME_RULE.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot name a scenario: use a-z, 0-9 and '-', at most 64 (orders-failover)."
        )
    text = NAME_LINE.sub(f"name: {name}", origin(source).read_text(encoding="utf-8"), count=1)
    path = Path(f"{name}.yaml")
    new = {path: text.encode(), **_traces(source)}
    for each, content in new.items():
        # A trace that is there already, as it is, is as good as a copy.
        if each.exists() and (each == path or _content(each) != content):
            way = "say another name" if each == path else "go to another folder"
            raise OutputError(f"{each} exists and is left as it is: {way}.")
    for each, content in new.items():
        if each == path or not each.exists():
            _create(each, content)
    return path


def _traces(source: str | None) -> dict[Path, bytes]:
    """The files of the source's measured traces by the place where the new scenario looks."""
    if source is None:
        return {}
    place = origin(source)
    named = files_named(place.read_bytes(), place.name)
    return {Path(file): (place.parent / file).read_bytes() for file in named}


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _create(path: Path, content: bytes) -> None:
    """Write a file that is not there yet."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise OutputError(f"{path} exists and is left as it is: say another name.") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def origin(source: str | None) -> Path:
    if source is None:
        return TEMPLATE
    known = shipped()
    if source not in known:
        raise UsageError(f"--from '{source}' is no shipped scenario. They are: {', '.join(known)}.")
    return known[source]
