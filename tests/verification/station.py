"""A queue of the textbook, said in the scenario language, and what its requests met.

Nothing here queues: these are scenarios in which aurosim's instance has one law of service, no
network, no misses and free connections, so that theory knows what it must do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from aurosim import simulation
from aurosim.dataplane.contract import CONNECT, Final
from aurosim.scenario import loads
from aurosim.simulation import Result
from tests.verification.theory import Floats, Law

Rows = npt.NDArray[np.void]
NS_PER_MS = 1e6
WORKLOAD = "queue"
FIRST = 1500
"""Requests before this one are left out: connections have opened, the queue has forgotten."""

BARE = """\
name: verification
run: {{duration: {duration_ms} ms, warm_up: 1 s, seed: {seed}}}
model:
  same_az_round_trip: 0 s
  connect_cpu_mysql: 0 s
  class_speed_r6g: 1.0
  time_slice: {slice}
cluster:
  engine: aurora-mysql
  instances:
    - {{name: db-1, class: db.r6g.large, az: a, vcpu: {servers}}}
workload:
  - name: queue
    {load}
    transaction:
      - {{kind: select, pages: 0, cpu: {cpu}}}
"""


@dataclass(frozen=True)
class Station:
    """A station with `servers` vCPUs; times in ms, rates per ms. Closed if it has connections."""

    seed: int
    law: Law
    requests: int
    rate: float = 0.5
    servers: int = 1
    slice_ms: float | None = None
    connections: int = 0
    think_ms: float = 0.0
    expected_rate: float = 0.0
    """Closed: how many requests a ms theory expects, which says how long to run."""
    service_ms: float = 1.0
    """The service that the scenario gives; checks expect 1 ms, their companions plant another."""

    def slower(self) -> Station:
        """The planted wrongness: service times are 2 % too long."""
        return replace(self, service_ms=1.02)

    def yaml(self) -> str:
        """The scenario."""
        law = self.law
        shape = f", shape: {law.phases}" if law.phases else f", cv: {law.cv}" if law.cv else ""
        count = FIRST + self.requests
        rate = self.expected_rate or self.rate
        if self.connections:
            think = f"{{law: exponential, mean: {self.think_ms} ms}}"
            load = f"connections: {self.connections}\n    think_time: {think}"
        else:
            load = f"arrivals: {{rate: {1000 * self.rate}/s}}\n    client: {{pool: 200}}"
        return BARE.format(
            duration_ms=int((count + 6 * count**0.5) / rate * 1.03) + 1000,
            seed=self.seed,
            slice="none" if self.slice_ms is None else f"{self.slice_ms} ms",
            servers=self.servers,
            load=load,
            cpu=f"{{law: {law.yaml}, mean: {self.service_ms} ms{shape}}}",
        )


@dataclass(frozen=True, eq=False)
class Measured:
    """The rows of a run and its result."""

    rows: Rows
    result: Result


@cache
def measured(yaml: str) -> Measured:
    """Run a scenario and keep its rows."""
    blocks: list[Rows] = []
    result = simulation.run(loads(yaml, "verification"), rows=lambda b: blocks.append(b.copy()))
    return Measured(np.concatenate(blocks), result)


def ended(station: Station) -> Rows:
    """The requests of a run in the order in which they fell due, those before FIRST left out.

    They are chosen by number, which depends on nothing they met, so the choice has no bias.
    """
    rows = measured(station.yaml()).rows
    rows = rows[rows["statement"] != CONNECT]
    rows = rows[np.argsort(rows["due_ns"], kind="stable")][: FIRST + station.requests]
    assert len(rows) == FIRST + station.requests, "the run was too short"
    assert (rows["final"] == Final.GOOD).all()
    if not station.connections:
        assert (rows["request"] == np.arange(len(rows))).all(), "a request is missing"
    rows = rows[FIRST:]
    assert (rows["start_ns"] == rows["due_ns"]).all(), "the pool was too small"
    return rows


def response_ms(rows: Rows) -> Floats:
    """From the intended arrival to the answer."""
    return (rows["end_ns"] - rows["due_ns"]) / NS_PER_MS
