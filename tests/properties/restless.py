"""A controller that lets instances come, go and change size at random while faults strike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from aurosim.control.controllers import CONTROLLERS
from aurosim.control.fleet import Fleet
from aurosim.units import NS_PER_S
from tests.properties.world import Dice

GIB = 1 << 30


class Restless:
    """Goes on until ``quiet_s``; what is under way then ends by itself."""

    def __init__(self, seed: int, quiet_s: int) -> None:
        self.seed, self.quiet_s = seed, quiet_s

    def absent(self, scenario: Any) -> Collection[str]:
        """Each instance but the first with one chance in four."""
        dice = Dice(self.seed, "absent")
        names = [each.name for cluster in scenario.clusters for each in cluster.instances]
        return [name for name in names[1:] if dice.below(4) == 0]

    def steps(self, scenario: Any, fleet: Fleet) -> Any:
        """One change after the other, of one instance each."""
        dice = Dice(self.seed, f"restless {fleet.cluster}")
        while fleet.instances:
            yield fleet.wait(dice.pick((0, 1, 5, 20, 60)) * NS_PER_S + 1)
            if fleet.now >= self.quiet_s * NS_PER_S:
                return
            self.change(fleet, dice)

    def change(self, fleet: Fleet, dice: Dice) -> None:
        """Asks for things that make no sense, too: they are refused."""
        instance, what = dice.pick(fleet.instances), dice.below(4)
        if what == 0:
            fleet.leave(instance, "scale in")
        elif what == 3:
            fleet.resize(
                instance, "scale", vcpu=1 + dice.below(8),
                memory_bytes=dice.pick((4, 16, 64)) * GIB,
                max_connections=dice.pick((2, 10, 1000)),
            )  # fmt: skip
        else:
            fleet.join(instance, "scale out", dice.pick((0, 1, 10, 40, 120)) * NS_PER_S)


@contextmanager
def controlled(*controllers: Any) -> Iterator[None]:
    """A run begun meanwhile has these controllers."""
    before = list(CONTROLLERS)
    CONTROLLERS[:] = [*before, *controllers]
    try:
        yield
    finally:
        CONTROLLERS[:] = before
