"""From the frozen plan to the kernel's first state."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.dataplane.contract import (
    LAG,
    LINK_FLYING_MOST,
    LINK_WAITING_MOST,
    MEMBERS_MAX,
    NEVER,
    ROLES,
    ROW,
    ROWS_PER_BLOCK,
    Status,
)
from aurosim.dataplane.kernel import state as st
from aurosim.dataplane.kernel.queue import BUCKETS
from aurosim.dataplane.plan import ClusterPlan, Plan, held_at_the_start

NONE = -1
FIRST_SHIFT = 14
"""Buckets start at 16 microseconds and adapt."""
FIRST_POOL = 1024


def fill(record: Any, values: Any, names: tuple[str, ...]) -> None:
    """Copy attributes of the same name."""
    for name in names:
        record[name] = getattr(values, name)


def make_state(plan: Plan) -> st.State:
    """The state of a plane before its first event."""
    slots = sum(workload.slots for workload in plan.workloads)
    vcpus = sum(instance.vcpu for instance in plan.instances)
    groups = sum(cluster.groups for cluster in plan.clusters)
    most_groups = sum(map(_group_count, plan.clusters))
    nodes = sum(cluster.node_count for cluster in plan.clusters)
    sizes = {
        "event": 4 * slots + 2 * vcpus + 2 * groups + FIRST_POOL,
        "job": 2 * slots + FIRST_POOL,
        "tx": 2 * slots + FIRST_POOL,
        "cell": 16 * slots + 2 * groups + 8 * FIRST_POOL,
        "key": 8 * slots + FIRST_POOL,
        "boxcar": 2 * groups + 2 * FIRST_POOL,
        "chunk": FIRST_POOL + 64 * len(plan.instances),
    }
    pools = {
        name: st.records(st.power_of_two(size), getattr(st, name.upper()))
        for name, size in sizes.items()
    }
    assert nodes < 1 << 15, "storage nodes are numbered in 16 bits"
    top = _top(pools)
    top[0]["records_most"], top[0]["writes_most"] = _most_written(plan)
    top[0]["senders_most"] = slots * top[0]["records_most"]
    clusters, workloads = len(plan.clusters), len(plan.workloads)
    ring = st.power_of_two(2 * slots + FIRST_POOL)
    queue = st.power_of_two(max([w.queue_limit for w in plan.workloads] + [1]) + 1)
    members = [(k, each.cluster) for k, each in enumerate(plan.instances)]
    return st.State(
        top=top,
        **pools,
        ring=np.full(BUCKETS, NONE, np.int64),
        far=np.zeros(len(pools["event"]), np.int64),
        slot=_slots(plan, pools["job"], top),
        group=_groups(plan, most_groups),
        instance=_instances(plan),
        cluster=_clusters(plan, members),
        workload=_workloads(plan),
        statement=_statements(plan),
        table=_tables(plan),
        resident=_resident(plan),
        hop=np.array([w.hop_ns for w in plan.workloads], np.int64),
        az_hop=np.array([c.az_hop_ns for c in plan.clusters], np.int64),
        node=np.concatenate([c.nodes for c in plan.clusters]).astype(np.int16),
        node_free=np.zeros(nodes, np.int64),
        node_delay=np.zeros(nodes, np.int64),
        write_ok=np.array([c.write_ok[: 1 << MEMBERS_MAX] for c in plan.clusters]),
        dns=np.zeros((workloads, st.RECORDS_MAX), np.int64),
        dns_count=np.zeros(workloads, np.int64),
        record=np.zeros((clusters, ROLES, st.RECORDS_MAX), np.int64),
        record_count=np.zeros((clusters, ROLES), np.int64),
        rate_start=_rates(plan, "starts_ns", np.int64),
        rate0=_rates(plan, "rate0_per_s", np.float64),
        rate1=_rates(plan, "rate1_per_s", np.float64),
        waiting=_ring(workloads, queue, st.WAITER),
        log=_ring(clusters, 4 * ring, st.LOG),
        commit=_ring(clusters, ring, st.COMMIT),
        stalled=np.zeros((clusters, ring), np.int64),
        reads=np.zeros((clusters, ring), np.int64),
        watch=np.zeros((clusters, ring), np.int64),
        change=_ring(clusters, ring, st.CHANGE),
        batch=_ring(clusters, _batches(plan), st.BATCH),
        link_hop=_link_hops(plan),
        change_table=np.full((clusters, ring), NONE, np.int64),
        settled=np.zeros((64, most_groups), np.int64),
        row=st.records(ROWS_PER_BLOCK, ROW),
        lag=st.records(ROWS_PER_BLOCK, LAG),
    )


def _most_written(plan: Plan) -> tuple[int, int]:
    """The most records of a statement, and the most writes of a transaction; at least 1."""
    records = [[each.modifies for each in workload.statements] for workload in plan.workloads]
    return (
        max([1, *(most for each in records for most in each)]),
        max([1, *(sum(most > 0 for most in each) for each in records)]),
    )


def _ring(owners: int, size: int, dtype: np.dtype[Any]) -> Any:
    return np.zeros((owners, size), dtype).view(np.recarray)


def _batches(plan: Plan) -> int:
    """Places for the batches of a link: more than there can be."""
    linked = any(cluster.link is not None for cluster in plan.clusters)
    return st.power_of_two(LINK_WAITING_MOST + LINK_FLYING_MOST + 1) if linked else 1


def _link_hops(plan: Plan) -> Any:
    hops = np.zeros((len(plan.clusters), len(plan.clusters)), np.int64)
    for k, cluster in enumerate(plan.clusters):
        if cluster.link is not None:
            hops[k] = cluster.link.hop_ns
    return hops


def _top(pools: dict[str, Any]) -> Any:
    top = st.records(1, st.TOP)
    for name, pool in pools.items():
        st.chain(pool, 0, len(pool))
        first, count = st.free_field(name)
        top[0][first], top[0][count] = 0, len(pool)
    top[0]["shift"] = FIRST_SHIFT
    top[0]["far_bucket"] = 1 << 62
    return top


def _slots(plan: Plan, jobs: Any, top: Any) -> Any:
    slots = st.records(sum(w.slots for w in plan.workloads), st.SLOT)
    at = 0
    for w, workload in enumerate(plan.workloads):
        for number in range(workload.slots):
            slot = slots[at]
            slot["workload"], slot["number"] = w, number
            for name in ("instance", "tx", "progress", "next"):
                slot[name] = NONE
            slot["reset_ns"] = slot["deadline_ns"] = NEVER
            slot["job"] = top[0]["free_job"]
            job = jobs[slot["job"]]
            top[0]["free_job"] = job["next"]
            top[0]["free_jobs"] -= 1
            for name in ("slot", "tx", "event", "next"):
                job[name] = NONE
            at += 1
    return slots


def _groups(plan: Plan, count: int) -> Any:
    groups = st.in_lines(count, st.GROUP)
    at = 0
    for index, cluster in enumerate(plan.clusters):
        part = groups[at : at + _group_count(cluster)]
        part["cluster"] = index
        part["index"] = np.arange(len(part))
        at += len(part)
    for name in ("open", "flying", "flying_end", "next"):
        groups[name] = NONE
    return groups


def _instances(plan: Plan) -> Any:
    instances = st.records(len(plan.instances), st.INSTANCE)
    for record, each in zip(instances, plan.instances, strict=True):
        fill(record, each, (
            "vcpu", "max_connections", "buffer_pages", "connect_cpu_ns", "connect_trips", "speed",
            "cluster", "az",
        ))
        record["status"], record["sending"] = int(Status.UP), True
        for name in ("head", "tail", "held", "held_end", "stream", "stream_end", "sample"):
            record[name] = NONE
    return instances


def _clusters(plan: Plan, members: list[tuple[int, int]]) -> Any:
    clusters = st.records(len(plan.clusters), st.CLUSTER)
    first_group = 0
    for index, each in enumerate(plan.clusters):
        record = clusters[index]
        own = [k for k, cluster in members if cluster == index]
        first = own[0] if own else 0  # a secondary may be storage alone
        assert own == list(range(first, first + len(own)))
        fill(record, each, (
            "storage_key", "replication_key", "writer", "groups", "used_bytes", "limit_bytes",
            "group_bytes",
        ))
        fill(record, each.costs, tuple(each.costs.__dataclass_fields__))
        record["lsn_limit"] = each.lsn_allocation_limit
        if each.writer >= 0:
            record["writer_az"] = plan.instances[each.writer].az
        _link(record, each)
        record["first_group"], record["next_lsn"] = first_group, 1
        record["any_four"] = all(
            each.write_ok[mask] == (mask.bit_count() >= 4) for mask in range(1 << st.MEMBERS)
        )
        record["first_instance"], record["instances"] = first, len(own)
        record["watched"] = len(own) > (each.writer >= 0)
        first_group += _group_count(each)
    return clusters


def _link(record: Any, cluster: ClusterPlan) -> None:
    """How it follows another cluster, now or later."""
    link = cluster.link
    record["source"], record["leaving"], record["frozen_ns"] = cluster.source, NONE, NEVER
    record["follows"] = cluster.source >= 0
    record["connected"] = link is not None
    if link is not None:
        record["link_key"], record["link_bytes_per_s"] = link.key, link.bytes_per_s
        record["link_batch_ns"], record["link_apply_ns"] = link.batch_ns, link.apply_ns
        record["link_sigma"] = link.jitter_sigma


def _group_count(cluster: ClusterPlan) -> int:
    """As many as the volume may ever have: compiled code makes no room."""
    return len(cluster.nodes)


def _workloads(plan: Plan) -> Any:
    workloads = st.records(len(plan.workloads), st.WORKLOAD)
    slot = statement = rate = 0
    for record, each in zip(workloads, plan.workloads, strict=True):
        fill(record, each, (
            "cluster", "arrivals_key", "requests_key", "queue_limit", "think_mean_ns", "access_a",
            "access_b", "connect_timeout_ns", "statement_timeout_ns", "dns_cache_ns", "backoff_ns",
            "backoff_max_ns", "timer_step_ns", "slots", "role", "instance", "think_law", "table",
            "access_law", "attempts", "jitter", "think_first",
        ))
        record["open"] = each.rate is not None
        record["first_slot"], record["first_statement"] = slot, statement
        record["statements"] = len(each.statements)
        record["dns_until_ns"] = NONE
        for name in ("free", "free_end", "unopened", "unopened_end"):
            record[name] = NONE
        record["first_rate"] = rate
        if each.rate is not None:
            record["rate_end_ns"], record["rates"] = each.rate.end_ns, len(each.rate.starts_ns)
            rate += len(each.rate.starts_ns)
        slot += each.slots
        statement += len(each.statements)
    return workloads


def _statements(plan: Plan) -> Any:
    found = [each for workload in plan.workloads for each in workload.statements]
    statements = st.records(len(found), st.STATEMENT)
    for record, each in zip(statements, found, strict=True):
        fill(record, each, tuple(st.STATEMENT.names or ()))
    return statements


def _tables(plan: Plan) -> Any:
    tables = st.records(len(plan.tables), st.TABLE)
    for record, each in zip(tables, plan.tables, strict=True):
        fill(record, each, ("pages", "rows"))
    return tables


def _resident(plan: Plan) -> Any:
    resident = np.zeros((len(plan.instances), len(plan.tables)), np.float64)
    for i, instance in enumerate(plan.instances):
        resident[i] = held_at_the_start(instance, plan.tables)
    return resident


def _rates(plan: Plan, name: str, dtype: Any) -> Any:
    parts = [getattr(w.rate, name) for w in plan.workloads if w.rate is not None]
    return np.concatenate([*parts, np.zeros(1)]).astype(dtype)
