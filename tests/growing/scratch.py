"""A copy of the package in which something is added, and what a Python of its own finds there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

SCENARIO = """
name: small
cluster: {{engine: {engine}, instances: [{{name: db-1, class: db.r6g.large}},
                                         {{name: db-2, class: db.r6g.large}}]}}
run: {{duration: 20 s}}
workload:
  - {{name: w, arrivals: {{rate: 40/s}}, transaction: [{{kind: {kind}}}], client: {{{client}}}}}
faults: [{faults}]
expect: [{expect}]
model: {{{model}}}
"""
RUN = "run = aurosim.run(text, plane='simpy'); summary = run.summary"


def scenario(
    *,
    engine: str = "aurora-mysql",
    kind: str = "select",
    client: str = "retry: {attempts: 4}",
    faults: str = "{at: 5 s, crash: instance}",
    expect: str = "",
    model: str = "",
) -> str:
    """A small scenario in which the writer crashes under a load of one statement each."""
    return SCENARIO.format(
        engine=engine, kind=kind, client=client, faults=faults, expect=expect, model=model
    )


class Scratch:
    """The copy. Files are named from the repository's root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            ROOT / "aurosim", folder / "aurosim", ignore=shutil.ignore_patterns("__pycache__")
        )
        self.touched: set[str] = set()

    def write(self, name: str, text: str) -> None:
        """A new file, or another text for one that is there."""
        self.touched.add(name)
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def behind(self, name: str, line: str, *new: str) -> None:
        """Puts lines behind the one that begins so."""
        lines = self.read(name).splitlines()
        (place,) = (n for n, each in enumerate(lines) if each.startswith(line))
        lines[place + 1 : place + 1] = new
        self.write(name, "\n".join(lines) + "\n")

    def change(self, name: str, old: str, new: str | Callable[[re.Match[str]], str]) -> None:
        """Puts something else in place of the one text that fits a pattern."""
        text, count = re.subn(old, new, self.read(name))
        assert count == 1, f"{name} has {count} of {old!r}"
        self.write(name, text)

    def apply(self, name: str, diff: str) -> None:
        """The lines of a diff, one after the other: ` ` is there, `-` goes, `+` comes."""
        lines, place = self.read(name).splitlines(), 0
        for each in diff.strip("\n").splitlines():
            mark, line = each[0], each[1:]
            if mark == "+":
                lines.insert(place, line)
                place += 1
            else:
                place = lines.index(line, place)
                if mark == "-":
                    del lines[place]
                else:
                    place += 1
        self.write(name, "\n".join(lines) + "\n")

    def finds(self, text: str, code: str = RUN, *, found: str, compiled: bool = False) -> Any:
        """What an expression gives in a Python that knows only the copy, once `code` has run. The
        scenario is `text`.
        """
        program = (
            f"import json, aurosim\ntext = {text!r}\n{code}\nprint('=>' + json.dumps({found}))"
        )
        # Seldom is anything compiled: a copy's code is compiled anew, for minutes.
        environment = {
            **os.environ, "PYTHONPATH": str(self.folder), "XDG_CACHE_HOME": str(self.folder),
            "NUMBA_DISABLE_JIT": "0" if compiled else "1",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.rpartition("=>")[2])
