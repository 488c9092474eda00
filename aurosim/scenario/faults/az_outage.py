"""The outage of an Availability Zone."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.catalog import AZS
from aurosim.scenario.faults.fault import ClusterFault, said
from aurosim.scenario.faults.struck import Event, Steps, Struck
from aurosim.scenario.faults.targets import AzTarget
from aurosim.scenario.fields import PositiveDuration, short

FORM = "`az_outage: a` (or b, c)"


class AzOutage(ClusterFault):
    """An Availability Zone is dark: its instances, and two segments of every protection group."""

    kind: ClassVar[str] = "az_outage"
    az_outage: Annotated[AzTarget, *said(FORM, short("az", *AZS))] = Field(
        description="Which AZ; its letter alone will do."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """Instances of the AZ die with their hosts, its storage is out of reach, data intact."""
        az, token = AZS.index(self.az_outage.az), cluster.token("az")
        hit = [each for each in cluster.instances if each.az == az]
        for instance in hit:
            cluster.hosts.lose_host(instance, token, self.cause)
        absent = [each.name for each in hit if not each.there]
        if absent:
            event.detail = f"no effect on {', '.join(absent)}: not there"
        cluster.copies.darken(az)
        yield cluster.wait(self.for_)
        cluster.copies.lighten(az)
        for instance in hit:
            cluster.hosts.return_host(instance, token)
