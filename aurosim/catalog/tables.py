"""The CSV files beside the catalog, read once.

They are copies of published facts, each row with its source, and travel inside the package: nothing
outside it is read at run time. Rows are dictionaries of text; the modules beside give them types.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

TABLES = (
    "az_rtt",
    "cloudwatch_metrics",
    "engines",
    "entries",
    "instance_classes",
    "published_results",
    "region_rtt",
    "stacks",
)


@cache
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of one of `TABLES`, in file order, each a read-only mapping of column to text."""
    assert name in TABLES, f"no table {name!r} in the catalog"
    text = files("aurosim.catalog").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))
