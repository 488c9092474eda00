"""The shape of a check, and how one that concerns an item is run on each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from aurosim.scenario.cluster import ClusterSpec
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults.fault import Fault
from aurosim.scenario.holes import BROKEN, guarded
from aurosim.scenario.reading import Path_
from aurosim.scenario.workload import WorkloadSpec


class Say(Protocol):
    """Told of a fault: its path in the file, and the sentence that follows the field's name."""

    def __call__(self, path: Path_, message: str) -> None: ...


Check = Callable[[Scenario, Say], None]


def clusters_of(scenario: Scenario) -> list[tuple[Path_, ClusterSpec]]:
    """The clusters that are not holes, each with its path in the file; the primary first."""
    if scenario.clusters_ is BROKEN or scenario.clusters_:
        return [
            (("clusters", place), cluster)
            for place, cluster in enumerate(scenario.clusters_)
            if cluster is not BROKEN
        ]
    known = scenario.cluster_ is not None and scenario.cluster_ is not BROKEN
    return [(("cluster",), scenario.cluster)] if known else []


def is_secondary(path: Path_) -> bool:
    """Whether the path is that of a secondary: under `clusters`, and not the first."""
    return path[0] == "clusters" and path[1] != 0


def each_cluster(rule: Callable[[Scenario, ClusterSpec, Path_, Say], None]) -> Check:
    """The rule, run on every cluster; a hole in one silences it for that one only."""

    def check(scenario: Scenario, say: Say) -> None:
        for path, cluster in clusters_of(scenario):
            guarded(rule, scenario, cluster, path, say)

    return check


def each_workload(rule: Callable[[Scenario, WorkloadSpec, Path_, Say], None]) -> Check:
    """The rule, run on every workload; a hole in one silences it for that one only."""

    def check(scenario: Scenario, say: Say) -> None:
        for place, workload in enumerate(scenario.workload):
            if workload is not BROKEN:
                guarded(rule, scenario, workload, ("workload", place), say)

    return check


def each_fault(rule: Callable[[Scenario, Fault, Path_, Say], None]) -> Check:
    """The rule, run on every fault; a hole in one silences it for that one only."""

    def check(scenario: Scenario, say: Say) -> None:
        for place, fault in enumerate(scenario.faults):
            if fault is not BROKEN:
                guarded(rule, scenario, fault, ("faults", place), say)

    return check


def whole(items: Any) -> list[Any]:
    """The items that are not holes."""
    return [item for item in items if item is not BROKEN]
