"""`tests/status.md` names tests that exist, and has a line for each sentence of the open issue."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
STATUS = TESTS / "status.md"
ROW = re.compile(r"^\| (?!sentence|---)(.+?) \| (.+?) \|$", re.MULTILINE)


def missing(named: list[str]) -> list[str]:
    """Of tests written `path::name`, those that are not there."""
    gone = []
    for each in named:
        path, name = each.split("::")
        file = TESTS / path
        there = file.is_file() and {
            node.name
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        if not there or name not in there:
            gone.append(each)
    return gone


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py::\w+)`", STATUS.read_text(encoding="utf-8"))
    assert len(named) > 90
    assert missing(named) == []


def test_a_test_that_is_gone_is_seen() -> None:
    gone = ["docs/test_status.py::test_of_nothing", "docs/test_gone.py::test_x"]
    assert missing(["docs/test_status.py::test_every_test_that_is_named_exists", *gone]) == gone


def test_each_sentence_has_its_test_or_says_not_yet() -> None:
    rows = ROW.findall(STATUS.read_text(encoding="utf-8"))
    assert len(rows) > 70
    bare = [shown for _, shown in rows if "::" not in shown and "*not yet*" not in shown]
    assert [shown for shown in bare if not shown.startswith("by hand, figures in")] == []
