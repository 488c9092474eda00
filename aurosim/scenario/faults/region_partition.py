"""A secondary is cut off from the primary."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import GlobalFault, said
from aurosim.scenario.faults.struck import Event, Globe, Steps
from aurosim.scenario.faults.targets import SecondaryTarget
from aurosim.scenario.fields import PositiveDuration, short

FORM = "`region_partition: NAME` of a secondary cluster"


class RegionPartition(GlobalFault):
    """No redo reaches a secondary; both regions go on."""

    kind: ClassVar[str] = "region_partition"
    why_late: ClassVar[str] = "its link was cut"
    region_partition: Annotated[SecondaryTarget, *said(FORM, short("cluster"))] = Field(
        description="Which secondary is cut off; its name alone will do."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")

    def strike(self, globe: Globe, number: int, event: Event) -> Steps:
        """Cut off for that long."""
        yield from globe.regions.partition(number, self.for_)
