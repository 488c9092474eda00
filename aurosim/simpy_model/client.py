"""The clients of a workload: requests, timeouts and retries.

Each request of an open load is a process that takes a connection from the pool; each connection of
a closed load is a process that asks, thinks and asks again. A failed attempt closes its connection;
the next asks for the endpoint's address anew and runs the transaction from the start. A COMMIT
that was sent and not answered is never tried again: nobody knows whether it happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

from aurosim.simpy_model.arrivals import next_gap_s, rate_of
from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.instance import OK, RESET
from aurosim.simpy_model.measured import Requests
from aurosim.simpy_model.names import Resolver
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.pool import Connection, Pool
from aurosim.simpy_model.statement import statements
from aurosim.simpy_model.zones import Zones
from aurosim.units import NS_PER_S

if TYPE_CHECKING:
    from aurosim.scenario.workload import WorkloadSpec

CONNECT_TIMEOUT, STATEMENT_TIMEOUT = "connect_timeout", "statement_timeout"
UNKNOWN, QUEUE_FULL = "unknown_outcome", "client_queue_full"


class Clients:
    """All clients of one workload."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, spec: WorkloadSpec, zones: Zones,
        resolver: Resolver, requests: Requests, spread_s: float,
    ) -> None:  # fmt: skip
        self.env = env
        self.spec = spec
        self.zones = zones
        self.resolver = resolver
        self.requests = requests
        self.statements = statements(spec.transaction, numbers)
        self._chance = Chance(numbers.seed, f"workload/{spec.name}")
        self._work = Chance(numbers.seed, f"workload/{spec.name}/statements")
        client = spec.client
        self._connect_timeout_s = client.connect_timeout / NS_PER_S
        self._statement_timeout_s = client.statement_timeout / NS_PER_S
        self._spread_s = spread_s
        if spec.arrivals is None:
            for number in range(spec.connections or 0):
                env.process(self._think_and_ask(number))
        else:
            self.pool = Pool(env, client.queue or 0)
            for number in range(client.pool or 0):
                env.process(self._open(number))
            env.process(self._arrive())

    # --- when requests come ----------------------------------------------------------------
    def _arrive(self) -> Steps:
        """Requests of an open load fall due, whatever the cluster does with them."""
        rate, highest = rate_of(self.spec.arrivals)
        while True:
            yield self.env.timeout(next_gap_s(rate, highest, self.env.now, self._chance))
            self.env.process(self._pooled_request())

    def _pooled_request(self) -> Steps:
        due_s = self.env.now
        if self.pool.full:
            self.requests.error(QUEUE_FULL, due_s)
            self.requests.bad(due_s, due_s)
            return
        self.requests.begin(due_s)
        connection = yield from self.pool.take()
        connection, _ = yield from self._request(connection, due_s)
        self.pool.give_back(connection)

    def _think_and_ask(self, number: int) -> Steps:
        """A connection of a closed load."""
        yield self.env.timeout(self._spread_s * self._chance.uniform())
        connection = Connection(number)
        while True:
            self.requests.begin(self.env.now)
            connection, pause_s = yield from self._request(connection, self.env.now)
            think_s = self._chance.of(self.spec.think_time) if self.spec.think_time else 0.0
            yield self.env.timeout(pause_s + think_s)

    def _open(self, number: int) -> Steps:
        """A pool opens its connections at the start."""
        yield self.env.timeout(self._spread_s * self._chance.uniform())
        connection = Connection(number)
        if (yield from self._connect(connection)):
            connection = connection.hang_up()
        self.pool.give_back(connection)

    # --- a request -------------------------------------------------------------------------
    def _request(self, connection: Connection, due_s: float) -> Steps:
        """Attempts until one succeeds or enough is enough; the connection, and a pause."""
        retry = self.spec.client.retry
        for attempt in range(retry.attempts):
            error = yield from self._attempt(connection)
            if not error:
                self.requests.good(due_s, self.env.now)
                break
            self.requests.error(error, self.env.now)
            connection = connection.hang_up()
            wait_s = min(retry.max_backoff, retry.backoff * 2**attempt) / NS_PER_S
            if retry.jitter == "full":
                wait_s *= self._chance.uniform()
            if error == UNKNOWN or attempt + 1 == retry.attempts:
                self.requests.bad(due_s, self.env.now)
                return connection, wait_s
            yield self.env.timeout(wait_s)
        return connection, 0.0

    def _attempt(self, connection: Connection) -> Steps:
        """The whole transaction once, from a connection on; an error word, or none."""
        if not connection.open:
            error = yield from self._connect(connection)
            if error:
                return error
        wrote = False
        for statement in self.statements:
            if not connection.open:
                return RESET
            instance = connection.instance
            assert instance is not None
            sent_s = self.env.now
            work = instance.execute(statement, self.spec.data, self._work, wrote)
            answer = instance.serve(connection, statement, work, self._hop_s(connection))
            connection.busy = True
            error = yield from self._within(self._statement_timeout_s, answer, STATEMENT_TIMEOUT)
            wrote = wrote or statement.modifies > 0
            if error in (STATEMENT_TIMEOUT, RESET) and statement.commits and wrote:
                return UNKNOWN
            if error:
                return error
            if statement.commits:
                self.requests.commit(sent_s, self.env.now)
        return OK

    def _connect(self, connection: Connection) -> Steps:
        connection.instance = self.resolver.lookup(connection.number + connection.calls)
        connection.calls += 1
        connection.busy = True
        answer = connection.instance.connect(connection, self._hop_s(connection))
        error = yield from self._within(self._connect_timeout_s, answer, CONNECT_TIMEOUT)
        connection.open = not error
        return error

    def _within(self, limit_s: float, answer: Steps, late: str) -> Steps:
        """Waits for an answer, but no longer than this."""
        answered = self.env.process(answer)
        yield answered | self.env.timeout(limit_s)
        return answered.value if answered.triggered else late

    def _hop_s(self, connection: Connection) -> float:
        client, instance = self.spec.client, connection.instance
        assert client.az is not None and instance is not None
        return self.zones.hop(instance.zone, client.az, client.region)
