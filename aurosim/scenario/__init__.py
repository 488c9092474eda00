"""The scenario language: YAML in, a checked and fully resolved `Scenario` out, and everything that says what it is."""

from __future__ import annotations

from aurosim.scenario.document import RunSpec, Scenario
from aurosim.scenario.expect import Expectation
from aurosim.scenario.loading import load, loads

__all__ = ["Expectation", "RunSpec", "Scenario", "load", "loads"]
