"""From what the file says to what it means: nothing is left unsaid.

Short forms become instances, readers get their zones, clients their pools and time limits,
statements their costs. Workloads
stand in the order of their names, whatever the file's. The result can be written out and loaded
again, and is then equal to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aurosim import catalog
from aurosim.catalog import AZS
from aurosim.catalog.statement import BRACKET, kind_of
from aurosim.scenario.client import QUEUE_PER_CONNECTION, ClientSpec
from aurosim.scenario.cluster import ClusterSpec, EndpointSpec, InstanceSpec, StorageSpec
from aurosim.scenario.document import Scenario
from aurosim.scenario.filling import each_of, filled, shared_out
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.laws import NO_TIME, Burst, ConstantLaw, LognormalLaw
from aurosim.scenario.model import override
from aurosim.scenario.serving import served_tables, tables_read, with_cache
from aurosim.scenario.transaction import StatementSpec
from aurosim.scenario.workload import DataSpec, WorkloadSpec
from aurosim.units import GIB, NEVER

WORKING_SET = GIB


def resolved(scenario: Scenario) -> Scenario:
    """The scenario with every default in its place. It must be free of faults."""
    overrides = {name: override(name, value) for name, value in scenario.model.items()}
    model = catalog.engine(scenario.cluster.engine).model(overrides)
    clusters = [
        _cluster(cluster, model) for cluster in _with_the_primarys_volume(scenario.clusters)
    ]
    tables = stated_working_sets(scenario.workload)
    # Workloads are numbered by their names, so that the order in the file decides nothing.
    by_name = sorted(scenario.workload, key=lambda workload: workload.name)
    workloads = [_workload(workload, clusters, tables, model) for workload in by_name]
    clusters = _with_caches(clusters, workloads)
    here = {"clusters_": clusters} if len(clusters) > 1 else {"cluster_": clusters[0]}
    return scenario.model_copy(update={"model": overrides, "workload": workloads, **here})


def _with_caches(
    clusters: list[ClusterSpec], workloads: list[WorkloadSpec]
) -> list[ClusterSpec]:
    """What each instance is warm for, where nobody says it."""
    served, tables = served_tables(clusters, workloads), tables_read(workloads)
    return [
        cluster.model_copy(
            update={"instances": [with_cache(each, served, tables) for each in cluster.instances]}
        )
        for cluster in clusters
    ]


def _with_the_primarys_volume(clusters: list[ClusterSpec]) -> list[ClusterSpec]:
    """A secondary's volume holds what the primary's does, whatever its storage configuration."""
    primary = clusters[0].storage
    volume = {key: getattr(primary, key) for key in StorageSpec.model_fields if key != "type"}
    return [
        cluster.model_copy(update={"storage": cluster.storage.model_copy(update=volume)})
        for cluster in clusters
    ]


def instances_of(cluster: ClusterSpec) -> list[InstanceSpec]:
    """The instances with their zones, short form or not. Items may be holes."""
    if cluster.instances or (cluster.writer is None and cluster.readers is None):
        return [_with_az(instance, place) for place, instance in enumerate(cluster.instances)]
    classes: list[str | None] = []
    names, first, prefix = [], 0, f"{cluster.name}-"
    if cluster.writer is not None:
        classes, names, prefix = [cluster.writer.class_], ["writer"], ""
        first = AZS.index(cluster.writer.az)
    if cluster.readers is not None:
        count = cluster.readers.count
        classes += [cluster.readers.class_ or (classes[0] if classes else None)] * count
        names += [f"{prefix}reader-{number + 1}" for number in range(count)]
    return [
        _instance({"name": name, "class": class_, "az": AZS[(first + place) % len(AZS)]})
        for place, (name, class_) in enumerate(zip(names, classes, strict=True))
    ]


def _instance(keys: dict[str, Any]) -> InstanceSpec:
    """An instance of values that are known to be good, or holes."""
    return InstanceSpec.model_construct(None, **keys)


def all_instances(scenario: Scenario) -> list[InstanceSpec]:
    """The instances of all clusters in their order. Items may be holes."""
    return [instance for cluster in scenario.clusters for instance in instances_of(cluster)]


def cluster_of(workload: WorkloadSpec, clusters: list[ClusterSpec]) -> ClusterSpec:
    """The cluster a workload is at; a hole where it names none."""
    if workload.cluster is None:
        return clusters[0]
    named = [each for each in clusters if each is not BROKEN and each.name == workload.cluster]
    return named[0] if named else BROKEN


def custom_endpoint(workload: WorkloadSpec, clusters: list[ClusterSpec]) -> EndpointSpec | None:
    """The custom endpoint that a workload is at, if it is at one."""
    cluster = cluster_of(workload, clusters)
    if cluster is BROKEN:
        return None
    named = (each for each in cluster.endpoints if each is not BROKEN)
    return next((each for each in named if each.name == workload.endpoint), None)


def stated_working_sets(workloads: list[WorkloadSpec]) -> dict[str, int]:
    """What the first workload that says it says of each table, in bytes."""
    said: dict[str, int] = {}
    for workload in workloads:
        if workload.data.working_set is not None:
            said.setdefault(workload.data.table, workload.data.working_set)
    return said


def _with_az(instance: InstanceSpec, place: int) -> InstanceSpec:
    return (
        instance
        if instance.az is not None
        else instance.model_copy(update={"az": AZS[place % len(AZS)]})
    )


def _cluster(cluster: ClusterSpec, model: Mapping[str, catalog.Quantity]) -> ClusterSpec:
    classes = catalog.instance_classes()
    instances = [
        instance
        if instance.vcpu is not None
        else instance.model_copy(update={"vcpu": classes[instance.class_].vcpu})
        for instance in instances_of(cluster)
    ]
    ttl = catalog.duration_ns("dns_ttl", model) if cluster.dns_ttl is None else cluster.dns_ttl
    return cluster.model_copy(
        update={"instances": instances, "dns_ttl": ttl, "writer": None, "readers": None}
    )


def _workload(
    workload: WorkloadSpec,
    clusters: list[ClusterSpec],
    tables: dict[str, int],
    model: Mapping[str, catalog.Quantity],
) -> WorkloadSpec:
    cluster = cluster_of(workload, clusters)
    return workload.model_copy(
        update={
            "cluster": cluster.name if len(clusters) > 1 else workload.cluster,
            "think_time": None if workload.open else workload.think_time or NO_TIME,
            "transaction": [_statement(statement, model) for statement in workload.transaction],
            "data": _data(workload.data, cluster, tables),
            "client": _client(workload, cluster, len(clusters) > 1, model),
        }
    )


def _data(data: DataSpec, cluster: ClusterSpec, tables: dict[str, int]) -> DataSpec:
    default = min(WORKING_SET, cluster.storage.size)
    return data.model_copy(update={"working_set": tables.get(data.table, default)})


def _client(
    workload: WorkloadSpec,
    cluster: ClusterSpec,
    is_global: bool,
    model: Mapping[str, catalog.Quantity],
) -> ClientSpec:
    client, retry = filled(workload, cluster.engine), workload.client.retry
    processes, connections = shared_out(workload)
    each = each_of(processes, connections)
    even = each * processes == connections
    connect_ns, statement_ns = client.connect_timeout, client.statement_timeout
    if connect_ns == NEVER:
        connect_ns = catalog.duration_ns("connect_give_up", model)
    if statement_ns == NEVER:
        statement_ns = catalog.duration_ns("tcp_give_up", model)
    queue = QUEUE_PER_CONNECTION * each if client.queue is None else client.queue
    size = {"size": each if even else None, "total": None if even else connections}
    ttl = client.resolver.ttl
    if client.resolver.shared and ttl is None:
        ttl = cluster.dns_ttl
    defaults: dict[str, Any] = {
        "az": client.az or (cluster.instances[0].az if cluster.instances else AZS[0]),
        "region": client.region or (cluster.region if is_global else None),
        "processes": processes,
        "pool": client.pool.model_copy(update=size) if workload.open else client.pool,
        "queue": queue if workload.open else None,
        "dns_cache": cluster.dns_ttl if client.dns_cache is None else client.dns_cache,
        "resolver": client.resolver.model_copy(update={"ttl": ttl}),
        "give_up": client.give_up
        or retry.attempts * (connect_ns + statement_ns) + retry.total_backoff,
    }
    return client.model_copy(update=defaults)


def _statement(statement: StatementSpec, model: Mapping[str, catalog.Quantity]) -> StatementSpec:
    cost = catalog.statement_cost(statement.kind, model)
    modifies = cost.modifies if statement.modifies is None else statement.modifies
    per_page = catalog.whole("redo_record_bytes", model)
    grows, frees = statement.space(catalog.whole("row_bytes", model))
    defaults: dict[str, Any] = {
        "cpu": statement.cpu or _burst(statement.kind, cost.cpu_ns, model),
        "pages": cost.pages if statement.pages is None else statement.pages,
        "modifies": modifies,
        "redo": modifies * per_page if statement.redo is None else statement.redo,
        "grows": grows,
        "frees": frees,
    }
    return statement.model_copy(update=defaults)


def _burst(kind: str, mean_ns: int, model: Mapping[str, catalog.Quantity]) -> Burst:
    """The catalog's law of a statement's CPU: lognormal, or constant for BEGIN, COMMIT."""
    cv = catalog.real("statement_cpu_cv", model)
    if cv == 0 or mean_ns == 0 or kind_of(kind).does == BRACKET:
        return ConstantLaw.model_construct(law="constant", mean=mean_ns)
    return LognormalLaw.model_construct(law="lognormal", mean=mean_ns, cv=cv)
