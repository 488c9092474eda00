"""Storage: a boxcar of redo goes to six segments, and four acknowledgements make it durable.

Each segment lies on a storage node, two in each zone. A node takes one boxcar after the other (a
`Resource`), persists it and acknowledges. A segment in a dark zone, or one whose data is lost, says
nothing; when it is back it gets from its peers what it missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import simpy

from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.zones import MEMBERS, Zones


@dataclass(eq=False)
class Node:
    """A storage node: it takes in one boxcar at a time, and may be slow."""

    intake: simpy.Resource
    delays_s: list[float] = field(default_factory=list)


@dataclass(eq=False)
class Boxcar:
    """Redo records of one protection group that travel together."""

    group: int
    acknowledged: list[simpy.Event]
    bytes: float = 0
    durable: bool = False


class Storage:
    """The storage nodes of a cluster's region, and the segments on them."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, zones: Zones, groups_most: int, name: str
    ) -> None:
        self.env = env
        self.zones = zones
        self.lost: set[tuple[int, int]] = set()
        self.flying: set[Boxcar] = set()
        self.write_quorum = numbers.whole("write_quorum")
        self.read_quorum = numbers.whole("read_quorum")
        self._chance = Chance(numbers.seed, f"{name}/storage")
        self._per_zone = max(2, min(2 * groups_most, numbers.whole("nodes_per_az")))
        self._nodes: dict[tuple[str, int], Node] = {}
        self._occupancy_s = numbers.seconds("node_occupancy")
        self._bandwidth = numbers.real("node_bandwidth")
        self._ack = numbers.seconds("storage_ack_median"), numbers.real("storage_ack_sigma")
        self._read = numbers.seconds("page_read_median"), numbers.real("page_read_sigma")
        self.back = env.event()  # something is reachable again

    def node(self, group: int, member: int) -> Node:
        """The node that keeps this segment."""
        place = MEMBERS[member], (2 * group + member % 2) % self._per_zone
        if place not in self._nodes:
            self._nodes[place] = Node(simpy.Resource(self.env))
        return self._nodes[place]

    def live(self, group: int) -> list[int]:
        """The members of a group that answer."""
        return [
            member
            for member, zone in enumerate(MEMBERS)
            if self.zones.reachable(zone) and (group, member) not in self.lost
        ]

    def write(self, boxcar: Boxcar, zone: str) -> Steps:
        """Sends a boxcar to the six segments from a zone, and waits for four of them."""
        self.flying.add(boxcar)
        for member in self.live(boxcar.group):
            self.env.process(self._persist(boxcar, member, zone))
        yield simpy.events.Condition(
            self.env, lambda _, count: count >= self.write_quorum, boxcar.acknowledged
        )
        boxcar.durable = True
        self.flying.remove(boxcar)

    def _persist(self, boxcar: Boxcar, member: int, zone: str) -> Steps:
        """One segment takes a boxcar to disk and acknowledges it."""
        node, hop_s = self.node(boxcar.group, member), self.zones.hop(zone, MEMBERS[member])
        yield self.env.timeout(hop_s)
        with node.intake.request() as turn:
            yield turn
            yield self.env.timeout(self._occupancy_s + boxcar.bytes / self._bandwidth)
        service_s = self._chance.lognormal(*self._ack) + max(node.delays_s, default=0.0)
        yield self.env.timeout(service_s + hop_s)
        self._acknowledge(boxcar, member)

    def _acknowledge(self, boxcar: Boxcar, member: int) -> None:
        acknowledged = boxcar.acknowledged[member]
        if member in self.live(boxcar.group) and not acknowledged.triggered:
            acknowledged.succeed()

    def read(self, group: int, pages: int, zone: str) -> Steps:
        """Pages one after the other from the nearest live segment; if it goes dark, from another."""
        while True:
            while not self.live(group):
                yield self.back
            member = min(self.live(group), key=lambda m: (self.zones.hop(zone, MEMBERS[m]), m))
            delay_s = max(self.node(group, member).delays_s, default=0.0)
            trip_s = 2 * self.zones.hop(zone, MEMBERS[member]) + delay_s
            yield self.env.timeout(pages * (trip_s + self._chance.lognormal(*self._read)))
            if member in self.live(group):
                return

    def returned(self) -> None:
        """Segments are back: peers give them what they missed, and whoever waits looks again."""
        for boxcar in self.flying:
            for member in self.live(boxcar.group):
                if not boxcar.acknowledged[member].triggered:
                    self.env.process(self._catch_up(boxcar, member))
        told, self.back = self.back, self.env.event()
        told.succeed()

    def _catch_up(self, boxcar: Boxcar, member: int) -> Steps:
        yield self.env.timeout(self.zones.hop("a", MEMBERS[member]))
        self._acknowledge(boxcar, member)
