"""One seed draws a world of several regions: a primary, secondaries that follow, links that fail.

As in `world`, on coarse ticks with zero delays. The primary's part of the script is a world's own;
links are cut, mended and slowed, secondaries stop following, take over, and follow again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aurosim.dataplane.contract import ROLE_GLOBAL, ROLE_READER, ROLE_WRITER
from aurosim.dataplane.plan import ClusterPlan, LinkPlan, Plan, TablePlan, WorkloadPlan
from aurosim.randomness import stream_key
from tests.properties import world as one
from tests.properties.world import END_NS, FAULTS_UNTIL_NS, Command, Dice, World

RATES = (0.02e9, 0.5e9, 5e9, 1e12)
"""Bytes per second: 0.02 to 1,000 bytes a tick; a record has some tens."""


def draw(seed: int) -> World:
    """The world of ``seed``, of two or three regions."""
    dice = Dice(seed)
    sizes = [1 + dice.below(3), *(dice.below(3) for _ in range(1 + dice.below(2)))]
    members = [
        tuple(range(sum(sizes[:k]), sum(sizes[: k + 1]))) for k in range(len(sizes))
    ]
    instances = tuple(
        replace(one._instance(dice, n), cluster=k, az=n % 3)
        for k, names in enumerate(members)
        for n in names
    )
    clusters, first_node = [], 0
    for k, _ in enumerate(sizes):
        cluster = _cluster(dice, seed, k, len(sizes), first_node)
        clusters.append(cluster)
        first_node += cluster.node_count
    tables = (TablePlan("t0", dice.pick((5, 40)), dice.pick((1, 4, 60))),)
    workloads = tuple(_workload(dice, f"w{n}", members, seed) for n in range(2 + dice.below(3)))
    plan = Plan(END_NS, tuple(clusters), instances, tables, workloads)
    records = tuple(
        ((0,), (names[1:] if k == 0 else names) or (0,), (0,)) for k, names in enumerate(members)
    )
    scaling = Dice(seed, "scaling")
    plan = one.some_absent(scaling, plan)
    script = one.with_scaling(scaling, plan, _script(dice, plan, members))
    fleets = Dice(seed, "fleets")
    plan, script = one.with_fleets(fleets, plan), one.flapping(fleets, script)
    return World(seed, one._starting(Dice(seed, "start"), plan), records, script)


def _cluster(dice: Dice, seed: int, k: int, count: int, first_node: int) -> ClusterPlan:
    """Nodes are numbered across clusters; a secondary has no writer."""
    plan = one._cluster(dice, seed)
    link = LinkPlan(
        key=stream_key(seed, f"link {k}"),
        hop_ns=tuple(dice.pick((0, 1, 3, 40)) for _ in range(count)),
        batch_ns=dice.pick((1, 2, 10)), bytes_per_s=dice.pick(RATES),
        jitter_sigma=dice.pick((0.0, 0.8)), apply_ns=dice.below(3),
    )  # fmt: skip
    return replace(
        plan, nodes=plan.nodes + first_node, first_node=first_node, link=link,
        writer=-1 if k else 0, source=0 if k else -1,
        storage_key=stream_key(seed, f"storage {k}"),
        replication_key=stream_key(seed, f"replication {k}"),
    )  # fmt: skip


def _workload(dice: Dice, name: str, members: list[tuple[int, ...]], seed: int) -> WorkloadPlan:
    """Clients of the primary, of the global endpoint, or of readers in some region."""
    count = sum(map(len, members))
    plan = one._workload(dice, name, count, 1, seed)
    cluster = dice.below(len(members))
    role = dice.pick((ROLE_WRITER, ROLE_GLOBAL, ROLE_READER, ROLE_READER, -1))
    if role in (ROLE_WRITER, ROLE_GLOBAL):
        cluster = 0
    return replace(plan, cluster=cluster, role=role)


def _script(dice: Dice, plan: Plan, members: list[tuple[int, ...]]) -> tuple[Command, ...]:
    commands: list[Command] = []
    primary = replace(plan, instances=plan.instances[: len(members[0])])
    for _ in range(dice.pick((1, 3, 6, 9))):
        at_ns = dice.below(FAULTS_UNTIL_NS)
        for _ in range(1 + dice.below(3)):
            if dice.below(3):
                commands.append((at_ns, *_command(dice, plan, members)))
            else:
                commands.append((at_ns, *one._command(dice, primary)))
        if dice.below(2):
            commands += one.mending(primary, at_ns + dice.pick((0, 1, 5, 30)), 0)
    commands = [command for command in commands if command[0] < FAULTS_UNTIL_NS]
    commands.sort(key=lambda command: command[0])
    ends = [(FAULTS_UNTIL_NS, "link", (k, True)) for k in range(len(members))]
    return (*commands, *ends, *one.mending(primary, FAULTS_UNTIL_NS, 0))


def _command(
    dice: Dice, plan: Plan, members: list[tuple[int, ...]]
) -> tuple[str, tuple[Any, ...]]:
    k = dice.below(len(members))
    other = dice.below(len(members))
    some = members[k] or members[0]
    server = dice.pick(some)
    speed = (k, dice.pick((0, 5, 50)), dice.pick(RATES))
    take_over = ("take_over", (k, server)) if members[k] else ("detach", (k,))
    return dice.pick((
        ("link", (k, False)),
        ("link", (k, True)),
        ("link", (k, True)),
        ("link_speed", speed),
        ("detach", (k,)),
        take_over,
        take_over,
        ("follow", (k, other, members[k])),
        ("follow", (k, other, members[k])),
        ("stop", (server, dice.pick(one.DOWN), bool(dice.below(2)))),
        ("start", (server, one.Status.UP)),
        ("publish_global", (server,)),
    ))  # fmt: skip
