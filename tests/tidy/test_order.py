"""Nothing of SimPy but its queue decides an order of the data plane (docs/decisions/0004).

Events are put into the queue with an explicit time and priority; a process, a `timeout`, an
`AnyOf`, a `Resource` or an interrupt would settle ties by the order of their creation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.source import PACKAGE, python_files, shown, tree

ON_SIMPY = PACKAGE / "dataplane"
BANNED = {
    "process", "timeout", "any_of", "all_of", "AnyOf", "AllOf", "Process", "Timeout", "interrupt",
    "Resource", "PriorityResource", "PreemptiveResource", "Store", "Container",
}  # fmt: skip
OF_CLIENTS = {"S", "slot", "ended"}
"""On these `process` is one of an application, with a pool: the table of all, the slot's, the
row's."""


def owner(node: ast.AST) -> str:
    """The last name of what something is looked up on: `slot` of `self.S.slot[x].process`."""
    if isinstance(node, ast.Subscript):
        return owner(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def named(module: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that is looked up on something or imported, with its line."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            if node.attr != "process" or owner(node.value) not in OF_CLIENTS:
                yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simpy"):
            yield from ((node.lineno, alias.name) for alias in node.names)


def faults(path: Path) -> list[str]:
    return [f"{shown(path)}:{line}: {name}" for line, name in named(tree(path)) if name in BANNED]


def test_the_data_plane_has_no_process_and_nothing_that_settles_ties_by_itself() -> None:
    files = [path for path in python_files("aurosim") if path.is_relative_to(ON_SIMPY)]
    found = [fault for path in files for fault in faults(path)]
    assert found == []


def test_one_is_seen() -> None:
    module = ast.parse("from simpy import Resource\ndef f(env):\n    yield env.timeout(3)\n")
    assert {name for _, name in named(module)} == {"Resource", "timeout"}


def test_a_process_of_an_application_is_told_from_one_of_simpy() -> None:
    for text in ("S.process[p].waiting", "slot.process", "self.S.slot[self.x].process"):
        assert "process" not in {name for _, name in named(ast.parse(text))}
    for text in ("env.process(f())", "self.env.process", "S.env.process", "Environment().process"):
        assert "process" in {name for _, name in named(ast.parse(text))}
