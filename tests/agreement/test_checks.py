"""The compiled data plane raises where its indices lead nowhere, instead of going on with what lies
there."""

from __future__ import annotations

import numba
import pytest

from aurosim.dataplane.compiled.arrays import free_fields
from aurosim.dataplane.compiled.machine import compiled_plane
from aurosim.dataplane.mechanics.plane import Plane
from tests.properties.world import World, draw


def plane() -> Plane:
    """A compiled plane in which statements are under way."""
    world: World = draw(3)
    made = compiled_plane(world.plan, lambda _: None, lambda _: None, world.records)
    assert made.advance(20)
    return made


def test_this_is_compiled() -> None:
    assert not numba.config.DISABLE_JIT


@pytest.mark.parametrize("name", ["job", "instance", "workload"])
def test_an_index_out_of_range_raises(name: str) -> None:
    broken = plane()
    broken.state.slot[name] = 10**6
    with pytest.raises(IndexError):
        broken.advance(300)


@pytest.mark.parametrize("pool", ["event", "cell", "boxcar"])
def test_to_take_from_an_empty_pool_raises(pool: str) -> None:
    """Should the margins ever be wrong: the pool says it is rich, and is empty."""
    broken = plane()
    while getattr(broken.state, pool)["next"][broken.state.top[0][free_fields(pool)[0]]] < 10**6:
        first = free_fields(pool)[0]
        broken.state.top[0][first] = getattr(broken.state, pool)["next"][broken.state.top[0][first]]
    with pytest.raises(IndexError):
        broken.advance(300)
