"""What changes instances while a run goes on: a controller is one file, and a line of its file in
`CONTROLLERS`.

It names the instances of a scenario that are not there at the start, and then acts as a process for
each cluster, over its `Fleet`: it waits, looks, and resizes an instance, lets it join or leave.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from aurosim.control.fleet import Fleet
from aurosim.control.instances import Steps
from aurosim.control.timetable import Timetable

if TYPE_CHECKING:
    from aurosim.scenario import Scenario


class Controller(Protocol):
    """Changes instances during a run."""

    def absent(self, scenario: Scenario) -> Collection[str]:
        """Which instances of a scenario are not there at the start; never a first one."""

    def steps(self, scenario: Scenario, fleet: Fleet) -> Steps:
        """What it does to a cluster, from the start of the run on."""


CONTROLLERS: list[Controller] = [Timetable()]
"""Those of every run; each finds in the scenario what it has to do there, which may be nothing."""


def absent_at_the_start(scenario: Scenario) -> frozenset[str]:
    """The instances that some controller adds, if at all, during the run."""
    return frozenset(name for each in CONTROLLERS for name in each.absent(scenario))
