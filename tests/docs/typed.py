"""A page as a reader types it: its `sh` and `python` blocks, in their order, in a clone.

The clone is a folder that shows what the repository holds. `.venv/bin` is made as `make demo`
leaves it, for the Python that runs the tests, and is on nobody's PATH until the page says
`source .venv/bin/activate`. `make` is asked whether it would know what to do, and not let do it.
A line whose comment says 99 exits with code 99, every other one with 0.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ACTIVATE = "source .venv/bin/activate"
NOT_CLONED = {".git", ".venv", "aurosim", "reports"}
"""Made anew, or not needed. The package is found where it is: by another path it would be
compiled again."""


@dataclass(frozen=True)
class Typed:
    """What is typed at once, and the code it is to exit with."""

    text: str
    code: int


def typed(page: str) -> list[Typed]:
    """The lines of every `sh` block and the whole of every `python` block, in their order.

    What a page says in its prose to have been typed before comes first.
    """
    blocks = BLOCK.findall(page)
    lines = [line for kind, text in blocks if kind == "sh" for line in text.splitlines()]
    before = []
    if not any(line.startswith(ACTIVATE) for line in lines) and f"`{ACTIVATE}`" in page:
        before = [Typed(ACTIVATE, 0)]
    return [*before, *(each for kind, text in blocks for each in _of(kind, text))]


def _of(kind: str, text: str) -> list[Typed]:
    if kind == "python":
        return [Typed(f"python - <<'END'\n{text}END", 0)]
    lines = [line for line in text.splitlines() if line.strip()]
    return [Typed(line, 99 if re.search(r" #.*\b99\b", line) else 0) for line in lines]


def clone(folder: Path) -> Path:
    """A clone as it is after `make demo`."""
    place = folder / "aurosim"
    (place / "reports").mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name not in NOT_CLONED and "cache" not in entry.name:
            (place / entry.name).symlink_to(entry)
    made = place / ".venv" / "bin"
    made.mkdir(parents=True)
    python = shlex.quote(sys.executable)
    _program(made / "aurosim", f'exec {python} -m aurosim "$@"')
    _program(made / "python", f'exec {python} "$@"')
    (made / "activate").write_text('PATH="$PWD/.venv/bin:$PATH"\n')
    real = shutil.which("make")
    (folder / "bin").mkdir()
    _program(folder / "bin" / "make", f'exec {real or "false"} --dry-run "$@"')
    return place


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def start(page: str, folder: Path) -> subprocess.Popen[str]:
    """Bash, typing the page in a clone of its own; after each line it says the exit code."""
    place = clone(folder)
    after = f"_code=$?; echo; echo '{MARK}' $_code"
    script = "\n".join(f"{each.text}\n{after}" for each in typed(page))
    free = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    path = os.pathsep.join([str(folder / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])
    return subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-c", script], cwd=place, text=True,
        env={**free, "PATH": path, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


MARK = "== exit code"


def wrong(page: str, told: str) -> list[str]:
    """What did not exit as the page says, each with what it printed."""
    *parts, rest = re.split(rf"^{MARK} (\d+)$", told, flags=re.MULTILINE)
    found = list(zip(parts[::2], map(int, parts[1::2]), strict=True))
    every = typed(page)
    wrongs = [
        f"{each.text}\nexits with code {code}, not {each.code}:\n{said.strip()}"
        for each, (said, code) in zip(every, found, strict=False)
        if code != each.code
    ]
    return wrongs + ([f"only {len(found)} of {len(every)} came to an end:\n{rest}"]
                     if len(found) < len(every) else [])  # fmt: skip
