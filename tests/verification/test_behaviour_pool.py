"""A pool that is larger than the instance allows still serves what its open connections can."""

from __future__ import annotations

import pytest

from aurosim import scenario as language
from aurosim import simulation

WORLD = """
name: large-pool
run: {{duration: 12 s, warm_up: 4 s}}
cluster: {{engine: aurora-mysql, writer: {{class: db.t2.small}}}}
workload:
  - name: shop
    arrivals: {{rate: 100/s}}
    transaction: sysbench-point-select
    client: {{pool: {pool}}}
"""


@pytest.mark.parametrize("plane", ["compiled", "simpy"])
@pytest.mark.parametrize("pool", [40, 100])
def test_light_load_is_served_by_the_connections_there_are(plane: str, pool: int) -> None:
    """45 connections are allowed, a handful would do; served in turn, a pool of 100 lost half."""
    world = language.loads(WORLD.format(pool=pool), "large-pool")
    found = simulation.run(world, plane=plane).summary["workloads"]["shop"]
    assert found["availability"]["requests"] == 1.0
