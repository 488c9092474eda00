"""`--open`: the page of a run or study in the user's browser. No browser is no failure."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import typer


def show(page: Path) -> None:
    """Open the page in the browser, or say on stderr that there is none that could."""
    try:
        opened = webbrowser.open(page.resolve().as_uri())
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        typer.echo(f"no browser could be started here: open {page} in yours", err=True)
