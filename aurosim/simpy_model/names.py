"""Endpoints are names; where they lead changes, and clients remember the old answer."""

from collections.abc import Callable

import simpy

from aurosim.simpy_model.instance import Instance
from aurosim.simpy_model.setting import Chance

Answer = Callable[[], list[Instance]]
Records = dict[str, list[Instance]]  # what a cluster publishes


class Resolver:
    """The DNS cache of a process; only connecting asks it."""

    def __init__(
        self, env: simpy.Environment, answer: Answer, cache_s: float, chance: Chance
    ) -> None:
        self._env, self._answer, self._cache_s = env, answer, cache_s
        self._known, self._until_s, self._chance = list[Instance](), -1.0, chance

    def lookup(self) -> Instance:
        """What the process knows, or a new answer: one of those the name leads to, at random."""
        if self._env.now >= self._until_s:
            named = self._answer()
            self._known = [named[int(len(named) * self._chance.uniform())]]
            self._until_s = self._env.now + self._cache_s
        return self._known[0]
