"""A database server: vCPUs, a page cache, connections, and what happens to them when it dies.

The vCPUs are one `Resource`. All that goes on in a server is a process that is interrupted when it
dies. Of a dead process the host tells its clients; a host that goes dark says nothing to anybody.
"""

from __future__ import annotations

from typing import Any

import simpy

from aurosim import catalog
from aurosim.simpy_model.buffer import Buffer
from aurosim.simpy_model.pool import Connection
from aurosim.simpy_model.setting import Chance, Setting, Steps
from aurosim.simpy_model.statement import Statement
from aurosim.simpy_model.volume import Volume
from aurosim.units import NS_PER_S

UP, CLOSED, DARK = "up", "closed", "dark"
OK, RESET = "", "connection_reset"  # a word of no error, and of one
COMMIT_PASSES = 3


class Instance:
    """One database server of a cluster."""

    def __init__(self, setting: Setting, volume: Volume, spec: Any) -> None:
        kind, engine = catalog.instance_classes()[spec.class_], setting.engine
        self.env, self.setting, self.volume = setting.env, setting, volume
        self.name, self.zone, self.region = spec.name, spec.az, volume.storage.region
        self.preference = spec.promotion_tier, -kind.memory_bytes, -kind.vcpu, spec.name
        self.cpu = simpy.Resource(self.env, capacity=spec.vcpu or kind.vcpu)
        self.speed = setting.real(f"class_speed_{kind.family}")
        self.busy_s = 0.0
        pages = engine.buffer_bytes(kind.memory_bytes) // engine.page_bytes
        chance = setting.chance(f"buffer/{spec.name}")
        warm = setting.served[spec.name] if spec.cache == "served" else set(setting.tables)
        warm = set() if spec.cache == "cold" else warm
        self.buffer = Buffer(setting, pages, warm, chance)
        self.max_connections = engine.max_connections(kind) - engine.reserved_connections
        self.connections: set[Connection] = set()
        self.status, self.deaths = UP, 0
        self.away: set[int] = set()  # reasons for its host to be dark
        self.ready = self.known_lost = False  # to be opened; to health checks
        self.listed = True  # in the reader endpoint
        self._running: set[simpy.Process] = set()
        slice_ns: Any = catalog.value("time_slice", setting.model)
        self._slice_s = float("inf") if slice_ns is None else slice_ns / NS_PER_S

    def begin(self, steps: Steps) -> None:
        """Something goes on in this server until it ends or the server dies."""
        self.env.process(self._mortal(steps))

    def _mortal(self, steps: Steps) -> Steps:
        process = self.env.active_process
        assert process is not None
        self._running.add(process)
        try:
            return (yield from steps)
        except simpy.Interrupt:
            return RESET
        finally:
            self._running.discard(process)

    def die(self, status: str, lose_cache: bool = False) -> None:
        self.status, self.ready = status, False
        self.deaths += 1
        for process in list(self._running):
            process.interrupt()
        for connection in self.connections:
            connection.reset = status != DARK  # a dark host tells nobody
        self.connections.clear()
        if lose_cache:
            self.buffer.held = dict.fromkeys(self.buffer.held, 0.0)

    def compute(self, seconds: float) -> Steps:
        """Work for a vCPU of speed 1; after each time slice back to the end of the queue."""
        left_s = seconds / self.speed
        while True:
            with self.cpu.request() as turn:
                yield turn
                yield from self._burn(min(left_s, self._slice_s))
            left_s -= self._slice_s
            if left_s <= 0:
                return

    def _commit_pass(self, commit_s: float) -> Steps:
        """One of a commit's passes: the more tasks wait, the more of its cost they share."""
        with self.cpu.request() as turn:
            yield turn
            backlog = self.setting.real("commit_backlog_per_vcpu") * self.cpu.capacity
            share = 1 + len(self.cpu.queue) / backlog
            yield from self._burn(commit_s / COMMIT_PASSES / share / self.speed)

    def apply(self, seconds: float, seen: simpy.Event) -> Steps:
        """Redo is applied; it is seen when a vCPU takes it up."""
        with self.cpu.request() as turn:
            yield turn
            seen.succeed()
            yield from self._burn(seconds / self.speed)

    def _burn(self, seconds: float) -> Steps:
        yield self.env.timeout(seconds)
        self.busy_s += seconds if self.env.now > self.setting.warm_up_s else 0.0

    def connect(self, connection: Connection, hop_s: float) -> Steps:
        """A client calls: an error word, or none."""
        yield self.env.timeout(hop_s)
        if self.status == DARK:
            yield self.env.event()  # nobody answers, ever
        error = OK if self.status == UP else "connection_refused"
        if not error and len(self.connections) >= self.max_connections:
            error = "too_many_connections"
        further = 0
        if not error:
            self.connections.add(connection)
            cpu_s = self.setting.seconds(self.setting.engine.connect_cpu_entry)  # on any class
            error = yield from self._work(self.compute(cpu_s * self.speed))
            further = self.setting.whole("connect_round_trips") - 1
        self._answered(connection)
        yield self.env.timeout(hop_s + further * 2 * hop_s)
        return error

    def serve(self, connection: Connection, writes: bool, work: Steps, hop_s: float) -> Steps:
        """A statement arrives, `work` is done, the answer goes back: an error word, or none."""
        yield self.env.timeout(hop_s)
        if self.status == DARK:
            yield self.env.event()
        if self.status != UP or connection not in self.connections:
            error = RESET
        elif writes and self.volume.writer is not self:
            error = "read_only"
        else:
            error = yield from self._work(work)
        self._answered(connection)
        yield self.env.timeout(hop_s)
        return error

    def _work(self, steps: Steps) -> Steps:
        error = (yield from self._mortal(steps)) or OK
        if error == RESET and self.status == DARK:
            yield self.env.event()
        return error

    def _answered(self, connection: Connection) -> None:
        """A connection that its client has given up is closed when its work is done."""
        connection.busy = False
        if connection.given_up:
            self.connections.discard(connection)

    def execute(self, statement: Statement, data: Any, chance: Chance, wrote: bool) -> Steps:
        get, volume, missing = self.setting, self.volume, 0
        if statement.kind == "commit" and wrote:
            return (yield from self._commit(statement.cpu_s))
        if statement.kind == "commit":
            return (yield from self.compute(get.seconds("begin_cpu")))
        if statement.pages:
            missing = self.buffer.touch(data.table, data.access, statement.pages)
        page_writes_s = statement.modifies * get.seconds("page_write_cpu")
        yield from self.compute(statement.own_cpu_s(chance) + page_writes_s)
        if missing:
            group = int(chance.uniform() * volume.groups)
            yield from volume.storage.read(group, missing, self.zone)
            yield from self.compute(missing * get.seconds("miss_cpu"))
        if statement.modifies:
            if not volume.take_space(statement.needs_bytes):
                return "volume_full"
            volume.append(statement.modifies, statement.redo_bytes, writes=1)
            if statement.commits:
                yield from self._commit(get.seconds("commit_cpu"))

    def _commit(self, commit_s: float) -> Steps:
        """Submit the commit record, wait until VDL has passed it, wake up, reply."""
        yield from self._commit_pass(commit_s)
        size = self.setting.whole("commit_record_bytes")
        yield self.volume.append(1, size, writes=0).passed
        yield from self._commit_pass(commit_s)
        yield from self._commit_pass(commit_s)
