"""How many requests of a workload are due and not ended (see the reference)."""

from __future__ import annotations

from aurosim.compiled import kernel_inner
from aurosim.dataplane.kernel.state import State


@kernel_inner
def enter(S: State, w: int, due_ns: int) -> None:
    """A request is due, or will be."""
    workload = S.workload[w]
    workload.due += 1
    workload.level += 1
    workload.level_sum_ns += due_ns


@kernel_inner
def leave(S: State, w: int, end_ns: int) -> None:
    """A request has ended, or will have."""
    workload = S.workload[w]
    workload.ended += 1
    workload.level -= 1
    workload.level_sum_ns -= end_ns
