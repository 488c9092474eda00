"""How long a request takes when nothing is in its way: the measure of who waits too long.

One number for each workload, from the plan alone: its statements' round trips, their CPU time, the
pages they read and the storage's acknowledgement of what they wrote, with no queue anywhere.

- It is the *pessimistic* reading: every leaf page a statement touches is missing from the buffer
  and comes from storage, one after another. A warm instance is faster.
- Of laws the mean is taken; of the acknowledgement the median service, as the fourth of six copies
  is near the middle, from the zone in which the fourth nearest copy is.
- Opening a connection is no part of it: a pool has one. Thinking is none either.
- It is that of the slowest instance the workload's endpoint may lead to: after a failover a client
  may live farther from its writer.
"""

from __future__ import annotations

import math

from aurosim.dataplane.contract import ROLE_GLOBAL, StatementKind
from aurosim.dataplane.laws import occupancy_ns
from aurosim.dataplane.plan import ClusterPlan, InstancePlan, Plan, WorkloadPlan

QUORUM_COPY = 3
"""Of six copies by distance, counted from 0, the one that makes the write quorum of four."""


def unloaded_ns(plan: Plan, workload: WorkloadPlan) -> int:
    """The unloaded time of a workload's request."""
    return max(_at(plan, workload, index) for index in _reachable(plan, workload))


def _reachable(plan: Plan, workload: WorkloadPlan) -> list[int]:
    """The instances that the workload's endpoint names, or may name after a failover."""
    if workload.role < 0:
        return [workload.instance]
    return [
        index
        for index, each in enumerate(plan.instances)
        if workload.role == ROLE_GLOBAL or each.cluster == workload.cluster
    ]


def _at(plan: Plan, workload: WorkloadPlan, index: int) -> int:
    """The unloaded time of a request at one instance."""
    instance = plan.instances[index]
    cluster = plan.clusters[instance.cluster]
    costs = cluster.costs
    page_ns = _page_read_ns(cluster, instance)
    cpu_ns, waits_ns = 0.0, float(2 * workload.hop_ns[index] * len(workload.statements))
    unsaved_bytes = 0  # what the transaction has written and not committed
    for each in workload.statements:
        unsaved_bytes += each.redo_bytes if each.modifies else 0
        if each.kind == StatementKind.COMMIT:
            cpu_ns += each.cpu_mean_ns if unsaved_bytes else costs.begin_cpu_ns
        else:
            cpu_ns += each.cpu_mean_ns + each.modifies * costs.page_write_cpu_ns
            cpu_ns += each.pages * costs.miss_cpu_ns
            waits_ns += each.pages * page_ns
            cpu_ns += costs.commit_cpu_ns if each.autocommit else 0
        if unsaved_bytes and (each.kind == StatementKind.COMMIT or each.autocommit):
            waits_ns += _acknowledged_ns(cluster, instance, unsaved_bytes)
            unsaved_bytes = 0
    return math.ceil(waits_ns + cpu_ns / instance.speed)


def _page_read_ns(cluster: ClusterPlan, instance: InstancePlan) -> float:
    """The mean time of one page read from the nearest zone."""
    costs = cluster.costs
    service_ns = costs.page_read_median_ns * math.exp(costs.page_read_sigma**2 / 2)
    return service_ns + 2 * min(cluster.az_hop_ns[instance.az])


def _acknowledged_ns(cluster: ClusterPlan, instance: InstancePlan, size: int) -> int:
    """How long the storage takes to say that it has a transaction's redo and its commit."""
    costs = cluster.costs
    hop_ns = sorted(2 * cluster.az_hop_ns[instance.az])[QUORUM_COPY]
    occupied_ns = occupancy_ns(
        size + costs.commit_record_bytes, costs.node_occupancy_ns, costs.node_bytes_per_s
    )
    return 2 * hop_ns + occupied_ns + costs.ack_median_ns
