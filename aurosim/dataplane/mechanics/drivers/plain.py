"""The plain driver: it asks the resolver, gives up a connection on which anything failed, and backs
off before it tries again."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.mechanics.clients.connection import close
from aurosim.dataplane.mechanics.clients.names import resolve
from aurosim.dataplane.mechanics.state import State


def where(S: State, x: int, now: int) -> int:
    """Wherever the endpoint's name leads to."""
    return resolve(S, x, now)


def failed(S: State, x: int, now: int) -> None:
    """No connection survives an error."""
    close(S, x, now)


def wait_ns(S: State, x: int) -> int:
    """Twice as long after each attempt, with or without jitter."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    return laws.backoff_ns(
        workload.backoff_ns, workload.backoff_max_ns, slot.attempt, workload.jitter,
        workload.requests_key, slot.request,
    )  # fmt: skip
