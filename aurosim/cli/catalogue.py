"""`aurosim list`: the shipped scenarios by kind, each with the question it answers."""

from __future__ import annotations

import sys
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aurosim.cli.summary import PLAIN_WIDTH
from aurosim.scenario import load
from aurosim.scenario.shipped import shipped


def show() -> None:
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    for kind, members in groupby(shipped().items(), key=lambda item: item[1].parent.name):
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column()
        for name, path in members:
            question = " ".join((load(path).question or "").split())
            table.add_row(Text(f"  {name}", style="cyan"), Text(question))
        console.print(Text(kind, style="bold"))
        console.print(table)
