"""What a stack fills in of a workload's `client:`, and how its connections are shared out.

What the file says wins. A key that has no meaning there (a time limit for lending where nobody
waits for a connection, a lifetime where none outlives its request) is not filled in.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from aurosim import catalog
from aurosim.scenario.client import PER_PROCESS, POOL, ClientSpec
from aurosim.scenario.fields import Spec
from aurosim.scenario.overrides import put
from aurosim.scenario.pool import PoolSpec
from aurosim.scenario.reading import read
from aurosim.scenario.workload import WorkloadSpec

Filled = TypeVar("Filled", bound=Spec)
NESTED = ("pool", "tcp")
"""Keys of a client of which a file may say a part."""
OF_OPEN_LOAD = ("size", "total", "borrow_timeout")
"""Keys of a pool that nobody waits for."""
OF_KEPT = ("max_lifetime", "lifetime_jitter", "idle_timeout", "validate_")
"""Keys of a pool that keeps connections."""


@cache
def stack(name: str, engine: str = "") -> ClientSpec:
    """What a stack says with an engine, and nothing else, as if a file said it."""
    tree: dict[str, Any] = {}
    for said in catalog.stack_values(name, engine):
        put(tree, tuple(said.key.split(".")), read(said.value, name).tree)
    return ClientSpec.model_validate(tree)


def filled(workload: WorkloadSpec, engine: str = "") -> ClientSpec:
    """The workload's `client:` with what its stack fills in for an engine."""
    client = workload.client
    if client.stack is None:
        return client
    whole = _filled(client, stack(client.stack, engine))
    pool, said = whole.pool, client.pool
    lost = (("size",) if said.total is not None else ()) + without_meaning(workload, pool)
    back = {key: getattr(said, key) for key in lost}
    return whole.model_copy(update={"pool": pool.model_copy(update=back)})


def _filled(said: Filled, defaults: Filled) -> Filled:
    update: dict[str, Any] = {}
    for key in defaults.model_fields_set:
        mine, other = getattr(said, key), getattr(defaults, key)
        if key not in said.model_fields_set:
            update[key] = other
        elif key in NESTED:
            update[key] = _filled(mine, other)
    return said.model_copy(update=update)


def without_meaning(workload: WorkloadSpec, pool: PoolSpec) -> tuple[str, ...]:
    """Keys of the pool that a stack's word for them would not concern there."""
    return (() if workload.open else OF_OPEN_LOAD) + (
        OF_KEPT if pool.reuse == "per_request" else ()
    )


def shared_out(workload: WorkloadSpec) -> tuple[int, int]:
    """How many processes a workload has, and how many connections all of them together."""
    said, client = workload.client.pool, filled(workload)
    usual = None if client.stack is None else stack(client.stack).pool.size
    each = usual or PER_PROCESS
    if workload.connections is not None:
        connections = workload.connections
    elif said.total is not None:
        connections = said.total
    elif client.processes is not None:
        connections = client.processes * (client.pool.size or each)
    elif said.size is not None:
        connections = said.size
    else:
        connections = usual or POOL
    return client.processes or -(-connections // each), connections


def each_of(processes: int, connections: int) -> int:
    """The connections of the process that has most."""
    return -(-connections // processes)
