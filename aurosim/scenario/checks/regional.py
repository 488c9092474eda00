"""Checks of faults that name a cluster, or that only a global database knows.

Who is the primary may change during a run, so what is refused is what can never be: a cluster may
be the primary at the start, or after a switchover or failover to it.
"""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say, each_fault
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults.fault import Fault, GlobalFault, PrimaryFault
from aurosim.scenario.faults.targets import SecondaryTarget, SuccessorTarget
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import instances_of


def _moves(scenario: Scenario, before_ns: int) -> list[str]:
    """Where switchovers and failovers before a time lead, in no order."""
    return [
        fault.target.to
        for fault in scenario.faults
        if fault is not BROKEN
        and isinstance(fault.target, SuccessorTarget)
        and fault.at < before_ns
    ]


def may_be_primary(scenario: Scenario, name: str, at_ns: int) -> bool:
    """Whether a cluster may be the primary at a time."""
    return name == scenario.cluster.name or name in _moves(scenario, at_ns)


def _names(scenario: Scenario) -> list[str]:
    return [cluster.name for cluster in scenario.clusters]


def regions_are_there(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """What concerns regions needs more than one."""
    if isinstance(fault, GlobalFault) and not scenario.is_global:
        say(
            (*path, fault.kind),
            "needs a second region, and this scenario has one cluster. Say clusters: a primary "
            "and its secondaries.",
        )


def cluster_is_there(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """The cluster that a fault names is one of the scenario's, whatever the kind of fault."""
    if isinstance(fault, GlobalFault) and not scenario.is_global:
        return  # told already
    key = "to" if isinstance(fault.target, SuccessorTarget) else "cluster"
    said, names = getattr(fault.target, key, None), _names(scenario)
    if said is not None and said not in names:
        say(
            (*path, fault.kind, key),
            f"names cluster '{said}', which there is not. "
            f"Clusters: {listed(names)}.{did_you_mean(said, names)}",
        )


def primaries_are_hit(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """What needs a writer, or copies that are modelled one by one, needs a primary."""
    if not isinstance(fault, PrimaryFault):
        return
    said = fault.target.cluster
    if said not in _names(scenario) or may_be_primary(scenario, said, fault.at):
        return
    say((*path, fault.kind, "cluster"), f"is '{said}', but {fault.not_of_a_secondary}")


def links_lead_to_secondaries(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """A link is that of a secondary to the primary; between two secondaries there is none."""
    if not isinstance(fault.target, SecondaryTarget) or not scenario.is_global:
        return
    said = fault.target.cluster
    primary = scenario.cluster.name
    if said == primary and not _moves(scenario, fault.at):
        others = [name for name in _names(scenario) if name != primary]
        say(
            (*path, fault.kind, "cluster"),
            f"is '{said}', the primary; a link is that of a secondary, from the primary to it. "
            f"Name one: {listed(others)}.",
        )


def someone_can_take_over(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """Who is to be the primary has an instance, and is not the primary already."""
    if not isinstance(fault.target, SuccessorTarget) or not scenario.is_global:
        return
    to = fault.target.to
    places = [place for place, name in enumerate(_names(scenario)) if name == to]
    if not places:
        return
    if not instances_of(scenario.clusters[places[0]]):
        say(
            (*path, fault.kind, "to"),
            f"is '{to}', which has no instance that could become the writer. Give it one under "
            f"clusters[{places[0]}].instances.",
        )
    elif to == scenario.cluster.name and not _moves(scenario, fault.at):
        say((*path, fault.kind, "to"), f"is '{to}', which is the primary then already.")


CHECKS: tuple[Check, ...] = (
    each_fault(regions_are_there),
    each_fault(cluster_is_there),
    each_fault(primaries_are_hit),
    each_fault(links_lead_to_secondaries),
    each_fault(someone_can_take_over),
)
