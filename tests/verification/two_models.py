"""Whether two models agree: replicates of both under different seeds, and how far their means are.

A quantity agrees if its two means differ by no more than a *margin* (what two ways of writing the
same thing may differ by: a percentage of the value) and what chance does to them:

    |difference|  <=  margin  +  t(1 - alpha / 2)  x  standard error

with the pooled standard deviation of the replicates and Student's t. If the true difference is
within the margin, a false alarm has at most the chance alpha = 1e-3 / `COMPARISONS` for each
quantity, and 1e-3 for all of them (Bonferroni). A difference of

    seen  =  margin  +  (t(1 - alpha / 2) + t(0.99))  x  standard error

is noticed with a chance of 99 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy import stats

import aurosim
from aurosim import simpy_model

FALSE_ALARM = 1e-3
COMPARISONS = 400
MARGINS = {
    "good_per_s": 0.01, "mean_ms": 0.02, "p50_ms": 0.02, "p99_ms": 0.05, "cpu": 0.02,
    "outage_s": 0.03, "outage_start_s": 0.01, "lag_mean_ms": 0.03, "lag_p99_ms": 0.06,
    "replication_mean_ms": 0.01, "replication_p99_ms": 0.03, "grown_bytes": 0.01,
    "unwritable_s": 0.01, "database_outage_s": 0.01, "hit": 0.01,
}  # fmt: skip
"""By the end of a quantity's name, as a share of the compiled plane's mean."""


@dataclass(frozen=True)
class Case:
    """A shipped scenario, made shorter or thinner by `set`, and how often each model runs it."""

    name: str
    set: tuple[tuple[str, str], ...] = ()
    simpy: int = 6
    compiled: int = 24


@dataclass(frozen=True)
class Verdict:
    """One quantity of both models."""

    case: str
    quantity: str
    compiled: float
    simpy: float
    allowed: float  # difference
    seen: float

    @property
    def agrees(self) -> bool:
        return abs(self.simpy - self.compiled) <= self.allowed

    def __str__(self) -> str:
        scale = 100 / abs(self.compiled) if self.compiled else 0.0
        return (
            f"| {self.case} | {self.quantity} | {self.compiled:.4g} | {self.simpy:.4g} "
            f"| {(self.simpy - self.compiled) * scale:+.1f} % | {self.allowed * scale:.1f} % "
            f"| {self.seen * scale:.1f} % |"
        )


def quantities(case: Case, result: Mapping[str, Any]) -> dict[str, float]:
    """What is compared: both models' results have the same keys."""
    size = aurosim.load(case.name, set=dict(case.set)).cluster.storage.size
    found: dict[str, float | None] = {}
    done_per_s = sum(each["good_per_s"] for each in result["workloads"].values())
    for name, workload in result["workloads"].items():
        latency, outages = workload["latency_ms"], workload["outages"]
        found[f"{name}.good_per_s"] = workload["good_per_s"]
        found |= {f"{name}.{q}_ms": latency[q] for q in ("mean", "p50", "p99")}
        found[f"{name}.outage_s"] = sum(each["duration_s"] for each in outages)
        found[f"{name}.outage_start_s"] = outages[0]["start_s"] if outages else None
    for name, cluster in result["clusters"].items():
        for reader, lag in cluster["readers"].items():
            found |= {f"{reader}.lag_{q}_ms": lag["lag_ms"][q] for q in ("mean", "p99")}
        for instance, used in cluster["instances"].items():
            found[f"{instance}.cpu"] = used["cpu_ratio"] / done_per_s  # of one request
            found[f"{instance}.hit"] = used["hit_ratio"]
        found[f"{name}.unwritable_s"] = cluster["volume"]["write_unavailable_s"]
        found[f"{name}.grown_bytes"] = cluster["volume"]["bytes"] - size
        for q in ("mean", "p99"):
            found[f"{name}.replication_{q}_ms"] = cluster["replication_lag_ms"][q]
        for failover in cluster["failovers"]:
            found[f"{name}.database_outage_s"] = failover["database_outage_s"]
    return {name: float(value) for name, value in found.items() if value is not None}


@cache
def compiled(case: Case) -> tuple[dict[str, float], ...]:
    """Replicates of the compiled plane, by seeds from 1 on."""
    seeds = range(1, case.compiled + 1)
    return tuple(
        quantities(case, aurosim.run(case.name, seed=seed, set=dict(case.set)).summary)
        for seed in seeds
    )


def simpy_runs(case: Case, **plant: str) -> tuple[dict[str, float], ...]:
    """Replicates of the SimPy model, with something planted in its scenario or nothing."""
    given = dict(case.set) | {path.replace("__", "."): value for path, value in plant.items()}
    return tuple(
        quantities(case, simpy_model.run(case.name, seed=seed, set=given))
        for seed in range(1, case.simpy + 1)
    )


def compare(case: Case, simpy: tuple[dict[str, float], ...]) -> list[Verdict]:
    """Every quantity that all replicates of both have; the rest is the same in both: absent."""
    plane = compiled(case)
    names = set.intersection(*(set(run) for run in plane))
    there = set.intersection(*(set(run) for run in simpy))
    ever = set.union(*(set(run) for run in plane))
    verdicts = [
        _verdict(case.name, name, [r[name] for r in plane], [r[name] for r in simpy])
        for name in sorted(names & there)
    ]
    # what every run of one has and no run of the other: nothing more to ask
    missing = sorted((names - set.union(*(set(run) for run in simpy))) | (there - ever))
    nan = float("nan")
    wrong = [name for name in missing if not name.endswith(".hit")]
    return verdicts + [Verdict(case.name, name, nan, nan, 0.0, 0.0) for name in wrong]


def _verdict(case: str, name: str, plane: list[float], simpy: list[float]) -> Verdict:
    one, other = np.array(plane), np.array(simpy)
    freedom = len(one) + len(other) - 2
    spread = ((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()
    error = float(np.sqrt(spread / freedom * (1 / len(one) + 1 / len(other))))
    t = stats.t(freedom)
    critical = float(t.ppf(1 - FALSE_ALARM / COMPARISONS / 2))
    margin = MARGINS[name.rsplit(".", 1)[1]] * abs(float(one.mean()))
    return Verdict(
        case, name, float(one.mean()), float(other.mean()),
        allowed=margin + critical * error,
        seen=margin + (critical + float(t.ppf(0.99))) * error,
    )  # fmt: skip
