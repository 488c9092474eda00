"""The two flows of `aurosim bench` as a good SimPy user writes them, to be measured against.

Every vCPU pool and storage node is a `Resource`, everything that goes on is a process, and what
waits for several things waits for a condition: a write for any 4 of 6 acknowledgements, a client
for its answer or its deadline. Time is in seconds, chance comes from one `random.Random`. It plays
the mechanisms that decide the answers of these two flows: connections, statements, time slices, the
cheaper commits of a backlog, boxcars to six storage nodes, the log's order, redo applied at the
readers. It leaves out what these flows do not use or only report: missing pages, failures, retries,
staleness, and every metric but counts and times. All of that makes it faster, not slower.

Frozen: since its first commit this file is not changed, so that the ratio to it means the same from
one release to the next. `benchmarks/compare.py` checks its answers against aurosim's.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy
from simpy.events import Condition, Event

from aurosim.dataplane.contract import ROLE_READER, StatementKind
from aurosim.dataplane.distributions import LAW_CONSTANT, LAW_LOGNORMAL
from aurosim.dataplane.plan import InstancePlan, Plan, StatementPlan, WorkloadPlan

NS = 1e-9
COMMIT_PASSES = 3
WRITE_QUORUM = 4
Process = Generator[Event, Any, None]


@dataclass
class Answers:
    """What a run of the model says, after the warm-up."""

    statements: int = 0
    late: int = 0
    latencies_s: dict[str, list[float]] = field(default_factory=dict)


def four_of(acks: list[Event], arrived: int) -> bool:
    """The write quorum."""
    return arrived >= WRITE_QUORUM


class Server:
    """A database server: vCPUs with one queue."""

    def __init__(self, model: Model, plan: InstancePlan) -> None:
        self.env, self.costs, self.plan = model.env, model.cluster.costs, plan
        self.cpu = simpy.Resource(model.env, capacity=plan.vcpu)
        self.slice_s = self.costs.time_slice_ns * NS

    def work(self, seconds: float) -> Process:
        """Use CPU, a time slice at a time."""
        while seconds > 0:
            burst = min(seconds, self.slice_s)
            with self.cpu.request() as vcpu:
                yield vcpu
                yield self.env.timeout(burst)
            seconds -= burst

    def commit_pass(self, commit_s: float) -> Process:
        """One of a commit's passes: the longer the queue, the less it costs."""
        with self.cpu.request() as vcpu:
            yield vcpu
            backlog = len(self.cpu.queue) / (self.costs.commit_backlog_per_vcpu * self.plan.vcpu)
            yield self.env.timeout(commit_s / (COMMIT_PASSES * (1 + backlog) * self.plan.speed))


class Boxcar:
    """Redo records that travel together to a protection group."""

    def __init__(self) -> None:
        self.bytes = 0.0
        self.durable = False


@dataclass
class Entry:
    """A statement's records in the log, and who waits for them."""

    boxcars: set[Boxcar]
    records: int
    writes: int
    passed: Event | None = None


class Volume:
    """The cluster's log and its six copies."""

    def __init__(self, model: Model) -> None:
        self.model, self.env, self.plan = model, model.env, model.cluster
        self.costs = self.plan.costs
        self.nodes = [simpy.Resource(self.env, 1) for _ in range(self.plan.node_count)]
        self.open: dict[int, Boxcar] = {}
        self.log: deque[Entry] = deque()
        self.write_rate = 0.0
        self.shipped_s = 0.0

    def append(self, records: int, size: float, passed: Event | None = None) -> None:
        """Put records into the open boxcars of random groups."""
        boxcars = set()
        for _ in range(records):
            group = self.model.random.randrange(self.plan.groups)
            boxcar = self.open.get(group)
            if boxcar is None:
                boxcar = self.open[group] = Boxcar()
                self.env.process(self.send(group))
            boxcar.bytes += size / records
            boxcars.add(boxcar)
        self.log.append(Entry(boxcars, records, int(passed is None), passed))

    def send(self, group: int) -> Process:
        """When a vCPU is free, the boxcar leaves; it is durable with four acknowledgements."""
        with self.model.writer.cpu.request() as vcpu:
            yield vcpu
        boxcar = self.open.pop(group)
        acks = [
            self.env.process(self.persist(boxcar, int(node), member // 2))
            for member, node in enumerate(self.plan.nodes[group])
        ]
        yield Condition(self.env, four_of, acks)
        boxcar.durable = True
        self.advance()

    def persist(self, boxcar: Boxcar, node: int, az: int) -> Process:
        """One storage node takes the boxcar, persists it and acknowledges."""
        hop_s = self.plan.az_hop_ns[self.model.writer.plan.az][az] * NS
        yield self.env.timeout(hop_s)
        with self.nodes[node].request() as turn:
            yield turn
            occupied_s = self.costs.node_occupancy_ns * NS
            yield self.env.timeout(occupied_s + boxcar.bytes / self.costs.node_bytes_per_s)
        median_s = self.costs.ack_median_ns * NS
        service_s = self.model.random.lognormvariate(math.log(median_s), self.costs.ack_sigma)
        yield self.env.timeout(service_s + hop_s)

    def advance(self) -> None:
        """The durable point moves over all that is durable, in the log's order."""
        records = writes = 0
        while self.log and all(boxcar.durable for boxcar in self.log[0].boxcars):
            entry = self.log.popleft()
            records += entry.records
            writes += entry.writes
            if entry.passed is not None:
                entry.passed.succeed()
        if records:
            window_s = self.costs.lag_window_ns * NS
            gap_s = self.env.now - self.shipped_s
            self.write_rate = self.write_rate * math.exp(-gap_s / window_s) + writes / window_s
            self.shipped_s = self.env.now
            for reader in self.model.readers:
                self.env.process(reader.follow(self, records))


class Reader(Server):
    """A server that applies the writer's redo."""

    ready_s = 0.0
    spread = 1.0
    window = -1

    def follow(self, volume: Volume, records: int) -> Process:
        """A chunk of redo arrives after the ones before it and is applied."""
        costs, draw = self.costs, volume.model.random
        window = int(self.env.now / (costs.lag_window_ns * NS))
        if window != self.window:
            self.window = window
            self.spread = draw.lognormvariate(-(costs.lag_sigma**2) / 2, costs.lag_sigma)
        mean_s = (costs.lag_ship_ns + costs.lag_sqrt_ns * math.sqrt(volume.write_rate / 1000)) * NS
        hop_s = volume.plan.az_hop_ns[volume.model.writer.plan.az][self.plan.az] * NS
        self.ready_s = max(self.ready_s, self.env.now + hop_s + mean_s * self.spread)
        yield self.env.timeout(self.ready_s - self.env.now)
        yield from self.work(records * costs.apply_cpu_ns * NS / self.plan.speed)


class Model:
    """One run: the cluster, the clients and what they saw."""

    def __init__(self, plan: Plan, seed: int, deadlines: bool) -> None:
        (self.cluster,) = plan.clusters
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.deadlines = deadlines
        self.servers = [
            (Server if index == self.cluster.writer else Reader)(self, instance)
            for index, instance in enumerate(plan.instances)
        ]
        self.writer = self.servers[self.cluster.writer]
        self.readers = [each for each in self.servers if isinstance(each, Reader)]
        self.volume = Volume(self)
        self.answers = Answers()
        self.warm_up_s = 0.0
        for workload in plan.workloads:
            self.answers.latencies_s[workload.name] = []
            Clients(self, workload).start()


class Clients:
    """The clients of one workload."""

    def __init__(self, model: Model, plan: WorkloadPlan) -> None:
        self.model, self.env, self.plan = model, model.env, plan
        self.random = model.random
        self.servers = model.readers if plan.role == ROLE_READER else [model.writer]

    def start(self) -> None:
        """All connections open; those of a closed load go on by themselves."""
        if self.plan.rate is None:
            for number in range(self.plan.slots):
                self.env.process(self.closed(self.server_of(number)))
        else:
            self.pool = simpy.Store(self.env)
            for number in range(self.plan.slots):
                self.env.process(self.pooled(self.server_of(number)))
            self.env.process(self.arrivals(float(self.plan.rate.rate0_per_s[0])))

    def server_of(self, number: int) -> Server:
        return self.servers[number % len(self.servers)]

    def closed(self, server: Server) -> Process:
        """A connection that does one transaction after another, without a pause."""
        yield from self.connect(server)
        while True:
            yield from self.transaction(server, self.env.now)

    def pooled(self, server: Server) -> Process:
        yield from self.connect(server)
        yield self.pool.put(server)

    def arrivals(self, rate_per_s: float) -> Process:
        """Requests fall due at random."""
        while True:
            yield self.env.timeout(self.random.expovariate(rate_per_s))
            self.env.process(self.request(self.env.now))

    def request(self, due_s: float) -> Process:
        """A request takes a connection of the pool, waits for one if there is none."""
        server = yield self.pool.get()
        yield from self.transaction(server, due_s)
        yield self.pool.put(server)

    def connect(self, server: Server) -> Process:
        """Connections open at a random moment, in some round trips."""
        yield self.env.timeout(self.random.uniform(0, self.plan.start_spread_ns * NS))
        hop_s = self.hop_s(server)
        yield self.env.timeout(hop_s)
        yield from server.work(server.plan.connect_cpu_ns * NS)
        yield self.env.timeout(hop_s + 2 * hop_s * (server.plan.connect_trips - 1))

    def hop_s(self, server: Server) -> float:
        return self.plan.hop_ns[self.model.servers.index(server)] * NS

    def transaction(self, server: Server, due_s: float) -> Process:
        """Statement after statement, each a round trip with a deadline."""
        hop_s, answers = self.hop_s(server), self.model.answers
        for statement in self.plan.statements:
            served = self.env.process(self.statement(server, statement, hop_s))
            if self.model.deadlines:
                deadline = self.env.timeout(self.plan.statement_timeout_ns * NS)
                yield served | deadline
                answers.late += not served.triggered
            else:
                yield served
            answers.statements += self.env.now >= self.model.warm_up_s
        if due_s >= self.model.warm_up_s:
            answers.latencies_s[self.plan.name].append(self.env.now - due_s)

    def statement(self, server: Server, plan: StatementPlan, hop_s: float) -> Process:
        """There, the work, and back."""
        yield self.env.timeout(hop_s)
        if plan.kind == StatementKind.COMMIT and self.wrote():
            yield from self.commit(server, plan.cpu_mean_ns * NS)
        else:
            pages_s = plan.modifies * server.costs.page_write_cpu_ns * NS
            yield from server.work((self.cpu_s(plan) + pages_s) / server.plan.speed)
            if plan.modifies:
                self.model.volume.append(plan.modifies, plan.redo_bytes)
        yield self.env.timeout(hop_s)

    def wrote(self) -> bool:
        """Whether there is something to commit."""
        return any(statement.modifies for statement in self.plan.statements)

    def commit(self, server: Server, cpu_s: float) -> Process:
        """Submit, wait until the log is durable so far, wake up, reply."""
        yield from server.commit_pass(cpu_s)
        passed = self.env.event()
        self.model.volume.append(1, server.costs.commit_record_bytes, passed)
        yield passed
        yield from server.commit_pass(cpu_s)
        yield from server.commit_pass(cpu_s)

    def cpu_s(self, plan: StatementPlan) -> float:
        """A draw of a statement's CPU time on a class of speed 1."""
        if plan.kind == StatementKind.COMMIT:  # of a transaction that wrote nothing
            return self.model.cluster.costs.begin_cpu_ns * NS
        if plan.cpu_law == LAW_CONSTANT:
            return plan.cpu_mean_ns * NS
        assert plan.cpu_law == LAW_LOGNORMAL
        variance = math.log(1 + plan.cpu_shape**2)
        middle = math.log(plan.cpu_mean_ns * NS) - variance / 2
        return self.random.lognormvariate(middle, math.sqrt(variance))


def run(plan: Plan, warm_up_s: float, until_s: float, seed: int = 1, *, deadlines: bool = True
        ) -> Answers:
    """Run the flow of ``plan`` up to ``until_s`` and count from ``warm_up_s`` on."""
    model = Model(plan, seed, deadlines)
    model.warm_up_s = warm_up_s
    model.env.run(until=until_s)
    return model.answers
