"""`aurosim new`: the first file of a user's own, with a comment wherever a choice is to be made."""

from __future__ import annotations

import json
import re
from pathlib import Path

from aurosim.errors import OutputError, UsageError
from aurosim.scenario import json_schema
from aurosim.scenario.measured import files_named
from aurosim.scenario.schema import TITLE
from aurosim.scenario.shipped import shipped

TEMPLATE = Path(__file__).with_name("new.yaml")
SCHEMA = "aurosim.schema.json"
FOR_EDITORS = f"# yaml-language-server: $schema=./{SCHEMA}\n"
"""By this line editors complete keys, say what they mean and mark what is wrong."""
NAME_RULE = re.compile(r"[a-z0-9-]{1,64}")
LESSON = re.compile(r"^shows:.*?(?=^[^\s-]|\Z)", re.MULTILINE | re.DOTALL)
"""What a shipped scenario needs to stay a lesson: whoever takes a copy means to change that."""
NAME_LINE = re.compile(r"^name:[^\n#]*?(?=[ \t]*(?:#|$))", re.MULTILINE)


def write(name: str, source: str | None = None) -> Path:
    """Write `<name>.yaml` into the folder one stands in and return its path.

    Starts from the shipped scenario `source`, else from the template. Comments, promises, the cure
    and the files of its measured traces come along; what it shows as a lesson does not. The schema
    that its first line names for editors is written beside it. Raises UsageError for a bad name or
    source and OutputError if there is such a file.

    Where another file has a trace's name already, the copy of the trace is named for the scenario.
    """
    if not NAME_RULE.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot name a scenario: use a-z, 0-9 and '-', at most 64 (orders-failover)."
        )
    text = NAME_LINE.sub(f"name: {name}", origin(source).read_text(encoding="utf-8"), count=1)
    text = LESSON.sub("", text).rstrip("\n") + "\n"
    path = Path(f"{name}.yaml")
    text, traces = _with_traces(text, name, _traces(source))
    new = {path: (FOR_EDITORS + text).encode(), **traces}
    for each, content in new.items():
        # A trace that is there already, as it is, is as good as a copy.
        if each.exists() and (each == path or _content(each) != content):
            way = "say another name" if each == path else "go to another folder"
            raise OutputError(f"{each} exists and is left as it is: {way}.")
    write_schema()
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


def _with_traces(
    text: str, name: str, traces: dict[Path, bytes]
) -> tuple[str, dict[Path, bytes]]:
    """The text and its traces, those renamed whose names are taken by something else."""
    placed: dict[Path, bytes] = {}
    for file, content in traces.items():
        place = file
        if file.exists() and _content(file) != content:
            stem = name if len(traces) == 1 else f"{name}-{file.stem}"
            place = file.with_name(f"{stem}{file.suffix}")
            named = re.compile(rf"(\bfile:[ \t]*){re.escape(file.as_posix())}(?![^\s,}}])")
            text = named.sub(rf"\g<1>{place.as_posix()}", text)
        placed[place] = content
    return text, placed


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


def write_schema() -> None:
    """The schema of this version's language, in place of an older one of ours.

    A file beside the scenario and not one of the installation: it needs no network, and goes where
    the scenario goes. Raises OutputError where that name is taken.
    """
    text = json.dumps(json_schema(), indent=1, sort_keys=True) + "\n"
    path = Path(SCHEMA)
    try:
        if path.exists() and f'"title": "{TITLE}"' not in path.read_text(encoding="utf-8"):
            raise OutputError(f"{path} is not of aurosim and is left as it is: move it away.")
        path.write_text(text, encoding="utf-8", newline="\n")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{path} cannot be written: {error}") from error


def origin(source: str | None) -> Path:
    if source is None:
        return TEMPLATE
    known = shipped()
    if source not in known:
        raise UsageError(f"--from '{source}' is no shipped scenario. They are: {', '.join(known)}.")
    return known[source]
