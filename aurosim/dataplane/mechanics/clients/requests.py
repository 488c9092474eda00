"""How many requests of a workload are due and not ended, counted as they come and go.

A level over time is kept as (level, sum of change x time of change), so that its integral up to now
is one product. A request may be booked ahead: due at the end of thinking, or ended when the reply
that is on its way arrives.
"""

from __future__ import annotations

from aurosim.dataplane.mechanics.state import State


def enter(S: State, w: int, due_ns: int) -> None:
    """A request is due, or will be."""
    workload = S.workload[w]
    workload.due += 1
    workload.level += 1
    workload.level_sum_ns += due_ns


def leave(S: State, w: int, end_ns: int) -> None:
    """A request has ended, or will have."""
    workload = S.workload[w]
    workload.ended += 1
    workload.level -= 1
    workload.level_sum_ns -= end_ns
