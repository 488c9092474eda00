"""A file stays under 400 lines and a function under 70: what is longer is two things."""

from __future__ import annotations

import ast

from tests.tidy import source

FILE_LINES = 400
FUNCTION_LINES = 70


def functions_of(module: ast.AST) -> list[tuple[str, int, int]]:
    """(name, first line, number of lines) of every function, methods and inner ones included."""
    return [
        (node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_files_stay_under_400_lines() -> None:
    lengths = {
        source.shown(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in source.python_files()
    }
    assert {name: n for name, n in lengths.items() if n >= FILE_LINES} == {}


def test_functions_stay_under_70_lines() -> None:
    long = [
        f"{source.shown(path)}:{line} {name} has {length} lines"
        for path in source.python_files()
        for name, line, length in functions_of(source.tree(path))
        if length >= FUNCTION_LINES
    ]
    assert long == []


def test_a_long_function_is_seen() -> None:
    text = "def f():\n" + "    x = 1\n" * 80
    assert functions_of(ast.parse(text)) == [("f", 1, 81)]
