"""Plants a fault: the rules and SimPy's way of running them imported once more, with edits.

The modules stand beside the right ones, which stay what everyone else finds by their names.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import aurosim.dataplane
from aurosim.dataplane.contract import DataPlane
from tests.planted.faults import Edit

ROOM = aurosim.dataplane.__name__
FOLDER = Path(aurosim.dataplane.__path__[0])
PLANTED_ROOMS = ("mechanics", "on_simpy")


class Edited(importlib.machinery.SourceFileLoader):
    """Loads a module with other text in some places; each of the texts must be there just once."""

    def __init__(self, name: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(name, path)
        self.edits = edits

    def get_code(self, fullname: str) -> CodeType:
        text = Path(self.path).read_text()
        for _, old, new in self.edits:
            assert text.count(old) == 1, f"{text.count(old)} x {old!r} in {self.path}"
            text = text.replace(old, new)
        return compile(text, self.path, "exec")


class Finder:
    """Finds the modules that have edits; all others are found as always."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits: dict[str, list[Edit]] = {}
        for edit in edits:
            name = f"{ROOM}.{edit[0].replace('/', '.')}"
            self.edits.setdefault(name, []).append(edit)
        self.planted: set[str] = set()

    def find_spec(self, name: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        """The edited module, if it is one."""
        if name not in self.edits:
            return None
        self.planted.add(name)
        path = str(FOLDER.joinpath(*name.removeprefix(f"{ROOM}.").split("."))) + ".py"
        return importlib.util.spec_from_file_location(
            name, path, loader=Edited(name, path, self.edits[name])
        )


def simpy_plane_with(edits: Sequence[Edit]) -> Callable[..., DataPlane]:
    """What makes a data plane on SimPy whose source has these edits."""
    finder = Finder(edits)
    with _no_modules_of_the_rooms():
        sys.meta_path.insert(0, finder)  # type: ignore[arg-type]
        try:
            machine = importlib.import_module(f"{ROOM}.on_simpy.machine")
        finally:
            sys.meta_path.remove(finder)  # type: ignore[arg-type]
    assert finder.planted == set(finder.edits), "some edits are in modules that SimPy does not load"
    made: Callable[..., DataPlane] = machine.simpy_plane
    return made


@contextmanager
def _no_modules_of_the_rooms() -> Iterator[None]:
    """Meanwhile the rooms are imported anew; afterwards the modules are those of before."""
    before = {name: module for name, module in sys.modules.items() if _in_rooms(name)}
    rooms = {name: vars(aurosim.dataplane).get(name) for name in PLANTED_ROOMS}
    _forget()
    try:
        yield
    finally:
        _forget()
        sys.modules.update(before)
        for name, module in rooms.items():
            if isinstance(module, ModuleType):
                setattr(aurosim.dataplane, name, module)


def _in_rooms(name: str) -> bool:
    return any(f"{name}.".startswith(f"{ROOM}.{room}.") for room in PLANTED_ROOMS)


def _forget() -> None:
    for name in [name for name in sys.modules if _in_rooms(name)]:
        del sys.modules[name]
    for room in PLANTED_ROOMS:
        vars(aurosim.dataplane).pop(room, None)
