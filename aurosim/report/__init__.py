"""From a result to what a person reads: the page, its figures, the folder they land in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aurosim.report.subject import Subject

__all__ = ["write"]


def write(subject: Subject, folder: Path) -> None:
    """Write `report.html` into `folder`, which exists. UTF-8, `\\n` ends a line everywhere."""
    from aurosim.report import page

    (folder / "report.html").write_bytes(page.render(subject).encode("utf-8"))
