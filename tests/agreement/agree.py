"""Plays one world in both ways of running the data plane and compares all that can be seen of them.

Rows (every field, in order), lag samples, what crash recovery found, and after each step of time
and each command the whole observation and the open requests. The first difference is told with a
command that shows it again:

    python -m tests.agreement.agree --seed 123 --ticks coarse
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import zip_longest
from typing import Any

from aurosim.dataplane.compiled.machine import compiled_plane
from aurosim.dataplane.contract import MAX_EVENTS_PER_ADVANCE, ROW, DataPlane
from aurosim.dataplane.on_simpy.machine import simpy_plane
from tests.agreement.fine import STRETCH, finer
from tests.properties import globe
from tests.properties.player import play
from tests.properties.world import World, draw

Plane = Callable[..., DataPlane]
LOOK_EVERY_NS = 7
TICKS = ("coarse", "fine", "regions")


@dataclass
class Story:
    """What one plane said of a world."""

    rows: list[tuple[int, ...]] = field(default_factory=list)
    lags: list[tuple[int, ...]] = field(default_factory=list)
    looks: list[tuple[str, object, object]] = field(default_factory=list)
    recoveries: list[object] = field(default_factory=list)
    broke: str = ""


class Hurried:
    """A plane that is asked for a few events at a time: that may change nothing."""

    def __init__(self, plane: DataPlane, most: int) -> None:
        self.plane, self.most = plane, most

    def advance(self, until_ns: int) -> bool:
        while not self.plane.advance(until_ns, self.most):
            pass
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plane, name)


def world_of(seed: int, ticks: str) -> World:
    """The world of a seed, on coarse ticks (ties everywhere) or fine ones, or of several regions
    on coarse ticks."""
    if ticks == "regions":
        return globe.draw(seed)
    return draw(seed) if ticks == "coarse" else finer(draw(seed))


def tell(world: World, make: Plane, most: int = MAX_EVENTS_PER_ADVANCE) -> Story:
    """The story of a world on one plane, up to where the plane broke, if it did."""
    story = Story()
    step_ns = LOOK_EVERY_NS if world.plan.end_ns < 10**4 else LOOK_EVERY_NS * STRETCH
    try:
        plane = make(
            world.plan,
            lambda block: story.rows.extend(block.tolist()),
            lambda block: story.lags.extend(block.tolist()),
            world.records,
        )

        def look(what: str) -> None:
            story.looks.append((what, plane.observe(), plane.open_requests()))

        player = play(world, Hurried(plane, most), look, step_ns)  # type: ignore[arg-type]
        story.recoveries = list(player.recoveries)
    except Exception:
        story.broke = traceback.format_exc(limit=-4)
    return story


def difference(one: Story, other: Story) -> str | None:
    """The first thing in which two stories differ, rows first; None when they are the same."""
    for number, (a, b) in enumerate(zip_longest(one.rows, other.rows)):
        if a != b:
            return f"row {number}:\n  {_row(a)}\n  {_row(b)}{_breaks(one, other)}"
    if one.broke or other.broke:
        return "a plane broke:" + _breaks(one, other)
    for number, (c, d) in enumerate(zip_longest(one.lags, other.lags)):
        if c != d:
            return f"lag sample {number}: {c} and {d}"
    for e, f in zip_longest(one.looks, other.looks):
        if e != f:
            what = e[0] if e else f"the end, but then {f}"
            return f"after {what}: {', '.join(_parts(e, f))}"
    if one.recoveries != other.recoveries:
        return f"recoveries: {one.recoveries} and {other.recoveries}"
    return None


def _breaks(*stories: Story) -> str:
    return "".join(f"\n{story.broke}" for story in stories if story.broke)


def _row(row: tuple[int, ...] | None) -> str:
    if row is None:
        return "no row"
    assert ROW.names
    return " ".join(f"{name}={value}" for name, value in zip(ROW.names, row, strict=True))


def _parts(one: Any, other: Any, path: str = "") -> list[str]:
    """The places in which two observations differ."""
    if one == other:
        return []
    if is_dataclass(one) and type(one) is type(other):
        pairs = [(f".{f.name}", getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    elif isinstance(one, tuple | list) and isinstance(other, tuple | list):
        pairs = [(f"[{n}]", a, b) for n, (a, b) in enumerate(zip_longest(one, other))]
    else:
        return [f"{path.lstrip('.')}: {one} and {other}"]
    return [part for name, a, b in pairs for part in _parts(a, b, path + name)]


def compare(
    world: World, again: str, make: Plane | None = None, most: int = MAX_EVENTS_PER_ADVANCE
) -> None:
    """Raises with the first difference between the ways of running, and how to see it again."""
    found = difference(tell(world, simpy_plane), tell(world, make or compiled_plane, most))
    assert found is None, f"on SimPy, then compiled, they differ in {found}\n{again}"


def check(seed: int, ticks: str, make: Plane | None = None) -> None:
    """Raises when the ways of running differ on a seed. Every third compiled one is hurried."""
    hurry = MAX_EVENTS_PER_ADVANCE if seed % 3 else 1 + seed % 5
    again = f"again: python -m tests.agreement.agree --seed {seed} --ticks {ticks}"
    compare(world_of(seed, ticks), again, make, hurry)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=1, help="so many seeds from there")
    parser.add_argument("--ticks", choices=TICKS, default="coarse")
    asked = parser.parse_args(arguments)
    for seed in range(asked.seed, asked.seed + asked.count):
        try:
            check(seed, asked.ticks)
        except AssertionError as differs:
            sys.stdout.write(f"{differs}\n")
            return 1
    sys.stdout.write(f"{asked.count} {asked.ticks} from seed {asked.seed}: no difference\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
