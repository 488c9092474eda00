"""Checks of `cluster:`: facts that the catalog knows, and the two forms of naming servers."""

from __future__ import annotations

from aurosim import catalog
from aurosim.scenario.checks.saying import Check, Say, each_cluster, is_secondary
from aurosim.scenario.cluster import (
    MAX_INSTANCES,
    ClusterSpec,
    InstanceSpec,
    ReadersShortSpec,
    WriterShortSpec,
)
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.nearest import did_you_mean, listed, nearest
from aurosim.scenario.not_modelled import not_modelled
from aurosim.scenario.reading import Path_
from aurosim.units import TIB, format_duration, format_size

# Aurora's largest cluster volume (user guide, "Amazon Aurora storage").
MAX_STORAGE_BYTES = 128 * TIB


def region_is_known(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """The region is one whose distances are known."""
    region, known = cluster.region, sorted(catalog.regions())
    if region not in known:
        say(
            (*path, "region"),
            f"is '{region}', a region whose distances are not known. "
            f"Regions: {listed(known)}.{did_you_mean(region, known)}",
        )


def storage_fits(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """A cluster volume has at most 128 TiB, and its data fit into it."""
    storage = cluster.storage
    for key in ("size", "limit"):
        if getattr(storage, key) > MAX_STORAGE_BYTES:
            size = format_size(getattr(storage, key))
            say((*path, "storage", key), f"is {size}; a cluster volume has at most 128 TiB.")
    if storage.limit < storage.size <= MAX_STORAGE_BYTES:
        size, limit = format_size(storage.size), format_size(storage.limit)
        say(
            (*path, "storage", "limit"),
            f"is {limit}, but the volume has {size} at the start (cluster.storage.size). "
            "Raise the limit, or start smaller.",
        )


def one_form_of_servers(
    scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say
) -> None:
    """Servers are said as `instances` or as `writer` and `readers`."""
    long = cluster.instances is BROKEN or bool(cluster.instances)
    short = cluster.writer is not None or cluster.readers is not None
    if long and short:
        key = "writer" if cluster.writer is not None else "readers"
        say((*path, key), "is the short form, but there are instances too. Keep one of them.")
    elif not long and cluster.writer is None and not is_secondary(path):
        say(
            path,
            "has no servers. Say instances, the first of which is the writer, "
            "or in short writer and readers.",
        )


def readers_beside_a_writer(
    scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say
) -> None:
    """A cluster with a writer has at most 15 readers."""
    readers = cluster.readers
    if readers is not None and not is_secondary(path) and readers.count >= MAX_INSTANCES:
        say((*path, "readers", "count"), f"is {readers.count}; it must be at most 15.")


def classes_are_known(scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say) -> None:
    """Every class is one that Aurora has."""
    if cluster.instances is not BROKEN:
        for place, instance in enumerate(cluster.instances):
            guarded(_has_known_class, instance, (*path, "instances", place), say)
    for key in ("writer", "readers"):
        short = getattr(cluster, key)
        if short is not None:
            guarded(_has_known_class, short, (*path, key), say)


def who_comes_and_goes_is_a_reader(
    scenario: Scenario, cluster: ClusterSpec, path: Path_, say: Say
) -> None:
    """Instances join and leave during the run, but for the first."""
    for place, instance in enumerate(cluster.instances):
        if instance is not BROKEN:
            _comes_and_goes(scenario, instance, (*path, "instances", place), say)


def _comes_and_goes(scenario: Scenario, instance: InstanceSpec, path: Path_, say: Say) -> None:
    duration = scenario.run.duration
    for key in ("joins", "leaves"):
        at_ns = getattr(instance, key)
        if at_ns is None:
            continue
        if path[-1] == 0:
            say((*path, key), "is said of the first instance, which is there all the time. Say it "
                "of another.")  # fmt: skip
        elif at_ns >= duration:
            say((*path, key), f"is {format_duration(at_ns)}, but the run ends at "
                f"{format_duration(duration)} (run.duration).")  # fmt: skip
    if instance.joins and instance.leaves and instance.leaves <= instance.joins:
        say((*path, "leaves"), f"is {format_duration(instance.leaves)}, not after joins "
            f"({format_duration(instance.joins)}).")  # fmt: skip


def _has_known_class(
    server: InstanceSpec | WriterShortSpec | ReadersShortSpec, path: Path_, say: Say
) -> None:
    name, known = server.class_, catalog.instance_classes()
    if name is None or name in known:
        return
    _, wanted, size = (*(name if name.startswith("db.") else f"db.{name}").split("."), "", "")[:3]
    families = dict.fromkeys(other.split(".")[1] for other in known)
    family = [other for other in known if other.split(".")[1] == wanted]
    near = nearest(wanted, families)
    hint = did_you_mean(f"db.{near}.{size}", known) if near else ""
    some = f"Of that family: {listed(family)}." if family else f"Families: {listed(families)}."
    hint = not_modelled(name) or hint
    say((*path, "class"), f"is '{name}', which is no class of Aurora's that we know. {some}{hint}")


CHECKS: tuple[Check, ...] = (
    each_cluster(region_is_known),
    each_cluster(storage_fits),
    each_cluster(one_form_of_servers),
    each_cluster(readers_beside_a_writer),
    each_cluster(classes_are_known),
    each_cluster(who_comes_and_goes_is_a_reader),
)
