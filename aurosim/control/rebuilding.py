"""Clusters that follow nobody are built anew from the primary, and follow it then.

A cluster's whole volume is copied, `region_rebuild` long, from when both regions reach each other.
Once they do not, or another region is the primary, it begins again [assumption].
Nobody joins while the primary moves.
"""

from __future__ import annotations

from aurosim.control.events import Takeover
from aurosim.control.instances import Steps
from aurosim.control.regions import Regions


class Rebuilding:
    """Who is being built anew. `moving` says that the primary moves."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._under_way: set[int] = set()
        self._count = 0
        self.moving = False

    def begin(self, number: int, cause: str, take: Takeover | None) -> None:
        """A cluster is built anew, unless that is under way; `take` is what left it behind."""
        if number not in self._under_way:
            self._under_way.add(number)
            self._regions.env.process(self._rebuild(number, cause, take))

    def _rebuild(self, number: int, cause: str, take: Takeover | None) -> Steps:
        regions, member = self._regions, self._regions.members[number]
        context = member.context
        self._count += 1
        takes_ns = context.durations.drawn("region_rebuild", member.name, self._count)
        event = context.begin("region.rebuild", member.name, cause)
        while True:
            while self.moving or not regions.reach(number, regions.primary):
                yield regions.changed
            source, copied = regions.primary, context.env.timeout(takes_ns)
            while not copied.processed and self._from(source, number):
                yield copied | regions.changed
            yield from self._until_still()
            if copied.processed and self._from(source, number):
                break
        regions.attach(number, regions.primary)
        self._under_way.remove(number)
        if take is not None:
            take.rejoined_ns = context.now
        context.end(event)

    def _from(self, source: int, number: int) -> bool:
        """Whether a copy from there is still worth something."""
        return source == self._regions.primary and self._regions.reach(number, source)

    def _until_still(self) -> Steps:
        while self.moving:
            yield self._regions.changed
