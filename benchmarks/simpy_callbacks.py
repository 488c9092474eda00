"""SimPy without processes: events and callbacks only, the fastest way to use its queue.

Two models: M/M/8, whose answer theory knows, and a bare closed flow (connections, vCPUs with one
queue, a round trip) as the least that any closed load costs. No storage, no log, no metrics.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable

import simpy
from simpy.events import Event


def after(env: simpy.Environment, delay: float, then: Callable[[Event], None]) -> None:
    """Call ``then`` in ``delay`` from now."""
    event = Event(env)
    event._ok, event._value = True, None
    assert event.callbacks is not None
    event.callbacks.append(then)
    env.schedule(event, delay=delay)


class Station:
    """Servers with one queue, first come first served; calls ``done`` with each task."""

    def __init__(self, env: simpy.Environment, servers: int, rate: float, seed: int) -> None:
        self.env, self.free, self.rate = env, servers, rate
        self.random = random.Random(seed)
        self.queue: deque[float] = deque()
        self.served = 0
        self.waited = 0.0

    def arrive(self) -> None:
        """A task comes now."""
        self.queue.append(self.env.now)
        self.dispatch()

    def dispatch(self) -> None:
        while self.free and self.queue:
            self.free -= 1
            self.waited += self.env.now - self.queue.popleft()
            after(self.env, self.random.expovariate(self.rate), self.leave)

    def leave(self, _: Event) -> None:
        """A task is done."""
        self.free += 1
        self.served += 1
        self.done()
        self.dispatch()

    def done(self) -> None:
        """What follows; nothing in an open station."""


class Closed(Station):
    """The same with a fixed number of clients, each a round trip away."""

    trip = 0.0

    def done(self) -> None:
        after(self.env, self.trip, lambda _: self.arrive())


def many_servers(servers: int, arrive_rate: float, rate: float, until: float, seed: int
                 ) -> tuple[int, float]:
    """M/M/c: the number served and the mean wait in the queue."""
    env = simpy.Environment()
    station = Station(env, servers, rate, seed)

    def come(_: Event) -> None:
        station.arrive()
        after(env, station.random.expovariate(arrive_rate), come)

    after(env, station.random.expovariate(arrive_rate), come)
    env.run(until=until)
    return station.served, station.waited / max(1, station.served)


def closed(clients: int, servers: int, trip: float, rate: float, until: float, seed: int) -> int:
    """A bare closed flow: the number of statements served."""
    env = simpy.Environment()
    station = Closed(env, servers, rate, seed)
    station.trip = trip
    for _ in range(clients):
        after(env, station.random.uniform(0, trip), lambda _: station.arrive())
    env.run(until=until)
    return station.served
