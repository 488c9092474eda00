"""Checks of custom endpoints: their names, and the instances that they name."""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say, each_cluster
from aurosim.scenario.cluster import ClusterSpec, EndpointSpec
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults.targets import WRITER
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import instances_of
from aurosim.scenario.workload import ENDPOINTS, GLOBAL


def names_are_free(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """A workload says an endpoint by its name, so it is no other endpoint's and no instance's."""
    taken = dict.fromkeys((*ENDPOINTS, GLOBAL), "another endpoint")
    taken[WRITER] = "whoever is the writer"
    taken |= {each.name: "an instance" for each in instances_of(cluster)}
    for place, endpoint in enumerate(cluster.endpoints):
        if endpoint is BROKEN or endpoint.name is BROKEN:
            continue
        name = endpoint.name
        if name in taken:
            say(
                (*path, "endpoints", place, "name"),
                f"is '{name}', the name of {taken[name]}. Call it '{name}-only', say.",
            )
        taken.setdefault(name, "another custom endpoint")


def members_are_there(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """A list names instances of the cluster, each once, and leaves at least one."""
    names = [each.name for each in instances_of(cluster)]
    for place, endpoint in enumerate(cluster.endpoints):
        guarded(_names_members, endpoint, names, (*path, "endpoints", place), say)


def _names_members(endpoint: EndpointSpec, names: list[str], path: Path_, say: Say) -> None:
    if endpoint.static is not None and endpoint.excluded is not None:
        say((*path, "excluded"), "is the other way to say the members than static. Keep one.")
        return
    key = "static" if endpoint.static is not None else "excluded"
    said = endpoint.static or endpoint.excluded or []
    for place, name in enumerate(said):
        if name not in names:
            say(
                (*path, key, place),
                f"is '{name}', which is no instance of this cluster. "
                f"Instances: {listed(names)}.{did_you_mean(name, names)}",
            )
        elif name in said[:place]:
            say((*path, key, place), f"is '{name}', which stands in the list already.")
    if names and not any(endpoint.takes(name) for name in names) and endpoint.static is None:
        say((*path, "excluded"), "leaves no instance that could be a member. Leave some out.")


CHECKS: tuple[Check, ...] = (each_cluster(names_are_free), each_cluster(members_are_there))
