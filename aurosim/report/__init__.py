"""From a result to what a person reads: the page, its figures, the folder they land in."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

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
    finally:
        if said is not None:
            os.environ["MPLBACKEND"] = said
    if said is not None:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = said


def write(subject: Subject, folder: Path) -> None:
    """Write `report.html` into `folder`, which exists. UTF-8, `\\n` ends a line everywhere."""
    load_matplotlib()
    from aurosim.report import page

    (folder / "report.html").write_bytes(page.render(subject).encode("utf-8"))
