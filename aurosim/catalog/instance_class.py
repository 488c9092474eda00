"""Instance classes: what `db.r6g.2xlarge` means (facts section 11, `instance_classes.csv`).

vCPUs, memory, network and price are facts with a source each; what follows from the memory is
computed by the rules of the engines (`engines.py`). A class also has a speed, relative to a vCPU of
the r3 family on which the CPU costs were fitted: an assumption for every other family.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from aurosim.catalog.entry import real
from aurosim.catalog.tables import table
from aurosim.units import GIB


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """A database server one can rent.

    `network_bits_per_s` is None where only a word is published, and a burst where
    `network_is_burst`. `price_usd_per_hour` is us-east-1 on demand, standard storage, None where
    not known; `price_confidence` says how well. `source` and `confidence` are those of the class
    itself. `speed_ratio` divides CPU costs. `documented_connections` are the default
    `max_connections` by column of the table, where they are documented.
    """

    name: str
    family: str
    size: str
    vcpu: int
    memory_bytes: int
    network_bits_per_s: int | None
    network_is_burst: bool
    documented_connections: Mapping[str, int]
    speed_ratio: float
    price_usd_per_hour: float | None
    price_confidence: str
    source: str
    confidence: str


def _instance_class(row: Mapping[str, str]) -> InstanceClass:
    memory_bytes = round(float(row["memory_gib"]) * GIB)
    price, network = row["ondemand_usd_per_hour_us_east_1"], row["network_gbps"]
    return InstanceClass(
        name=row["db_class"],
        family=row["family"],
        size=row["size"],
        vcpu=int(row["vcpu"]),
        memory_bytes=memory_bytes,
        network_bits_per_s=round(float(network) * 1e9) if network else None,
        network_is_burst=row["network_is_up_to"] == "yes",
        documented_connections=MappingProxyType(
            {
                column: int(text)
                for column, text in row.items()
                if column.startswith("max_connections_") and column.endswith("_doc") and text
            }
        ),
        speed_ratio=real(f"class_speed_{row['family']}"),
        price_usd_per_hour=float(price) if price else None,
        price_confidence=row["price_confidence"],
        source=row["source"],
        confidence=row["confidence"],
    )


@cache
def instance_classes() -> MappingProxyType[str, InstanceClass]:
    """All classes by name, in the order of the facts. Read-only."""
    return MappingProxyType(
        {row["db_class"]: _instance_class(row) for row in table("instance_classes")}
    )
