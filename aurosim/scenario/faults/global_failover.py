"""A secondary of a global database takes over with what it holds."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import GlobalFault, said
from aurosim.scenario.faults.struck import Event, Globe, Steps
from aurosim.scenario.faults.targets import SuccessorTarget
from aurosim.scenario.fields import short

FORM = "`global_failover: NAME` of a secondary cluster"


class GlobalFailover(GlobalFault):
    """Someone makes a secondary the primary with what it holds; the rest is left behind."""

    kind: ClassVar[str] = "global_failover"
    for_: ClassVar[None] = None
    global_failover: Annotated[SuccessorTarget, *said(FORM, short("to"))] = Field(
        description="To which secondary; its name alone will do."
    )

    def strike(self, globe: Globe, number: int, event: Event) -> Steps:
        """Over when the new writer is open."""
        yield from globe.fail_over(number, event)
