"""Zones: how far they are apart, and which of them are dark."""

from __future__ import annotations

from aurosim import catalog
from aurosim.simpy_model.numbers import Numbers
from aurosim.units import NS_PER_S

MEMBERS = ("a", "a", "b", "b", "c", "c")
"""The zone of each of a protection group's six segments."""


class Zones:
    """The three Availability Zones of a cluster's region."""

    def __init__(self, numbers: Numbers, region: str) -> None:
        self._numbers = numbers
        self.region = region
        self.dark: dict[str, int] = {}
        self._hops: dict[tuple[str, str, str | None], float] = {}

    def hop(self, zone: str, other: str, region: str | None = None) -> float:
        """Seconds one way from a zone here to another, of a client's region if it is not ours."""
        way = zone, other, region
        if way not in self._hops:
            if region in (None, self.region):
                trip_ns = catalog.az_rtt_ns(self.region, zone, other, self._numbers.model)
            else:
                trip_ns = catalog.region_rtt_ns(self.region, str(region))
            self._hops[way] = trip_ns / 2 / NS_PER_S
        return self._hops[way]

    def darken(self, zone: str) -> None:
        """One more outage of a zone begins."""
        self.dark[zone] = self.dark.get(zone, 0) + 1

    def lighten(self, zone: str) -> None:
        """One outage ends."""
        self.dark[zone] -= 1

    def reachable(self, zone: str) -> bool:
        """Whether no outage of it goes on."""
        return not self.dark.get(zone)
