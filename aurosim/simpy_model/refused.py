"""What this model leaves out: a scenario that asks for it is refused, each reason by its name."""

from collections.abc import Iterator
from typing import Any

from aurosim.errors import UsageError
from aurosim.scenario import Scenario
from aurosim.simpy_model.cluster import Cluster
from aurosim.units import NEVER

ENTRIES = (  # of the catalog, or how their names begin: nothing here reads them
    "lsn_allocation_limit", "segment_", "reader_lag_restart", "dispatcher_restart", "switchover_",
    "planned_failover_", "global_", "region_rebuild_", "replication_lag_typical",
)  # fmt: skip
LAWS = ("uniform", "zipf", "constant", "exponential", "lognormal")
FIELDS = """
    name engine region storage dns_ttl instances writer readers size limit type class_ az count
    promotion_tier vcpu cache cluster endpoint arrivals connections think_time transaction data
    client working_set access table pool queue connect_timeout statement_timeout dns_cache retry
    give_up attempts backoff max_backoff jitter kind repeat cpu pages modifies redo grows frees
    duration warm_up seed outage_threshold law mean cv exponent rate daily peak peak_at period
    stack size total processes endpoint_flap reuse
    """
"""Fields that this model knows. What the language learns later is refused until it does too."""


class LeftOut(UsageError):
    """A scenario asks for what the SimPy model leaves out: `reasons`."""

    def __init__(self, name: str, reasons: list[str]) -> None:
        super().__init__(f"{name}: the SimPy model leaves out {', '.join(reasons)}")
        self.reasons = reasons


def left_out(scenario: Scenario) -> list[str]:
    """Why this model cannot run a resolved scenario; empty if it can."""
    found = [*_faults(scenario), *(f"model.{e}" for e in scenario.model if e.startswith(ENTRIES))]
    found += _unknown("run", scenario.run)
    for place, parts in (("clusters", scenario.clusters), ("workload", scenario.workload)):
        for part in parts:
            found += _unknown(f"{place}.{part.name}", part)
    return found


def _faults(scenario: Scenario) -> Iterator[str]:
    for number, fault in enumerate(scenario.faults):
        place, target = f"faults.{number}.{fault.kind}", fault.target
        if not hasattr(Cluster, f"_{fault.kind}"):  # where it would be told what it does
            yield place
        elif getattr(target, "what", "") == "dispatcher":
            yield f"{place}: dispatcher"
        elif fault.kind == "segment_loss" and getattr(fault, "for_", None) is None:
            yield f"{place} without `for`"
        elif getattr(target, "cluster", None) not in (None, scenario.cluster.name):
            yield f"{place} of a secondary"


def _unknown(place: str, part: Any) -> Iterator[str]:
    """Whatever is said in a field, or by a law, that this model does not know."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value == field.get_default(call_default_factory=True):
            continue
        if name not in FIELDS.split():
            yield f"{place}.{name.strip('_')}"
        elif value == NEVER:
            yield f"{place}.{name}: without end"
        elif value == "per_request":
            yield f"{place}.{name}: {value}"
        elif getattr(value, "law", LAWS[0]) not in LAWS:
            yield f"{place}.{name}: {value.law}"
        else:
            for each in value if isinstance(value, list) else (value,):
                if hasattr(type(each), "model_fields"):
                    yield from _unknown(f"{place}.{name}", each)
