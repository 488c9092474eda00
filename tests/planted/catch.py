"""Which tests worked by hand catch which fault; as a table, docs/planted-faults.md.

    python -m tests.planted.catch [FAULT ...]     what catches these, or all
    python -m tests.planted.catch --page          writes the page
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.planted.faults import FAULTS, RIGHT

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = sorted(ROOT.glob("tests/unit/test_plane_*.py"))
PAGE = ROOT / "docs" / "planted-faults.md"
NAMES = tuple(fault.name for fault in FAULTS)
SHOWN = 3
"""So many of the tests that catch a fault are named on the page."""
LONGEST_S = 120
"""A test that runs on with a fault for longer has caught it: something never ends."""


@dataclass(frozen=True)
class Catch:
    """What a run found: which tests caught each fault, and how many were asked."""

    caught: dict[str, list[str]]
    ran: dict[str, int]


def catch(names: tuple[str, ...], *, watched: bool = False) -> Catch:
    """Run the tests worked by hand with each fault (only the test it names, if ``watched``)."""
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "caught.json"
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rN"]
        command += ["-p", "no:cacheprovider", "-p", "no:xdist", f"--timeout={LONGEST_S}"]
        command += ["-p", "tests.planted.plugin", "--planted", ",".join(names)]
        command += ["--caught", str(told), *(["--watched"] if watched else [])]
        ended = subprocess.run(
            [*command, *map(str, BY_HAND)], cwd=ROOT, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert told.exists(), ended.stdout + ended.stderr
        return Catch(**json.loads(told.read_text()))


def page(found: Catch) -> str:
    """The table of faults as a page."""
    caught = sum(bool(found.caught[name]) for name in NAMES)
    lines = [
        "# Planted faults",
        "",
        "Written by `python -m tests.planted.catch --page`, and held in step by `make test-long`.",
        "",
        "The rules of the data plane are written once, so the comparison of its two ways of running"
        " cannot see a wrong",
        "rule: both would follow it. What sees it are the tests worked by hand,"
        " `tests/unit/test_plane_*.py`: some load that costs",
        "little, one tick a nanosecond, and the instants that somebody worked out on paper. To see"
        " that they notice, one rule at a time",
        "is made wrong (`tests/planted/faults.py`) and runs on SimPy; a test that fails has caught"
        " it.",
        "",
        f"Of {len(NAMES)} faults they catch {caught}. Each was asked of {found.ran[RIGHT]} tests"
        f" (a test counts once for each of its parameters), of which"
        f" {len(found.caught[RIGHT])} fail with the",
        "rules as they are. The first test of each line is asked again in every `make test`.",
        "",
        "| fault | the rule that it breaks | caught by | namely |",
        "|---|---|---|---|",
    ]
    for fault in FAULTS:
        tests = sorted(found.caught[fault.name], key=lambda test: (test != fault.watched, test))
        named = "<br>".join(f"`{test}`" for test in tests[:SHOWN])
        more = f"<br>and {len(tests) - SHOWN} more" if len(tests) > SHOWN else ""
        lines.append(
            f"| {fault.name} | {fault.broken} | {len(tests) or 'none'} | {named}{more} |"
        )
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *NAMES, RIGHT], metavar="FAULT")
    parser.add_argument("--page", action="store_true", help=f"write {PAGE.name}")
    asked = parser.parse_args(arguments)
    if asked.page:
        PAGE.write_text(page(catch((RIGHT, *NAMES))))
        return 0
    found = catch(tuple(asked.names) or NAMES)
    for name, tests in found.caught.items():
        sys.stdout.write(f"{name}: {len(tests)} of {found.ran[name]}\n")
        sys.stdout.writelines(f"    {test}\n" for test in tests)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
