"""Instances that a scenario lets join or leave at a time it says."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from aurosim.control.fleet import Fleet
from aurosim.control.instances import Steps

if TYPE_CHECKING:
    from aurosim.scenario import Scenario

CAUSE = "as the scenario says"


class Timetable:
    """Each instance comes and goes when the file says so: `joins` is when it is ready."""

    def absent(self, scenario: Scenario) -> Collection[str]:
        """Those that join."""
        return [
            each.name
            for cluster in scenario.clusters
            for each in cluster.instances
            if each.joins is not None
        ]

    def steps(self, scenario: Scenario, fleet: Fleet) -> Steps:
        """One change after the other; of those of one instant they leave first."""
        cluster = next(each for each in scenario.clusters if each.name == fleet.cluster)
        told = [(each.leaves, 0, each.name) for each in cluster.instances if each.leaves]
        told += [(each.joins, 1, each.name) for each in cluster.instances if each.joins]
        for at_ns, joins, name in sorted(told):
            yield fleet.wait(at_ns - fleet.now)
            instance = fleet.named(name)
            assert instance is not None
            if joins:
                fleet.join(instance, CAUSE, 0)
            else:
                fleet.leave(instance, CAUSE)
