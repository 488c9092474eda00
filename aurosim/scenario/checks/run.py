"""Checks of `run:`."""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say
from aurosim.scenario.document import Scenario
from aurosim.units import format_duration


def warm_up_ends(scenario: Scenario, say: Say) -> None:
    """Results concern what is left of the run after warm-up."""
    run = scenario.run
    if run.warm_up >= run.duration:
        duration = format_duration(run.duration)
        say(
            ("run", "warm_up"),
            f"is {format_duration(run.warm_up)}, but the run lasts {duration}, warm-up included; "
            "nothing would be left to measure.",
        )


CHECKS: tuple[Check, ...] = (warm_up_ends,)
