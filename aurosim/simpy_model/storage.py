"""Storage: a boxcar of redo goes to six segments, and four acknowledgements make it durable.

A protection group has two segments in each zone, each on a storage node that takes in one boxcar
after the other (a `Resource`), persists it and acknowledges. A segment in a dark zone, or one that
is lost, says nothing; when it is back, its peers give it what it missed.
"""

from collections import Counter, defaultdict

import simpy

from aurosim import catalog
from aurosim.catalog.volume import COPIES
from aurosim.simpy_model.setting import Setting, Steps
from aurosim.units import NS_PER_S

ZONE_OF = "aabbcc"  # of each of a group's six segments


class Boxcar:
    """Redo records of one protection group that travel together."""

    def __init__(self, env: simpy.Environment, group: int) -> None:
        self.group, self.bytes, self.durable = group, 0.0, False
        self.acknowledged = [env.event() for _ in ZONE_OF]


class Storage:
    """The segments of a cluster's volume in the three zones of its region."""

    def __init__(self, setting: Setting, region: str, groups_most: int) -> None:
        self.env, self.setting, self.region = setting.env, setting, region
        self.dark: Counter[str] = Counter()  # outages by zone
        self.lost: set[tuple[int, int]] = set()  # groups and members
        self.flying: set[Boxcar] = set()
        self.back = self.env.event()
        self._per_zone = max(2, min(2 * groups_most, setting.whole("nodes_per_az")))
        self._intake: dict[object, simpy.Resource] = defaultdict(lambda: simpy.Resource(self.env))
        self.delay_s: dict[object, float] = defaultdict(float)  # of slow nodes
        self._chance = setting.chance(f"storage/{region}")
        self._hops: dict[tuple[str, str], float] = {}

    def hop_s(self, zone: str, other: str) -> float:
        """One way between two zones."""
        if (zone, other) not in self._hops:
            trip_ns = catalog.az_rtt_ns(self.region, zone, other, self.setting.model)
            self._hops[zone, other] = trip_ns / 2 / NS_PER_S
        return self._hops[zone, other]

    def node(self, group: int, member: int) -> object:
        return ZONE_OF[member], (2 * group + member % 2) % self._per_zone

    def answers(self, group: int, member: int) -> bool:
        return not self.dark[ZONE_OF[member]] and (group, member) not in self.lost

    def live(self, group: int) -> list[int]:
        return [member for member in range(COPIES) if self.answers(group, member)]

    def quorum(self, name: str, groups: int) -> bool:
        """Whether each group has its write or read quorum; only lost segments tell them apart."""
        some = {group for group, _ in self.lost if group < groups} | {groups}
        return all(len(self.live(group)) >= self.setting.whole(name) for group in some)

    def write(self, boxcar: Boxcar, zone: str) -> Steps:
        """Sends a boxcar to the six segments, and waits for four of them."""
        needed = self.setting.whole("write_quorum")
        self.flying.add(boxcar)
        for member in self.live(boxcar.group):
            self.env.process(self._persist(boxcar, member, self.hop_s(zone, ZONE_OF[member])))
        quorum, acknowledged = lambda _, count: count >= needed, boxcar.acknowledged
        yield simpy.events.Condition(self.env, quorum, acknowledged)
        boxcar.durable = True
        self.flying.discard(boxcar)

    def _persist(self, boxcar: Boxcar, member: int, hop_s: float) -> Steps:
        """One segment takes a boxcar to disk and acknowledges it."""
        get, node = self.setting, self.node(boxcar.group, member)
        yield self.env.timeout(hop_s)
        with self._intake[node].request() as turn:
            yield turn
            wire_s = boxcar.bytes / get.real("node_bandwidth")
            yield self.env.timeout(get.seconds("node_occupancy") + wire_s)
        median_s, sigma = get.seconds("storage_ack_median"), get.real("storage_ack_sigma")
        service_s = self._chance.lognormal(median_s, sigma) + self.delay_s[node]
        yield self.env.timeout(service_s + hop_s)
        self._acknowledge(boxcar, member)

    def _acknowledge(self, boxcar: Boxcar, member: int) -> None:
        if self.answers(boxcar.group, member) and not boxcar.acknowledged[member].triggered:
            boxcar.acknowledged[member].succeed()

    def read(self, group: int, pages: int, zone: str) -> Steps:
        """Pages one by one from the nearest live segment; if that goes dark, from another."""
        get = self.setting
        median_s, sigma = get.seconds("page_read_median"), get.real("page_read_sigma")
        while True:
            while not self.live(group):
                yield self.back
            member = min(self.live(group), key=lambda m: (self.hop_s(zone, ZONE_OF[m]), m))
            trip_s = 2 * self.hop_s(zone, ZONE_OF[member]) + self.delay_s[self.node(group, member)]
            yield self.env.timeout(pages * (trip_s + self._chance.lognormal(median_s, sigma)))
            if self.answers(group, member):
                return

    def returned(self) -> None:
        """Segments are back: they get what they missed, and whoever waits looks again."""
        for boxcar in self.flying:
            for member in range(COPIES):
                self._acknowledge(boxcar, member)
        told, self.back = self.back, self.env.event()
        told.succeed()
