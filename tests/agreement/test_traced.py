"""A trace changes nothing and ends with its request's row, in worlds where all goes wrong."""

from __future__ import annotations

from functools import partial

import pytest

from aurosim.dataplane.contract import NO_STATEMENT, ROW
from aurosim.dataplane.on_simpy.machine import simpy_plane
from aurosim.dataplane.on_simpy.trace import Trace
from aurosim.dataplane.on_simpy.traced import traced_plane
from tests.agreement.agree import Story, difference, tell, world_of

COARSE, FINE, REGIONS = 40, 6, 12
LONG = 300
Rows = list[dict[str, int]]


def rows_of(story: Story, workload: int) -> Rows:
    assert ROW.names
    rows = [dict(zip(ROW.names, row, strict=True)) for row in story.rows]
    return [row for row in rows if row["workload"] == workload]


def look(seed: int, ticks: str) -> int:
    """Trace a few requests of a world, each in a run of its own; returns how many have ended."""
    world = world_of(seed, ticks)
    plain = tell(world, simpy_plane)
    assert not plain.broke
    ended = 0
    for k in range(3):
        workload = (seed + k) % len(world.plan.workloads)
        trace = Trace(world.plan, workload, 1 + (7 * k + seed) % 13)
        watched = tell(world, partial(traced_plane, trace=trace))
        assert difference(plain, watched) is None
        check(trace, rows_of(plain, workload))
        ended += trace.over
    return ended


def check(trace: Trace, rows: Rows) -> None:
    """It ends where its request does, and its lines come one after the other."""
    if trace.found is None:
        return
    times = [line.at_ns for line in trace.lines]
    assert times == sorted(times)
    assert times[0] == trace.found.due_ns
    assert all(line.waited_ns >= 0 for line in trace.lines)
    own = [row for row in rows if row["request"] == trace.found.request]
    final = [row for row in own if row["final"]]
    assert trace.row == (final[0] if final else None)
    if final:
        assert (times[-1], trace.found.due_ns) == (final[0]["end_ns"], final[0]["due_ns"])
    assert {row["end_ns"] for row in own if row["end_ns"] <= times[-1]} <= set(times)
    sent = sum(line.event.startswith(("sends ", "asks ")) for line in trace.lines)
    sent -= sum(line.event.startswith("asks DNS") for line in trace.lines)
    assert sent >= len({(row["attempt"], row["statement"]) for row in own if row["instance"] >= 0})
    assert {row["start_ns"] for row in own if row["statement"] != NO_STATEMENT} <= set(times)
    waits = sum(line.waited_ns for line in trace.lines if not line.beside)
    assert waits <= times[-1] - times[0]
    if trace.over:
        assert waits == times[-1] - times[0]


@pytest.mark.parametrize("share", range(4))
def test_of_worlds_on_coarse_ticks(share: int) -> None:
    assert sum(look(seed, "coarse") for seed in range(share, COARSE, 4)) > COARSE // 4


@pytest.mark.parametrize(("ticks", "worlds"), [("fine", FINE), ("regions", REGIONS)])
def test_of_worlds_on_fine_ticks_and_of_several_regions(ticks: str, worlds: int) -> None:
    assert sum(look(seed, ticks) for seed in range(worlds)) > worlds // 2


@pytest.mark.long
@pytest.mark.parametrize("share", range(4))
def test_of_many_worlds(share: int) -> None:
    for seed in range(COARSE + share, LONG, 4):
        look(seed, "regions" if seed % 5 == 0 else "coarse")
