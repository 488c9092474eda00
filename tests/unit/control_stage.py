"""A stage for tests of the control plane: a fake data plane that writes down what it is told.

The fake knows just enough of the volume to say whether recovery finds a read quorum, from its own
sets and not from aurosim's tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy

from aurosim.cluster.quorum import four_of_six
from aurosim.control import Control
from aurosim.control.controllers import absent_at_the_start
from aurosim.control.plane import ClusterControl
from aurosim.dataplane.contract import Recovery, Status
from aurosim.scenario import loads
from aurosim.units import NS_PER_S

ROLES = ("cluster", "reader")
END_NS = 3600 * NS_PER_S



@dataclass
class FakePlane:
    """Takes commands, checks that they make sense, answers recovery."""

    env: simpy.Environment
    told: list[tuple[Any, ...]] = field(default_factory=list)
    lag_ns: dict[int, int] = field(default_factory=dict)
    lost: dict[int, set[int]] = field(default_factory=dict)
    dark: set[int] = field(default_factory=set)
    status: dict[int, Status] = field(default_factory=dict)
    writer: int | None = 0
    looks: int = 0
    flaps_ns: list[int] = field(default_factory=list)
    warned: bool = False
    size: Callable[[int], tuple[int, int]] = lambda now_ns: (80 << 30, 8)
    """Bytes and groups of the volume at a time."""

    def observe(self) -> Any:
        self.looks += 1
        used_bytes, groups = self.size(int(self.env.now))
        return SimpleNamespace(
            instances=[SimpleNamespace(lag_ns=self.lag_ns.get(i, 0)) for i in range(16)],
            clusters=[SimpleNamespace(used_bytes=used_bytes, groups=groups)],
        )

    def say(self, *words: Any) -> None:
        self.told.append((self.env.now, *words))

    def warn(self, cluster: int, lag_ns: int) -> None:
        self.warned = any(
            late_ns > lag_ns for i, late_ns in self.lag_ns.items() if i != self.writer
        )

    def stop(self, instance: int, status: Status, *, lose_cache: bool = False) -> None:
        assert status in (Status.CLOSED, Status.DARK)
        self.status[instance] = status
        self.lag_ns.pop(instance, None)
        if instance == self.writer:
            self.writer = None
        self.say("stop", instance, status.name, *(["cold"] if lose_cache else []))

    def start(self, instance: int, status: Status = Status.UP) -> None:
        assert self.status[instance] is not Status.UP, f"{instance} is up already"
        self.status[instance] = status
        self.say("start", instance, status.name)

    def resize(self, instance: int, vcpu: int, buffer_pages: int, max_connections: int) -> None:
        self.say("resize", instance, vcpu, buffer_pages, max_connections)

    def join(self, instance: int) -> None:
        self.status[instance] = Status.DARK
        self.say("join", instance)

    def leave(self, instance: int) -> None:
        assert instance != self.writer
        self.status[instance] = Status.ABSENT
        self.say("leave", instance)

    def fence(self, cluster: int) -> None:
        assert self.writer is None, "fenced under a living writer"
        self.say("fence")

    def recover(self, cluster: int) -> Recovery | None:
        for group in range(8):
            gone = {m for m in range(6) if m // 2 in self.dark} | self.lost.get(group, set())
            if 6 - len(gone) < 3:
                self.say("recover", False)
                return None
        self.say("recover", True)
        return Recovery(0, 0, 0)

    def promote(self, cluster: int, instance: int) -> None:
        assert self.writer is None
        self.writer = instance
        self.say("promote", instance)

    def publish(
        self, cluster: int, role: int, instances: tuple[int, ...], flap_ns: int = 0
    ) -> None:
        self.say("publish", ROLES[role], instances)
        self.flaps_ns.append(flap_ns)

    def dispatcher(self, instance: int, running: bool) -> None:
        self.say("dispatcher", instance, running)

    def segment_lost(self, cluster: int, group: int, members: int) -> None:
        self.lost.setdefault(group, set()).update(m for m in range(8) if members >> m & 1)
        self.say("segment_lost", group, members)

    def segment_repaired(self, cluster: int, group: int, members: int) -> None:
        self.lost[group] -= {m for m in range(8) if members >> m & 1}
        self.say("segment_repaired", group, members)

    def zone(self, cluster: int, az: int, reachable: bool) -> None:
        (self.dark.discard if reachable else self.dark.add)(az)
        self.say("zone", az, reachable)

    def node_delay(self, node: int, delay_ns: int) -> None:
        self.say("node_delay", node, delay_ns)


@dataclass
class Story:
    """What came of a script of faults."""

    plane: FakePlane
    control: Control
    env: simpy.Environment

    @property
    def main(self) -> ClusterControl:
        """The records of the one cluster."""
        return self.control.clusters[0]

    @property
    def words(self) -> list[tuple[Any, ...]]:
        """The commands without their times, after the first two (the records at the start)."""
        return [each[1:] for each in self.plane.told[2:]]

    def times(self, *words: Any) -> list[int]:
        """When a command was given, in ns."""
        return [each[0] for each in self.plane.told if each[1 : 1 + len(words)] == words]

    def at(self, *words: Any) -> int:
        """When a command was given that was given once."""
        (found,) = self.times(*words)
        return int(found)

    def events(self, kind: str) -> list[Any]:
        return [each for each in self.control.events if each.kind == kind]

    def event(self, kind: str) -> Any:
        (found,) = self.events(kind)
        return found


THREE = """
    - {name: db-1, class: db.r6g.2xlarge, az: a, promotion_tier: 1}
    - {name: db-2, class: db.r6g.2xlarge, az: b, promotion_tier: 0}
    - {name: db-3, class: db.r6g.2xlarge, az: c, promotion_tier: 15}"""
TWO = "\n".join(THREE.splitlines()[:3])
ONE = "\n".join(THREE.splitlines()[:2])


def play(
    *faults: str,
    instances: str = THREE,
    seed: int = 1,
    model: str = "{}",
    until_ns: int = END_NS,
    size: str = "80 GiB",
    lag_ns: dict[int, int] | None = None,
    grown: Callable[[int], tuple[int, int]] | None = None,
) -> Story:
    """Runs a script of faults (YAML, one each) against a fake data plane. ``grown`` tells the bytes
    and groups that its volume has at a time; without it, it keeps its size."""
    transaction = "[{kind: insert}]" if grown else "sysbench-oltp-write-only"
    scenario = loads(
        f"name: story\nrun: {{duration: {END_NS // NS_PER_S} s}}\nmodel: {model}\n"
        f"cluster:\n  engine: aurora-mysql\n  storage: {{size: {size}}}\n  instances:{instances}\n"
        f"workload:\n  - {{name: load, connections: 1, transaction: {transaction}}}\n"
        "faults: [" + ", ".join(faults) + "]\n",
        "story.yaml",
    )
    env = simpy.Environment(initial_time=0)
    plan = plan_of(scenario)
    cluster = plan.clusters[0]
    kept = (cluster.used_bytes, cluster.groups)
    plane = FakePlane(env, lag_ns=lag_ns or {}, size=grown or (lambda now_ns: kept))
    control = Control(env, scenario, plan, plane, seed)  # type: ignore[arg-type]
    while env.peek() <= until_ns:
        env.step()
        if plane.warned:
            plane.warned = False
            control.hear(int(env.now))
    return Story(plane, control, env)


def plan_of(scenario: Any) -> Any:
    """As much of a plan as the control plane reads."""
    groups = -(-scenario.cluster.storage.size // (10 << 30))
    quorums = four_of_six()
    cluster = SimpleNamespace(
        name="main",
        custom=(),
        writer=0,
        link=None,
        groups=groups,
        used_bytes=scenario.cluster.storage.size,
        group_bytes=10 << 30,
        nodes=np.arange(groups * 6, dtype=np.int32).reshape(groups, 6),
        write_ok=quorums.write_ok,
        read_ok=quorums.read_ok,
    )
    instances = tuple(
        SimpleNamespace(
            custom=(), name=each.name, az="abc".index(each.az), vcpu=each.vcpu,
            there=each.name not in absent_at_the_start(scenario),
        )
        for each in scenario.cluster.instances
    )
    return SimpleNamespace(clusters=(cluster,), instances=instances)
