"""The regions of a global database: which are dark, which links are cut or slow, who follows whom.

Redo goes from the primary to each secondary over a link of its own. A link is up while neither of
its ends is dark or cut off from the others; the data plane is told whenever that changes. A dark
region has neither instances nor storage that answer. Source: facts section 6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import simpy

from aurosim.catalog import AZS
from aurosim.control.context import Context, Standing
from aurosim.control.faults import Struck
from aurosim.control.instances import Instances, Steps
from aurosim.control.storage import Storage
from aurosim.control.writer import Writer
from aurosim.dataplane.contract import RecoveryPoint


@dataclass(frozen=True)
class Member:
    """One cluster with all that is done to it."""

    context: Context
    writer: Writer
    storage: Storage
    faults: Struck
    bytes_per_s: float  # what its link carries

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.context.log.cluster

    @property
    def instances(self) -> Instances:
        """Its instances, going down and coming back."""
        return self.writer.instances


class Regions:
    """All clusters of a run and their links; one cluster alone has none."""

    def __init__(self, env: simpy.Environment, members: Sequence[Member]) -> None:
        self.env = env
        self.members = members
        self.primary = 0
        self.changed = env.event()
        self._source: list[int | None] = [None] + [0] * (len(members) - 1)
        self._connected = [True] * len(members)
        self._dark: Counter[int] = Counter()
        self._cut: Counter[int] = Counter()
        self._slow: dict[int, list[tuple[int, float]]] = {}
        self._outages = 0

    @property
    def now(self) -> int:
        """The time, in ns."""
        return int(self.env.now)

    def number(self, name: str) -> int:
        """The number of the cluster of this name."""
        return [each.name for each in self.members].index(name)

    # --- links ---------------------------------------------------------------------------
    def reach(self, one: int, other: int) -> bool:
        """Whether redo gets from one region to the other."""
        return not any(self._dark[each] or self._cut[each] for each in (one, other))

    def follows(self, number: int) -> int | None:
        """Whom a cluster follows."""
        return self._source[number]

    def linked(self, number: int) -> bool:
        """Whether it follows a cluster over a link that is up."""
        source = self._source[number]
        return source is not None and self.reach(number, source)

    def attach(self, number: int, source: int) -> None:
        """A cluster follows another from now on; it has no writer and no process that is up, or
        holds already what the other does.
        """
        assert self._source[number] is None and self._source[source] is None
        member = self.members[number]
        member.context.plane.attach(number, source)
        member.context.standing = Standing.SECONDARY
        self._source[number], self._connected[number] = source, True
        self._tell_links()
        if self._slow.get(number):
            self._tell_speed(number)
        member.context.tell()

    def detach(self, number: int) -> RecoveryPoint:
        """A cluster follows nobody any more; what it lacked then."""
        assert self._source[number] is not None
        self._source[number] = None
        return self.members[number].context.plane.detach(number)

    def _tell_links(self) -> None:
        for number, member in enumerate(self.members):
            up = self.linked(number)
            if self._source[number] is not None and up != self._connected[number]:
                self._connected[number] = up
                member.context.plane.link(number, up)

    def _tell_speed(self, number: int) -> None:
        member, slow = self.members[number], self._slow[number]
        delay_ns = max((delay for delay, _ in slow), default=0)
        bytes_per_s = min((rate for _, rate in slow), default=member.bytes_per_s)
        if self._source[number] is not None:
            member.context.plane.link_speed(number, delay_ns, bytes_per_s)

    def tell(self) -> None:
        """Wakes all who wait for a change."""
        self._tell_links()
        told, self.changed = self.changed, self.env.event()
        told.succeed()

    # --- what happens to them ------------------------------------------------------------
    def outage(self, number: int, for_ns: int, cause: str) -> Steps:
        """A region is dark for some time."""
        member = self.members[number]
        context = member.context
        self._outages += 1
        token = f"region {self._outages}"
        self._dark[number] += 1
        self.tell()
        hit = list(context.topology.instances)
        for instance in hit:
            member.instances.lose_host(instance, token, cause)
        for az in range(len(AZS)):
            member.storage.darken(az)
        yield self.env.timeout(for_ns)
        self._dark[number] -= 1
        for az in range(len(AZS)):
            member.storage.lighten(az)
        for instance in hit:
            member.instances.return_host(instance, token)
        self.tell()

    def partition(self, number: int, for_ns: int) -> Steps:
        """No redo gets from or to a region for some time."""
        self._cut[number] += 1
        self.tell()
        yield self.env.timeout(for_ns)
        self._cut[number] -= 1
        self.tell()

    def slow(self, number: int, delay_ns: int, bytes_per_s: float | None, for_ns: int) -> Steps:
        """Redo travels slowly to a secondary for some time; of several such times the worst."""
        rate = self.members[number].bytes_per_s if bytes_per_s is None else bytes_per_s
        self._slow.setdefault(number, []).append((delay_ns, rate))
        self._tell_speed(number)
        yield self.env.timeout(for_ns)
        self._slow[number].remove((delay_ns, rate))
        self._tell_speed(number)
