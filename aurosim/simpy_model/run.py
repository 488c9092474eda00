"""A scenario in, a dictionary out: the same files as `aurosim run`, the same keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aurosim import scenario as language
from aurosim.scenario import Scenario
from aurosim.scenario.shipped import find
from aurosim.simpy_model.client import Clients
from aurosim.simpy_model.cluster import Cluster
from aurosim.simpy_model.instance import Instance
from aurosim.simpy_model.measured import summary
from aurosim.simpy_model.names import Resolver
from aurosim.simpy_model.refused import LeftOut, left_out
from aurosim.simpy_model.setting import Setting


def run(
    source: str | Path | Scenario, seed: int | None = None, set: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Runs a path, the name of a shipped scenario, YAML text or a resolved scenario; returns what
    `summary.json` calls `workloads` and `clusters`, as much of it as this model knows.

    `set` overrides values by path, `seed` is short for `set={"run.seed": seed}`. Raises `LeftOut`,
    which names all that the scenario asks for and this model leaves out.
    """
    overrides = {path: str(value) for path, value in (set or {}).items()}
    scenario = _load(source, overrides if seed is None else overrides | {"run.seed": str(seed)})
    if reasons := left_out(scenario):
        raise LeftOut(scenario.name, reasons)
    setting = Setting(scenario)
    clusters: list[Cluster] = []
    for spec in scenario.clusters:
        clusters.append(Cluster(setting, spec, clusters[0] if clusters else None))
    workloads = [_clients(setting, spec, clusters) for spec in scenario.workload]
    for number, fault in enumerate(scenario.faults):
        setting.env.process(clusters[0].strike(number, fault))
    setting.env.run(until=setting.end_s)
    return {
        "scenario": scenario.name,
        "seed": scenario.run.seed,
        "duration_s": setting.end_s,
        "warm_up_s": setting.warm_up_s,
        "workloads": {each.spec.name: summary(setting, each.requests) for each in workloads},
        "clusters": {each.name: each.summary() for each in clusters},
    }


def _load(source: str | Path | Scenario, overrides: Mapping[str, str]) -> Scenario:
    if isinstance(source, Scenario):
        return language.changed(source, overrides) if overrides else source
    if isinstance(source, str) and "\n" in source:
        return language.loads(source, "<text>", overrides)
    return language.load(find(str(source)), overrides)


def _clients(setting: Setting, spec: Any, clusters: list[Cluster]) -> Clients:
    """The clients of a workload, and how they find their instance."""
    (home,) = [each for each in clusters if each.name == spec.cluster] or clusters[:1]
    by_name = {each.name: each for cluster in clusters for each in cluster.instances}

    def answer() -> list[Instance]:
        if spec.endpoint in by_name:
            return [by_name[spec.endpoint]]
        return (clusters[0] if spec.endpoint == "global" else home).records[spec.endpoint]

    names = [Resolver(setting, spec, number, answer) for number in range(spec.client.processes)]
    return Clients(setting, spec, home.region, names)
