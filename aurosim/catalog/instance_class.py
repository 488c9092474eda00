"""Instance classes: what `db.r6g.2xlarge` means (facts section 11, `instance_classes.csv`).

vCPUs and memory are facts with a source each; what follows from the memory is computed by the rules
of the engines (`engines.py`). How fast a vCPU of a family is, relative to one of the r3 family on
which the CPU costs were fitted, is an entry, `class_speed_<family>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from aurosim.catalog.tables import table
from aurosim.units import GIB


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """A database server one can rent. `documented_connections` are the default `max_connections` by
    column of the table, where they are documented.
    """

    family: str
    vcpu: int
    memory_bytes: int
    documented_connections: Mapping[str, int]


def _instance_class(row: Mapping[str, str]) -> InstanceClass:
    return InstanceClass(
        family=row["family"],
        vcpu=int(row["vcpu"]),
        memory_bytes=round(float(row["memory_gib"]) * GIB),
        documented_connections=MappingProxyType(
            {
                column: int(text)
                for column, text in row.items()
                if column.startswith("max_connections_") and column.endswith("_doc") and text
            }
        ),
    )


@cache
def instance_classes() -> MappingProxyType[str, InstanceClass]:
    """All classes by name, in the order of the facts. Read-only."""
    return MappingProxyType(
        {row["db_class"]: _instance_class(row) for row in table("instance_classes")}
    )
