"""What the control plane's commands need of the mechanics of requests, called from Python.

All of it is one compiled function, since each door from Python costs seconds to compile; a small
function with a name stands before each of its uses.
"""

from __future__ import annotations

from aurosim.compiled import kernel_command, kernel_inner
from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.kernel import clients, instances, pools, regions, replication, space, storage
from aurosim.dataplane.kernel.handle import held
from aurosim.dataplane.kernel.pools import GROUP_TASK, NONE, enqueue
from aurosim.dataplane.kernel.queue import cancel
from aurosim.dataplane.kernel.state import PASSED, State

(
    START_CLIENTS, RUN_HELD, HASH_CHANGES, SEND_AGAIN, CANCEL_EVENT, REFUSE, COPY_BOXCAR,
    EXPECT_QUORUM, READ_AGAIN, SHIP_AGAIN, FORGET_CHANGES, FREE_CHUNK, FREE_JOB, DROP_BOXCAR,
    DROP_TRANSACTION, ADD_REDO, SCHEDULE_BATCH, GROW_AS,
) = range(18)  # fmt: skip


@kernel_inner
def run_held_senders(S: State, i: int, now: int) -> None:
    """The dispatcher runs again: its senders queue, and free vCPUs take what waits."""
    instance = S.instance[i]
    g = instance.held
    instance.held = NONE
    instance.held_end = NONE
    while g != NONE:
        after = S.group[g].next
        enqueue(S, i, (g << 2) | GROUP_TASK)
        g = after
    instances.dispatch(S, i, now)


@kernel_inner
def hash_all(S: State, cl: int) -> None:
    """Fill the empty table of hashes from the ring of changes."""
    cluster = S.cluster[cl]
    for place in range(cluster.changes_first, cluster.changes_end):
        change = S.change[cl, place & (S.change.shape[1] - 1)]
        bucket = replication.bucket_of(S, change.key)
        change.next = S.change_table[cl, bucket]
        S.change_table[cl, bucket] = place


@kernel_inner
def end_job(S: State, j: int) -> None:
    """A statement dies with its instance."""
    instances.end_job(S, j)
    if S.job[j].slot == NONE:
        pools.give_job(S, j)


@kernel_command
def command(state: State, what: int, a: int, b: int, now: int) -> None:
    """Do one of the things below."""
    S = held(state)
    if what == START_CLIENTS:
        clients.start(S, a, b)
    elif what == RUN_HELD:
        run_held_senders(S, a, now)
    elif what == HASH_CHANGES:
        hash_all(S, a)
    elif what == SEND_AGAIN:
        at_ns = b
        while at_ns != NEVER:
            at_ns = clients.send(S, a, at_ns, now)
    elif what == CANCEL_EVENT:
        cancel(S, a)
    elif what == REFUSE:
        clients.refused(S, a, b, now)
    elif what == COPY_BOXCAR:
        storage.copy(S, a, b, now)
    elif what == EXPECT_QUORUM:
        storage.expect(S, a, now)
    elif what == READ_AGAIN:
        storage.read(S, a, now)
    elif what == SHIP_AGAIN:
        if b != 0:
            regions.take_in(S, a, now)
        storage.ship_all(S, a, now)
    elif what == FORGET_CHANGES:
        replication.forget_changes(S, a, b)
    elif what == FREE_CHUNK:
        pools.give_chunk(S, a)
    elif what == FREE_JOB:
        end_job(S, a)
    elif what == DROP_BOXCAR:
        pools.drop_boxcar(S, a)
    elif what == DROP_TRANSACTION:
        pools.drop_tx(S, a)
    elif what == ADD_REDO:
        regions.replicate(S, a, now)
    elif what == SCHEDULE_BATCH:
        regions.schedule(S, a, now)
    elif what == GROW_AS:
        space.grow(S.cluster[a], S.cluster[b].used_bytes, S.cluster[b].free_bytes)


def start_clients(S: State, w: int, spread_ns: int) -> None:
    """Every connection starts at a random step; an open load's arrivals start at once."""
    command(S, START_CLIENTS, w, spread_ns, 0)


def run_held(S: State, i: int, now: int) -> None:
    """The dispatcher runs again: its senders queue, and free vCPUs take what waits."""
    command(S, RUN_HELD, i, 0, now)


def hash_changes(S: State, cl: int) -> None:
    """Fill the empty table of hashes from the ring of changes."""
    command(S, HASH_CHANGES, cl, 0, 0)


def send_again(S: State, x: int, send_ns: int, now: int) -> None:
    """A slot's plan is made anew."""
    command(S, SEND_AGAIN, x, send_ns, now)


def cancel_event(S: State, e: int) -> None:
    """Let an event pass without effect."""
    command(S, CANCEL_EVENT, e, 0, 0)


def refuse(S: State, x: int, code: int, now: int) -> None:
    """An error travels to a slot's client."""
    command(S, REFUSE, x, code, now)


def copy_boxcar(S: State, b: int, members: int, now: int) -> None:
    """Send a boxcar to some members (again)."""
    command(S, COPY_BOXCAR, b, members, now)


def expect_quorum(S: State, b: int, now: int) -> None:
    """Work out again when a boxcar has its quorum."""
    command(S, EXPECT_QUORUM, b, 0, now)


def read_again(S: State, j: int, now: int) -> None:
    """A read that had nowhere to go tries again."""
    command(S, READ_AGAIN, j, 0, now)


def ship_again(S: State, cl: int, now: int) -> None:
    """The readers learn where the log ends."""
    cluster = S.cluster[cl]
    cluster["passed_since_ns"] = now
    for name in PASSED:
        cluster[name] = 0
    command(S, SHIP_AGAIN, cl, 0, now)


def take_in(S: State, cl: int, now: int) -> None:
    """The first batch is part of a secondary's volume now."""
    command(S, SHIP_AGAIN, cl, 1, now)


def replicate(S: State, cl: int, now: int) -> None:
    """What VDL has passed leaves for the clusters that follow this one."""
    command(S, ADD_REDO, cl, 0, now)


def grow_as(S: State, cl: int, source: int) -> None:
    """A cluster's volume is as large as that of the one it follows."""
    command(S, GROW_AS, cl, source, 0)


def schedule_batch(S: State, cl: int, now: int) -> None:
    """The first waiting batch leaves when it may."""
    command(S, SCHEDULE_BATCH, cl, 0, now)


def forget_changes(S: State, cl: int, lsn: int) -> None:
    """Every reader has applied up to ``lsn``."""
    command(S, FORGET_CHANGES, cl, lsn, 0)


def free_chunk(S: State, c: int) -> None:
    """A chunk is of no use any more."""
    command(S, FREE_CHUNK, c, 0, 0)


def free_job(S: State, j: int) -> None:
    """A job that belongs to nobody ends."""
    command(S, FREE_JOB, j, 0, 0)


def drop_boxcar(S: State, b: int) -> None:
    """The group no longer keeps a boxcar."""
    command(S, DROP_BOXCAR, b, 0, 0)


def drop_transaction(S: State, t: int) -> None:
    """One holder of a transaction less."""
    command(S, DROP_TRANSACTION, t, 0, 0)
