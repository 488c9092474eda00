"""A moment: an event at a time and a rank, and what answers it.

SimPy orders equal times by a priority, then by when an event was scheduled. The priority here is
the contract's (kind, entity), so nothing is left to the second rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simpy import Environment
from simpy.events import Event

Handler = Callable[["Moment"], None]


class Moment(Event):
    """One pending event; ``subject`` is what it is about, None once it is cancelled."""

    def __init__(self, env: Environment, handler: Handler, subject: Any) -> None:
        self.env = env
        self.callbacks = [handler]
        self._ok = True
        self._value = None
        self.subject = subject


class WholeTime(Environment):
    """SimPy's environment, whose time is a whole number of nanoseconds here."""

    @property
    def now(self) -> int:
        """The time of the last event, in ns."""
        return self._now  # type: ignore[return-value]


class Clock:
    """The reference's own SimPy environment, with the contract's order and a count of what waits.

    A cancelled moment stays in SimPy's queue until its time; ``cancelled`` counts those.
    """

    def __init__(self) -> None:
        self.env = WholeTime(initial_time=0)
        self.now_ns = 0
        self.pending = 0
        self.cancelled = 0
        self.done = 0

    def at(self, when_ns: int, kind: int, entity: int, handler: Handler, subject: Any) -> Moment:
        """Call ``handler`` at ``when_ns``, in the turn of (kind, entity)."""
        moment = Moment(self.env, handler, subject)
        self.env.schedule(
            moment,
            priority=(kind << 48) + entity,  # type: ignore[arg-type]
            delay=when_ns - self.env.now,
        )
        self.pending += 1
        return moment

    def begin(self, moment: Moment) -> Any:
        """The subject of a moment that has come; None if it was cancelled meanwhile."""
        self.pending -= 1
        subject = moment.subject
        if subject is None:
            self.cancelled -= 1
        return subject

    def cancel(self, moment: Moment | None) -> None:
        """Let ``moment`` pass without effect."""
        if moment is not None and moment.subject is not None:
            moment.subject = None
            self.cancelled += 1

    def advance(self, until_ns: int, max_events: int) -> bool:
        """Run every event strictly before ``until_ns``, at most ``max_events``; whether done."""
        env = self.env
        peek, step = env.peek, env.step
        for count in range(max_events):
            if peek() >= until_ns:
                self.done += count
                self.now_ns = until_ns
                return True
            step()
        self.done += max_events
        done = peek() >= until_ns
        self.now_ns = until_ns if done else env.now
        return bool(done)

    def now(self) -> int:
        """The time: of the event in hand, or of the command after an advance."""
        return max(self.env.now, self.now_ns)

    def area(self, level: int, sum_ns: int) -> int:
        """Integral over time of a level kept as (level, sum of change x time of change)."""
        return level * self.now_ns - sum_ns
