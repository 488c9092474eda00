"""How often intervals hold what they are about, on a queue whose answer theory knows.

The queue is M/M/2 at load 0.5 per server (mean service 1 ms, Poisson arrivals), written in the
scenario language as in tests/verification, and the truth is its mean response by Erlang's C. A
study is a few replicates of it, run by the kernel through the study room's own path; the interval
is the one that the table of estimates has.

A run measures 2 s after 1 s of warm-up: the queue forgets within some 12 services, 12 ms, so how it
began is long gone. What is left of bias, at the other end, are the one or two requests of 2,000
that are still open there, and the ratio of a sum to a random number. It is measured over all
replicates together and must be small beside the standard error of one study (`Coverage.bias`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from aurosim import study
from aurosim.metrics.columns import records
from aurosim.scenario import loads
from aurosim.study import plan
from aurosim.study.tables import interval, replicates
from tests.verification import theory

TRUTH_MS = theory.many_server_response(rate=1.0, service=1.0, servers=2)
METRIC = "queue.latency.mean"
NOMINAL = 0.95
QUEUE = """\
name: coverage
run: {{duration: {duration}, warm_up: {warm_up}, seed: 1}}
model:
  same_az_round_trip: 0 s
  connect_cpu_mysql: 0 s
  class_speed_r6g: 1.0
  time_slice: none
cluster:
  engine: aurora-mysql
  instances:
    - {{name: db-1, class: db.r6g.large, az: a, vcpu: 2}}
workload:
  - name: queue
    arrivals: {{rate: 1000/s}}
    client: {{pool: 200}}
    transaction:
      - {{kind: select, pages: 0, cpu: {{law: exponential, mean: 1 ms}}}}
"""
LONG = QUEUE.format(duration="3 s", warm_up="1 s")
SHORT = QUEUE.format(duration="700 ms", warm_up="200 ms")

Interval = Callable[[Sequence[float]], tuple[float, float]]


def values(text: str, runs: int, *, workers: int, first_seed: int = 1) -> list[float]:
    """The mean response of each of so many replicates, by seed, in ms."""
    point = plan.Point("queue", loads(text, "coverage"))
    made = plan.make(
        plan.REPLICATE, "coverage", [point], replicates=runs, seed=first_seed, paths=[METRIC]
    )
    table = replicates(study.run(made, workers=workers))
    found = [row["value"] for row in records(table) if row["metric"] == METRIC]
    assert len(found) == runs and not np.isnan(found).any()
    return found


def as_told(sample: Sequence[float]) -> tuple[float, float]:
    """The interval that the table of estimates would have."""
    found = interval(study.Metric(METRIC, "ms", "mean"), sample, NOMINAL, "student")
    assert found.low is not None and found.high is not None
    return found.low, found.high


def normal_instead_of_student(sample: Sequence[float]) -> tuple[float, float]:
    """Planted: 1.96 standard errors, as if a handful of replicates knew their spread."""
    half = 1.96 * float(np.std(sample, ddof=1)) / len(sample) ** 0.5
    return float(np.mean(sample)) - half, float(np.mean(sample)) + half


def statements_as_unit(requests: int, spread_ms: float) -> Interval:
    """Planted: the requests of all replicates taken for independent."""

    def told(sample: Sequence[float]) -> tuple[float, float]:
        half = 1.96 * spread_ms / (requests * len(sample)) ** 0.5
        return float(np.mean(sample)) - half, float(np.mean(sample)) + half

    return told


@dataclass(frozen=True)
class Coverage:
    """Of `studies` intervals `held` hold the truth."""

    held: int
    studies: int
    bias: float
    """Of all replicates together, in standard errors of one study."""

    @property
    def exact(self) -> tuple[float, float]:
        """The exact 99 % interval of the coverage (Clopper and Pearson)."""
        ends = stats.binomtest(self.held, self.studies).proportion_ci(0.99, method="exact")
        return float(ends.low), float(ends.high)

    @property
    def meets(self) -> bool:
        """Whether that interval meets [0.94, 0.96]."""
        low, high = self.exact
        return low <= 0.96 and high >= 0.94

    def __str__(self) -> str:
        low, high = self.exact
        return (
            f"{self.held} of {self.studies} intervals hold {TRUTH_MS:.6f} ms: "
            f"{self.held / self.studies:.4f}, exact 99 % interval {low:.4f} to {high:.4f}; "
            f"bias {self.bias:+.3f} standard errors of a study"
        )


def coverage(every: Sequence[float], each: int, told: Interval = as_told) -> Coverage:
    """Cut the replicates into studies of `each` and ask how many intervals hold the truth."""
    studies = [every[k : k + each] for k in range(0, len(every), each)]
    held = sum(low <= TRUTH_MS <= high for low, high in map(told, studies))
    error = float(np.std(every, ddof=1)) / each**0.5
    return Coverage(held, len(studies), (float(np.mean(every)) - TRUTH_MS) / error)
