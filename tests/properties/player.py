"""Plays a world: gives a plane the commands of its script.

A command that makes no sense when its turn comes (starting what runs, opening what was not
recovered, stopping what is not there) is left out. That is decided by nothing but the observation,
so that two planes that agree play the same script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aurosim.dataplane.contract import ROLE_GLOBAL, DataPlane, Recovery, RecoveryPoint, Status
from tests.properties.world import World


class Player:
    """Gives a plane the commands of a script, those that make sense."""

    def __init__(self, plane: DataPlane) -> None:
        self.plane = plane
        self.recovered = False
        self.recoveries: list[Recovery | RecoveryPoint | None] = []

    def give(self, name: str, args: tuple[Any, ...]) -> None:
        own: Callable[..., None] | None = getattr(self, name, None)
        if own is not None:
            own(*args)
        elif name == "dispatcher":
            self.plane.dispatcher(*args)
        elif name in ("node_delay", "link", "link_speed", "resize"):
            getattr(self.plane, name)(*args)
        else:
            getattr(self.plane, name)(0, *args)

    def status(self, server: int) -> int:
        return self.plane.observe().instances[server].status

    def stop(self, server: int, status: Status, lose_cache: bool) -> None:
        if self.status(server) != Status.ABSENT:
            self.plane.stop(server, status, lose_cache=lose_cache)

    def start(self, server: int, status: Status) -> None:
        if self.status(server) not in (Status.UP, Status.ABSENT):
            self.plane.start(server, status)

    def leave(self, server: int) -> None:
        if self.status(server) != Status.ABSENT:
            self.plane.leave(server)

    def join(self, server: int) -> None:
        if self.status(server) == Status.ABSENT:
            self.plane.join(server)

    def enter(self, server: int) -> None:
        """It is there and takes connections."""
        self.join(server)
        self.start(server, Status.UP)

    def segment_lost(self, group: int, members: int) -> None:
        """Only in a group that has come to be."""
        if group < self.plane.observe().clusters[0].groups:
            self.plane.segment_lost(0, group, members)

    def segment_repaired(self, group: int, members: int) -> None:
        if group < self.plane.observe().clusters[0].groups:
            self.plane.segment_repaired(0, group, members)

    def recover(self) -> None:
        """Only without a writer, and where there is a log: a live one is stopped first."""
        cluster = self.plane.observe().clusters[0]
        if cluster.writer < 0 and cluster.source < 0:
            self.plane.fence(0)
            self.recoveries.append(self.plane.recover(0))
            self.recovered = self.recoveries[-1] is not None

    def open(self, server: int) -> None:
        """The writer opens, after a recovery; a reader stops for it first."""
        cluster = self.plane.observe().clusters[0]
        there = self.status(server) != Status.ABSENT
        if self.recovered and there and cluster.writer < 0 and cluster.source < 0:
            if self.status(server) == Status.UP:
                self.plane.stop(server, Status.CLOSED)
            self.plane.promote(0, server)
            self.plane.start(server)
            self.recovered = False

    def restore(self, server: int) -> None:
        self.recover()
        self.open(server)

    # --- regions -------------------------------------------------------------------------
    def publish_global(self, server: int) -> None:
        self.plane.publish(0, ROLE_GLOBAL, (server,))

    def detach(self, k: int) -> None:
        """Only who follows can stop following."""
        if self.plane.observe().clusters[k].source >= 0:
            self.recoveries.append(self.plane.detach(k))

    def take_over(self, k: int, server: int) -> None:
        """A secondary gets a writer: detached, recovered, opened. The others follow it no more."""
        self.detach(k)
        if self.plane.observe().clusters[k].writer >= 0 or self.status(server) == Status.ABSENT:
            return
        self.plane.fence(k)
        self.recoveries.append(self.plane.recover(k))
        if self.recoveries[-1] is not None:
            if self.status(server) == Status.UP:
                self.plane.stop(server, Status.CLOSED)
            self.plane.promote(k, server)
            self.plane.start(server)
            self.recovered = self.recovered and k != 0

    def follow(self, k: int, source: int, servers: tuple[int, ...]) -> None:
        """A cluster that nobody follows, whose servers are down, follows one that follows none."""
        clusters = self.plane.observe().clusters
        followed = any(cluster.source == k for cluster in clusters)
        if k == source or followed or clusters[k].source >= 0 or clusters[source].source >= 0:
            return
        for server in servers:
            if self.status(server) == Status.UP:
                self.plane.stop(server, Status.CLOSED)
        if self.plane.observe().clusters[k].writer < 0:
            self.plane.attach(k, source)
            self.recovered = self.recovered and k != 0
        for server in servers:
            self.start(server, Status.UP)


def play(world: World, plane: DataPlane, look: Callable[[str], None], every_ns: int = 7) -> Player:
    """Runs the world to its end; ``look`` is called after each advance and each command, with what
    has just happened."""
    player = Player(plane)
    script = list(world.script)
    end_ns = world.plan.end_ns
    stops = sorted({c[0] for c in script} | set(range(0, end_ns + 1, every_ns)) | {end_ns})
    for at_ns in stops:
        while not plane.advance(at_ns):
            look(f"some events before {at_ns}")
        look(f"events before {at_ns}")
        while script and script[0][0] == at_ns:
            _, name, args = script.pop(0)
            player.give(name, args)
            look(f"{name}{args} at {at_ns}")
    plane.flush()
    return player
