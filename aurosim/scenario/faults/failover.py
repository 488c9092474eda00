"""A failover that someone asks for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import PrimaryFault, said
from aurosim.scenario.faults.struck import Event, Instance, Steps, Struck
from aurosim.scenario.faults.targets import OF_CLUSTER, WRITER, Target
from aurosim.scenario.fields import Name, short

FORM = "`failover: {}`, which leaves the choice to Aurora, or `failover: NAME` for whom"


class FailoverTarget(Target):
    """A failover asked for."""

    to: Name | None = Field(
        default=None,
        description="The new writer; chosen by tier, class and name where it is not said.",
    )
    cluster: Name | None = Field(default=None, description=OF_CLUSTER)

    @property
    def subject(self) -> str:
        """Who is to be the writer, or where."""
        return self.to or self.cluster or WRITER


class Failover(PrimaryFault):
    """Someone asks for a failover."""

    kind: ClassVar[str] = "failover"
    for_: ClassVar[None] = None
    not_of_a_secondary: ClassVar[str] = (
        "a secondary has no writer. Use switchover or global_failover."
    )
    failover: Annotated[FailoverTarget, *said(FORM, short("to"))] = Field(
        description="To whom; `{}` leaves the choice to Aurora."
    )

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """The writer hands over, unless there is nobody who could take over."""
        name = self.failover.to
        found = [each for each in cluster.instances if each.name == name]
        if name is not None and not found:
            event.detail = f"refused: {name} isn't in {cluster.name}"
            return
        to = found[0] if found else cluster.heir()
        event.subject = to.name if found else event.subject
        refusal = _refusal(cluster, to)
        if to is None or refusal:
            event.detail = f"refused: {refusal}"
            return
        event.subject = to.name
        if not (yield from cluster.hand_over(to, self.cause)):
            event.detail = f"given up: {_refusal(cluster, to) or 'there is another writer'}"
            return
        while cluster.writer is None and cluster.leads:
            yield cluster.news


def _refusal(cluster: Struck, to: Instance) -> str:
    if cluster.writer is None:
        return "there is no writer"
    if to is None:
        return "no healthy reader"
    if to is cluster.writer:
        return f"{to.name} is the writer"
    return "" if to.healthy else f"{to.name} isn't healthy"
