"""The compiled plane's room: for 128 TiB all groups from the start, and little for each; for rows a
block, which is handed out when it is full."""

from __future__ import annotations

import numpy as np

from aurosim import scenario
from aurosim.dataplane.compiled.arrays import make_arrays
from aurosim.dataplane.compiled.machine import compiled_plane
from aurosim.simulation.build import build, endpoints

WORLD = """
name: room
run: {{duration: 10 s}}
cluster: {{engine: aurora-mysql, storage: {{size: {size}}}, writer: {{class: db.r6g.large}}}}
workload: [{{name: w, connections: 1, transaction: sysbench-oltp-read-write}}]
"""
MIB = 1 << 20


def state(size: str):
    return make_arrays(build(scenario.loads(WORLD.format(size=size), "t")))


def test_every_group_up_to_the_limit_has_its_place_and_is_empty() -> None:
    one = state("10 GiB")
    assert int(one.cluster[0]["groups"]) == 1
    assert len(one.group) == one.settled.shape[1] == len(one.node) == 13_108
    assert (one.group["open"] == -1).all() and (one.group["index"] == np.arange(13_108)).all()


def test_a_group_fills_one_line_of_the_cache_and_no_two() -> None:
    """Each boxcar touches its group's record: with 13,107 groups, a wait for memory each time."""
    groups = state("128 TiB").group
    assert groups.itemsize == 64
    assert groups.ctypes.data % 64 == 0


def test_78_642_segments_take_less_than_a_hundred_mebibytes() -> None:
    whole = state("128 TiB")
    assert int(whole.cluster[0]["groups"]) == 13_108
    assert sum(array.nbytes for array in whole) < 100 * MIB


def test_full_blocks_of_rows_do_not_hide_how_many_events_were_answered() -> None:
    """Who asks for a quarter of a million events gets the chance to look at Ctrl-C after them."""
    plan = build(scenario.loads(WORLD.format(size="10 GiB").replace("10 s", "1 h"), "t"))
    blocks: list[int] = []
    plane = compiled_plane(plan, lambda rows: blocks.append(len(rows)), len, endpoints(plan))
    most = 250_000
    assert not plane.advance(plan.end_ns, most)
    assert plane.events_done() == most
    assert len(blocks) > 1, "there was more than one block of rows"
    assert plane.now_ns < plan.end_ns
    plane.close()
