"""Worlds of several regions on SimPy: what must hold whatever happens to the links."""

from __future__ import annotations

from typing import Any

import pytest

from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    ROW,
    Outcome,
    Pictures,
    RecoveryPoint,
)
from aurosim.dataplane.on_simpy.machine import simpy_plane
from aurosim.simulation import invariants
from tests.properties import globe
from tests.properties.player import play
from tests.properties.world import World

WORLDS, LONG_WORLDS, SHARES = 40, 400, 2


class Seen:
    """A world played on SimPy, its invariants looked at after every step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[dict[str, Any]] = []
        self.pictures: list[Pictures] = []
        names = ROW.names or ()
        self.plane = simpy_plane(
            world.plan,
            lambda block: self.rows.extend(dict(zip(names, row, strict=True)) for row in block),
            lambda block: None,
            world.records,
        )
        self.detached: list[tuple[int, int, RecoveryPoint]] = []  # when, from whom, what it held
        detach = self.plane.detach
        self.plane.detach = lambda k: self.note(k, detach)  # type: ignore[method-assign]
        self.look("nothing")
        try:
            play(world, self.plane, self.look)
        finally:  # a broken invariant is told before what may have come of it
            invariants.check(Pictures.joined(self.pictures), world.plan)

    def note(self, k: int, detach: Any) -> RecoveryPoint:
        now = self.plane.observe()
        point: RecoveryPoint = detach(k)
        self.detached.append((now.now_ns, now.clusters[k].source, point))
        return point

    def look(self, what: str) -> None:
        self.pictures.append(self.plane.picture().rows([0]))


@pytest.mark.parametrize("share", range(SHARES))
def test_invariants_hold_and_no_commit_is_missing_that_was_not_counted(share: int) -> None:
    check(range(share, WORLDS, SHARES))


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_the_same_in_many_worlds(share: int) -> None:
    check(range(WORLDS + share, LONG_WORLDS, SHARES))


def check(seeds: range) -> None:
    """Plays the worlds of these seeds; in some of them commits must be missing."""
    told = 0
    for seed in seeds:
        seen = Seen(globe.draw(seed))
        if not seen.detached:
            continue
        at_ns, source, point = seen.detached[0]  # until then there is one log
        plan = seen.world.plan
        beyond = {
            row["lsn"]
            for row in seen.rows
            if row["lsn"] > point.lsn
            and row["outcome"] == Outcome.OK
            and plan.instances[row["instance"]].cluster == source
            and row["end_ns"] <= at_ns
            and commits(seen.world, row)
        }
        assert len(beyond) <= point.missing_commits, f"world {seed}: {point}, acknowledged {beyond}"
        assert (point.missing_since_ns < NEVER) == (point.missing_bytes > 0)
        told += len(beyond)
    assert told > 0, "no world missed an acknowledged commit: nothing was tested"


def commits(world: World, row: dict[str, Any]) -> bool:
    """Whether a row is the commit of something that was written; that of a connection has the end
    of its name's time in the place of an LSN."""
    if row["statement"] == CONNECT:
        return False
    statement = world.plan.workloads[row["workload"]].statements[row["statement"]]
    return bool(statement.autocommit) or (statement.kind == 7 and row["lsn"] > 0)
