"""One seed draws a whole faulty world: instances, workloads, a volume, and a script of commands.

Times are coarse (1 tick = 1 ns) with zero delays among them, so that things happen at the same
instant all the time; think time and backoff are at least 1, else an instant would never end.
`player` plays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from aurosim.cluster.quorum import at_least, table
from aurosim.dataplane.contract import (
    NEVER,
    ROLE_READER,
    ROLE_WRITER,
    StatementKind,
    Status,
)
from aurosim.dataplane.plan import ClusterPlan, InstancePlan, Plan, TablePlan, WorkloadPlan
from aurosim.randomness import philox, stream_key
from tests.unit import plane_stage as stage

Choice = TypeVar("Choice")
Command = tuple[int, str, tuple[Any, ...]]
END_NS = 400
FAULTS_UNTIL_NS = 300
FLAP_MOST_NS = 20
DOWN = (Status.CLOSED, Status.CLOSED, Status.DARK)


class Dice:
    """Choices of one seed, one after the other."""

    def __init__(self, seed: int, name: str = "world") -> None:
        self.key = stream_key(seed, f"tests/{name}")
        self.rolls = 0

    def below(self, sides: int) -> int:
        self.rolls += 1
        return int(philox(self.key, self.rolls, 0)[0]) % sides

    def pick(self, options: Sequence[Choice]) -> Choice:
        return options[self.below(len(options))]


@dataclass(frozen=True)
class World:
    """A plan, what the endpoints name at first, and the commands, by time."""

    seed: int
    plan: Plan
    records: tuple[tuple[tuple[int, ...], ...], ...]
    script: tuple[Command, ...]


def draw(seed: int) -> World:
    """The world of ``seed``."""
    dice = Dice(seed)
    count = 1 + dice.below(3)
    instances = tuple(_instance(dice, n) for n in range(count))
    tables = tuple(
        TablePlan(f"t{n}", dice.pick((5, 40)), dice.pick((1, 4, 60)))
        for n in range(1 + dice.below(2))
    )
    workloads = tuple(
        _workload(dice, f"w{n}", count, len(tables), seed) for n in range(1 + dice.below(3))
    )
    plan = Plan(END_NS, (_cluster(dice, seed),), instances, tables, workloads)
    readers = tuple(range(1, count)) or (0,)
    growth = Dice(seed, "growth")
    plan, commands = _growing(growth, _stricter(growth, plan)), _script(dice, plan)
    script = tuple(_elsewhere(growth, plan, command) for command in commands)
    scaling = Dice(seed, "scaling")
    plan, script = some_absent(scaling, plan), with_scaling(scaling, plan, script)
    script += tuple(mending(plan, FAULTS_UNTIL_NS, 0))
    fleets = Dice(seed, "fleets")
    plan, script = with_fleets(fleets, plan), flapping(fleets, script)
    plan = reading_own_writes(Dice(seed, "own writes"), plan)
    return World(seed, _starting(Dice(seed, "start"), plan), (((0,), readers),), script)


def with_fleets(dice: Dice, plan: Plan) -> Plan:
    """In three worlds of four clients have processes, pools with rules, and a TCP that gives up."""
    if dice.below(4) == 0:
        return plan
    tcp = {
        "tcp_ack_delay_ns": dice.pick((0, 2, 10)), "tcp_first_resend_ns": 1 + dice.below(9),
        "tcp_longest_resend_ns": 10 + dice.below(40), "tcp_give_up_ns": dice.pick((30, 200)),
    }  # fmt: skip
    clusters = [replace(each, costs=replace(each.costs, **tcp)) for each in plan.clusters]
    workloads = [_fleet(dice, each) for each in plan.workloads]
    return replace(plan, clusters=tuple(clusters), workloads=tuple(workloads))


def _fleet(dice: Dice, plan: WorkloadPlan) -> WorkloadPlan:
    slots = plan.slots + dice.below(6)
    return replace(
        plan, slots=slots, processes=1 + dice.below(slots), reuse=dice.pick((0, 0, 1, 1, 2)),
        max_lifetime_ns=dice.pick((NEVER, NEVER, 20, 90)), lifetime_jitter=dice.pick((0.0, 0.4)),
        idle_timeout_ns=dice.pick((NEVER, NEVER, 5, 40)),
        validate_after_ns=dice.pick((NEVER, NEVER, 0, 6)),
        validation_timeout_ns=dice.pick((3, 20, 100)), drops_read_only=bool(dice.below(2)),
        asks_writable=bool(dice.below(2)), login_retry_ns=dice.pick((0, 0, 12)),
        borrow_timeout_ns=dice.pick((NEVER, 4, 30)), resolver_ttl_ns=dice.pick((0, 0, 0, 15)),
        user_timeout_ns=dice.pick((NEVER, NEVER, 12)), keepalive_count=1 + dice.below(3),
        keepalive_idle_ns=dice.pick((NEVER, NEVER, 4, 25)), keepalive_interval_ns=1 + dice.below(8),
        statement_timeout_ns=dice.pick((*2 * [plan.statement_timeout_ns], NEVER)),
        hold_mean_ns=dice.pick((0, 0, 0, 8)),
    )  # fmt: skip


def reading_own_writes(dice: Dice, plan: Plan) -> Plan:
    """In one world of three, open loads that only read do so behind some load that writes."""
    def writes(load: WorkloadPlan) -> list[int]:
        return [n for n, each in enumerate(load.statements) if each.modifies]

    sources = [w for w, each in enumerate(plan.workloads) if writes(each)]
    if not sources or dice.below(3):
        return plan
    loads = list(plan.workloads)
    for w, each in enumerate(loads):
        if each.rate is not None and not writes(each):
            source = dice.pick(sources)
            loads[w] = replace(
                each, reads_writes_of=source, writes_at=writes(loads[source])[-1],
                own_write_after_ns=dice.pick((0, 3, 20)), table=loads[source].table,
                rate=stage.open_rate(per_s=0.0, end_ns=END_NS),
            )  # fmt: skip
    return replace(plan, workloads=tuple(loads))


def flapping(dice: Dice, script: tuple[Command, ...]) -> tuple[Command, ...]:
    """Every other name that is published answers as before now and then for a while."""
    flaps_ns = (0, FLAP_MOST_NS)
    return tuple(
        (at_ns, name, (*args, dice.pick(flaps_ns)) if name == "publish" else args)
        for at_ns, name, args in script
    )


def some_absent(dice: Dice, plan: Plan) -> Plan:
    """In one world of two some instances are not there at the start: anyone but a writer."""
    writers = [each.writer for each in plan.clusters]
    if dice.below(2):
        return plan
    instances = [
        replace(each, there=n in writers or bool(dice.below(3)))
        for n, each in enumerate(plan.instances)
    ]
    return replace(plan, instances=tuple(instances))


def with_scaling(dice: Dice, plan: Plan, script: tuple[Command, ...]) -> tuple[Command, ...]:
    """In two worlds of three instances change size, leave and join: at instants of their own, or
    with what else happens, before it or after it."""
    if dice.below(3) == 0:
        return script
    commands = list(script)
    for _ in range(1 + dice.below(8)):
        server = dice.below(len(plan.instances))
        own = dice.below(FAULTS_UNTIL_NS)
        at_ns = dice.pick(commands)[0] if commands and dice.below(2) else own
        size = (1 + dice.below(4), dice.pick((1, 3, 20, 100)), dice.pick((1, 3, 6, 100)))
        drawn: Command = dice.pick((
            (at_ns, "resize", (server, *size)),
            (at_ns, "resize", (server, *size)),
            (at_ns, "leave", (server,)),
            (at_ns, "join", (server,)),
            (at_ns, "enter", (server,)),
            (at_ns, "enter", (server,)),
        ))  # fmt: skip
        commands.insert(dice.below(len(commands) + 1), drawn)
    commands.sort(key=lambda command: command[0])
    return tuple(commands)


def _starting(dice: Dice, plan: Plan) -> Plan:
    """Half of the loads think before they ask; half of the buffers hold some tables only."""
    tables = range(len(plan.tables))
    instances = [
        replace(each, serves=tuple(t for t in tables if dice.below(2))) if dice.below(2) else each
        for each in plan.instances
    ]
    workloads = [replace(each, think_first=bool(dice.below(2))) for each in plan.workloads]
    return replace(plan, instances=tuple(instances), workloads=tuple(workloads))


def _instance(dice: Dice, number: int) -> InstancePlan:
    return stage.instance(
        name=f"db{number}", az=number, vcpu=1 + dice.below(3),
        max_connections=dice.pick((3, 100, 100, 100, 100, 100)),
        buffer_pages=dice.pick((3, 20, 100)),
        warm=bool(dice.below(2)), connect_cpu_ns=dice.below(3), connect_trips=1 + dice.below(2),
    )  # fmt: skip


def _transaction(dice: Dice) -> tuple:
    select = stage.statement(StatementKind.SELECT, dice.below(4), pages=dice.below(3))
    change = stage.write(dice.below(4), 1 + dice.below(5), pages=dice.below(3))
    alone = replace(change, autocommit=True)
    begin = replace(stage.BEGIN, cpu_mean_ns=dice.below(2))
    commit = replace(stage.COMMIT, cpu_mean_ns=dice.pick((0, 3, 6)))
    return dice.pick((
        (select,),
        (select, select),
        (alone,),
        (alone, select, alone),
        (begin, select, commit),
        (begin, change, commit),
        (begin, select, change, change, commit),
    ))  # fmt: skip


def _workload(dice: Dice, name: str, instances: int, tables: int, seed: int) -> WorkloadPlan:
    rate = stage.open_rate(per_s=dice.pick((2e7, 1e8, 5e8)), end_ns=END_NS)
    open_load = dice.below(2)
    return stage.workload(
        _transaction(dice), name=name, slots=1 + dice.below(5),
        arrivals_key=stream_key(seed, f"workload/{name}/arrivals"),
        requests_key=stream_key(seed, f"workload/{name}/requests"),
        rate=rate if open_load else None, queue_limit=dice.pick((0, 2, 10)),
        role=dice.pick((ROLE_WRITER, ROLE_WRITER, ROLE_READER, -1)),
        instance=dice.below(instances), think_mean_ns=1 + dice.below(6),
        table=dice.below(tables), hop_ns=tuple(dice.below(3) for _ in range(instances)),
        connect_timeout_ns=dice.pick((5, 30, 200)), statement_timeout_ns=dice.pick((5, 30, 200)),
        dns_cache_ns=dice.pick((0, 5, 80)), attempts=1 + dice.below(3),
        backoff_ns=1 + dice.below(4), backoff_max_ns=10, jitter=bool(dice.below(2)),
        start_spread_ns=dice.pick((0, 5)),
    )  # fmt: skip


def _cluster(dice: Dice, seed: int) -> ClusterPlan:
    groups = 1 + dice.below(3)
    shared = np.tile(np.arange(6, dtype=np.int32), (groups, 1))
    costs = stage.costs(
        time_slice_ns=dice.pick((NEVER, 1, 2)), commit_cpu_ns=dice.pick((0, 3, 6)),
        begin_cpu_ns=dice.below(2),
        commit_backlog_per_vcpu=dice.pick((0.5, 1e18)), page_write_cpu_ns=dice.below(2),
        miss_cpu_ns=dice.below(3), page_read_median_ns=dice.pick((0, 1, 2, 9)),
        page_read_sigma=dice.pick((0.0, 0.7)), ack_median_ns=dice.pick((0, 1, 2, 8, 20)),
        ack_sigma=dice.pick((0.0, 0.9)), node_occupancy_ns=dice.below(2),
        lag_ship_ns=dice.pick((0, 1, 4, 20)), lag_sqrt_ns=dice.pick((0.0, 0.001)),
        lag_sigma=dice.pick((0.0, 0.5)), lag_window_ns=dice.pick((3, 50)),
        apply_cpu_ns=dice.pick((0, 1, 5)),
    )  # fmt: skip
    plan = stage.cluster(
        groups, dice.below(3), costs, lsn_allocation_limit=dice.pick((1, 3, 12, 10**7)),
        storage_key=stream_key(seed, "storage"), replication_key=stream_key(seed, "replication"),
    )  # fmt: skip
    return replace(plan, nodes=shared) if dice.below(2) else plan


def _stricter(dice: Dice, plan: Plan) -> Plan:
    """One world of six has a write quorum of five."""
    five = replace(plan.clusters[0], write_ok=table(at_least(5)))
    return plan if dice.below(6) else replace(plan, clusters=(five,))


def _growing(dice: Dice, plan: Plan) -> Plan:
    """Two worlds of three grow, in groups so small that new ones come and the limit is met."""
    if dice.below(3) == 0:
        return plan
    cluster, unit = plan.clusters[0], dice.pick((2, 7, 40))
    used = cluster.groups * unit - dice.below(unit)
    limit = used + dice.pick((0, 1, 5, 30, 30, 60, 60))
    most = -(-limit // unit)
    shared = not cluster.nodes.max(axis=0)[0]
    nodes = np.arange(6 * most, dtype=np.int32).reshape(most, 6) % (6 if shared else 6 * most)
    larger = replace(
        cluster, nodes=nodes, node_count=6 * most, used_bytes=used, limit_bytes=limit,
        group_bytes=unit,
    )  # fmt: skip
    workloads = []
    for each in plan.workloads:
        statements = [
            replace(s, grows_bytes=dice.pick((0, 1, 2, 5, 9, 9, -1, -4))) if s.modifies else s
            for s in each.statements
        ]
        workloads.append(replace(each, statements=tuple(statements)))
    return replace(plan, clusters=(larger,), workloads=tuple(workloads))


def _elsewhere(dice: Dice, plan: Plan, command: Command) -> Command:
    """Some faults hit groups that may come to be."""
    at_ns, name, args = command
    if not name.startswith("segment") or dice.below(2):
        return command
    return at_ns, name, (dice.below(len(plan.clusters[0].nodes)), args[1])


def _script(dice: Dice, plan: Plan) -> tuple[Command, ...]:
    """Commands at a few instants, several at most of them."""
    commands: list[Command] = []
    servers = len(plan.instances)
    for _ in range(dice.pick((0, 2, 5, 9))):
        at_ns = dice.below(FAULTS_UNTIL_NS)
        commands += [(at_ns, *_command(dice, plan)) for _ in range(1 + dice.below(4))]
        if dice.below(4):
            commands += mending(plan, at_ns + dice.pick((0, 1, 5, 30)), dice.below(servers))
    commands = [command for command in commands if command[0] < FAULTS_UNTIL_NS]
    commands.sort(key=lambda command: command[0])  # a stable sort: those of one instant as drawn
    return tuple(commands)


def _command(dice: Dice, plan: Plan) -> tuple[str, tuple[Any, ...]]:
    server = dice.below(len(plan.instances))
    groups = plan.clusters[0].groups
    some = dice.pick((63, 60, 1 + dice.below(63), 1 << dice.below(6)))
    names = tuple(n for n in range(len(plan.instances)) if dice.below(2)) or (server,)
    return dice.pick((
        ("stop", (server, dice.pick(DOWN), bool(dice.below(2)))),
        ("stop", (0, dice.pick(DOWN), bool(dice.below(2)))),
        ("start", (server, dice.pick((Status.UP, Status.UP, Status.OPENING, Status.CLOSED)))),
        ("dispatcher", (server, bool(dice.below(2)))),
        ("recover", ()),
        ("open", (server,)),
        ("restore", (server,)),
        ("restore", (server,)),
        ("publish", (dice.below(2), names)),
        ("segment_lost", (dice.below(groups), some)),
        ("segment_lost", (dice.below(groups), some)),
        ("segment_repaired", (dice.below(groups), some | dice.pick((0, 63)))),
        ("zone", (dice.below(3), bool(dice.below(2)))),
        ("node_delay", (dice.below(6 * groups), dice.pick((0, 20, 60)))),
    ))  # fmt: skip


def mending(plan: Plan, at_ns: int, writer: int) -> list[Command]:
    """Everything is well again."""
    nodes = plan.clusters[0].node_count
    mended: list[Command] = [(at_ns, "node_delay", (node, 0)) for node in range(nodes)]
    mended += [(at_ns, "zone", (az, True)) for az in range(3)]
    mended += [
        (at_ns, "segment_repaired", (group, 63)) for group in range(len(plan.clusters[0].nodes))
    ]
    mended += [(at_ns, "join", (writer,))]
    mended += [(at_ns, "restore", (writer,)), (at_ns, "publish", (ROLE_WRITER, (writer,)))]
    for server in range(len(plan.instances)):
        mended += [(at_ns, "start", (server, Status.UP)), (at_ns, "dispatcher", (server, True))]
    return mended
