"""The primary of a global database moves in order."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import GlobalFault, said
from aurosim.scenario.faults.struck import Event, Globe, Steps
from aurosim.scenario.faults.targets import SuccessorTarget
from aurosim.scenario.fields import short

FORM = "`switchover: NAME` of a secondary cluster"


class Switchover(GlobalFault):
    """Someone moves the primary to another region, in order and without loss."""

    kind: ClassVar[str] = "switchover"
    for_: ClassVar[None] = None
    switchover: Annotated[SuccessorTarget, *said(FORM, short("to"))] = Field(
        description="To which secondary; its name alone will do."
    )

    def strike(self, globe: Globe, number: int, event: Event) -> Steps:
        """Over when the new writer is open, or the old one again."""
        yield from globe.switch_over(number, event)
