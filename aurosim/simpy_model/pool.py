"""A pool of connections: a `PriorityStore` that gives open ones first, by the pool's order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import simpy

from aurosim.simpy_model.setting import Steps


@dataclass(eq=False)
class Connection:
    """A client's connection; it may be dead without its client knowing it."""

    number: int
    instance: Any = None  # the `Instance` that it leads to
    open: bool = False  # as far as its client knows
    reset: bool = False  # by its server, while it rests or works
    busy: bool = False  # a statement is in work at the server
    given_up: bool = False

    def hang_up(self) -> Connection:
        """Its client closes it; a statement in work runs on. Returns the one to open next."""
        self.open, self.given_up = False, True
        if self.instance is not None and not self.busy:
            self.instance.connections.discard(self)
        return Connection(self.number)


class Pool:
    """The connections of an open load, and the room in which requests wait for one."""

    def __init__(self, env: simpy.Environment, room: int, last_in: bool) -> None:
        self._room, self._turns = room, count(0, -1 if last_in else 1)
        self._store = simpy.PriorityStore(env)

    @property
    def full(self) -> bool:
        """Whether a request would find neither a connection nor a place to wait."""
        return not self._store.items and len(self._store.get_queue) >= self._room

    def take(self) -> Steps:
        return (yield self._store.get()).item

    def give_back(self, connection: Connection) -> None:
        turn = next(self._turns)
        order = not connection.open, turn if connection.open else abs(turn)
        self._store.put(simpy.PriorityItem(order, connection))
