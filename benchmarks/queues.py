"""Two queues that theory answers, each told in several ways: M/M/8 and a bare closed flow.

M/M/8 at 80 % load: Erlang's C gives the mean response. The closed flow has clients a fixed round
trip away from servers with exponential service; its throughput follows from the product form, in
which the trip's law does not matter (L. Kleinrock, Queueing Systems 1, 3.5 and 2, 4.11-4.13).
Every telling returns the number of statements served and the answer to be checked.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from aurosim import api, simulation
from aurosim.dataplane.contract import NO_STATEMENT
from benchmarks import simpy_callbacks

SERVERS, RATE_PER_S, SERVICE_S = 8, 6400.0, 1e-3
CLIENTS, CLOSED_SERVERS, TRIP_S, CLOSED_SERVICE_S = 500, 32, 200e-6, 12e-6
WARM_UP_S = 0.5

WORLD = """
name: theory
run: {{duration: {until_s} s, warm_up: 500 ms, seed: 1}}
model:
  same_az_round_trip: {trip_us} us
  connect_cpu_mysql: 0 s
  class_speed_r6g: 1.0
  time_slice: none
cluster:
  engine: aurora-mysql
  instances: [{{name: db-1, class: db.r6g.large, vcpu: {servers}}}]
workload:
  - name: queue
    {load}
    transaction: [{{kind: select, pages: 0, cpu: {{law: exponential, mean: {service_us} us}}}}]
"""


def erlang_response_s() -> float:
    """The mean time in M/M/8, by Erlang's C."""
    load = RATE_PER_S * SERVICE_S
    terms = [load**k / math.factorial(k) for k in range(SERVERS)]
    last = load**SERVERS / math.factorial(SERVERS) * SERVERS / (SERVERS - load)
    return SERVICE_S + last / (sum(terms) + last) * SERVICE_S / (SERVERS - load)


def closed_rate_per_s() -> float:
    """The throughput of the closed flow, by the product form."""
    logs = [0.0]
    for here in range(1, CLIENTS + 1):
        comes = (CLIENTS - here + 1) / TRIP_S
        goes = min(here, CLOSED_SERVERS) / CLOSED_SERVICE_S
        logs.append(logs[-1] + math.log(comes / goes))
    weights = np.exp(np.array(logs) - max(logs))
    busy = np.minimum(np.arange(CLIENTS + 1), CLOSED_SERVERS)
    return float((weights * busy).sum() / weights.sum() / CLOSED_SERVICE_S)


def world(until_s: float, *, closed: bool) -> str:
    """The queue as a scenario."""
    if closed:
        return WORLD.format(
            until_s=until_s, trip_us=TRIP_S * 1e6, servers=CLOSED_SERVERS,
            service_us=CLOSED_SERVICE_S * 1e6, load=f"connections: {CLIENTS}",
        )  # fmt: skip
    load = f"arrivals: {{rate: {RATE_PER_S:g}/s}}\n    client: {{pool: 200}}"
    return WORLD.format(
        until_s=until_s, trip_us=0, servers=SERVERS, service_us=SERVICE_S * 1e6, load=load
    )


def aurosim_run(plane: str, until_s: float, *, closed: bool) -> tuple[int, float]:
    """aurosim's: response or throughput after the warm-up."""
    count = 0

    def rows(block: Any) -> None:
        nonlocal count
        count += int((block["statement"] < NO_STATEMENT).sum())

    done = simulation.run(api.load(world(until_s, closed=closed)), plane=plane, rows=rows)
    load = done.summary["workloads"]["queue"]
    return count, load["statements_per_s"] if closed else load["latency_ms"]["mean"] / 1e3


def with_resource(until_s: float) -> tuple[int, float]:
    """M/M/8 as SimPy's own examples write it: a process for each request, a `Resource`."""
    env = simpy.Environment()
    servers, draw = simpy.Resource(env, SERVERS), random.Random(1)
    times: list[float] = []

    def request() -> Generator[simpy.Event, Any, None]:
        due_s = env.now
        with servers.request() as turn:
            yield turn
            yield env.timeout(draw.expovariate(1 / SERVICE_S))
        times.append(env.now - due_s)

    def arrivals() -> Generator[simpy.Event, Any, None]:
        while True:
            yield env.timeout(draw.expovariate(RATE_PER_S))
            env.process(request())

    env.process(arrivals())
    env.run(until=until_s)
    return len(times), sum(times) / len(times)


def with_callbacks(until_s: float) -> tuple[int, float]:
    """M/M/8 by callbacks."""
    served, wait_s = simpy_callbacks.many_servers(SERVERS, RATE_PER_S, 1 / SERVICE_S, until_s, 1)
    return served, SERVICE_S + wait_s


def closed_with_callbacks(until_s: float) -> tuple[int, float]:
    """The closed flow by callbacks."""
    served = simpy_callbacks.closed(
        CLIENTS, CLOSED_SERVERS, TRIP_S, 1 / CLOSED_SERVICE_S, until_s, 1
    )
    return served, served / until_s


def with_ciw(until_s: float) -> tuple[int, float]:
    """M/M/8 in Ciw; raises ImportError where it is not installed."""
    import ciw  # type: ignore[import-not-found,unused-ignore]

    ciw.seed(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE_PER_S)],
        service_distributions=[ciw.dists.Exponential(1 / SERVICE_S)],
        number_of_servers=[SERVERS],
    )
    run = ciw.Simulation(network)
    run.simulate_until_max_time(until_s)
    times = [r.exit_date - r.arrival_date for r in run.get_all_records()]
    return len(times), sum(times) / len(times)
