"""Endpoints are names; where they lead to changes, and clients remember the old answer."""

from __future__ import annotations

from collections.abc import Callable

import simpy

from aurosim.simpy_model.instance import Instance


class Names:
    """The published records of a cluster: a name leads to one or several instances."""

    def __init__(self) -> None:
        self.records: dict[str, list[Instance]] = {}

    def publish(self, name: str, instances: list[Instance]) -> None:
        """From now on the name leads here."""
        self.records[name] = instances


class Resolver:
    """The DNS cache that the clients of a workload share; only connecting asks it."""

    def __init__(
        self, env: simpy.Environment, answer: Callable[[], list[Instance]], cache_s: float
    ) -> None:
        self._env = env
        self._answer = answer
        self._cache_s = cache_s
        self._until_s = -1.0
        self._known: list[Instance] = []

    def lookup(self, turn: int) -> Instance:
        """One of the instances that the name leads to, as far as these clients know."""
        if self._env.now >= self._until_s:
            self._known = self._answer()
            self._until_s = self._env.now + self._cache_s
        return self._known[turn % len(self._known)]
