"""SysBench as the SIGMOD 2017 paper (S17) ran it, said in the scenario language, and what came out.

One r3.8xlarge, uniform keys, clients in the writer's AZ, no think time: N connections are a closed
network. What S17 does not say (connections of its tables 1, 2 and 4, size in table 3, AZs of the
replicas) is said by each test.

Connections that start together oscillate for many cycles: each starts at a random step, a run warms
up for 10 transaction times or more, and as long again is measured. `result` insists on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from aurosim import simulation
from aurosim.catalog import table
from aurosim.scenario import loads

WORKLOAD = "sysbench"
WRITE_ONLY = "sysbench-oltp-write-only"
"""BEGIN, index update, other update, delete, insert, COMMIT: 4 writes and 6 round trips."""
READ_ONLY = "sysbench-oltp-read-only-points"
"""BEGIN, 10 point selects, COMMIT, as AWS runs it: 10 reads."""
PEAK = 5000
"""Connections assumed wherever S17 gives a peak and no number of them."""
TRANSACTION_TIMES = 10

SCENARIO = """\
name: published
run: {{duration: {duration_ms} ms, warm_up: {warm_up_ms} ms, seed: {seed}}}
model: {{{model}}}
cluster:
  engine: aurora-mysql
  storage: {{size: {size_gib} GiB}}
  instances:
    - {{name: db-1, class: db.r3.8xlarge, az: a}}
{readers}
workload:
  - name: sysbench
    {load}
    transaction: {script}
    data: {{working_set: {size_gib} GiB, access: uniform}}
    client: {{az: a{pool}}}
"""


@dataclass(frozen=True)
class Bench:
    """One run; closed if it has connections, else open at `writes_per_s`."""

    script: str = WRITE_ONLY
    connections: int = 0
    writes_per_s: float = 0.0
    size_gib: int = 1
    warm_up_ms: int = 1000
    measured_ms: int = 1000
    readers: int = 0
    model: str = ""
    """Overrides of the catalog, for the companions that plant a wrong mechanism."""
    seed: int = 1

    def but(self, model: str) -> Bench:
        """The same with another value in the catalog."""
        return replace(self, model=model)

    def yaml(self) -> str:
        """The scenario."""
        readers = "".join(
            f"    - {{name: db-{n + 2}, class: db.r3.8xlarge, cache: warm, az: {'bcab'[n]}}}\n"
            for n in range(self.readers)
        )
        load = f"connections: {self.connections}"
        if not self.connections:
            load = f"arrivals: {{rate: {self.writes_per_s / 4}/s}}"
        return SCENARIO.format(
            duration_ms=self.warm_up_ms + self.measured_ms,
            warm_up_ms=self.warm_up_ms,
            seed=self.seed,
            model=self.model,
            size_gib=self.size_gib,
            readers=readers,
            load=load,
            script=self.script,
            pool="" if self.connections else ", pool: 4000",
        )


@cache
def result(bench: Bench) -> dict[str, Any]:
    """The summary of a run that was long enough for its cohorts to have dissolved."""
    summary = simulation.run(loads(bench.yaml(), "published")).summary
    load = summary["workloads"][WORKLOAD]
    assert sum(load["errors"].values()) == 0
    assert bench.measured_ms >= bench.warm_up_ms
    if bench.connections:
        transaction_ms = 1000.0 * bench.connections / load["transactions_per_s"]
        assert bench.warm_up_ms >= TRANSACTION_TIMES * transaction_ms, "cohorts"
    return summary


def cluster(bench: Bench) -> dict[str, Any]:
    """The part of the summary about the cluster."""
    found: dict[str, Any] = result(bench)["clusters"]["main"]
    return found


def rate_per_s(bench: Bench, key: str) -> float:
    """A rate of the load: `writes_per_s`, `reads_per_s` or `transactions_per_s`."""
    return float(result(bench)["workloads"][WORKLOAD][key])


@cache
def published(case_id: str) -> float:
    """The value of one row of the catalog's published results, in the row's unit."""
    (row,) = (each for each in table("published_results") if each["case_id"] == case_id)
    return float(row["value"])


def off_ratio(case_id: str, simulated: float) -> float:
    """By how much of the published value the simulated one is off: +0.1 is 10 % too much."""
    asked = published(case_id)
    print(f"{case_id}: published {asked:,.6g}, simulated {simulated:,.6g} "
          f"({simulated / asked - 1.0:+.1%})")  # fmt: skip
    return simulated / asked - 1.0
