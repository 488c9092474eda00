"""One seed draws a global database and a script of everything that can happen to it; then quiet.

The scenario is written in the language and played on the data plane on SimPy under the real
control plane, with next to no load. Faults come in bursts, so that they meet moves half way. Of a
protection group only a few named segments are ever lost, so that a read quorum keeps its data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy

from aurosim.control import Control
from aurosim.control.context import Standing
from aurosim.dataplane.contract import (
    ROLE_GLOBAL,
    Outcome,
    Pictures,
    RecoveryPoint,
    StatementKind,
    Status,
)
from aurosim.dataplane.on_simpy.machine import simpy_plane
from aurosim.scenario import Scenario, loads
from aurosim.simulation import invariants
from aurosim.simulation.build import build, endpoints
from aurosim.units import NS_PER_S
from tests.properties.restless import Restless, controlled
from tests.properties.world import Dice

FAULTS_UNTIL_S = 400
LOOKS_S = 5  # how often it is looked at where nothing happens to the cluster
WITHIN_S = 20 * 60
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
ZONES = "abc"
MOVES = ("switchover", "global_failover")
NEVER_AT_FIRST = ("switchover: c0", "global_failover: c0", "region_partition: c0")


@dataclass(frozen=True)
class Script:
    """A scenario as text, and when all its faults are over; a rebuild takes `rebuild_s`."""

    seed: int
    text: str
    quiet_s: int
    rebuild_s: int
    give_up_s: int


def draw(seed: int) -> Script:
    """The script of ``seed``, over one to three regions."""
    dice = Dice(seed, "moving")
    count = dice.pick((1, 2, 2, 3, 3, 3))
    sizes = [1 + dice.below(3), *(dice.pick((0, 1, 1, 2, 2)) for _ in range(count - 1))]
    names = [[f"db-{k}{n}" for n in range(size)] for k, size in enumerate(sizes)]
    clusters = "".join(_cluster(dice, k, names[k]) for k in range(count))
    rebuild_s, give_up_s = dice.pick((5, 60, 300, 1500)), dice.pick((30, 60, 60, 120))
    faults, quiet_s = _faults(dice, names)
    text = (
        f"name: moving\nrun: {{duration: {quiet_s + 2 * WITHIN_S + rebuild_s} s, seed: {seed}}}\n"
        f"model: {{region_rebuild_low: {rebuild_s} s, region_rebuild_high: {rebuild_s} s,"
        f" switchover_give_up: {give_up_s} s}}\n"
        f"clusters:\n{clusters}"
        "workload:\n"
        f"  - {{name: orders, endpoint: {'global' if count > 1 else 'cluster'},"
        f" arrivals: {{rate: 0.{1 + dice.below(4)}/s}}, transaction: [{{kind: insert}}],"
        " client: {pool: 4, statement_timeout: 2 s, connect_timeout: 1 s}}\n"
        f"faults: [{', '.join(faults)}]\n"
    )
    if count == 1:
        text = text.replace("clusters:\n  - {", "cluster:\n    {")
    return Script(seed, text, quiet_s, rebuild_s, give_up_s)


def _cluster(dice: Dice, k: int, names: list[str]) -> str:
    instances = ", ".join(
        f"{{name: {name}, class: db.r6g.large, az: {dice.pick(ZONES)},"
        f" promotion_tier: {dice.below(3)}}}"
        for name in names
    )
    given = f", instances: [{instances}]" if names else ""
    engine = "aurora-postgresql"
    return f"  - {{name: c{k}, engine: {engine}, region: {REGIONS[k]}{given}}}\n"


def _faults(dice: Dice, names: list[list[str]]) -> tuple[list[str], int]:
    """Bursts of faults: what one does meets what the others do."""
    lossy = sorted({dice.below(6) for _ in range(3)})
    drawn: list[tuple[int, str, int]] = []
    for _ in range(2 + dice.below(4)):
        burst_s = 5 + dice.below(FAULTS_UNTIL_S)
        for _ in range(1 + dice.below(5)):
            at_s = burst_s + dice.pick((0, 0, 1, 2, 5, 10, 20, 40))
            what, for_s = _fault(dice, names, lossy)
            drawn.append((at_s, what, for_s))
            if what.startswith(MOVES):
                drawn += _on_the_way(dice, names, at_s, what)
    away = [at_s for at_s, what, _ in drawn if what.startswith(MOVES) and ": c0" not in what]
    first_s = min(away, default=1 << 30)
    said = [
        (at_s, what, for_s)
        for at_s, what, for_s in drawn
        if not (at_s <= first_s and what.startswith(NEVER_AT_FIRST))  # the language refuses it
        and not (what.startswith("failover") and len(names[0]) == 1)
    ]
    texts = [
        f"{{at: {at_s} s, {what}" + (f", for: {for_s} s}}" if for_s else "}")
        for at_s, what, for_s in said
    ]
    return texts, max((at_s + for_s for at_s, _, for_s in said), default=0)


def _on_the_way(
    dice: Dice, names: list[list[str]], at_s: int, move: str
) -> list[tuple[int, str, int]]:
    """What may meet a move half way: its target goes dark, or the old primary, or both; someone
    asks for another."""
    to = move.rsplit(" ", 1)[1]
    found = []
    for _ in range(dice.below(4)):
        cluster = dice.pick((to, to, to, f"c{dice.below(len(names))}"))
        what = dice.pick((
            f"region_outage: {cluster}",
            f"region_outage: {cluster}",
            f"host_failure: {dice.pick(names[int(to[1:])])}",
            f"az_outage: {{az: {dice.pick(ZONES)}, cluster: {cluster}}}",
            f"region_partition: {cluster}",
            f"global_failover: c{dice.pick([k for k, each in enumerate(names) if each])}",
        ))  # fmt: skip
        for_s = 0 if what.startswith(MOVES) else dice.pick((10, 30, 90, 240))
        found.append((at_s + dice.pick((0, 1, 2, 5, 10, 20, 40)), what, for_s))
    return found


def _fault(dice: Dice, names: list[list[str]], lossy: list[int]) -> tuple[str, int]:
    k = dice.below(len(names))
    there = [name for each in names for name in each]
    name, cluster = dice.pick(there), f"c{k}"
    for_s = dice.pick((1, 3, 10, 10, 30, 90, 240))
    segment = dice.pick(lossy)
    able = f"c{dice.pick([k for k, each in enumerate(names) if each])}"
    anywhere = [
        (f"host_failure: {name}", for_s),
        (f"host_failure: {dice.pick((name, 'writer'))}", 0),
        (f"crash: {{what: {dice.pick(('instance', 'node', 'dispatcher'))},"
         f" instance: {dice.pick((name, 'writer'))}}}", 0),
        (f"reboot: {dice.pick((name, 'writer'))}", 0),
        ("failover: {}", 0),
        (f"segment_loss: {{group: 0, segments: [{segment}]}}", dice.pick((0, for_s))),
        (f"slow_node: {{group: 0, segments: [{segment}], delay: 20 ms}}", for_s),
    ]  # fmt: skip
    if len(names) == 1:
        return dice.pick((*anywhere, (f"az_outage: {{az: {dice.pick(ZONES)}}}", for_s)))
    regional = [
        (f"az_outage: {{az: {dice.pick(ZONES)}, cluster: {cluster}}}", for_s),
        (f"region_outage: {cluster}", for_s),
        (f"region_partition: {cluster}", for_s),
        (f"switchover: {able}", 0),
        (f"global_failover: {able}", 0),
    ]
    far = f"c{1 + dice.below(len(names) - 1)}"
    slow = f"slow_link: {{cluster: {far}, delay: {1 + dice.below(40)} s}}"
    return dice.pick((*anywhere, *regional, *regional, *regional[-2:], (slow, for_s)))


class Played:
    """A script played to the end, looked at after every event of the control plane.

    `settled_s` is when everyone was back in its role, for good; `led_s` when there was one primary.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        restless = [Restless(script.seed, script.quiet_s)] if script.seed % 2 else []
        with controlled(*restless):
            self._set_up(loads(script.text, f"<script {script.seed}>"))
        self.pictures = [self.plane.picture().rows([0])]  # an index copies
        self.last = self.pictures[-1].observation()
        self.led_s: float | None = None
        self.settled_s: float | None = None
        self.lost = 0  # commits that clients were told of, as counted when all is over
        try:
            self._play()
        finally:  # a broken invariant is told before what may have come of it
            invariants.check(Pictures.joined(self.pictures), self.plan)

    def _set_up(self, scenario: Scenario) -> None:
        plan = self.plan = build(scenario)
        self.rows: list[dict[str, Any]] = []
        self.env = simpy.Environment(initial_time=0)
        self.plane = simpy_plane(plan, self._rows, lambda block: None, endpoints(plan))
        self.points: list[tuple[int, int, RecoveryPoint]] = []
        self._listen(self.plane.detach)
        self.control = Control(self.env, scenario, plan, self.plane, self.script.seed)
        self.members, self.regions = self.control._members, self.control._regions

    def _rows(self, block: np.ndarray) -> None:
        names = block.dtype.names or ()
        self.rows += [dict(zip(names, map(int, row), strict=True)) for row in block.tolist()]

    def _listen(self, detach: Callable[[int], RecoveryPoint]) -> None:
        def listening(cluster: int) -> RecoveryPoint:
            point = detach(cluster)
            self.points.append((int(self.env.now), cluster, point))
            return point

        self.plane.detach = listening  # type: ignore[method-assign]

    def _play(self) -> None:
        """Until all is well again, and a while longer; or for as long as that may take."""
        quiet_ns = self.script.quiet_s * NS_PER_S
        limit_ns = quiet_ns + (WITHIN_S + self.script.rebuild_s) * NS_PER_S
        end_ns = limit_ns
        for at_ns in range(0, limit_ns, LOOKS_S * NS_PER_S):
            self.env.timeout(at_ns)
        self.env.timeout(quiet_ns + 1)  # nothing else may happen from then on
        while self.env.peek() <= end_ns:
            now_ns = int(self.env.peek())
            while not self.plane.advance(now_ns):
                if self.plane.warned:
                    self.control.hear(self.plane.now_ns)
                    now_ns = min(now_ns, int(self.env.peek()))
            while self.env.peek() == now_ns:
                self.env.step()
            self.look()
            if now_ns <= quiet_ns:
                continue
            self.led_s = (self.led_s or now_ns / NS_PER_S) if not self.leaderless() else None
            if self.unsettled():
                self.settled_s, end_ns = None, limit_ns
            elif self.settled_s is None:
                self.settled_s, end_ns = now_ns / NS_PER_S, now_ns + 60 * NS_PER_S
        self.plane.flush()

    # --- at every moment -------------------------------------------------------------------
    def look(self) -> None:
        """What must hold whatever happens: no state says two things."""
        self.pictures.append(self.plane.picture().rows([0]))
        now = self.last = self.pictures[-1].observation()
        roles = [each.role for each in self.control.clusters]
        assert roles.count("primary") <= 1, f"{roles} at {now.now_ns / NS_PER_S} s"
        for number, (member, view) in enumerate(zip(self.members, now.clusters, strict=True)):
            context, topology = member.context, member.context.topology
            writer = topology.writer
            assert (view.writer >= 0) == (writer is not None), f"{member.name}: {view.writer}"
            assert writer is None or (view.writer, roles[number]) == (writer.index, "primary")
            assert (self.regions.follows(number) if view.source < 0 else view.source) == (
                self.regions.follows(number)
            ), f"{member.name} follows {view.source} there, {self.regions.follows(number)} here"
            assert (view.source >= 0) == (self.regions.follows(number) is not None)
            if context.leads:
                assert number == self.regions.primary and topology.has_seat
            for instance in topology.instances:
                up = now.instances[instance.index].status == Status.UP
                assert up == instance.healthy, f"{instance.name}: {instance.process}"
                reachable = context.volume.host_reachable(2 * instance.az)
                assert reachable or not up, f"{instance.name} is up in a dark AZ"
                absent = now.instances[instance.index].status == Status.ABSENT
                assert absent != instance.there, f"{instance.name}: {instance.process}"

    # --- when all is over ------------------------------------------------------------------
    def leaderless(self) -> str:
        """Why there is no primary that works; empty if there is."""
        context = self.members[self.regions.primary].context
        writer = context.topology.writer
        if context.standing is not Standing.PRIMARY or writer is None:
            return f"{context.log.cluster} is {context.standing}, its writer {writer}"
        if len(self.members) > 1 and self.plane.state.record[0, ROLE_GLOBAL, 0] != writer.index:
            return f"the global endpoint names {self.plane.state.record[0, ROLE_GLOBAL, 0]}"
        named = context.endpoints.cluster
        return "" if named == (writer.index,) else f"the cluster endpoint names {named}"

    def unsettled(self) -> str:
        """Who is not back in its role; empty if everyone is."""
        if why := self.leaderless():
            return why
        for number, member in enumerate(self.members):
            if number != self.regions.primary and not self.regions.linked(number):
                return f"{member.name} is {member.context.standing}"
            if member.storage.view().copies_min < 6:
                return f"{member.name} lacks segments"
            for each in member.context.topology.instances:
                if each.there and not each.healthy:
                    return f"{each.name} is {each.process}"
        going_on = [each for each in self.control.events if each.end_ns is None]
        return f"{going_on[0]} goes on" if going_on else ""

    def commits(self) -> list[tuple[int, int, int]]:
        """What clients were told: when, by which cluster, and the LSN."""
        return sorted(
            (row["end_ns"], self.plan.instances[row["instance"]].cluster, row["lsn"])
            for row in self.rows
            if row["outcome"] == Outcome.OK and row["kind"] == StatementKind.INSERT
        )
