"""The repository as the tidy tests read it: its Python files, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "aurosim"
FOLDERS = ("aurosim", "tests", "benchmarks")


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """All Python files in `folders` of the repository, sorted (default: all that we write)."""
    roots = [ROOT / folder for folder in folders or FOLDERS]
    return tuple(sorted(path for root in roots for path in root.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(module: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module imported anywhere in `module`, inside functions too: (line, dotted name)."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def calls(module: ast.AST) -> Iterator[tuple[int, str]]:
    """Every call written as a dotted name: (line, `datetime.now`)."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name:
                yield node.lineno, name


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""
