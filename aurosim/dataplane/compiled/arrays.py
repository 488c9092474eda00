"""The state as arrays: one tuple of them, with the names of `mechanics.state.State`.

Pools keep their free records in a list through ``next``. Rings have a size that is a power of two
and positions that only grow. Scalars of the whole plane are the one record of ``top``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aurosim.dataplane.contract import (
    LAG,
    LINK_FLYING_MOST,
    LINK_WAITING_MOST,
    NEVER,
    ROW,
    ROWS_PER_BLOCK,
)
from aurosim.dataplane.mechanics import fields, state
from aurosim.dataplane.mechanics.fields import Record
from aurosim.dataplane.mechanics.initial_state import make_tables, watching
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.plan import Plan

NOWHERE = 1 << 40
"""After the last free record: out of range, so that to take from an empty pool raises. (-1 would be
the last record of all, silently.)"""
BUCKETS = 4096
FIRST_SHIFT = 14
"""Buckets of the event queue start at 16 microseconds and adapt."""
FIRST_POOL = 1024

EVENT = Record("Event", "when rank subject next")
POOLS = {"event": EVENT, **state.POOLS}
RINGS = state.RINGS
TOP = Record(
    "Top",
    " ".join(field[0] for field in fields.TOP.fields) + " writes_most senders_most "
    + " ".join(f"free_{pool} free_{pool}s" for pool in POOLS)
    # the event queue: a ring of buckets by time, and a heap for what lies beyond it
    + " bucket shift far far_bucket steps walks pops near",
)  # fmt: skip


class Arrays(NamedTuple):
    """All arrays of one plane; what they are is told in `mechanics.state`."""

    top: Any
    event: Any
    buckets: Any  # first event of each bucket of the queue
    far: Any  # heap of events beyond them
    slot: Any
    job: Any
    tx: Any
    cell: Any
    key: Any
    boxcar: Any
    group: Any
    chunk: Any
    instance: Any
    cluster: Any
    workload: Any
    statement: Any
    table: Any
    process: Any
    waiter: Any
    resident: Any
    hop: Any
    az_hop: Any
    node: Any
    node_free: Any
    node_delay: Any
    write_ok: Any
    read_ok: Any
    record: Any
    record_count: Any
    before: Any
    flap_until: Any
    rate_start: Any
    rate0: Any
    rate1: Any
    link_hop: Any
    settled: Any
    log: Any
    commit: Any
    stalled: Any
    reads: Any
    watch: Any
    change: Any
    batch: Any
    change_table: Any  # [cluster, hash] newest change of the hash, NONE
    row: Any
    lag: Any
    moment: Any  # when pictures are wanted
    seen: Any
    seen_instance: Any
    seen_cluster: Any
    seen_workload: Any


def make_arrays(plan: Plan) -> Arrays:
    """The state of a plane before its first event."""
    tables = make_tables(plan)
    slots, clusters = len(tables["slot"]), len(plan.clusters)
    vcpus = sum(instance.vcpu for instance in plan.instances)
    groups = sum(cluster.groups for cluster in plan.clusters)
    sizes = {
        "event": 4 * slots + 2 * vcpus + 2 * groups + FIRST_POOL,
        "job": 2 * slots + FIRST_POOL,
        "tx": 2 * slots + FIRST_POOL,
        "cell": 16 * slots + 2 * groups + 8 * FIRST_POOL,
        "key": 8 * slots + FIRST_POOL,
        "boxcar": 2 * groups + 2 * FIRST_POOL,
        "chunk": FIRST_POOL + 64 * len(plan.instances),
        "waiter": FIRST_POOL,
    }
    pools = {name: POOLS[name].arrays(power_of_two(size)) for name, size in sizes.items()}
    ring = power_of_two(2 * slots + FIRST_POOL)
    lengths = dict.fromkeys(RINGS, ring)
    lengths["log"], lengths["batch"] = 4 * ring, _batches(plan)
    tables["top"] = _top(plan, pools, int(tables["top"][0]["records_most"]), slots)
    return Arrays(
        **tables,
        **pools,
        **{
            name: _ring(len(tables[owner]), lengths[name], record)
            for name, (owner, record) in RINGS.items()
        },
        buckets=np.full(BUCKETS, NONE, np.int64),
        far=np.zeros(len(pools["event"]), np.int64),
        change_table=np.full((clusters, ring), NONE, np.int64),
        row=np.zeros(ROWS_PER_BLOCK, ROW).view(np.recarray),
        lag=np.zeros(ROWS_PER_BLOCK, LAG).view(np.recarray),
        **watching(plan),
    )


def _top(plan: Plan, pools: dict[str, Any], records_most: int, slots: int) -> Any:
    """The plane's scalars; each slot has taken the job of its number."""
    top = TOP.arrays(1)
    for name, pool in pools.items():
        chain(pool, 0, len(pool))
        first, count = free_fields(name)
        top[0][first], top[0][count] = 0, len(pool)
    top[0]["free_job"], top[0]["free_jobs"] = slots, len(pools["job"]) - slots
    for name in ("slot", "tx", "event", "next"):
        pools["job"][name][:slots] = NONE
    top[0]["shift"], top[0]["far_bucket"] = FIRST_SHIFT, 1 << 62
    writes = [sum(each.modifies > 0 for each in load.statements) for load in plan.workloads]
    top[0]["records_most"], top[0]["writes_most"] = records_most, max([1, *writes])
    top[0]["senders_most"] = slots * records_most
    top[0]["look_ns"] = NEVER
    return top


def _ring(owners: int, size: int, record: Record | None) -> Any:
    if record is None:
        return np.zeros((owners, size), np.int64)
    return np.zeros((owners, size), record.dtype).view(np.recarray)


def _batches(plan: Plan) -> int:
    """Places for the batches of a link: more than there can be."""
    linked = any(cluster.link is not None for cluster in plan.clusters)
    return power_of_two(LINK_WAITING_MOST + LINK_FLYING_MOST + 1) if linked else 1


def chain(pool: Any, first: int, end: int) -> None:
    """Link the free records from ``first`` to ``end``."""
    pool["next"][first:end] = np.arange(first + 1, end + 1)
    pool["next"][end - 1] = NOWHERE


def power_of_two(least: int) -> int:
    """The smallest power of two that is at least ``least``."""
    return 1 << max(4, (least - 1).bit_length())


def free_fields(pool: str) -> tuple[str, str]:
    """The fields of ``top`` that hold the first free record of a pool and their number."""
    return f"free_{pool}", f"free_{pool}s"


def grown(state: Arrays, pool: str) -> Arrays:
    """The state with twice as many records in ``pool``."""
    old = getattr(state, pool)
    new = POOLS[pool].arrays(2 * len(old))
    new[: len(old)] = old
    chain(new, len(old), len(new))
    first, count = free_fields(pool)
    top = state.top[0]
    new["next"][len(new) - 1] = top[first]
    top[first] = len(old)
    top[count] += len(old)
    return state._replace(**{pool: new})


def ring_fields(ring: str) -> tuple[str, str]:
    """The fields of a ring's owner with its first and its end position."""
    name = {"commit": "commits", "change": "changes"}.get(ring, ring)
    return f"{name}_first", f"{name}_end"


def widened(state: Arrays, ring: str) -> Arrays:
    """The state with a ring of twice the size; positions keep their meaning."""
    old, owners = getattr(state, ring), getattr(state, RINGS[ring][0])
    size = old.shape[1]
    new = _ring(old.shape[0], 2 * size, RINGS[ring][1])
    first, end = ring_fields(ring)
    for k, owner in enumerate(owners):
        for place in range(int(owner[first]), int(owner[end])):
            new[k, place & (2 * size - 1)] = old[k, place & (size - 1)]
    return state._replace(**{ring: new})
