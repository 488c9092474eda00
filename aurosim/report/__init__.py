"""From a result to what a person reads: the page, its figures, the folder they land in."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aurosim.report.subject import Subject

__all__ = ["load_matplotlib", "write"]


def load_matplotlib() -> None:
    """Load matplotlib, even where MPLBACKEND names no backend: figures are drawn into files, which
    needs none, and what was computed must not be lost for it.
    """
    if "matplotlib" in sys.modules:
        return
    said = os.environ.pop("MPLBACKEND", None)
    try:
        matplotlib = import_module("matplotlib")
        if not _somebody_asks():
            _load_undocumented()
    finally:
        if said is not None:
            os.environ["MPLBACKEND"] = said
    if said is not None:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = said


def _somebody_asks() -> bool:
    """Whether somebody sits at a prompt, who may ask matplotlib for help."""
    return hasattr(sys, "ps1") or "IPython" in sys.modules


def _load_undocumented() -> None:
    """Load what draws without the docstrings that list, for each class, all that can be set of it:
    to write these is a third of what loading takes.
    """
    artist: Any = import_module("matplotlib.artist")
    listed, artist.kwdoc = artist.kwdoc, lambda _artist: ""
    try:
        import_module("matplotlib.figure")
    finally:
        artist.kwdoc = listed


def write(subject: Subject, folder: Path) -> None:
    """Write `report.html` into `folder`, which exists. UTF-8, `\\n` ends a line everywhere."""
    load_matplotlib()
    from aurosim.report import page

    (folder / "report.html").write_bytes(page.render(subject).encode("utf-8"))
