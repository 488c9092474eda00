"""A scenario in, a dictionary out: the same files as `aurosim run`, the same keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import simpy

from aurosim import catalog
from aurosim import scenario as language
from aurosim.scenario import Scenario
from aurosim.scenario.shipped import find
from aurosim.scenario.workload import WorkloadSpec
from aurosim.simpy_model.client import Clients
from aurosim.simpy_model.cluster import Cluster
from aurosim.simpy_model.fault import strike
from aurosim.simpy_model.instance import Instance
from aurosim.simpy_model.measured import Requests
from aurosim.simpy_model.names import Resolver
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.refused import LeftOut, left_out
from aurosim.units import NS_PER_S

START_SPREAD_S = 1.0
"""Connections open within the first second, or the first half of a shorter warm-up."""


def run(
    source: str | Path | Scenario,
    seed: int | None = None,
    set: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """Runs a path, the name of a shipped scenario, YAML text or a resolved scenario, and returns
    what `summary.json` calls `workloads` and `clusters`, as much of it as this model knows.

    `set` overrides values by path, `seed` is short for `set={"run.seed": seed}`. Raises `LeftOut`,
    which names all that the scenario asks for and this model leaves out.
    """
    scenario = _load(source, dict(set or {}) | ({} if seed is None else {"run.seed": seed}))
    reasons = left_out(scenario)
    if reasons:
        raise LeftOut(scenario.name, reasons)
    return World(scenario).result()


def _load(source: str | Path | Scenario, given: dict[str, object]) -> Scenario:
    overrides = {path: str(value) for path, value in given.items()}
    if isinstance(source, Scenario):
        return language.changed(source, overrides) if overrides else source
    if isinstance(source, str) and "\n" in source:
        return language.loads(source, "<text>", overrides)
    return language.load(find(str(source)), overrides)


class World:
    """All clusters and all clients of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.env = simpy.Environment()
        self.numbers = Numbers(scenario.model, scenario.run.seed)
        self.end_s = scenario.run.duration / NS_PER_S
        self.warm_up_s = scenario.run.warm_up / NS_PER_S
        size, tables = scenario.cluster.storage, self._tables()
        self.clusters = [
            Cluster(self.env, self.numbers, spec, size, tables, self.warm_up_s)
            for spec in scenario.clusters
        ]
        primary, *secondaries = self.clusters
        primary.lead()
        for each in secondaries:
            each.follow(primary)
        self.requests = {spec.name: self._requests(spec) for spec in scenario.workload}
        for spec in scenario.workload:
            self._clients(spec)
        for fault in scenario.faults:
            self.env.process(strike(primary, fault))

    def _tables(self) -> dict[str, int]:
        """Pages of each table."""
        page_bytes = catalog.engine(self.scenario.cluster.engine).page_bytes
        return {
            spec.data.table: max(1, spec.data.working_set // page_bytes)
            for spec in self.scenario.workload
            if spec.data.working_set is not None
        }

    def _requests(self, spec: WorkloadSpec) -> Requests:
        return Requests(
            self.warm_up_s, self.end_s, slow_s=spec.client.statement_timeout / NS_PER_S
        )

    def _clients(self, spec: WorkloadSpec) -> None:
        cluster = self.clusters[0]
        for each in self.clusters:
            if each.name == spec.cluster:
                cluster = each
        assert spec.client.dns_cache is not None
        resolver = Resolver(
            self.env, self._answer(spec.endpoint, cluster), spec.client.dns_cache / NS_PER_S
        )
        Clients(
            self.env, self.numbers, spec, cluster.zones, resolver, self.requests[spec.name],
            spread_s=min(START_SPREAD_S, self.warm_up_s / 2),
        )  # fmt: skip

    def _answer(self, endpoint: str, cluster: Cluster) -> Callable[[], list[Instance]]:
        """What an endpoint's name leads to; an instance's leads always to that instance."""
        for each in self.clusters:
            for instance in each.instances:
                if instance.name == endpoint:
                    return lambda instance=instance: [instance]
        home = self.clusters[0] if endpoint == "global" else cluster
        return lambda: home.names.records[endpoint]

    def result(self) -> dict[str, Any]:
        """Runs to the end and says what came out."""
        self.env.run(until=self.end_s)
        run, specs = self.scenario.run, {spec.name: spec for spec in self.scenario.workload}
        threshold_s = run.outage_threshold / NS_PER_S
        return {
            "scenario": self.scenario.name,
            "seed": run.seed,
            "duration_s": self.end_s,
            "warm_up_s": self.warm_up_s,
            "workloads": {
                name: found.summary((specs[name].client.give_up or 0) / NS_PER_S, threshold_s)
                for name, found in self.requests.items()
            },
            "clusters": {
                each.name: each.summary(self.end_s - self.warm_up_s) for each in self.clusters
            },
        }
