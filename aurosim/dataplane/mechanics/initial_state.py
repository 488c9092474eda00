"""From the frozen plan to the first state: its tables as arrays, for both ways of running."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.dataplane.contract import MEMBERS_MAX, NEVER, ROLES, Pictures, Status
from aurosim.dataplane.mechanics import fields
from aurosim.dataplane.mechanics.fields import LINE_BYTES, MEMBERS, Record
from aurosim.dataplane.plan import COSTS, ClusterPlan, Plan, held_at_the_start

NONE = -1
RECORDS_MAX = 16
"""Instances that an endpoint's record may name."""
SEEN = ("seen", "seen_instance", "seen_cluster", "seen_workload")
"""The tables that pictures are taken in: the parts of `Pictures`."""


def in_lines(count: int, record: Record) -> Any:
    """Zeroed records, each of them beginning with a line of the processor's cache."""
    room = np.zeros(LINE_BYTES * (count + 1), np.uint8)
    first = -room.ctypes.data % LINE_BYTES
    return room[first : first + LINE_BYTES * count].view(record.dtype).view(np.recarray)


def fill(record: Any, values: Any, names: tuple[str, ...]) -> None:
    """Copy attributes of the same name."""
    for name in names:
        record[name] = getattr(values, name)


def make_tables(plan: Plan) -> dict[str, Any]:
    """The tables of a state before its first event, as arrays by their names in `state.State`. A
    slot's first job has the slot's number."""
    most_groups = sum(map(_group_count, plan.clusters))
    nodes = sum(cluster.node_count for cluster in plan.clusters)
    assert nodes < 1 << 15, "storage nodes are numbered in 16 bits"
    top = fields.TOP.arrays(1)
    top[0]["records_most"] = _most_records(plan)
    top[0]["look_ns"] = NEVER
    clusters = len(plan.clusters)
    members = [(k, each.cluster) for k, each in enumerate(plan.instances)]
    return {
        "top": top,
        "slot": _slots(plan),
        "group": _groups(plan, most_groups),
        "instance": _instances(plan),
        "cluster": _clusters(plan, members),
        "workload": _workloads(plan),
        "statement": _statements(plan),
        "table": _tables(plan),
        "process": _processes(plan),
        "resident": _resident(plan),
        "hop": np.array([w.hop_ns for w in plan.workloads], np.int64),
        "az_hop": np.array([c.az_hop_ns for c in plan.clusters], np.int64),
        "node": np.concatenate([c.nodes for c in plan.clusters]).astype(np.int16),
        "node_free": np.zeros(nodes, np.int64),
        "node_delay": np.zeros(nodes, np.int64),
        "write_ok": np.array([c.write_ok[: 1 << MEMBERS_MAX] for c in plan.clusters]),
        "read_ok": np.array([c.read_ok[: 1 << MEMBERS_MAX] for c in plan.clusters]),
        "record": np.zeros((clusters, ROLES, RECORDS_MAX), np.int64),
        "record_count": np.zeros((clusters, ROLES), np.int64),
        "before": np.zeros((clusters, ROLES), np.int64),
        "flap_until": np.zeros((clusters, ROLES), np.int64),
        "rate_start": _rates(plan, "starts_ns", np.int64),
        "rate0": _rates(plan, "rate0_per_s", np.float64),
        "rate1": _rates(plan, "rate1_per_s", np.float64),
        "link_hop": _link_hops(plan),
        "settled": np.zeros((1 << MEMBERS, most_groups), np.int64),
    }


def watching(plan: Plan, moments_ns: Any = (), most: int = 0) -> dict[str, Any]:
    """The moments at which pictures are wanted, and places for ``most`` of them and one more."""
    room = Pictures.empty(most + 1, len(plan.instances), len(plan.clusters), len(plan.workloads))
    places = {k: each.view(np.recarray) for k, each in zip(SEEN, room.parts, strict=True)}
    return places | {"moment": np.append(moments_ns, NEVER).astype(np.int64)}


def _most_records(plan: Plan) -> int:
    """The most records of a statement; at least 1."""
    return max(1, *(each.modifies for load in plan.workloads for each in load.statements))


def _link_hops(plan: Plan) -> Any:
    hops = np.zeros((len(plan.clusters), len(plan.clusters)), np.int64)
    for k, cluster in enumerate(plan.clusters):
        if cluster.link is not None:
            hops[k] = cluster.link.hop_ns
    return hops


def _slots(plan: Plan) -> Any:
    slots = fields.SLOT.arrays(sum(w.slots for w in plan.workloads))
    counts = [workload.slots for workload in plan.workloads]
    slots["workload"] = np.repeat(np.arange(len(counts)), counts)
    slots["number"] = np.concatenate([np.arange(count) for count in counts])
    slots["job"] = np.arange(len(slots))
    sizes = _processes(plan)["slots"]
    slots["process"] = np.repeat(np.arange(len(sizes)), sizes)
    for name in ("instance", "tx", "progress", "next"):
        slots[name] = NONE
    for name in ("reset_ns", "deadline_ns", "expires_ns", "dead_ns"):
        slots[name] = NEVER
    return slots


def _first_processes(plan: Plan) -> list[int]:
    """Where each workload's processes begin among all."""
    counts = [each.processes for each in plan.workloads]
    return [sum(counts[:w]) for w in range(len(counts))]


def _processes(plan: Plan) -> Any:
    processes = fields.PROCESS.arrays(sum(each.processes for each in plan.workloads))
    slot = 0
    for w, (first, each) in enumerate(zip(_first_processes(plan), plan.workloads, strict=True)):
        part = processes[first : first + each.processes]
        part["workload"], part["number"] = w, np.arange(each.processes)
        edges = np.arange(each.processes + 1) * each.slots // each.processes
        part["first_slot"], part["slots"] = slot + edges[:-1], np.diff(edges)
        slot += each.slots
    for name in ("free", "free_end", "unopened", "unopened_end", "waiting", "waiting_end"):
        processes[name] = NONE
    processes["answer_until_ns"] = NONE
    return processes


def _groups(plan: Plan, count: int) -> Any:
    groups = in_lines(count, fields.GROUP)
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
    instances = fields.INSTANCE.arrays(len(plan.instances))
    for record, each in zip(instances, plan.instances, strict=True):
        fill(record, each, (
            "vcpu", "max_connections", "buffer_pages", "connect_cpu_ns", "connect_trips", "speed",
            "cluster", "az",
        ))
        record["status"] = int(Status.UP if each.there else Status.ABSENT)
        record["sending"] = True
        for name in ("head", "tail", "held", "held_end", "stream", "stream_end", "sample"):
            record[name] = NONE
    return instances


def _clusters(plan: Plan, members: list[tuple[int, int]]) -> Any:
    clusters = fields.CLUSTER.arrays(len(plan.clusters))
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
        fill(record, each.costs, tuple(cost.name for cost in COSTS))
        record["lsn_limit"] = each.lsn_allocation_limit
        if each.writer >= 0:
            assert plan.instances[each.writer].there, "the writer is there at the start"
            record["writer_az"] = plan.instances[each.writer].az
        _link(record, each)
        record["first_group"], record["next_lsn"], record["warn_ns"] = first_group, 1, NEVER
        record["any_four"] = all(
            each.write_ok[mask] == (mask.bit_count() >= 4) for mask in range(1 << MEMBERS)
        )
        record["first_instance"], record["instances"] = first, len(own)
        record["watched"] = any(plan.instances[k].there for k in own if k != each.writer)
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
    workloads = fields.WORKLOAD.arrays(len(plan.workloads))
    slot = statement = rate = process = 0
    for record, each in zip(workloads, plan.workloads, strict=True):
        fill(record, each, (
            "cluster", "arrivals_key", "requests_key", "queue_limit", "think_mean_ns", "access_a",
            "access_b", "connect_timeout_ns", "statement_timeout_ns", "dns_cache_ns", "backoff_ns",
            "backoff_max_ns", "timer_step_ns", "slots", "role", "instance", "think_law", "table",
            "access_law", "attempts", "jitter", "think_first", "driver", "processes", "reuse",
            "max_lifetime_ns", "lifetime_jitter", "idle_timeout_ns", "validate_after_ns",
            "validation_timeout_ns", "asks_writable", "login_retry_ns", "drops_read_only",
            "borrow_timeout_ns", "resolver_ttl_ns",
            "user_timeout_ns", "keepalive_idle_ns", "keepalive_interval_ns", "keepalive_count",
            "hold_law", "hold_mean_ns", "reads_writes_of", "writes_at", "own_write_after_ns",
        ))
        record["open"] = each.rate is not None
        record["first_slot"], record["first_statement"] = slot, statement
        record["statements"] = len(each.statements)
        record["resolved_until_ns"] = NONE
        record["first_process"] = process
        process += each.processes
        record["first_rate"] = rate
        if each.rate is not None:
            record["rate_end_ns"], record["rates"] = each.rate.end_ns, len(each.rate.starts_ns)
            rate += len(each.rate.starts_ns)
        slot += each.slots
        statement += len(each.statements)
    workloads["reader"] = workloads["next_reader"] = NONE
    for w, each in reversed(list(enumerate(plan.workloads))):
        if each.reads_writes_of != NONE:
            source = workloads[each.reads_writes_of]
            workloads[w]["next_reader"], source["reader"] = source["reader"], w
    return workloads


def _statements(plan: Plan) -> Any:
    found = [each for workload in plan.workloads for each in workload.statements]
    statements = fields.STATEMENT.arrays(len(found))
    for record, each in zip(statements, found, strict=True):
        fill(record, each, tuple(fields.STATEMENT.dtype.names or ()))
    return statements


def _tables(plan: Plan) -> Any:
    tables = fields.TABLE.arrays(len(plan.tables))
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
