"""Checks of `model:`."""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.model import override


def overrides_are_entries(scenario: Scenario, say: Say) -> None:
    """Each key is an entry of the catalog, each value one of its kind."""
    for name, value in scenario.model.items():
        if value is BROKEN:
            continue
        try:
            override(name, value)
        except ValueError as error:
            say(("model", name), str(error))


CHECKS: tuple[Check, ...] = (overrides_are_entries,)
