"""Checks of a workload: its kind of load, its endpoint, its clients, its data."""

from __future__ import annotations

from aurosim import catalog
from aurosim.scenario.checks.saying import Check, Say, each_workload
from aurosim.scenario.document import Scenario
from aurosim.scenario.faults.targets import WRITER
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.reading import Path_
from aurosim.scenario.resolution import cluster_of, custom_endpoint, instances_of
from aurosim.scenario.workload import ENDPOINTS, GLOBAL, WorkloadSpec
from aurosim.units import format_size


def load_is_open_or_closed(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """Exactly one of arrivals and connections; and what belongs to the other kind is refused."""
    has_arrivals, has_connections = workload.arrivals is not None, workload.connections is not None
    if has_arrivals and has_connections:
        say(
            (*path, "connections"),
            "is closed load, but arrivals is open load. Keep one; an open load's connections "
            "are client.pool.",
        )
    elif not has_arrivals and not has_connections:
        say(
            path,
            "says no load. Say arrivals (open load: requests come by themselves) or connections "
            "(closed load: each waits for its answer).",
        )
    elif has_arrivals and workload.think_time is not None:
        say((*path, "think_time"), "belongs to closed load (connections); arrivals do not think.")


def endpoint_exists(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """The endpoint is the cluster's, the readers', a custom one or an instance's, or the global
    one.
    """
    cluster = cluster_of(workload, scenario.clusters)
    servers = [instance.name for instance in instances_of(cluster)]
    custom = [each.name for each in cluster.endpoints]
    known = [*ENDPOINTS, *([GLOBAL] if scenario.is_global else []), *custom, *servers]
    secondary = cluster is not scenario.cluster
    if workload.endpoint == GLOBAL and not scenario.is_global:
        say(
            (*path, "endpoint"),
            "is 'global', the writer of whichever cluster is the primary, but there is one "
            "cluster. Say cluster.",
        )
    elif workload.endpoint == GLOBAL and secondary and workload.cluster is not None:
        say(
            (*path, "cluster"),
            f"is '{workload.cluster}', but the global endpoint belongs to no cluster. Leave it "
            "out; client.region says where the clients are.",
        )
    elif workload.endpoint == "cluster" and secondary:
        say(
            (*path, "endpoint"),
            f"is 'cluster', the writer's, but '{cluster.name}' is a secondary and has none. Say "
            "global, the writer of whichever cluster is the primary, or reader.",
        )
    elif workload.endpoint == "reader" and not servers:
        say((*path, "endpoint"), f"is 'reader', but '{cluster.name}' has no instances.")
    elif workload.endpoint not in known:
        hint = did_you_mean(workload.endpoint, known)
        if workload.endpoint == WRITER:
            hint = " The cluster endpoint is the writer's."
        say(
            (*path, "endpoint"),
            f"is '{workload.endpoint}', which this cluster does not have. "
            f"Endpoints: {listed(known)}.{hint}",
        )


def readers_only_read(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """A write through the reader endpoint fails, so nobody means one; and so it does at any
    instance of a secondary.
    """
    cluster = cluster_of(workload, scenario.clusters)
    secondary = cluster is not BROKEN and cluster is not scenario.cluster
    custom = custom_endpoint(workload, scenario.clusters)
    of_readers = workload.endpoint == "reader" or (custom and custom.members == "reader")
    if not of_readers and not (secondary and workload.endpoint not in (*ENDPOINTS, GLOBAL)):
        return
    writes = dict.fromkeys(item.kind for item in workload.transaction if item.writes)
    if writes:
        say(
            (*path, "endpoint"),
            f"is '{workload.endpoint}', but the transaction writes ({listed(writes)}); "
            f"{'instances of a secondary' if secondary else 'readers'} are read-only, all of it "
            f"would fail. Use endpoint {GLOBAL if secondary else 'cluster'}, or a transaction that "
            "reads.",
        )


def working_set_fits(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """The rows a workload touches are in the volume."""
    said, size = workload.data.working_set, scenario.cluster.storage.size
    if said is None:
        return
    if said > size:
        say(
            (*path, "data", "working_set"),
            f"is {format_size(said)}, more than the volume's {format_size(size)} "
            "(cluster.storage.size).",
        )
        return
    page = catalog.engine(scenario.cluster.engine).page_bytes
    if said < page:
        say(
            (*path, "data", "working_set"),
            f"is {format_size(said)}; a page of {scenario.cluster.engine} has {format_size(page)}. "
            "Say at least one page.",
        )


def tables_agree(scenario: Scenario, say: Say) -> None:
    """Workloads that share a table say the same size of it, or leave it to one of them."""
    said: dict[str, tuple[int, int]] = {}
    for place, workload in enumerate(scenario.workload):
        data = workload.data
        if data.working_set is None:
            continue
        first, size = said.setdefault(data.table, (place, data.working_set))
        if size != data.working_set:
            say(
                ("workload", place, "data", "working_set"),
                f"is {format_size(data.working_set)} of table '{data.table}', of which "
                f"workload[{first}] says {format_size(size)}. Say the same, or name another table.",
            )


CHECKS: tuple[Check, ...] = (
    each_workload(load_is_open_or_closed),
    each_workload(endpoint_exists),
    each_workload(readers_only_read),
    each_workload(working_set_fits),
    tables_agree,
)
