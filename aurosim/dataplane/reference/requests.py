"""How many requests of a workload are due and not ended, counted as they come and go.

A level over time is kept as (level, sum of change x time of change), so that its integral up to now
is one product. A request may be booked ahead: due at the end of thinking, or ended when the reply
that is on its way arrives.
"""

from __future__ import annotations

from collections.abc import Collection

from aurosim.dataplane.contract import WorkloadView


class Requests:
    """One workload's requests, counted."""

    __slots__ = ("due", "ended", "level", "level_sum_ns")

    def __init__(self) -> None:
        self.due = 0
        self.ended = 0
        self.level = 0
        self.level_sum_ns = 0

    def enter(self, due_ns: int) -> None:
        """A request is due, or will be."""
        self.due += 1
        self.level += 1
        self.level_sum_ns += due_ns

    def leave(self, end_ns: int) -> None:
        """A request has ended, or will have."""
        self.ended += 1
        self.level -= 1
        self.level_sum_ns -= end_ns

    def view(self, now_ns: int, ahead_ns: Collection[int], waiting: int) -> WorkloadView:
        """What it looks like now; ``ahead_ns`` are the due times still to come, not counted yet."""
        level = self.level - len(ahead_ns)
        return WorkloadView(
            due=self.due - len(ahead_ns),
            ended=self.ended,
            in_system=level,
            in_system_ns=level * now_ns - (self.level_sum_ns - sum(ahead_ns)),
            waiting=waiting,
        )
