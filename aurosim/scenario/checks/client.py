"""Checks of a workload's clients: their processes, pools, resolver and retries."""

from __future__ import annotations

from aurosim.scenario.checks.saying import Check, Say, each_workload, whole
from aurosim.scenario.client import MAX_PROCESSES
from aurosim.scenario.document import Scenario
from aurosim.scenario.filling import shared_out
from aurosim.scenario.pool import NO_QUESTION
from aurosim.scenario.reading import Path_
from aurosim.scenario.workload import MAX_CONNECTIONS, WorkloadSpec
from aurosim.units import NEVER, format_duration


def pool_is_of_open_load(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """A closed load's pool is its connections, and nobody queues for them."""
    client = workload.client
    if workload.connections is None or workload.arrivals is not None:
        return
    found = {
        ("pool", "size"): client.pool.size is not None,
        ("pool", "total"): client.pool.total is not None,
        ("pool", "borrow_timeout"): client.pool.borrow_timeout != NEVER,
        ("queue",): client.queue is not None,
    }
    for key, said in found.items():
        if said:
            say(
                (*path, "client", *key),
                "belongs to open load (arrivals); a closed load has its connections.",
            )


def pool_has_one_size(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """A pool's size is that of a process, or of all together."""
    pool = workload.client.pool
    if pool.size is not None and pool.total is not None:
        say(
            (*path, "client", "pool", "total"),
            "is what all processes have together, but size is what each has. Keep one.",
        )


def processes_have_connections(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """Each process has a connection, and there are not too many of them."""
    processes, connections = shared_out(workload)
    if processes > MAX_PROCESSES:
        said = f"1 connection for each process of {workload.client.stack}"
        say(
            (*path, "client"),
            f"makes {processes} processes ({said}); the most is {MAX_PROCESSES}. Say processes.",
        )
    elif processes > connections:
        of = "connections" if workload.connections is not None else "client.pool.total"
        say(
            (*path, "client", "processes"),
            f"is {processes}, more than {of} ({connections}); each process has at least one "
            "connection.",
        )


def a_connection_per_request_is_not_kept(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """A connection that is closed after its request has no age, and is never idle."""
    pool = workload.client.pool
    if pool.reuse != "per_request":
        return
    found = {
        "max_lifetime": pool.max_lifetime != NEVER,
        "idle_timeout": pool.idle_timeout != NEVER,
        "validate": pool.validate_ != NO_QUESTION,
    }
    for key, said in found.items():
        if said:
            say(
                (*path, "client", "pool", key),
                "belongs to a pool that keeps connections, but reuse is per_request: each ends "
                "with its request. Leave it out.",
            )


def a_question_is_asked(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """What the pool asks is of a pool that asks."""
    pool = workload.client.pool
    asks = pool.validate_ != NO_QUESTION or workload.client.stack is not None
    if pool.validate_asks != "alive" and not asks:
        say(
            (*path, "client", "pool", "validate_asks"),
            "says what the pool asks, but validate is never, so it asks nothing. Say validate: "
            "always, or {idle_longer_than: 500 ms}.",
        )


def jitter_shortens_a_lifetime(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """What is shortened is there."""
    pool = workload.client.pool
    if pool.lifetime_jitter > 0 and pool.max_lifetime == NEVER and workload.client.stack is None:
        say(
            (*path, "client", "pool", "lifetime_jitter"),
            "shortens max_lifetime, which is none. Say max_lifetime, or leave it out.",
        )


def ttl_is_of_a_shared_resolver(
    scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say
) -> None:
    """Without a resolver between, nobody keeps an answer for that long."""
    resolver = workload.client.resolver
    if resolver.ttl is not None and not resolver.shared:
        say(
            (*path, "client", "resolver", "ttl"),
            "is of a resolver that the processes share, but shared is false. Say shared: true; how "
            "long a process itself keeps an address is client.dns_cache.",
        )


def waits_do_not_shrink(scenario: Scenario, workload: WorkloadSpec, path: Path_, say: Say) -> None:
    """The longest wait is not below the first."""
    retry = workload.client.retry
    if retry.max_backoff < retry.backoff:
        say(
            (*path, "client", "retry", "max_backoff"),
            f"is {format_duration(retry.max_backoff)}, below "
            f"backoff ({format_duration(retry.backoff)}).",
        )


def connections_are_bounded(scenario: Scenario, say: Say) -> None:
    """All clients together hold at most 100,000 connections."""
    total = sum(
        shared_out(workload)[1]
        for workload in whole(scenario.workload)
        if workload.open or workload.connections is not None
    )
    if total > MAX_CONNECTIONS:
        say(
            ("workload",),
            f"asks for {total} connections in all; the most is {MAX_CONNECTIONS}. "
            "Lower connections, client.processes or client.pool.",
        )


CHECKS: tuple[Check, ...] = (
    each_workload(pool_is_of_open_load),
    each_workload(pool_has_one_size),
    each_workload(processes_have_connections),
    each_workload(a_connection_per_request_is_not_kept),
    each_workload(a_question_is_asked),
    each_workload(jitter_shortens_a_lifetime),
    each_workload(ttl_is_of_a_shared_resolver),
    each_workload(waits_do_not_shrink),
    connections_are_bounded,
)
