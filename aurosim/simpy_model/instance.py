"""A database server: connections, statements, and what happens to them when it dies.

Everything that goes on in it is a SimPy process that is interrupted when it dies. A process that
dies has its connections reset by the host; a host that goes dark says nothing to anybody.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import simpy

from aurosim import catalog
from aurosim.simpy_model.buffer import Buffer
from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Cpu, Steps
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.statement import Statement

if TYPE_CHECKING:
    from aurosim.scenario.cluster import InstanceSpec
    from aurosim.simpy_model.pool import Connection
    from aurosim.simpy_model.volume import Volume


class Status(Enum):
    """What whoever calls it meets."""

    UP = "up"
    OPENING = "opening"  # the process listens, the database is not open
    CLOSED = "closed"  # the host refuses
    DARK = "dark"  # nobody answers


OK, RESET, READ_ONLY, VOLUME_FULL = "", "connection_reset", "read_only", "volume_full"
REFUSALS = {Status.CLOSED: "connection_refused", Status.OPENING: "unavailable"}


class Instance:
    """One database server of a cluster."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, volume: Volume, spec: InstanceSpec,
        engine: catalog.Engine, tables: dict[str, int], since_s: float,
    ) -> None:  # fmt: skip
        kind = catalog.instance_classes()[spec.class_]
        assert spec.az is not None
        self.env = env
        self.numbers = numbers
        self.volume = volume
        self.name, self.zone = spec.name, spec.az
        self.preference = spec.promotion_tier, -kind.memory_bytes, -kind.vcpu, spec.name
        speed = numbers.real(f"class_speed_{kind.family}")
        self.cpu = Cpu(env, numbers, spec.vcpu or kind.vcpu, speed, since_s)
        pages = engine.buffer_bytes(kind.memory_bytes) // engine.page_bytes
        chance = Chance(numbers.seed, f"instance/{spec.name}")
        self.buffer = Buffer(pages, tables, spec.cache == "warm", chance)
        self.max_connections = engine.max_connections(kind)
        self.connections: set[Connection] = set()
        self.status = Status.UP
        self.deaths = 0
        self.away: set[object] = set()  # reasons for its host to be dark
        self.ready = self.known_lost = False
        self.listed = True
        self._running: set[simpy.Process] = set()
        self._connect_s = numbers.seconds(engine.connect_cpu_entry)
        self._page_write_s = numbers.seconds("page_write_cpu")
        self._miss_s = numbers.seconds("miss_cpu")
        self._begin_s = numbers.seconds("begin_cpu")
        self._commit_bytes = numbers.whole("commit_record_bytes")

    # --- processes that die with it --------------------------------------------------------
    def begin(self, steps: Steps) -> simpy.Process:
        """Something goes on in this server until it ends or the server dies."""
        return self.env.process(self._mortal(steps))

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

    def die(self, status: Status, lose_cache: bool) -> None:
        """The process dies, or the host with it."""
        self.status = status
        self.deaths += 1
        self.ready = False
        for process in list(self._running):
            process.interrupt()
        if status is not Status.DARK:
            for connection in self.connections:
                connection.open = False  # its host tells the client
        self.connections.clear()
        if lose_cache:
            self.buffer.lose()

    # --- what clients send -----------------------------------------------------------------
    def connect(self, connection: Connection, hop_s: float) -> Steps:
        """A client calls; an error word, or none: the connection is there."""
        yield self.env.timeout(hop_s)
        if self.status is Status.DARK:
            yield self.env.event()  # nobody answers, ever
        error = REFUSALS.get(self.status, OK)
        if not error and len(self.connections) >= self.max_connections:
            error = "too_many_connections"
        if not error:
            self.connections.add(connection)
            error = yield from self._work(self.cpu.use(self._connect_s))
        self._answered(connection)
        further = 0 if error else self.numbers.whole("connect_round_trips") - 1
        yield self.env.timeout(hop_s + further * 2 * hop_s)
        return error

    def serve(
        self, connection: Connection, statement: Statement, work: Steps, hop_s: float
    ) -> Steps:
        """A statement arrives, `work` is done, the answer goes back: an error word, or none."""
        yield self.env.timeout(hop_s)
        if self.status is Status.DARK:
            yield self.env.event()
        if self.status is not Status.UP or connection not in self.connections:
            error = RESET
        elif statement.modifies and self.volume.writer is not self:
            error = READ_ONLY
        else:
            error = yield from self._work(work)
        self._answered(connection)
        yield self.env.timeout(hop_s)
        return error

    def _work(self, steps: Steps) -> Steps:
        """Works for a client, who hears nothing if the host goes dark meanwhile."""
        error = (yield from self._mortal(steps)) or OK
        if error == RESET and self.status is Status.DARK:
            yield self.env.event()
        return error

    def _answered(self, connection: Connection) -> None:
        """The answer leaves; a connection that its client has given up is closed only now."""
        connection.busy = False
        if connection.given_up:
            self.connections.discard(connection)

    # --- statements ------------------------------------------------------------------------
    def execute(
        self, statement: Statement, data: Any, chance: Chance, wrote: bool
    ) -> Steps:
        """A statement's work; `wrote` says whether its transaction changed anything before."""
        cpu, volume = self.cpu, self.volume
        if statement.kind == "commit":
            if wrote:
                yield from self._commit(statement.cpu_s)
            else:
                yield from cpu.use(self._begin_s)
            return OK
        missing = 0
        if statement.pages:
            missing = self.buffer.touch(data.table, data.access, statement.pages)
        yield from cpu.use(
            statement.own_cpu_s(chance) + statement.modifies * self._page_write_s
        )
        if missing:
            group = chance.below(volume.groups)
            yield from volume.storage.read(group, missing, self.zone)
            yield from cpu.use(missing * self._miss_s)
        if statement.modifies:
            if not volume.take_space(statement.needs_bytes):
                return VOLUME_FULL
            volume.append(statement.modifies, statement.redo_bytes, is_write=True)
            if statement.commits:
                yield from self._commit()
        return OK

    def _commit(self, commit_s: float | None = None) -> Steps:
        """Submit the commit record, wait until VDL has passed it, reply."""
        yield from self.cpu.commit_pass(commit_s)
        entry = self.volume.append(1, self._commit_bytes, is_write=False)
        yield entry.passed
        yield from self.cpu.commit_pass(commit_s)
        yield from self.cpu.commit_pass(commit_s)
