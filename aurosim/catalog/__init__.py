"""The catalog: every number that AWS or a paper published, and every one that aurosim assumed.

Facts are CSV files beside this module, each row with its source. Numbers of the model are entries
(`entries.csv`), each with a status: sourced, derived, fitted or assumption. Nothing else in aurosim
holds a number about Aurora. Light to import: the standard library only, and files are read when
first asked for.
"""

from __future__ import annotations

from aurosim.catalog.engines import (
    Difference,
    Engine,
    engine,
    engine_differences,
    engines,
    entries_of_others,
)
from aurosim.catalog.entry import (
    Entry,
    Quantity,
    duration_ns,
    entries,
    quantity,
    real,
    value,
    whole,
)
from aurosim.catalog.instance_class import InstanceClass, instance_classes
from aurosim.catalog.network import (
    AZS,
    RoundTrip,
    az_round_trip,
    az_rtt_ns,
    distance_known,
    region_rtt_ns,
    regions,
    regions_with_distance,
)
from aurosim.catalog.stacks import StackValue, stack_values, stacks
from aurosim.catalog.statement import StatementCost, statement_cost
from aurosim.catalog.tables import table

__all__ = [
    "AZS",
    "Difference",
    "Engine",
    "Entry",
    "InstanceClass",
    "Quantity",
    "RoundTrip",
    "StackValue",
    "StatementCost",
    "az_round_trip",
    "az_rtt_ns",
    "distance_known",
    "duration_ns",
    "engine",
    "engine_differences",
    "engines",
    "entries",
    "entries_of_others",
    "instance_classes",
    "quantity",
    "real",
    "region_rtt_ns",
    "regions",
    "regions_with_distance",
    "stack_values",
    "stacks",
    "statement_cost",
    "table",
    "value",
    "whole",
]
