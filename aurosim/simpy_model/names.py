"""Endpoints are names; where they lead changes, and clients remember the old answer."""

from collections.abc import Callable

import simpy

from aurosim.simpy_model.instance import Instance

Answer = Callable[[], list[Instance]]
Records = dict[str, list[Instance]]  # what a cluster publishes


class Resolver:
    """The DNS cache that the clients of a workload share; only connecting asks it."""

    def __init__(self, env: simpy.Environment, answer: Answer, cache_s: float) -> None:
        self._env, self._answer, self._cache_s = env, answer, cache_s
        self._known, self._until_s = list[Instance](), -1.0

    def lookup(self, turn: int) -> Instance:
        """One of those the name leads to, as far as these clients know."""
        if self._env.now >= self._until_s:
            self._known, self._until_s = self._answer(), self._env.now + self._cache_s
        return self._known[turn % len(self._known)]
