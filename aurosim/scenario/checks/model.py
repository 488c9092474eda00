"""Checks of `model:`."""

from __future__ import annotations

from aurosim import catalog
from aurosim.scenario.checks.saying import Check, Say
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.model import override
from aurosim.units import format_duration


def overrides_are_entries(scenario: Scenario, say: Say) -> None:
    """Each key is an entry of the catalog, each value one of its kind."""
    for name, value in scenario.model.items():
        if value is BROKEN:
            continue
        try:
            override(name, value)
        except ValueError as error:
            say(("model", name), str(error))


def ranges_are_ranges(scenario: Scenario, say: Say) -> None:
    """Of a phase that is drawn between two entries, the low one is not above the high one."""
    for name in scenario.model:
        stem = name.removesuffix("_low").removesuffix("_high")
        low, high = f"{stem}_low", f"{stem}_high"
        if stem != name and {low, high} <= set(catalog.entries()):
            guarded(_is_range, scenario, name, (low, high), say)


def _is_range(scenario: Scenario, name: str, ends: tuple[str, str], say: Say) -> None:
    try:
        said = {end: override(end, scenario.model[end]) for end in ends if end in scenario.model}
    except ValueError:
        return  # told already
    low, high = (catalog.duration_ns(end, said) for end in ends)
    if low > high:
        texts = format_duration(low), format_duration(high)
        say(("model", name), f"makes {ends[0]} ({texts[0]}) more than {ends[1]} ({texts[1]}).")


CHECKS: tuple[Check, ...] = (overrides_are_entries, ranges_are_ranges)
