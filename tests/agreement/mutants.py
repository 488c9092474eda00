"""Arrays that are wrong, to see that the comparison of the two ways of running notices.

A mutant is aurosim's source with one line of `dataplane/compiled` changed, in a folder of its own
that is imported instead. It runs uncompiled on coarse worlds against the same rules on SimPy. With
`none` it is the source as it is. (Wrong *rules* are planted in `tests/planted`.)

    python -m tests.agreement.mutants NAME [--worlds 40]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORLDS = 40

Edit = tuple[str, str, str]
"""A file of the data plane, a text that is there once, and what stands there instead."""

ARRAYS: dict[str, tuple[Edit, ...]] = {
    "none": (),
    "boundary-included": (
        ("compiled/queue", "if event.when >= until:", "if event.when > until:"),
    ),
    "order-without-entity": (
        ("compiled/queue", "other.when == when and other.rank > rank",
         "other.when == when and other.rank >> 48 > rank >> 48"),
    ),
    "ring-one-place-late": (
        ("compiled/words",
         "def put(ring: Any, owner: int, first: int, end: int, index: int) -> None:\n"
         "    ring[owner, end &",
         "def put(ring: Any, owner: int, first: int, end: int, index: int) -> None:\n"
         "    ring[owner, (end + 1) &"),
    ),
    "lag-told-a-tick-late": (
        ("compiled/words", "    sample.at_ns = now\n", "    sample.at_ns = now + 1\n"),
    ),
    "a-row-without-its-lsn": (("compiled/words", "    ended.lsn = lsn\n", "    ended.lsn = 0\n"),),
}  # fmt: skip


def plant(edits: tuple[Edit, ...], folder: Path) -> None:
    """Writes aurosim with ``edits`` to ``folder``; every text to replace must be there once."""
    shutil.copytree(
        ROOT / "aurosim", folder / "aurosim", ignore=shutil.ignore_patterns("__pycache__")
    )
    for file, old, new in edits:
        path = folder / "aurosim" / "dataplane" / f"{file}.py"
        text = path.read_text()
        assert text.count(old) == 1, f"{text.count(old)} x {old!r} in {path.name}"
        path.write_text(text.replace(old, new))


def told(
    edits: tuple[Edit, ...], command: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    """What ``command`` of Python says of the source with ``edits``."""
    with tempfile.TemporaryDirectory() as scratch:
        plant(edits, Path(scratch))
        path = os.pathsep.join([scratch, str(ROOT)])
        return subprocess.run(
            [sys.executable, *command], cwd=scratch, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1", **environment},
        )  # fmt: skip


def by_worlds(name: str, first: int = 0, worlds: int = WORLDS) -> subprocess.CompletedProcess[str]:
    """The comparison of the two ways of running, with the wrong arrays ``name``."""
    # a hash overflows on purpose; compiled code does not mention it
    command = ["-W", "ignore", "-m", "tests.agreement.agree", "--seed", str(first)]
    return told(ARRAYS[name], [*command, "--count", str(worlds)])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=ARRAYS)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    asked = parser.parse_args(arguments)
    found = by_worlds(asked.name, worlds=asked.worlds)
    sys.stdout.write(found.stdout + found.stderr)
    return found.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
