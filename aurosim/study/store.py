"""Where finished replicates are kept: one small file each, whole or not at all.

The name of a file is the key of its replicate, a hash of the resolved scenario, the seed, the plane
and the sources of aurosim. So the same command finds what is finished and goes on, whatever killed
it; another study in the same folder finds nothing that is not its own; and what cannot be read, or
does not fit its name, is made anew. Each file is written beside its place and renamed: two commands
at once write the same bytes to the same names.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, Final

from aurosim.errors import OutputError
from aurosim.study.work import canonical

FORMAT: Final = 1
MARK: Final = {"written_by": "aurosim", "kind": "study"}
PROVENANCE: Final = "provenance.json"
REPLICATES: Final = "replicates"
POINTS: Final = "points"
FILES: Final = frozenset(
    {PROVENANCE, REPLICATES, POINTS, "study.html", "replicates.csv", "estimates.csv",
     "differences.csv"}
)  # fmt: skip
MAX_BYTES: Final = 4 * 2**20
"""Of one record; a summary has a few kB, so what is larger was not written here."""

_RECORD = re.compile(r"[0-9a-f]{64}\.json")
_UNFINISHED = re.compile(r"\..{1,100}\.[0-9]+\.new")
WAY_OUT: Final = "Say another folder (--out), or move it away."


def refuse_if_not_ours(folder: Path) -> None:
    """Raise OutputError if the folder holds anything that no study of aurosim wrote."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder. {WAY_OUT}")
    there = sorted(path.name for path in folder.iterdir() if not _UNFINISHED.fullmatch(path.name))
    if not there:
        return
    if not _has_mark(folder):
        raise OutputError(f"{folder} was not written by a study of aurosim. {WAY_OUT}")
    foreign = [name for name in there if name not in FILES]
    if not foreign and (folder / REPLICATES).is_dir():
        inside = sorted(path.name for path in (folder / REPLICATES).iterdir())
        foreign = [f"{REPLICATES}/{name}" for name in inside if not _is_ours(name)]
    if foreign:
        raise OutputError(
            f"{folder} holds '{foreign[0]}', which aurosim did not write: nothing is touched. "
            f"{WAY_OUT}"
        )


def _is_ours(name: str) -> bool:
    return bool(_RECORD.fullmatch(name) or _UNFINISHED.fullmatch(name))


def _has_mark(folder: Path) -> bool:
    try:
        found = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and all(found.get(key) == said for key, said in MARK.items())


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: beside its place, then renamed."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.exists():
            return  # another command on this folder has finished it, and tidied up
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


class Store:
    """Finished replicates by their key: in a folder, or in memory where none is given."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.spoiled: list[str] = []
        self._keys: set[str] = set()
        self._texts: dict[str, str] = {}
        if folder is not None:
            refuse_if_not_ours(folder)
            _begin(folder)

    def get(self, key: str) -> dict[str, Any] | None:
        """The summary of a finished replicate; None where there is none that can be trusted."""
        text = self._texts.get(key)
        if text is None and self.folder is not None:
            text = self._read(key)
        if text is None:
            return None
        self._keys.add(key)
        found: dict[str, Any] = json.loads(text)
        return found

    def put(self, key: str, summary: str) -> None:
        """Keep a replicate's summary, the text of `work.canonical`."""
        self._keys.add(key)
        if self.folder is None:
            self._texts[key] = summary
        else:
            write(self._place(key), record(key, summary))

    def into(self, folder: Path) -> None:
        """Write everything into another folder as well."""
        other = Store(folder)
        for key in sorted(self._keys):
            text = self._texts.get(key) or self._read(key)
            if text is not None:
                other.put(key, text)

    def _place(self, key: str) -> Path:
        assert self.folder is not None, "without a folder nothing has a place"
        return self.folder / REPLICATES / f"{key}.json"

    def _read(self, key: str) -> str | None:
        try:
            with self._place(key).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError:
            return None
        text = trusted(content, key)
        if text is None and f"{key}.json" not in self.spoiled:
            self.spoiled.append(f"{key}.json")
        return text


def record(key: str, summary: str) -> str:
    """The content of a replicate's file."""
    return canonical({"format": FORMAT, "key": key, "sha256": _hash(summary),
                      "summary": json.loads(summary)}) + "\n"  # fmt: skip


def trusted(content: bytes, key: str) -> str | None:
    """The summary's text in a replicate's file; None for what is cut off, changed or another's."""
    try:
        found = json.loads(content) if len(content) <= MAX_BYTES else None
        if not isinstance(found, dict) or (found.get("format"), found.get("key")) != (FORMAT, key):
            return None
        text = canonical(found["summary"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return text if _hash(text) == found.get("sha256") else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _begin(folder: Path) -> None:
    """Make the folder ours before anything is in it: the mark comes first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _has_mark(folder):
            write(folder / PROVENANCE, json.dumps({**MARK, "complete": False}) + "\n")
        (folder / REPLICATES).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def tidy(folder: Path) -> None:
    """Remove what killed commands left half written, of files that are whole by now."""
    places = [folder, folder / REPLICATES, *(folder / POINTS).glob("*")]
    for path in (path for place in places for path in place.glob(".*.new")):
        whole = path.with_name(path.name[1:].rsplit(".", 2)[0])
        if _UNFINISHED.fullmatch(path.name) and whole.exists():
            with contextlib.suppress(OSError):
                path.unlink()
