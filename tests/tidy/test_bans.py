"""What must not be in the tree: hidden dice, hidden clocks, loose ends, names that say nothing."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.tidy import source

HIDDEN_DICE = ("random", "secrets", "uuid")
CLOCKS = (
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter",
    "time.perf_counter_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "time.localtime",
)  # fmt: skip
MAY_READ_THE_CLOCK = (
    "aurosim/simulation/provenance.py", "aurosim/report/progress.py", "aurosim/cli/",
)  # fmt: skip
MAY_PRINT = ("aurosim/cli/", "aurosim/report/progress.py")
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LOOSE_ENDS = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
# Home folders, and the checkout this test stands in: neither means anything on another machine.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|opt)/\w")
REGISTRY_HOSTS = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs", re.IGNORECASE)


def dice_in(module: ast.AST) -> list[int]:
    """Lines that reach for randomness which does not come from a decision's own stream."""
    lines = [line for line, name in source.imports(module) if name.split(".")[0] in HIDDEN_DICE]
    lines += [n for n, name in source.imports(module) if name.startswith("numpy.random")]
    lines += [n for n, name in source.calls(module) if re.match(r"(np|numpy)\.random\.", name)]
    return lines


def clocks_in(module: ast.AST) -> list[int]:
    lines = [line for line, name in source.calls(module) if name in CLOCKS]
    return lines + [line for line, name in source.imports(module) if name in CLOCKS]


def prints_in(module: ast.AST) -> list[int]:
    return [line for line, name in source.calls(module) if name in ("print", "pprint")]


def tautologies_in(module: ast.AST) -> list[int]:
    """Lines that assert a constant: a test that cannot fail."""
    return [
        node.lineno
        for node in ast.walk(module)
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) and node.test.value
    ]


@pytest.mark.parametrize(
    ("find", "text"),
    [
        (dice_in, "import random"),
        (dice_in, "from numpy.random import default_rng"),
        (dice_in, "import numpy as np\nnp.random.seed(1)"),
        (clocks_in, "from datetime import datetime\ndatetime.now()"),
        (clocks_in, "from time import time\n"),
        (clocks_in, "import time\ndef f():\n    return time.time()"),
        (prints_in, "print(1)"),
        (tautologies_in, "assert True, 'fine'"),
    ],
)
def test_each_ban_sees_its_fault(find, text) -> None:
    assert find(ast.parse(text)) != []


def offenders(find, *folders: str, allowed: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{source.shown(path)}:{line}"
        for path in source.python_files(*folders)
        if not source.shown(path).startswith(allowed or ("-",))
        for line in find(source.tree(path))
    ]


def test_dice_come_from_the_decision_only() -> None:
    assert offenders(dice_in, "aurosim") == []


def test_the_wall_clock_is_read_by_provenance_progress_and_the_command_line_only() -> None:
    assert offenders(clocks_in, "aurosim", allowed=MAY_READ_THE_CLOCK) == []


def test_only_the_command_line_and_progress_print() -> None:
    assert offenders(prints_in, "aurosim", allowed=MAY_PRINT) == []


def test_no_test_asserts_a_constant() -> None:
    assert offenders(tautologies_in) == []


def test_names_of_files_say_something() -> None:
    bad = [
        source.shown(path)
        for path in source.python_files()
        if EMPTY_NAMES & set(re.split(r"[_/.]", source.shown(path).lower()))
    ]
    assert bad == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        source.shown(path)
        for path in source.python_files("aurosim")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(source.tree(path))
    ]
    assert silent == []


def tracked_texts() -> list[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=source.ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of what is kept")
    names = [name for name in listed.stdout.decode().split("\0") if name]
    paths = [(name, source.ROOT / name) for name in names]
    return [(name, text_of(path)) for name, path in paths if path.is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_what_is_kept_has_no_loose_ends_and_no_machine_in_it() -> None:
    rules = {
        "loose end": LOOSE_ENDS,
        "path of one machine": MACHINE_PATHS,
        "path of this checkout": re.compile(re.escape(str(source.ROOT)) + r"\b"),
        "host of a registry": REGISTRY_HOSTS,
    }
    this = source.shown(Path(__file__))
    found = [
        f"{name}:{number} {what}: {line.strip()[:80]}"
        for name, text in tracked_texts()
        if name != this and not name.endswith((".ipynb", "LICENSE"))
        for number, line in enumerate(text.splitlines(), start=1)
        for what, rule in rules.items()
        if rule.search(line)
    ]
    assert found == []
