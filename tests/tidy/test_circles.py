"""No file of aurosim imports itself by way of others: what is below can be read alone.

import-linter looks at rooms; this looks at files, and at imports inside functions and for types
too, which run but hide that two files are one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.tidy import source

FRONT = "aurosim"
"""The front of the package hands names on when they are asked for: it is above and below all."""


def module_name(path: Path) -> str:
    parts = path.relative_to(source.ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def graph(modules: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Which modules each names in an import. ``from a import b`` is an import of ``a.b`` where
    that is a module, else of ``a``."""
    edges: dict[str, set[str]] = {}
    for name, module in modules.items():
        edges[name] = set()
        for _, target in imported(module):
            found = target if target in modules else target.rpartition(".")[0]
            if found in modules and found not in (name, FRONT):
                edges[name].add(found)
    return edges


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


def circle(edges: dict[str, set[str]]) -> list[str]:
    """The modules of one circle, if there is any: what is left when all that lead nowhere go."""
    left = {name: set(targets) for name, targets in edges.items()}
    while ends := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in ends}
    if not left:
        return []
    way = [min(left)]
    while True:
        following = min(left[way[-1]] & left.keys())
        if following in way:
            return way[way.index(following) :]
        way.append(following)


def test_no_file_stands_in_a_circle() -> None:
    files = source.python_files("aurosim")
    modules = {module_name(path): source.tree(path) for path in files}
    assert circle(graph({k: v for k, v in modules.items() if k != FRONT})) == []


def test_one_is_seen() -> None:
    texts = {
        "aurosim.a": "from aurosim import b",
        "aurosim.b": "def f():\n    from aurosim.c import g",
        "aurosim.c": "import aurosim.a",
        "aurosim.d": "import aurosim.a",
    }
    assert circle(graph({name: ast.parse(text) for name, text in texts.items()})) == [
        "aurosim.a", "aurosim.b", "aurosim.c",
    ]  # fmt: skip
