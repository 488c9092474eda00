"""The outage of a whole region."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import GlobalFault, said
from aurosim.scenario.faults.struck import Event, Globe, Steps
from aurosim.scenario.faults.targets import ClusterTarget
from aurosim.scenario.fields import PositiveDuration, short

FORM = "`region_outage: NAME` of a cluster"


class RegionOutage(GlobalFault):
    """A region is dark: all instances of its cluster, its storage, and the links from and to it."""

    kind: ClassVar[str] = "region_outage"
    why_late: ClassVar[str] = "its region was dark"
    region_outage: Annotated[ClusterTarget, *said(FORM, short("cluster"))] = Field(
        description="The region of which cluster; its name alone will do."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")

    def strike(self, globe: Globe, number: int, event: Event) -> Steps:
        """Dark for that long."""
        yield from globe.regions.outage(number, self.for_, self.cause)
