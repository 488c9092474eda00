"""Segments of the volume are lost."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import PrimaryFault, said
from aurosim.scenario.faults.struck import Event, Steps, Struck
from aurosim.scenario.faults.targets import SegmentsTarget
from aurosim.scenario.fields import PositiveDuration

FORM = "`segment_loss: {group: 0, segments: [0, 1]}`"


class SegmentLoss(PrimaryFault):
    """Segments are lost with what they held, and repaired from the others."""

    kind: ClassVar[str] = "segment_loss"
    segment_loss: Annotated[SegmentsTarget, *said(FORM)] = Field(
        description="Which segments of which protection group."
    )
    for_: PositiveDuration | None = Field(
        default=None,
        alias="for",
        description="Until they are back; repaired at the published speed where it is not said.",
    )

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """Lost until all of them are repaired."""
        target = self.segment_loss
        yield from cluster.copies.lose(target.group, target.segments, self.for_, event)
