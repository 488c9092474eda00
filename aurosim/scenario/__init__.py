"""The scenario language: YAML in, a checked and fully resolved `Scenario` out, and everything that
says what it is.
"""

from __future__ import annotations

from aurosim.scenario.document import RunSpec, Scenario
from aurosim.scenario.expect import Expectation
from aurosim.scenario.loading import changed, load, loads
from aurosim.scenario.packing import Pack, pack
from aurosim.scenario.paths import leaf_of, resolve
from aurosim.scenario.schema import json_schema
from aurosim.scenario.trace import Trace, read_trace
from aurosim.scenario.writing import dump

__all__ = [
    "Expectation",
    "Pack",
    "RunSpec",
    "Scenario",
    "Trace",
    "changed",
    "dump",
    "json_schema",
    "leaf_of",
    "load",
    "loads",
    "pack",
    "read_trace",
    "resolve",
]
