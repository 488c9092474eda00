"""The host of an instance is lost: what Aurora's own fault injection cannot do."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import ClusterFault, said
from aurosim.scenario.faults.struck import Event, Steps, Struck
from aurosim.scenario.faults.targets import InstanceTarget
from aurosim.scenario.fields import PositiveDuration, short

FORM = "`host_failure: writer`, or `host_failure: NAME` of an instance"


class HostFailure(ClusterFault):
    """The host of an instance is lost: failover, or recreation where there is no reader."""

    kind: ClassVar[str] = "host_failure"
    host_failure: Annotated[InstanceTarget, *said(FORM, short("instance"))] = Field(
        description="Which instance; its name alone will do."
    )
    for_: PositiveDuration | None = Field(
        default=None,
        alias="for",
        description="Until the host may boot (`host_boot`); where it is not said it is replaced, "
        "within the catalog's law.",
    )

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """The host goes dark, and boots or is replaced."""
        instance = cluster.named(self.host_failure.instance, event)
        token, start_ns = cluster.token("host"), cluster.now
        cluster.hosts.lose_host(instance, token, self.cause)
        if self.for_ is not None:
            yield cluster.wait(self.for_)
            cluster.hosts.return_host(instance, token)
            return
        noticed_ns = cluster.durations.noticed(instance.name, start_ns)
        yield cluster.wait(noticed_ns - start_ns)
        law = "recreate" if cluster.alone(instance) else "host_replace"
        takes_ns = cluster.durations.drawn(law, instance.name, instance.deaths)
        yield cluster.wait(max(start_ns + takes_ns - cluster.now, 0))
        cluster.hosts.replace_host(instance, token)
