"""Endpoints are names; where they lead changes, and clients remember the old answer."""

from collections.abc import Callable
from typing import Any

from aurosim.simpy_model.instance import Instance
from aurosim.simpy_model.setting import Setting
from aurosim.units import NS_PER_S

Answer = Callable[[], list[Instance]]
Records = dict[str, list[Instance]]  # what a cluster publishes


class Resolver:
    """The DNS cache of a process; only connecting asks it. What it was told before the start, when
    its first connections were opened, has expired since."""

    def __init__(self, setting: Setting, spec: Any, process: int, answer: Answer) -> None:
        self._env, self._answer, self._until_s = setting.env, answer, -1.0
        self._cache_s, self._start_s = spec.client.dns_cache / NS_PER_S, setting.start_s
        self._chance = setting.chance(f"names/{spec.name}/{process}")

    def lookup(self) -> Instance:
        """What the process knows, or a new answer: one of those the name leads to, at random."""
        if self._env.now > self._until_s:
            named, past = self._answer(), self._env.now <= self._start_s
            self._until_s = self._start_s if past else self._env.now + self._cache_s
            self._known = named[int(len(named) * self._chance.uniform())]
        return self._known
