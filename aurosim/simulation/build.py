"""From a resolved scenario to the frozen plan of plain numbers that a data plane is built from.

The one place that knows both the language and the data plane: classes, distances and costs are
looked up here, once, with the scenario's overrides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from aurosim import catalog
from aurosim.catalog import AZS
from aurosim.catalog.drivers import DRIVERS
from aurosim.catalog.statement import kind_of
from aurosim.catalog.volume import COPIES
from aurosim.cluster.quorum import at_least, table
from aurosim.control.controllers import absent_at_the_start
from aurosim.dataplane import distributions as laws
from aurosim.dataplane.contract import NEVER, ROLE_GLOBAL, ROLE_READER, ROLE_WRITER
from aurosim.dataplane.plan import (
    COSTS,
    ENTRY,
    ClusterPlan,
    Costs,
    InstancePlan,
    LinkPlan,
    Plan,
    StatementPlan,
    TablePlan,
    WorkloadPlan,
)
from aurosim.randomness import stream_key
from aurosim.scenario import Scenario
from aurosim.scenario.cluster import InstanceSpec
from aurosim.scenario.resolution import all_instances, cluster_of
from aurosim.scenario.serving import served_tables
from aurosim.scenario.transaction import StatementSpec
from aurosim.scenario.workload import GLOBAL, WorkloadSpec
from aurosim.simulation.rates import rate_profile
from aurosim.units import NS_PER_S

LAWS = {
    "constant": laws.LAW_CONSTANT,
    "exponential": laws.LAW_EXPONENTIAL,
    "lognormal": laws.LAW_LOGNORMAL,
    "erlang": laws.LAW_ERLANG,
    "hyperexponential": laws.LAW_HYPEREXPONENTIAL,
}
ROLES_BY_NAME = {"cluster": ROLE_WRITER, "reader": ROLE_READER, GLOBAL: ROLE_GLOBAL}
KINDS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float}
"""Types of the numbers of `Costs`, by their names."""
START_SPREAD_NS = NS_PER_S
"""Connections open within the first second, or the first half of a shorter warm-up."""


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
                _instance(scenario, number, spec, page_bytes),
                serves=_serves(spec, served, names),
                there=spec.name not in absent,
            )
            for number, cluster in enumerate(scenario.clusters)
            for spec in cluster.instances
        ),
        tables=tables,
        workloads=tuple(
            _workload(scenario, spec, names.index(spec.data.table))
            for spec in workloads
        ),
    )


def endpoints(plan: Plan) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """What each cluster's writer and reader endpoint name at the start, and the global one, which
    is the first cluster's. A cluster without a writer or without instances has the primary's writer
    in their place, whom nobody is sent to by these names.
    """
    records, primary = [], plan.clusters[0].writer
    for index, cluster in enumerate(plan.clusters):
        writer = primary if cluster.writer < 0 else cluster.writer
        members = [k for k, each in enumerate(plan.instances) if each.cluster == index]
        readers = tuple(
            k for k in members if k != cluster.writer and plan.instances[k].there
        )
        records.append(((writer,), readers or (writer,), (primary,)))
    return tuple(records)


def _hop_ns(scenario: Scenario, region: str, az: str, other: str) -> int:
    """One way between two AZs of a region."""
    return catalog.az_rtt_ns(region, az, other, scenario.numbers) // 2


def _way_ns(scenario: Scenario, region: str, az: str, other: str, other_az: str) -> int:
    """One way between an AZ of a region and an AZ of another, or of the same."""
    if region == other:
        return _hop_ns(scenario, region, az, other_az)
    return catalog.region_rtt_ns(region, other) // 2


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
    scenario: Scenario, cluster: int, spec: InstanceSpec, page_bytes: int
) -> InstancePlan:
    engine = catalog.engine(scenario.cluster.engine)
    kind = catalog.instance_classes()[spec.class_]
    assert spec.az is not None
    return InstancePlan(
        name=spec.name,
        cluster=cluster,
        az=AZS.index(spec.az),
        vcpu=spec.vcpu or kind.vcpu,
        speed=catalog.real(f"class_speed_{kind.family}", scenario.numbers),
        max_connections=engine.max_connections(kind),
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


def _statement(spec: StatementSpec, autocommit: bool) -> StatementPlan:
    """A statement of a resolved scenario, of which everything is said."""
    assert spec.cpu is not None and spec.pages is not None and spec.modifies is not None
    assert spec.redo is not None and spec.grows is not None and spec.frees is not None
    law, shape = LAWS[spec.cpu.law], float(spec.cpu.shape)
    if law == laws.LAW_LOGNORMAL:
        shape = math.sqrt(math.log(1.0 + shape * shape))
    writes = spec.modifies > 0
    return StatementPlan(
        kind=int(kind_of(spec.kind)),
        cpu_law=law,
        cpu_mean_ns=spec.cpu.mean,
        cpu_shape=shape,
        pages=spec.pages,
        modifies=spec.modifies,
        redo_bytes=spec.redo,
        autocommit=autocommit and writes,
        grows_bytes=spec.grows - spec.frees if writes else 0,
    )


def _statements(spec: WorkloadSpec) -> tuple[StatementPlan, ...]:
    found: list[StatementPlan] = []
    inside = False
    for statement in spec.transaction:
        inside = statement.kind == "begin" or (inside and statement.kind != "commit")
        plan = _statement(statement, autocommit=statement.writes and not inside)
        found += [plan] * statement.repeat
    return tuple(found)


def _workload(scenario: Scenario, spec: WorkloadSpec, table_index: int) -> WorkloadPlan:
    client, seed = spec.client, scenario.run.seed
    cluster = cluster_of(spec, scenario.clusters)
    number = 0 if spec.endpoint == GLOBAL else scenario.clusters.index(cluster)
    role = ROLES_BY_NAME.get(spec.endpoint, -1)
    names = [each.name for each in all_instances(scenario)]
    region = client.region or cluster.region
    slots = spec.connections if spec.arrivals is None else client.pool
    assert slots is not None and client.az is not None and client.dns_cache is not None
    assert client.give_up is not None
    access, think = spec.data.access, spec.think_time
    return WorkloadPlan(
        name=spec.name,
        cluster=number,
        arrivals_key=stream_key(seed, f"workload/{spec.name}/arrivals"),
        requests_key=stream_key(seed, f"workload/{spec.name}/requests"),
        rate=None
        if spec.arrivals is None
        else rate_profile(spec.arrivals, scenario.run.duration, scenario.traces.get(spec.name)),
        slots=slots,
        queue_limit=client.queue or 0,
        role=role,
        instance=names.index(spec.endpoint) if role < 0 else -1,
        statements=_statements(spec),
        think_law=LAWS[think.law] if think else laws.LAW_CONSTANT,
        think_mean_ns=think.mean if think else 0,
        table=table_index,
        access_law={
            "uniform": laws.ACCESS_UNIFORM,
            "zipf": laws.ACCESS_ZIPF,
            "special": laws.ACCESS_SPECIAL,
            "pareto": laws.ACCESS_PARETO,
        }[access.law],
        access_a=float(
            getattr(access, "exponent", getattr(access, "hot", getattr(access, "h", 0.0)))
        ),
        access_b=float(getattr(access, "hits", 0.0)),
        hop_ns=tuple(
            _way_ns(scenario, region, client.az, each.region, server.az or AZS[0])
            for each in scenario.clusters
            for server in each.instances
        ),
        connect_timeout_ns=client.connect_timeout,
        statement_timeout_ns=client.statement_timeout,
        dns_cache_ns=client.dns_cache,
        attempts=client.retry.attempts,
        backoff_ns=client.retry.backoff,
        backoff_max_ns=client.retry.max_backoff,
        jitter=client.retry.jitter == "full",
        start_spread_ns=min(START_SPREAD_NS, scenario.run.warm_up // 2),
        give_up_ns=client.give_up,
        driver=list(DRIVERS).index(client.driver),
        think_first=bool(think and think.mean),
    )


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
        az_hop_ns=tuple(tuple(_hop_ns(scenario, cluster.region, x, y) for y in AZS) for x in AZS),
        used_bytes=storage.size,
        limit_bytes=storage.limit,
        group_bytes=unit,
        lsn_allocation_limit=cluster.storage.lsn_allocation_limit
        or catalog.whole("lsn_allocation_limit", model),
        costs=_costs(scenario),
        source=-1 if number == 0 else 0,
        link=_link(scenario, number),
        first_node=first_node,
    )
