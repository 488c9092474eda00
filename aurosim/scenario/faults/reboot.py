"""A reboot that someone asks for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import ClusterFault, said
from aurosim.scenario.faults.struck import Event, Steps, Struck
from aurosim.scenario.faults.targets import InstanceTarget
from aurosim.scenario.fields import short

FORM = "`reboot: NAME` of an instance, or `reboot: writer`"


class Reboot(ClusterFault):
    """Someone reboots an instance."""

    kind: ClassVar[str] = "reboot"
    for_: ClassVar[None] = None
    reboot: Annotated[InstanceTarget, *said(FORM, short("instance"))] = Field(
        description="Which instance; its name alone will do."
    )

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """The process stops and restarts in place."""
        instance = cluster.named(self.reboot.instance, event)
        if not instance.host_up:
            event.detail = "no effect: its host is away"
            return
        restart_ns = cluster.durations.fixed("reboot_restart")
        cluster.hosts.stop(instance, self.cause, restart_ns, lose_cache=False)
        yield from cluster.hosts.until_running(instance)
