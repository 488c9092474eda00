"""The clients of a workload: requests, timeouts and retries.

Each request of an open load is a process that takes a connection from the pool; each connection of
a closed load is a process that asks, thinks and asks again. A failed attempt closes its connection,
but for an answer that is an error; the next one asks for the endpoint's address anew. A COMMIT that
was sent and not answered is never tried again: nobody knows whether it happened.
"""

import math
from typing import Any, TypeVar

from aurosim import catalog
from aurosim.simpy_model.instance import OK, RESET, Instance
from aurosim.simpy_model.measured import Requests
from aurosim.simpy_model.names import Resolver
from aurosim.simpy_model.pool import Connection, Pool
from aurosim.simpy_model.setting import Setting, Steps
from aurosim.simpy_model.statement import statements
from aurosim.units import NS_PER_S

UNKNOWN, LATE = "unknown_outcome", "statement_timeout"
Part = TypeVar("Part")
ANSWERS = "read_only", "volume_full"  # errors that leave the connection as it is


class Clients:
    """All clients of one workload, in processes that each have a resolver and a pool."""

    def __init__(self, setting: Setting, spec: Any, region: str, names: list[Resolver]) -> None:
        self.env, self.spec, self.client = setting.env, spec, spec.client
        self.region, self.resolvers = spec.client.region or region, names
        self.requests = [Requests(setting, spec) for _ in names]
        self.statements = statements(setting, spec.transaction)
        self._chance = setting.chance(f"clients/{spec.name}")
        self._work = setting.chance(f"statements/{spec.name}")
        if spec.arrivals is None:
            for number in range(spec.connections):
                begin_s = setting.start_s * self._chance.uniform()
                self.env.process(self._think_and_ask(number, begin_s))
            return
        last_in = self.client.pool.reuse == "last_in"
        self.pools = [Pool(self.env, self.client.queue or 0, last_in) for _ in names]
        for number in range(self.client.connections):
            begin_s = setting.start_s * self._chance.uniform()
            self.env.process(self._fill_pool(number, begin_s))
        self.env.process(self._arrive())

    def _arrive(self) -> Steps:
        """Poisson arrivals; of a rate that changes by thinning those of the highest."""
        arrivals = self.spec.arrivals
        daily = arrivals.daily if arrivals.kind == "daily" else None
        highest = daily.peak if daily else arrivals.rate
        while highest > 0:
            yield self.env.timeout(self._chance.exponential(1 / highest))
            if daily:
                turn = 2 * math.pi * (self.env.now * NS_PER_S - daily.peak_at) / daily.period
                rate = daily.mean + (daily.peak - daily.mean) * math.cos(turn)
                if self._chance.uniform() * highest > rate:
                    continue
            self.env.process(self._ask())

    def _ask(self) -> Steps:
        due_s = self.env.now
        process = int(len(self.pools) * self._chance.uniform())
        pool, requests = self.pools[process], self.requests[process]
        requests.due(due_s)
        if pool.full:
            requests.fail("client_queue_full", due_s, last=True)
            return
        connection = yield from pool.take()
        connection, _ = yield from self._request(connection, due_s)
        pool.give_back(connection)

    def _think_and_ask(self, number: int, start_s: float) -> Steps:
        """A connection of a closed load; its client is found in mid-thought, if it thinks."""
        yield self.env.timeout(start_s)
        connection, think = Connection(number), self.spec.think_time
        if think is not None and think.mean:
            if (yield from self._connect(connection)):
                connection = connection.hang_up()
            part = self._chance.uniform() if think.law == "constant" else 1.0
            yield self.env.timeout(self._chance.of(think) * part)
        while True:
            self._of(connection, self.requests).due(self.env.now)
            connection, pause_s = yield from self._request(connection, self.env.now)
            yield self.env.timeout(pause_s + (self._chance.of(think) if think else 0.0))

    def _fill_pool(self, number: int, start_s: float) -> Steps:
        yield self.env.timeout(start_s)
        connection = Connection(number)
        error = yield from self._connect(connection)
        connection = connection.hang_up() if error else connection
        self._of(connection, self.pools).give_back(connection)

    def _request(self, connection: Connection, due_s: float) -> Steps:
        """Attempts until one succeeds or it is enough; the connection, and how long to pause."""
        retry, requests = self.client.retry, self._of(connection, self.requests)
        for attempt in range(1, retry.attempts + 1):
            error = yield from self._attempt(connection)
            if not error:
                requests.succeed(due_s)
                break
            if error not in ANSWERS:
                connection = connection.hang_up()
            wait_s = min(retry.max_backoff, retry.backoff * 2 ** (attempt - 1)) / NS_PER_S
            wait_s *= self._chance.uniform() if retry.jitter == "full" else 1
            last = error == UNKNOWN or attempt == retry.attempts
            requests.fail(error, due_s, last)
            if last:
                return connection, wait_s
            yield self.env.timeout(wait_s)
        return connection, 0.0

    def _attempt(self, connection: Connection) -> Steps:
        """The whole transaction once, from the connection on: an error word, or none."""
        error = OK if connection.open else (yield from self._connect(connection))
        wrote, instance = False, connection.instance
        for statement in () if error else self.statements:
            if connection.reset:  # at its next use its client knows
                return RESET
            assert instance is not None
            work = instance.execute(statement, self.spec.data, self._work, wrote)
            writes, connection.busy = statement.modifies > 0, True
            answer = instance.serve(connection, writes, work, self._hop_s(connection))
            error = yield from self._within(self.client.statement_timeout, answer, LATE)
            wrote = wrote or writes
            if error in (LATE, RESET) and statement.commits and wrote:
                return UNKNOWN
            if error:
                break
        return error

    def _connect(self, connection: Connection) -> Steps:
        connection.instance = self._of(connection, self.resolvers).lookup()
        connection.busy = True
        answer = connection.instance.connect(connection, self._hop_s(connection))
        error = yield from self._within(self.client.connect_timeout, answer, "connect_timeout")
        connection.open = not error
        return error

    def _within(self, limit_ns: int, answer: Steps, late: str) -> Steps:
        """Waits for an answer, but no longer than this."""
        answered = self.env.process(answer)
        yield answered | self.env.timeout(limit_ns / NS_PER_S)
        return (answered.value or OK) if answered.triggered else late

    def _of(self, connection: Connection, parts: list[Part]) -> Part:
        """What the process that a connection belongs to has of its own."""
        return parts[connection.number % len(parts)]

    def _hop_s(self, connection: Connection) -> float:
        instance: Instance = connection.instance
        if instance.region != self.region:
            return catalog.region_rtt_ns(instance.region, self.region) / 2 / NS_PER_S
        return instance.volume.storage.hop_s(instance.zone, self.client.az)
