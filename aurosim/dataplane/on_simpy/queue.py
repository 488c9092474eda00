"""SimPy's queue as the rules use it: an event at a time and a rank, and what it is about.

SimPy orders equal times by a priority, then by when an event was scheduled. The priority here is
the contract's rank, (kind, entity), so nothing is left to the second rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simpy import Environment
from simpy.events import Event


class Moment(Event):
    """One pending event; ``subject`` is what it is about by its index, NONE when cancelled."""

    def __init__(
        self, env: Environment, answer: Callable[[Any], None], when: int, kind: int, subject: int
    ) -> None:
        self.env = env
        self.callbacks = [answer]
        self._ok = True
        self._value = None
        self.when = when
        self.kind = kind
        self.subject = subject


class WholeTime(Environment):
    """SimPy's environment, whose time is a whole number of nanoseconds here."""

    @property
    def now(self) -> int:
        """The time of the last event, in ns."""
        return self._now  # type: ignore[return-value]


class Queue:
    """The data plane's own SimPy environment. A cancelled moment stays in it until its time."""

    def __init__(self) -> None:
        self.env = WholeTime(initial_time=0)
        self.answer: Callable[[Any], None]
        self.pending = 0

    def push(self, when: int, rank: int, subject: int) -> Moment:
        """A new moment."""
        env = self.env
        moment = Moment(env, self.answer, when, rank >> 48, subject)
        env.schedule(moment, priority=rank, delay=when - env.now)  # type: ignore[arg-type]
        self.pending += 1
        return moment

    def clear(self) -> None:
        """Let go of all that has not happened."""
        self.env._queue.clear()
