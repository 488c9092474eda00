"""Checks of `faults:`: they strike during the run, at something that exists."""

from __future__ import annotations

from aurosim import catalog
from aurosim.scenario.checks.regional import may_be_primary
from aurosim.scenario.checks.saying import Check, Say, each_fault
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults.failover import Failover
from aurosim.scenario.faults.fault import Fault
from aurosim.scenario.faults.targets import WRITER, SegmentsTarget
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.model import override
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import all_instances, instances_of
from aurosim.units import format_duration, format_size

GROUP_BYTES, ROW_BYTES = "protection_group_bytes", "row_bytes"


def strikes_during_the_run(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """A fault at or after the end would be a scenario that shows nothing."""
    if fault.at >= scenario.run.duration:
        say(
            (*path, "at"),
            f"is {format_duration(fault.at)}, but the run ends at "
            f"{format_duration(scenario.run.duration)} (run.duration).",
        )


def target_exists(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """The instance that a fault names is one of the cluster's, or `writer`, whatever the kind."""
    said = getattr(fault.target, "instance", None)
    if said is None:
        return
    names = [instance.name for instance in all_instances(scenario)]
    if said != WRITER and said not in names:
        say(
            (*path, fault.kind, "instance"),
            f"names instance '{said}', which is {_nowhere(scenario)}. Instances: "
            f"{listed(names)}; or writer, whoever is it then.{did_you_mean(said, names)}",
        )


def failover_has_somewhere_to_go(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """A failover asked for needs a reader; `to` is an instance."""
    if not isinstance(fault, Failover):
        return
    able = [each for each in scenario.clusters if may_be_primary(scenario, each.name, fault.at)]
    said = fault.failover.cluster
    if said is not None and said not in [each.name for each in able]:
        return  # told by `primaries_are_hit`
    able = [each for each in able if said in (None, each.name)]
    names = [instance.name for cluster in able for instance in instances_of(cluster)]
    if all(len(instances_of(cluster)) == 1 for cluster in able):
        say(
            (*path, "failover"),
            "needs a reader to fail over to, and this cluster has none. "
            "Add an instance, or use reboot.",
        )
        return
    to = fault.failover.to
    if to is not None and to not in names:
        say(
            (*path, "failover", "to"),
            f"names instance '{to}', which is {_nowhere(scenario, 'the primary')}. "
            f"Instances: {listed(names)}.{did_you_mean(to, names)}",
        )
    elif to is not None and to in [instances_of(cluster)[0].name for cluster in able]:
        earlier = [each for each in scenario.faults if each is not BROKEN and each.at < fault.at]
        if not earlier:
            say(
                (*path, "failover", "to"),
                f"names '{to}', which is the writer already, so nothing would happen. Name a "
                "reader, or say failover: {}, which leaves the choice to Aurora.",
            )


def _nowhere(scenario: Scenario, whose: str = "any cluster") -> str:
    return f"not in {whose if scenario.is_global else 'this cluster'}"


def _bytes(scenario: Scenario, entry: str) -> int:
    """A size of the catalog, as the scenario overrides it if it does so soundly."""
    said = scenario.model.get(entry, BROKEN)
    if said is BROKEN:
        return catalog.whole(entry)
    try:
        return catalog.whole(entry, {entry: override(entry, said)})
    except ValueError:  # told by the checks of `model:`
        return catalog.whole(entry)


def grows(scenario: Scenario) -> bool:
    """Whether some workload's transaction takes more space than it frees. Items may be holes."""
    row_bytes = _bytes(scenario, ROW_BYTES)
    for workload in scenario.workload:
        taken = 0
        for statement in workload.transaction:
            takes, frees = statement.space(row_bytes)
            taken += statement.repeat * (takes - frees)
        if taken > 0:
            return True
    return False


def segments_exist(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """The protection group is in the volume or may come to be, and no segment is named twice."""
    target = fault.target
    if not isinstance(target, SegmentsTarget):
        return
    storage, unit = scenario.cluster.storage, _bytes(scenario, GROUP_BYTES)
    growing = grows(scenario)
    key, most = ("limit", "at most ") if growing else ("size", "")
    size = getattr(storage, key)
    groups = -(-size // unit)
    if target.group >= groups:
        say(
            (*path, fault.kind, "group"),
            f"is {target.group}, but a volume of {most}{format_size(size)} has {_numbers(groups)} "
            f"({format_size(unit)} each). Raise cluster.storage.{key}, or name another.",
        )
    segments = target.segments
    double = next(
        (number for place, number in enumerate(segments) if number in segments[:place]), None
    )
    if double is not None:
        say((*path, fault.kind, "segments"), f"names segment {double} twice.")


def _numbers(groups: int) -> str:
    return f"protection groups 0 to {groups - 1}" if groups > 1 else "only protection group 0"


def nothing_speaks_against_it(scenario: Scenario, fault: Fault, path: Path_, say: Say) -> None:
    """What the fault's own file objects to."""
    for objection in fault.objections():
        say((*path, fault.kind), objection)


CHECKS: tuple[Check, ...] = (
    each_fault(strikes_during_the_run),
    each_fault(target_exists),
    each_fault(failover_has_somewhere_to_go),
    each_fault(segments_exist),
    each_fault(nothing_speaks_against_it),
)
