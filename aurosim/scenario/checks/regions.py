"""Checks of `clusters:`: what makes a primary and its secondaries a global database.

Facts section 6: up to 10 secondaries in other regions, up to 16 readers in each and none but
readers, and as many fewer readers beside the writer as there are secondaries.
"""

from __future__ import annotations

from aurosim import catalog
from aurosim.scenario.checks.saying import (
    Check,
    Say,
    clusters_of,
    each_cluster,
    each_workload,
    is_secondary,
)
from aurosim.scenario.cluster import MAX_INSTANCES, ClusterSpec
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import cluster_of, instances_of
from aurosim.scenario.workload import WorkloadSpec
from aurosim.units import format_size


def one_or_several(scenario: Scenario, say: Say) -> None:
    """A scenario has `cluster`, or `clusters` with a primary and a secondary at least."""
    several, one = scenario.clusters_, scenario.cluster_
    if several is BROKEN:
        return
    if not several and one is None:
        say(("cluster",), "is missing: The cluster.")
    elif several and one is not None:
        say(("cluster",), "is there beside clusters. Keep one of them.")
    elif len(several) == 1:
        say(
            ("clusters",),
            "has the primary only. Add a secondary, or say it as cluster.",
        )


def clusters_are_named(scenario: Scenario, say: Say) -> None:
    """Each cluster of several has a name of its own."""
    first: dict[str, Path_] = {}
    for path, cluster in clusters_of(scenario):
        name = cluster.name
        if path[0] != "clusters" or name is BROKEN:
            continue
        if "name" not in cluster.model_fields_set:
            say((*path, "name"), "is missing: Its name in the results.")
        elif name in first:
            say(
                (*path, "name"),
                f"is '{name}', as clusters[{first[name][1]}] is called already; each cluster has "
                "its own name.",
            )
        first.setdefault(name, path)


def regions_differ(scenario: Scenario, say: Say) -> None:
    """Each cluster is in a region of its own, and the distances between all of them are known."""
    known: list[tuple[Path_, str]] = [
        ((*path, "region"), cluster.region)
        for path, cluster in clusters_of(scenario)
        if cluster.region is not BROKEN and cluster.region in catalog.regions()
    ]
    for place, (path, region) in enumerate(known):
        for other_path, other in known[:place]:
            if other == region:
                said = f"clusters[{other_path[1]}]"
                say(path, f"is '{region}', where {said} is; each cluster has its own region.")
            elif not catalog.distance_known(region, other):
                say(path, _unknown_distance(region, other))


def _unknown_distance(region: str, other: str) -> str:
    near = listed(catalog.regions_with_distance(region))
    return (
        f"is '{region}', whose distance to {other} is not known. "
        f"Known from {region}: {near}."
    )


def engines_agree(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """A secondary runs the primary's engine."""
    primary = scenario.cluster.engine
    if is_secondary(path) and cluster.engine != primary:
        say(
            (*path, "engine"),
            f"is '{cluster.engine}', but the primary's is '{primary}'; a secondary has the same.",
        )


def secondaries_only_read(
    scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say
) -> None:
    """A secondary has no writer; its readers in short say their class."""
    if not is_secondary(path):
        return
    if cluster.writer is not None:
        say(
            (*path, "writer"),
            "belongs to the primary, the first of clusters; a secondary has readers only.",
        )
    elif cluster.readers is not None and cluster.readers.class_ is None:
        say(
            (*path, "readers", "class"),
            "is missing: a secondary has no writer whose class its readers could take.",
        )


def volumes_agree(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """A secondary's volume holds what the primary's does."""
    if not is_secondary(path) or "storage" not in cluster.model_fields_set:
        return
    primary = scenario.cluster.storage
    for key in sorted(cluster.storage.model_fields_set - {"type"}):
        said, wanted = getattr(cluster.storage, key), getattr(primary, key)
        if said != wanted:
            sizes = key in ("size", "limit")
            shown = [format_size(each) if sizes else str(each) for each in (said, wanted)]
            say(
                (*path, "storage", key),
                f"is {shown[0]}, but the primary's is {shown[1]}; a secondary's volume is a copy. "
                "Leave it out.",
            )


def primary_has_room(scenario: Scenario, say: Say) -> None:
    """Each secondary costs the primary one of its 15 readers."""
    if not scenario.is_global:
        return
    secondaries, servers = len(scenario.clusters) - 1, len(instances_of(scenario.cluster))
    most = MAX_INSTANCES - secondaries
    if servers > most:
        say(
            ("clusters", 0),
            f"has {servers} instances; beside {secondaries} "
            f"secondar{'y' if secondaries == 1 else 'ies'} a primary has at most {most}, "
            "the writer included.",
        )


def cluster_exists(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """The cluster that a workload names is there."""
    name = workload.cluster
    if name is None:
        return
    names = [cluster.name for cluster in scenario.clusters]
    if name not in names:
        say(
            (*path, "cluster"),
            f"is '{name}', which is no cluster. "
            f"Clusters: {listed(names)}.{did_you_mean(name, names)}",
        )


def clients_are_somewhere(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """The way from the clients' region to each that they may talk to is known."""
    region = workload.client.region
    if region is None:
        return
    if region not in catalog.regions():
        known = listed(sorted(catalog.regions()))
        say(
            (*path, "client", "region"),
            f"is '{region}', a region whose distances are not known. Regions: {known}.",
        )
        return
    own = cluster_of(workload, scenario.clusters)
    for cluster in scenario.clusters if scenario.is_global else [own]:
        other = cluster.region
        if other in catalog.regions() and not catalog.distance_known(region, other):
            say((*path, "client", "region"), _unknown_distance(region, other))


CHECKS: tuple[Check, ...] = (
    one_or_several,
    clusters_are_named,
    regions_differ,
    each_cluster(engines_agree),
    each_cluster(secondaries_only_read),
    each_cluster(volumes_agree),
    primary_has_room,
    each_workload(cluster_exists),
    each_workload(clients_are_somewhere),
)
