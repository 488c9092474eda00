"""What goes wrong, and when.

Names follow Aurora's own fault injection queries (crash of an instance, the dispatcher, a node: all
restart in place) and the
fault injection service; `host_failure`, `az_outage`, lost segments and slow nodes are what those
cannot do.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, Tag

from aurosim.scenario.cluster import Az
from aurosim.scenario.fields import (
    HOLE,
    Bandwidth,
    Duration,
    Name,
    PositiveDuration,
    Spec,
    one_of,
    short,
    word,
)
from aurosim.units import shown

# The word that names whoever is the writer when the fault strikes.
WRITER = "writer"

Segment = Annotated[int, Field(ge=0, le=5)]
Segments = Annotated[list[Annotated[Segment, HOLE]], Field(min_length=1, max_length=6)]
Group = Annotated[int, Field(ge=0, le=32767)]


OF_CLUSTER = (
    "With `clusters`: of which; of the primary at that time where it is not said."
)


class InstanceTarget(Spec):
    """An instance of the cluster."""

    instance: Name = Field(description="Its name, or `writer` for whoever is the writer then.")


CRASHES = ("instance", "dispatcher", "node")
_CRASH_WORD = word(*CRASHES)


def _what_crashes(value: Any) -> Any:
    """A word of ALTER SYSTEM CRASH; who names an instance is told where its name goes."""
    try:
        return _CRASH_WORD.func(value)
    except ValueError as error:
        named = isinstance(value, str) and re.fullmatch("[a-z0-9-]{1,64}", value)
        if not named or "Did you mean" in str(error):
            raise
        way = f"`crash: {{what: instance, instance: {value}}}`"
        if value == WRITER:
            way = "`crash: instance`: that is the writer's"
        raise ValueError(f"{error} If it names an instance, say {way}.") from None


FORMS = {
    "host_failure": "`host_failure: writer`, or `host_failure: NAME` of an instance",
    "crash": "`crash: instance` (or dispatcher, node), which is the writer's",
    "failover": "`failover: {}`, which leaves the choice to Aurora, or `failover: NAME` for whom",
    "reboot": "`reboot: NAME` of an instance, or `reboot: writer`",
    "az_outage": "`az_outage: a` (or b, c)",
    "segment_loss": "`segment_loss: {group: 0, segments: [0, 1]}`",
    "slow_node": "`slow_node: {group: 0, segments: [0, 1], delay: 20 ms}`",
    "region_outage": "`region_outage: NAME` of a cluster",
    "region_partition": "`region_partition: NAME` of a secondary cluster",
    "slow_link": "`slow_link: {cluster: NAME, delay: 200 ms}`",
    "switchover": "`switchover: NAME` of a secondary cluster",
    "global_failover": "`global_failover: NAME` of a secondary cluster",
}
"""How each fault is said."""
WITHOUT_A_SHORT_FORM = ("segment_loss", "slow_node", "slow_link")


def _said(kind: str) -> BeforeValidator:
    """A fault for which nothing is said, or too little, is told how it is said."""

    def validate(value: Any) -> Any:
        if value is None or value is True:
            raise ValueError(f"says nothing. Say {FORMS[kind]}.")
        if kind in WITHOUT_A_SHORT_FORM and isinstance(value, (str, int, float, list)):
            raise ValueError(f"is {shown(value)}; it must be a mapping. Say {FORMS[kind]}.")
        return value

    return BeforeValidator(validate)


class CrashTarget(Spec):
    """A part of a database server that dies and restarts in place."""

    what: Annotated[
        Literal["instance", "dispatcher", "node"], BeforeValidator(_what_crashes)
    ] = Field(description="`instance`, `dispatcher` or `node`, as in ALTER SYSTEM CRASH.")
    instance: Name = Field(
        default=WRITER, description="On which instance; the writer where it is not said."
    )


class FailoverTarget(Spec):
    """A failover asked for."""

    to: Name | None = Field(
        default=None,
        description="The new writer; chosen by tier, class and name where it is not said.",
    )
    cluster: Name | None = Field(default=None, description=OF_CLUSTER)


class AzTarget(Spec):
    """An Availability Zone."""

    az: Az = Field(description="a, b or c.")
    cluster: Name | None = Field(default=None, description=OF_CLUSTER)


class SegmentsTarget(Spec):
    """Segments of a protection group. AZ a holds 0 and 1, b 2 and 3, c 4 and 5."""

    group: Group = Field(description="Number of the protection group, from 0.")
    segments: Segments = Field(description="Which of its six segments.")
    cluster: Name | None = Field(default=None, description=OF_CLUSTER)


class SlowTarget(SegmentsTarget):
    """The storage nodes that hold some segments."""

    delay: PositiveDuration = Field(description="By how much later these nodes answer.")


class ClusterTarget(Spec):
    """A cluster of a global database, and so the region it is in."""

    cluster: Name = Field(description="Its name.")


class LinkTarget(ClusterTarget):
    """The link by which a secondary follows the primary."""

    delay: Duration = Field(
        default=0,
        description="By how much longer a batch of redo travels; this or bandwidth is said.",
    )
    bandwidth: Bandwidth | None = Field(
        default=None,
        description="How many bytes per second it carries, from 1 kB/s; the catalog's where it is "
        "not said.",
    )


class SuccessorTarget(Spec):
    """The secondary that becomes the primary."""

    to: Name = Field(description="The name of the secondary that becomes the primary.")


class Fault(Spec):
    """What every fault has."""

    kind: ClassVar[str] = ""
    at: Duration = Field(description="When it strikes, counted from the start of the run.")


class HostFailure(Fault):
    """The host of an instance is lost: failover, or recreation where there is no reader."""

    kind: ClassVar[str] = "host_failure"
    host_failure: Annotated[InstanceTarget, short("instance"), _said("host_failure")] = Field(
        description="Which instance; its name alone will do."
    )
    for_: PositiveDuration | None = Field(
        default=None,
        alias="for",
        description="Until the host may boot (`host_boot`); where it is not said it is replaced, "
        "within the catalog's law.",
    )


class Crash(Fault):
    """A process of the database dies and restarts in place, without failover."""

    kind: ClassVar[str] = "crash"
    for_: ClassVar[None] = None
    crash: Annotated[
        CrashTarget, short("what", "instance", "dispatcher", "node"), _said("crash")
    ] = Field(description="What crashes; the word alone means on the writer.")


class Failover(Fault):
    """Someone asks for a failover."""

    kind: ClassVar[str] = "failover"
    for_: ClassVar[None] = None
    failover: Annotated[FailoverTarget, short("to"), _said("failover")] = Field(
        description="To whom; `{}` leaves the choice to Aurora."
    )


class Reboot(Fault):
    """Someone reboots an instance."""

    kind: ClassVar[str] = "reboot"
    for_: ClassVar[None] = None
    reboot: Annotated[InstanceTarget, short("instance"), _said("reboot")] = Field(
        description="Which instance; its name alone will do."
    )


class AzOutage(Fault):
    """An Availability Zone is dark: its instances, and two segments of every protection group."""

    kind: ClassVar[str] = "az_outage"
    az_outage: Annotated[AzTarget, short("az", "a", "b", "c"), _said("az_outage")] = Field(
        description="Which AZ; its letter alone will do."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")


class SegmentLoss(Fault):
    """Segments are lost with what they held, and repaired from the others."""

    kind: ClassVar[str] = "segment_loss"
    segment_loss: Annotated[SegmentsTarget, _said("segment_loss")] = Field(
        description="Which segments of which protection group."
    )
    for_: PositiveDuration | None = Field(
        default=None,
        alias="for",
        description="Until they are back; repaired at the published speed where it is not said.",
    )


class SlowNode(Fault):
    """Storage nodes answer late."""

    kind: ClassVar[str] = "slow_node"
    slow_node: Annotated[SlowTarget, _said("slow_node")] = Field(
        description="Which segments' nodes, and how late."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")


class RegionOutage(Fault):
    """A region is dark: all instances of its cluster, its storage, and the links from and to it."""

    kind: ClassVar[str] = "region_outage"
    region_outage: Annotated[ClusterTarget, short("cluster"), _said("region_outage")] = Field(
        description="The region of which cluster; its name alone will do."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")


class RegionPartition(Fault):
    """No redo reaches a secondary; both regions go on."""

    kind: ClassVar[str] = "region_partition"
    region_partition: Annotated[ClusterTarget, short("cluster"), _said("region_partition")] = Field(
        description="Which secondary is cut off; its name alone will do."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")


class SlowLink(Fault):
    """Redo travels slowly to a secondary."""

    kind: ClassVar[str] = "slow_link"
    slow_link: Annotated[LinkTarget, _said("slow_link")] = Field(
        description="To which secondary, and how slowly."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")


class Switchover(Fault):
    """Someone moves the primary to another region, in order and without loss."""

    kind: ClassVar[str] = "switchover"
    for_: ClassVar[None] = None
    switchover: Annotated[SuccessorTarget, short("to"), _said("switchover")] = Field(
        description="To which secondary; its name alone will do."
    )


class GlobalFailover(Fault):
    """Someone makes a secondary the primary with what it holds; the rest is left behind."""

    kind: ClassVar[str] = "global_failover"
    for_: ClassVar[None] = None
    global_failover: Annotated[SuccessorTarget, short("to"), _said("global_failover")] = Field(
        description="To which secondary; its name alone will do."
    )


FAULTS: tuple[type[Fault], ...] = (
    HostFailure,
    Crash,
    Failover,
    Reboot,
    AzOutage,
    SegmentLoss,
    SlowNode,
    RegionOutage,
    RegionPartition,
    SlowLink,
    Switchover,
    GlobalFailover,
)
KINDS = tuple(fault.kind for fault in FAULTS)

FaultSpec = Annotated[
    Annotated[HostFailure, Tag("<host_failure>")]
    | Annotated[Crash, Tag("<crash>")]
    | Annotated[Failover, Tag("<failover>")]
    | Annotated[Reboot, Tag("<reboot>")]
    | Annotated[AzOutage, Tag("<az_outage>")]
    | Annotated[SegmentLoss, Tag("<segment_loss>")]
    | Annotated[SlowNode, Tag("<slow_node>")]
    | Annotated[RegionOutage, Tag("<region_outage>")]
    | Annotated[RegionPartition, Tag("<region_partition>")]
    | Annotated[SlowLink, Tag("<slow_link>")]
    | Annotated[Switchover, Tag("<switchover>")]
    | Annotated[GlobalFailover, Tag("<global_failover>")],
    *one_of("a fault", KINDS),
]


def target_of(fault: Any) -> Any:
    """The mapping under the fault's own word."""
    return getattr(fault, fault.kind)
