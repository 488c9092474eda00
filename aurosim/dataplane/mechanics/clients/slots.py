"""A transaction slot: one connection of a pool and the request that uses it."""

from __future__ import annotations

from aurosim.dataplane.contract import CONNECT, NEVER, Kind, StatementKind
from aurosim.dataplane.mechanics.records import drop_tx
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, push, row

DEADLINE_RANK = int(Kind.DEADLINE) << 48
COMMIT = int(StatementKind.COMMIT)


def entity(S: State, x: int) -> int:
    """The running attempt, as an entity."""
    slot = S.slot[x]
    return (slot.workload << 40) | (slot.request << 6) | slot.attempt


def plan_of(S: State, x: int) -> int:
    """The plan of the slot's statement."""
    slot = S.slot[x]
    return S.workload[slot.workload].first_statement + slot.statement


def write_row(
    S: State, x: int, kind: int, outcome: int, final: int, end_ns: int, lsn: int, stale_ns: int
) -> None:
    """A slot's statement has ended for its client."""
    slot = S.slot[x]
    row(
        S, slot.process, slot.workload, kind, outcome, final, slot.attempt, slot.statement,
        slot.instance, slot.request, slot.due_ns, slot.send_ns, end_ns, lsn, stale_ns,
    )  # fmt: skip


def forget_tx(S: State, x: int) -> None:
    """The slot's transaction is over."""
    drop_tx(S, S.slot[x].tx)
    S.slot[x].tx = NONE


def commit_sent(S: State, x: int, now: int) -> bool:
    """Whether what failed is a commit of changes that is on its way or further."""
    slot = S.slot[x]
    if slot.statement == CONNECT or slot.send_ns >= now:
        return False
    plan = S.statement[plan_of(S, x)]
    return plan.autocommit or (plan.kind == COMMIT and slot.tx != NONE)


def arm(S: State, x: int, deadline_ns: int, now: int) -> None:
    """Set the slot's deadline; its one timer is never further ahead than the shortest timeout."""
    slot = S.slot[x]
    slot.deadline_ns = min(deadline_ns, NEVER)
    if deadline_ns < NEVER and not slot.timer:
        slot.timer = True
        at_ns = min(deadline_ns, now + S.workload[slot.workload].timer_step_ns)
        push(S, at_ns, DEADLINE_RANK | (slot.workload << 40) | slot.number, x)
