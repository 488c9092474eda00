"""Distances: round trips between Availability Zones and between regions.

aurosim calls a region's zones a, b and c. They stand for the first three zone letters that were
measured in that region (June 2019, `az_rtt.csv`; letters are mapped per account anyway, so only the
spread matters). A pair that was not measured has the median of all that were, an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from aurosim.catalog.entry import AS_PUBLISHED, Quantity, duration_ns, entries
from aurosim.catalog.tables import table
from aurosim.units import NS_PER_MS

AZS = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A network round trip in ns, with its status and source."""

    ns: int
    status: str
    source: str


@cache
def regions() -> tuple[str, ...]:
    """The regions a cluster can be in, sorted: those with a measured distance to anything."""
    named = {row["region"] for row in table("az_rtt")}
    for row in table("region_rtt"):
        named |= {row["region_a"], row["region_b"]}
    return tuple(sorted(named))


@cache
def _measured(region: str) -> MappingProxyType[frozenset[str], RoundTrip]:
    """The measured pairs of a region in aurosim's letters."""
    rows = [row for row in table("az_rtt") if row["region"] == region]
    letters = sorted({row[end][-1] for row in rows for end in ("az_a", "az_b")})
    zone = dict(zip(letters, AZS, strict=False))
    return MappingProxyType(
        {
            frozenset((zone[row["az_a"][-1]], zone[row["az_b"][-1]])): RoundTrip(
                round(float(row["rtt_ms"]) * NS_PER_MS), "sourced", row["source"]
            )
            for row in rows
            if row["az_a"][-1] in zone and row["az_b"][-1] in zone
        }
    )


def az_round_trip(
    region: str, az_a: str, az_b: str, model: Mapping[str, Quantity] = AS_PUBLISHED
) -> RoundTrip:
    """The round trip between two zones (a, b, c) of a region; within one zone, the entry's.

    `model` holds a scenario's overrides of entries. A measured pair yields to an override of
    `az_round_trip` too, since whoever sets a distance means every pair.
    """
    assert region in regions(), f"unknown region {region!r}"
    assert az_a in AZS and az_b in AZS, f"unknown zone {az_a!r} or {az_b!r}"
    name = "same_az_round_trip" if az_a == az_b else "az_round_trip"
    if name in model:
        return RoundTrip(duration_ns(name, model), "assumption", "scenario")
    found = _measured(region).get(frozenset((az_a, az_b)))
    if found is not None:
        return found
    entry = entries()[name]
    return RoundTrip(duration_ns(name), entry.status, entry.source)


def az_rtt_ns(
    region: str, az_a: str, az_b: str, model: Mapping[str, Quantity] = AS_PUBLISHED
) -> int:
    """The round trip between two zones (a, b, c) of a region, in ns; see `az_round_trip`."""
    return az_round_trip(region, az_a, az_b, model).ns


@cache
def _between_regions() -> MappingProxyType[frozenset[str], int]:
    return MappingProxyType(
        {
            frozenset((row["region_a"], row["region_b"])): round(float(row["p50_ms"]) * NS_PER_MS)
            for row in table("region_rtt")
        }
    )


def distance_known(region_a: str, region_b: str) -> bool:
    """Whether there is a round trip between two regions; one is no distance from itself."""
    return region_a == region_b or frozenset((region_a, region_b)) in _between_regions()


def regions_with_distance(region: str) -> tuple[str, ...]:
    """The regions whose round trip to this one is known, sorted."""
    pairs = (pair for pair in _between_regions() if region in pair)
    return tuple(sorted(other for pair in pairs for other in pair if other != region))


def region_rtt_ns(region_a: str, region_b: str) -> int:
    """The round trip between two different regions, in ns: an average of June 2019."""
    pair = frozenset((region_a, region_b))
    assert pair in _between_regions(), f"no round trip between {region_a!r} and {region_b!r}"
    return _between_regions()[pair]
