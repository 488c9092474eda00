"""From a resolved scenario to the frozen plan of plain numbers that a data plane is built from.

The one place that knows both the language and the data plane: classes, distances and costs are
looked up here, once, with the scenario's overrides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from aurosim import catalog
from aurosim.catalog import AZS
from aurosim.catalog.volume import COPIES
from aurosim.cluster.quorum import at_least, table
from aurosim.control.controllers import absent_at_the_start
from aurosim.dataplane.contract import (
    NEVER,
)
from aurosim.dataplane.plan import (
    COSTS,
    ENTRY,
    ClusterPlan,
    Costs,
    CustomEndpoint,
    InstancePlan,
    LinkPlan,
    Plan,
    TablePlan,
)
from aurosim.randomness import stream_key
from aurosim.scenario import Scenario
from aurosim.scenario.cluster import ClusterSpec, InstanceSpec
from aurosim.scenario.limits import connections_for_clients
from aurosim.scenario.serving import served_tables
from aurosim.scenario.workload import WorkloadSpec
from aurosim.simulation.clients import hop_ns, workload_plan

KINDS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float}
"""Types of the numbers of `Costs`, by their names."""


def build(scenario: Scenario) -> Plan:
    """The plan of a resolved scenario; its traces were read when it was loaded."""
    workloads = sorted(scenario.workload, key=lambda spec: spec.name)
    page_bytes = catalog.engine(scenario.cluster.engine).page_bytes
    tables = _tables(scenario, workloads, page_bytes)
    names = [each.name for each in tables]
    served = served_tables(scenario.clusters, workloads)
    absent = absent_at_the_start(scenario)
    return Plan(
        end_ns=scenario.run.duration,
        clusters=_clusters(scenario),
        instances=tuple(
            replace(
                _instance(scenario, number, cluster, spec, page_bytes),
                serves=_serves(spec, served, names),
                there=spec.name not in absent,
            )
            for number, cluster in enumerate(scenario.clusters)
            for spec in cluster.instances
        ),
        tables=tables,
        workloads=tuple(
            workload_plan(scenario, spec, names.index(spec.data.table))
            for spec in workloads
        ),
    )


def endpoints(plan: Plan) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """What each cluster's writer and reader endpoint name at the start, the global one, which is
    the first cluster's, and its custom ones: of their members those that are there, else the
    writer. A cluster without a writer or without instances has the primary's writer in their place,
    whom nobody is sent to by these names.
    """
    records, primary = [], plan.clusters[0].writer
    for index, cluster in enumerate(plan.clusters):
        writer = primary if cluster.writer < 0 else cluster.writer
        members = [k for k, each in enumerate(plan.instances) if each.cluster == index]
        readers = tuple(
            k for k in members if k != cluster.writer and plan.instances[k].there
        )
        custom = [
            tuple(
                k
                for k in each.instances
                if plan.instances[k].there and not (each.readers_only and k == cluster.writer)
            )
            for each in cluster.custom
        ]
        named = (readers, (primary,), *custom)
        records.append(((writer,), *(record or (writer,) for record in named)))
    return tuple(records)


def _tables(
    scenario: Scenario, workloads: list[WorkloadSpec], page_bytes: int
) -> tuple[TablePlan, ...]:
    row_bytes = catalog.whole("row_bytes", scenario.numbers)
    sizes = {spec.data.table: spec.data.working_set for spec in workloads}
    return tuple(
        TablePlan(name, pages=max(1, size // page_bytes), rows=max(1, size // row_bytes))
        for name, size in sorted(sizes.items())
        if size is not None
    )


def _instance(
    scenario: Scenario, number: int, cluster: ClusterSpec, spec: InstanceSpec, page_bytes: int
) -> InstancePlan:
    engine = catalog.engine(scenario.cluster.engine)
    kind = catalog.instance_classes()[spec.class_]
    assert spec.az is not None
    return InstancePlan(
        name=spec.name,
        cluster=number,
        az=AZS.index(spec.az),
        vcpu=spec.vcpu or kind.vcpu,
        speed=catalog.real(f"class_speed_{kind.family}", scenario.numbers),
        max_connections=connections_for_clients(cluster, kind),
        reserved_connections=engine.reserved_connections,
        buffer_pages=engine.buffer_bytes(kind.memory_bytes) // page_bytes,
        warm=spec.cache != "cold",
        connect_cpu_ns=catalog.duration_ns(engine.connect_cpu_entry, scenario.numbers),
        connect_trips=catalog.whole("connect_round_trips", scenario.numbers),
    )


def _serves(
    spec: InstanceSpec, served: dict[str, set[str]], tables: list[str]
) -> tuple[int, ...] | None:
    """The tables that are in the instance's buffer at the start; None: all."""
    if spec.cache != "served":
        return None
    return tuple(place for place, name in enumerate(tables) if name in served[spec.name])


def _costs(scenario: Scenario) -> Costs:
    """The catalog's numbers by the table `Costs`."""
    model = scenario.numbers
    found: dict[str, Any] = {}
    for each in COSTS:
        number = catalog.value(each.metadata[ENTRY], model)
        found[each.name] = NEVER if number is None else KINDS[str(each.type)](number)
    # the published lag holds one way between two AZs; the plane adds the real one
    found["lag_ship_ns"] -= catalog.duration_ns("az_round_trip") // 2
    return Costs(**found | {"lag_ship_ns": max(0, found["lag_ship_ns"])})


def _clusters(scenario: Scenario) -> tuple[ClusterPlan, ...]:
    """All clusters; their storage nodes are numbered one cluster after the other."""
    found: list[ClusterPlan] = []
    for number in range(len(scenario.clusters)):
        first_node = sum(each.node_count for each in found)
        first_instance = sum(len(each.instances) for each in scenario.clusters[:number])
        found.append(_cluster(scenario, number, first_instance, first_node))
    return tuple(found)


def _link(scenario: Scenario, number: int) -> LinkPlan | None:
    """How redo reaches a cluster of several: any of them may come to follow any other."""
    if not scenario.is_global:
        return None
    model, here = scenario.numbers, scenario.clusters[number]
    return LinkPlan(
        key=stream_key(scenario.run.seed, f"cluster/{here.name}/link"),
        hop_ns=tuple(
            0 if each is here else catalog.region_rtt_ns(each.region, here.region) // 2
            for each in scenario.clusters
        ),
        batch_ns=catalog.duration_ns("link_batch", model),
        bytes_per_s=catalog.real("link_bandwidth", model),
        jitter_sigma=catalog.real("link_jitter_sigma", model),
        apply_ns=catalog.duration_ns("link_apply", model),
    )


def _cluster(
    scenario: Scenario, number: int, first_instance: int, first_node: int
) -> ClusterPlan:
    cluster, model, seed = scenario.clusters[number], scenario.numbers, scenario.run.seed
    storage = scenario.clusters[0].storage  # a secondary's volume is as large as the primary's
    unit = catalog.whole("protection_group_bytes", model)
    most = -(-storage.limit // unit)  # the groups of a full volume
    per_az = max(2, min(2 * most, catalog.whole("nodes_per_az", model)))
    member = np.arange(COPIES)
    nodes = (member // 2) * per_az + (2 * np.arange(most)[:, None] + member % 2) % per_az
    return ClusterPlan(
        name=cluster.name,
        storage_key=stream_key(seed, f"cluster/{cluster.name}/storage"),
        replication_key=stream_key(seed, f"cluster/{cluster.name}/replication"),
        writer=first_instance if number == 0 else -1,
        groups=-(-storage.size // unit),
        nodes=(first_node + nodes).astype(np.int32),
        node_count=3 * per_az,
        write_ok=table(at_least(catalog.whole("write_quorum", model))),
        read_ok=table(at_least(catalog.whole("read_quorum", model))),
        az_hop_ns=tuple(tuple(hop_ns(scenario, cluster.region, x, y) for y in AZS) for x in AZS),
        used_bytes=storage.size,
        limit_bytes=storage.limit,
        group_bytes=unit,
        lsn_allocation_limit=cluster.storage.lsn_allocation_limit
        or catalog.whole("lsn_allocation_limit", model),
        costs=_costs(scenario),
        source=-1 if number == 0 else 0,
        link=_link(scenario, number),
        first_node=first_node,
        custom=tuple(
            CustomEndpoint(
                name=each.name,
                instances=tuple(
                    first_instance + place
                    for place, server in enumerate(cluster.instances)
                    if each.takes(server.name)
                ),
                readers_only=each.members == "reader",
            )
            for each in cluster.endpoints
        ),
    )
