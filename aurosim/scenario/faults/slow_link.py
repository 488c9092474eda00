"""The link to a secondary is slow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import GlobalFault, said
from aurosim.scenario.faults.struck import Event, Globe, Steps
from aurosim.scenario.faults.targets import SecondaryTarget
from aurosim.scenario.fields import Bandwidth, Duration, PositiveDuration

FORM = "`slow_link: {cluster: NAME, delay: 200 ms}`"


class LinkTarget(SecondaryTarget):
    """The link by which a secondary follows the primary."""

    delay: Duration = Field(
        default=0,
        description="By how much longer a batch of redo travels; this or bandwidth is said.",
    )
    bandwidth: Bandwidth | None = Field(
        default=None,
        description="How many bytes per second it carries, from 1 kB/s; the catalog's where it is "
        "not said.",
    )


class SlowLink(GlobalFault):
    """Redo travels slowly to a secondary."""

    kind: ClassVar[str] = "slow_link"
    why_late: ClassVar[str] = "its link was slow"
    slow_link: Annotated[LinkTarget, *said(FORM)] = Field(
        description="To which secondary, and how slowly."
    )
    for_: PositiveDuration = Field(alias="for", description="How long it lasts.")

    def objections(self) -> Iterator[str]:
        """It says by how much longer or how narrow."""
        if not self.slow_link.delay and not self.slow_link.bandwidth:
            yield (
                "says neither delay nor bandwidth, so it slows nothing. "
                "Say one: delay: 50 ms, or bandwidth: 8 MB/s."
            )

    def strike(self, globe: Globe, number: int, event: Event) -> Steps:
        """Slow for that long."""
        link = self.slow_link
        yield from globe.regions.slow(number, link.delay, link.bandwidth, self.for_)
