"""The plain driver: it asks the resolver, gives up a connection that broke or did not answer, and
backs off before it tries again. One that answered with an error goes back to its pool."""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import Outcome
from aurosim.dataplane.mechanics.clients.connection import close
from aurosim.dataplane.mechanics.clients.names import resolve
from aurosim.dataplane.mechanics.state import State

READ_ONLY, FULL = int(Outcome.READ_ONLY), int(Outcome.VOLUME_FULL)


def where(S: State, x: int, now: int) -> int:
    """Wherever the endpoint's name leads to."""
    return resolve(S, x, now)


def failed(S: State, x: int, code: int, now: int) -> None:
    """An answer is an answer, unless the pool gives up whoever says that it is read-only."""
    slot = S.slot[x]
    if code == READ_ONLY and not S.workload[slot.workload].drops_read_only:
        return
    if code != FULL:
        close(S, x, now)


def wait_ns(S: State, x: int) -> int:
    """Twice as long after each attempt, with or without jitter."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    return laws.backoff_ns(
        workload.backoff_ns, workload.backoff_max_ns, slot.attempt, workload.jitter,
        workload.requests_key, slot.request,
    )  # fmt: skip
