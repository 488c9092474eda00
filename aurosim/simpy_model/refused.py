"""What this model leaves out: a scenario that asks for it is refused, every reason by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aurosim.errors import UsageError
from aurosim.scenario import Scenario
from aurosim.simpy_model.fault import KINDS

FAULTS = {
    "region_outage": "a region that goes dark",
    "region_partition": "a link that is cut",
    "slow_link": "a slow link",
    "switchover": "a primary that moves to another region",
    "global_failover": "a primary that moves to another region",
}
ACCESS = ("uniform", "zipf")
CPU = ("constant", "exponential", "lognormal")
ARRIVALS = ("rate", "stages", "daily", "burst")
ENTRIES = (
    "lsn_allocation_limit", "segment_copies", "segment_repair", "reader_lag_restart",
    "dispatcher_restart", "switchover_", "global_", "region_rebuild_", "replication_lag_typical",
)  # fmt: skip
"""Entries of the catalog, or how their names begin, that nothing here reads."""

READ = {
    "ClusterSpec": "name engine region storage dns_ttl instances writer readers",
    "StorageSpec": "size limit type lsn_allocation_limit",
    "InstanceSpec": "name class_ az promotion_tier vcpu cache",
    "WorkloadSpec": "name cluster endpoint arrivals connections think_time transaction data client",
    "DataSpec": "working_set access table",
    "ClientSpec": "az region pool queue connect_timeout statement_timeout dns_cache driver retry "
    "give_up",
    "RetrySpec": "attempts backoff max_backoff jitter",
    "StatementSpec": "kind repeat cpu pages modifies redo grows frees",
    "RunSpec": "duration warm_up seed outage_threshold",
}
"""The fields that this model knows, by the kind of thing. What the language learns later is
refused here until the model learns it too."""


class LeftOut(UsageError):
    """A scenario asks for something that the SimPy model leaves out."""

    def __init__(self, name: str, reasons: list[str]) -> None:
        super().__init__(
            f"the SimPy model leaves out what {name} asks for: {'; '.join(reasons)}. "
            "`aurosim run` has it."
        )
        self.reasons = reasons


def left_out(scenario: Scenario) -> list[str]:
    """Why this model cannot run a resolved scenario; empty if it can."""
    return [*_faults(scenario), *_workloads(scenario), *_model(scenario), *_fields(scenario)]


def _faults(scenario: Scenario) -> Iterator[str]:
    for number, spec in enumerate(scenario.faults):
        place, target = f"faults.{number}.{spec.kind}", getattr(spec, spec.kind)
        if spec.kind not in KINDS:
            yield f"{place}: {FAULTS.get(spec.kind, 'a fault it does not know')}"
        elif spec.kind == "crash" and target.what == "dispatcher":
            yield f"{place}.what: a dispatcher that crashes"
        elif spec.kind == "segment_loss" and spec.for_ is None:
            yield f"{place}: repair at the published speed (say `for`)"
        elif scenario.is_global and getattr(target, "cluster", None) is not None:
            yield f"{place}.cluster: faults of a named cluster"


def _workloads(scenario: Scenario) -> Iterator[str]:
    for spec in scenario.workload:
        place = f"workload.{spec.name}"
        if spec.data.access.law not in ACCESS:
            yield f"{place}.data.access: the law {spec.data.access.law}"
        if spec.arrivals is not None and spec.arrivals.kind not in ARRIVALS:
            yield f"{place}.arrivals.{spec.arrivals.kind}: measured traffic"
        for number, statement in enumerate(spec.transaction):
            if statement.cpu is not None and statement.cpu.law not in CPU:
                yield f"{place}.transaction.{number}.cpu: the law {statement.cpu.law}"


def _model(scenario: Scenario) -> Iterator[str]:
    if any(each.storage.lsn_allocation_limit is not None for each in scenario.clusters):
        yield "storage.lsn_allocation_limit: a writer that stalls"
    for name in scenario.model:
        if name.startswith(ENTRIES):
            yield f"model.{name}: an entry that it does not read"


def _fields(scenario: Scenario) -> Iterator[str]:
    """Whatever is said in a field that this model does not know."""
    for part in (scenario.run, *scenario.clusters, *scenario.workload):
        yield from _unknown(part)


def _unknown(part: Any) -> Iterator[str]:
    known = READ.get(type(part).__name__)
    for name in type(part).model_fields if known is not None else ():
        value, field = getattr(part, name), type(part).model_fields[name]
        if name not in known.split():  # type: ignore[union-attr]
            if value != field.get_default(call_default_factory=True):
                yield f"{field.alias or name} of {type(part).__name__.removesuffix('Spec')}"
            continue
        for each in value if isinstance(value, list) else (value,):
            if hasattr(type(each), "model_fields"):
                yield from _unknown(each)
