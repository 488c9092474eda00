"""Checks of `expect:` and `shows:`: each line names a number of the results, in its unit."""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say
from aurosim.scenario.document import Scenario
from aurosim.scenario.expect import Expectation
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.paths import Names, leaf_of
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import all_instances, instances_of


def names_of(scenario: Scenario) -> Names:
    """The names that result paths of this scenario may hold."""
    return Names(
        tuple(str(workload.name) for workload in scenario.workload if workload.name),
        tuple(cluster.name for cluster in scenario.clusters if cluster.name),
        tuple(instance.name for instance in all_instances(scenario) if instance.name),
        _firsts(scenario),
    )


def _firsts(scenario: Scenario) -> tuple[str, ...]:
    """The first instance of each cluster; none where a cluster has no servers."""
    held = [instances_of(cluster) for cluster in scenario.clusters]
    return tuple(each[0].name for each in held) if all(held) else ()


def lines_name_numbers(scenario: Scenario, say: Say) -> None:
    """The path is known, and the unit is of its kind."""
    names = names_of(scenario)
    for key, lines in (("expect", scenario.expect), ("shows", scenario.shows)):
        if lines is not BROKEN:
            for place, line in enumerate(lines):
                if line is not BROKEN:
                    guarded(_names_a_number, line, names, (key, place), say)


def _names_a_number(line: Expectation, names: Names, path: Path_, say: Say) -> None:
    try:
        line.bound(leaf_of(line.path, names).unit)
    except ValueError as error:
        say(path, str(error))


CHECKS: tuple[Check, ...] = (lines_name_numbers,)
