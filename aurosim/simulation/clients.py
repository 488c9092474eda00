"""The plan of a workload: its load, its processes and pools, its statements, its way to each
instance."""

from __future__ import annotations

import math
from typing import Any

from aurosim import catalog
from aurosim.catalog import AZS
from aurosim.catalog.drivers import DRIVERS
from aurosim.catalog.statement import kind_of
from aurosim.dataplane import distributions as laws
from aurosim.dataplane.contract import (
    NEVER,
    ROLE_CUSTOM,
    ROLE_GLOBAL,
    ROLE_READER,
    ROLE_WRITER,
    Reuse,
)
from aurosim.dataplane.plan import StatementPlan, WorkloadPlan
from aurosim.randomness import stream_key
from aurosim.scenario import Scenario
from aurosim.scenario.arrivals import OwnWritesArrivals
from aurosim.scenario.client import ClientSpec
from aurosim.scenario.resolution import all_instances, cluster_of, custom_endpoint
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
START_SPREAD_NS = NS_PER_S
"""Connections open within the first second, or the first half of a shorter warm-up."""


def hop_ns(scenario: Scenario, region: str, az: str, other: str) -> int:
    """One way between two AZs of a region."""
    return catalog.az_rtt_ns(region, az, other, scenario.numbers) // 2


def _way_ns(scenario: Scenario, region: str, az: str, other: str, other_az: str) -> int:
    """One way between an AZ of a region and an AZ of another, or of the same."""
    if region == other:
        return hop_ns(scenario, region, az, other_az)
    return catalog.region_rtt_ns(region, other) // 2


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


def _role(scenario: Scenario, spec: WorkloadSpec) -> int:
    """The endpoint's place in its cluster's records; -1 of an instance's own."""
    custom = custom_endpoint(spec, scenario.clusters)
    if custom is not None:
        return ROLE_CUSTOM + cluster_of(spec, scenario.clusters).endpoints.index(custom)
    return ROLES_BY_NAME.get(spec.endpoint, -1)


def _clients(scenario: Scenario, client: ClientSpec) -> dict[str, Any]:
    """What each process does about its connections, by the names of the plan."""
    pool, tcp, hold = client.pool, client.tcp, client.hold
    idle_ns = pool.validate_.idle_longer_than
    assert client.processes is not None
    return {
        "processes": client.processes,
        "reuse": int(Reuse[pool.reuse.upper()]),
        "max_lifetime_ns": pool.max_lifetime,
        "lifetime_jitter": pool.lifetime_jitter,
        "idle_timeout_ns": pool.idle_timeout,
        "validate_after_ns": idle_ns,
        "validation_timeout_ns": NEVER
        if idle_ns == NEVER
        else catalog.duration_ns("validation_timeout", scenario.numbers),
        "asks_writable": pool.validate_asks == "writable",
        "login_retry_ns": pool.login_retry,
        "drops_read_only": pool.on_read_only == "drop",
        "borrow_timeout_ns": pool.borrow_timeout,
        "resolver_ttl_ns": (client.resolver.ttl or 0) if client.resolver.shared else 0,
        "user_timeout_ns": tcp.user_timeout,
        "keepalive_idle_ns": tcp.keepalive.idle,
        "keepalive_interval_ns": tcp.keepalive.interval,
        "keepalive_count": tcp.keepalive.count,
        "hold_law": LAWS[hold.law],
        "hold_mean_ns": hold.mean,
    }


def _access(spec: WorkloadSpec) -> dict[str, Any]:
    """Which rows it touches, by the names of the plan."""
    access = spec.data.access
    return {
        "access_law": {
            "uniform": laws.ACCESS_UNIFORM,
            "zipf": laws.ACCESS_ZIPF,
            "special": laws.ACCESS_SPECIAL,
            "pareto": laws.ACCESS_PARETO,
        }[access.law],
        "access_a": float(
            getattr(access, "exponent", getattr(access, "hot", getattr(access, "h", 0.0)))
        ),
        "access_b": float(getattr(access, "hits", 0.0)),
    }


def _own_writes(scenario: Scenario, spec: WorkloadSpec) -> dict[str, Any]:
    """Whose writes it reads and when, by the names of the plan, which has workloads by name."""
    if not isinstance(spec.arrivals, OwnWritesArrivals):
        return {}
    read = spec.arrivals.own_writes
    by_name = sorted(scenario.workload, key=lambda each: each.name)
    number = [each.name for each in by_name].index(read.of)
    writes = [each.modifies > 0 for each in _statements(by_name[number])]
    return {
        "reads_writes_of": number,
        "writes_at": max(place for place, so in enumerate(writes) if so),
        "own_write_after_ns": read.after,
    }


def workload_plan(scenario: Scenario, spec: WorkloadSpec, table_index: int) -> WorkloadPlan:
    """A workload of a resolved scenario."""
    client, seed = spec.client, scenario.run.seed
    cluster = cluster_of(spec, scenario.clusters)
    number = 0 if spec.endpoint == GLOBAL else scenario.clusters.index(cluster)
    role = _role(scenario, spec)
    names = [each.name for each in all_instances(scenario)]
    region = client.region or cluster.region
    slots = spec.connections if spec.arrivals is None else client.connections
    assert slots is not None and client.az is not None and client.dns_cache is not None
    assert client.give_up is not None
    think = spec.think_time
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
        hop_ns=tuple(
            _way_ns(scenario, region, client.az, each.region, server.az or AZS[0])
            for each in scenario.clusters
            for server in each.instances
        ),
        connect_timeout_ns=catalog.duration_ns("connect_give_up", scenario.numbers)
        if client.connect_timeout == NEVER
        else client.connect_timeout,
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
        **_own_writes(scenario, spec),
        **_access(spec),
        **_clients(scenario, client),
    )
