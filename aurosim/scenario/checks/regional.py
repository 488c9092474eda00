"""Checks of faults that name a cluster, or that only a global database knows.

Who is the primary may change during a run, so what is refused is what can never be: a cluster may
be the primary at the start, or after a switchover or failover to it.
"""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say, each_fault
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults import (
    Failover,
    Fault,
    GlobalFailover,
    RegionOutage,
    RegionPartition,
    SegmentLoss,
    SlowLink,
    SlowNode,
    Switchover,
    target_of,
)
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import instances_of

MOVES = (Switchover, GlobalFailover)
REGIONAL = (RegionOutage, RegionPartition, SlowLink, *MOVES)


def _moves(scenario: Scenario, before_ns: int) -> list[str]:
    """Where switchovers and failovers before a time lead, in no order."""
    return [
        target_of(fault).to
        for fault in scenario.faults
        if fault is not BROKEN and isinstance(fault, MOVES) and fault.at < before_ns
    ]


def may_be_primary(scenario: Scenario, name: str, at_ns: int) -> bool:
    """Whether a cluster may be the primary at a time."""
    return name == scenario.cluster.name or name in _moves(scenario, at_ns)


def _names(scenario: Scenario) -> list[str]:
    return [cluster.name for cluster in scenario.clusters]


def regions_are_there(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """What concerns regions needs more than one."""
    if isinstance(fault, REGIONAL) and not scenario.is_global:
        say(
            (*path, fault.kind),
            "needs a second region, and this scenario has one cluster. Say clusters: a primary "
            "and its secondaries.",
        )


def cluster_is_there(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """The cluster that a fault names is one of the scenario's, whatever the kind of fault."""
    if isinstance(fault, REGIONAL) and not scenario.is_global:
        return  # told already
    key = "to" if isinstance(fault, MOVES) else "cluster"
    said, names = getattr(target_of(fault), key, None), _names(scenario)
    if said is not None and said not in names:
        say(
            (*path, fault.kind, key),
            f"names cluster '{said}', which there is not. "
            f"Clusters: {listed(names)}.{did_you_mean(said, names)}",
        )


def slow_links_are_slow(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """A slow link says by how much longer or how narrow."""
    if isinstance(fault, SlowLink) and not fault.slow_link.delay and not fault.slow_link.bandwidth:
        say(
            (*path, fault.kind),
            "says neither delay nor bandwidth, so it slows nothing. "
            "Say one: delay: 50 ms, or bandwidth: 8 MB/s.",
        )


def primaries_are_hit(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """What needs a writer, or copies that are modelled one by one, needs a primary."""
    if not isinstance(fault, (Failover, SegmentLoss, SlowNode)):
        return
    said = target_of(fault).cluster
    if said not in _names(scenario) or may_be_primary(scenario, said, fault.at):
        return
    why = "copies of a secondary's volume are not modelled one by one. Name the primary."
    if isinstance(fault, Failover):
        why = "a secondary has no writer. Use switchover or global_failover."
    say((*path, fault.kind, "cluster"), f"is '{said}', but {why}")


def links_lead_to_secondaries(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """A link is that of a secondary to the primary; between two secondaries there is none."""
    if not isinstance(fault, (RegionPartition, SlowLink)) or not scenario.is_global:
        return
    said = target_of(fault).cluster
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
    if not isinstance(fault, MOVES) or not scenario.is_global:
        return
    to = target_of(fault).to
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
    each_fault(slow_links_are_slow),
    each_fault(someone_can_take_over),
)
