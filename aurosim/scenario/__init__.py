"""The scenario language: YAML in, a checked and fully resolved `Scenario` out, and everything that
says what it is.
"""

from __future__ import annotations

from aurosim.scenario.checks.expectation import names_of
from aurosim.scenario.cure import CureSpec
from aurosim.scenario.document import RunSpec, Scenario
from aurosim.scenario.expect import Expectation
from aurosim.scenario.loading import changed, cured, load, loads
from aurosim.scenario.packing import Pack, pack
from aurosim.scenario.paths import Names, at_least, leaf_of, resolve
from aurosim.scenario.plain import as_yaml
from aurosim.scenario.schema import json_schema
from aurosim.scenario.trace import Trace, read_trace
from aurosim.scenario.writing import dump

__all__ = [
    "CureSpec",
    "Expectation",
    "Names",
    "Pack",
    "RunSpec",
    "Scenario",
    "Trace",
    "as_yaml",
    "at_least",
    "changed",
    "cured",
    "dump",
    "json_schema",
    "leaf_of",
    "load",
    "loads",
    "names_of",
    "pack",
    "read_trace",
    "resolve",
]
