"""Checks of names: unique, and not words that mean something else where names are used."""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say, clusters_of, is_secondary
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults.targets import WRITER
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.paths import RESERVED
from aurosim.scenario.reading import Path_, field_text
from aurosim.scenario.resolution import instances_of
from aurosim.scenario.workload import ENDPOINTS, GLOBAL


def workload_names(scenario: Scenario, say: Say) -> None:
    """A workload's name begins result paths, so it is unique and none of their words."""
    named: list[tuple[Path_, str]] = [
        (("workload", place, "name"), workload.name)
        for place, workload in enumerate(scenario.workload)
        if workload is not BROKEN and workload.name is not BROKEN
    ]
    _unique(named, "workload", say)
    for path, name in named:
        if name in RESERVED:
            say(
                path,
                f"is '{name}', a word of the results' paths and no name for a workload. "
                f"Call it '{name}-load', say.",
            )


def instance_names(scenario: Scenario, say: Say) -> None:
    """An instance's name is an endpoint too, and `writer` is said of whoever is the writer."""
    named: list[tuple[Path_, str]] = [
        ((*where, "instances", place, "name"), instance.name)
        for where, cluster in clusters_of(scenario)
        if cluster.instances is not BROKEN
        for place, instance in enumerate(cluster.instances)
        if instance is not BROKEN and instance.name is not BROKEN
    ]
    given = [
        ((*where, "writer" if instance.name == WRITER else "readers"), instance.name)
        for where, cluster in clusters_of(scenario)
        if cluster.instances is not BROKEN and not cluster.instances
        for instance in instances_of(cluster)
    ]
    _unique([*given, *named], "instance", say)
    endpoints = (*ENDPOINTS, GLOBAL) if scenario.is_global else ENDPOINTS
    for path, name in named:
        if name in endpoints:
            say(path, f"is '{name}', the name of an endpoint. Call it 'db-{path[-2]}', say.")
        elif name == WRITER and (path[-2] != 0 or is_secondary(path)):
            say(
                path,
                "is 'writer', the word for whoever is the writer; only the first instance, "
                "the writer at the start, may be called so.",
            )


def _unique(named: list[tuple[Path_, str]], noun: str, say: Say) -> None:
    first: dict[str, Path_] = {}
    for path, name in named:
        if name in first:
            where, verb = _where(first[name]), "is" if path[-1] == "name" else "names one"
            say(
                path,
                f"{verb} '{name}', as {where} is called already; each {noun} has its own name.",
            )
        first.setdefault(name, path)


def _where(path: Path_) -> str:
    """What has the name, in words of the file."""
    inside = path[1:] if path[0] == "cluster" else path
    return field_text(inside[:-1] if inside[-1] == "name" else inside)


CHECKS: tuple[Check, ...] = (workload_names, instance_names)
