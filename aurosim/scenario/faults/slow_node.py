"""Storage nodes are slow."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import PrimaryFault, said
from aurosim.scenario.faults.struck import Event, Steps, Struck
from aurosim.scenario.faults.targets import SegmentsTarget
from aurosim.scenario.fields import PositiveDuration

FORM = "`slow_node: {group: 0, segments: [0, 1], delay: 20 ms}`"


class SlowTarget(SegmentsTarget):
    """The storage nodes that hold some segments."""

    delay: PositiveDuration = Field(description="By how much later these nodes answer.")


class SlowNode(PrimaryFault):
    """Storage nodes answer late."""

    kind: ClassVar[str] = "slow_node"
    slow_node: Annotated[SlowTarget, *said(FORM)] = Field(
        description="Which segments' nodes, and how late."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """Slow for that long."""
        target = self.slow_node
        yield from cluster.copies.slow(
            target.group, target.segments, target.delay, self.for_, event
        )
