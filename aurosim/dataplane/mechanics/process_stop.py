"""What dies with a database process: its statements, its connections, its redo not yet sent."""

from __future__ import annotations

from aurosim.dataplane.contract import CONNECT, NEVER, WAITS, Outcome, Status
from aurosim.dataplane.mechanics.clients import silence
from aurosim.dataplane.mechanics.clients.attempt import send
from aurosim.dataplane.mechanics.clients.connection import refused, server_epoch
from aurosim.dataplane.mechanics.instances import end_job
from aurosim.dataplane.mechanics.losses import count_lost
from aurosim.dataplane.mechanics.records import drop_boxcar, end_chunk
from aurosim.dataplane.mechanics.replication import forget_changes
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, at, cancel, replace

UP, OPENING, DARK = int(Status.UP), int(Status.OPENING), int(Status.DARK)
OK, RESET = int(Outcome.OK), int(Outcome.CONNECTION_RESET)


def stop(S: State, i: int, status: int, now: int) -> None:
    """The database process dies now."""
    instance = S.instance[i]
    cl = instance.cluster
    if instance.status == UP or instance.status == OPENING:
        epoch = instance.epoch
        end_process(S, i, status, now)
        if status == DARK:
            fall_silent(S, i, epoch, now)
        else:
            tell(S, i, epoch, now)
        watch_readers(S, cl)
    instance.status = status
    if S.cluster[cl].writer == i:
        writer_stopped(S, cl, now)


def end_process(S: State, i: int, status: int, now: int) -> None:
    """Every statement, connection and record not yet sent dies with the process."""
    instance = S.instance[i]
    instance.status = status
    instance.epoch += 1
    instance.connections = 0
    instance.queued = 0
    instance.head = NONE
    instance.tail = NONE
    instance.held = NONE
    instance.held_end = NONE
    instance.busy_sum_ns -= instance.busy * now
    instance.busy = 0
    for wait in range(WAITS):
        instance.level_sum_ns[wait] -= instance.level[wait] * now
        instance.level[wait] = 0
    clear_stream(S, i)
    forget_reads(S, i)
    for j in range(len(S.job)):
        job = S.job[j]
        if job.active and job.instance == i:
            cancel(S, job.event)
            job.event = NONE
            if job.slot == NONE:
                S.top[0].abandoned -= 1
            end_job(S, j)


def clear_stream(S: State, i: int) -> None:
    """The reader died: what it had is of no use. Chunks on their way end when they arrive."""
    for c in range(len(S.chunk)):
        chunk = S.chunk[c]
        if chunk.arrived and chunk.instance == i:
            cancel(S, chunk.event)
            end_chunk(S, c)
    S.instance[i].stream = NONE
    S.instance[i].stream_end = NONE


def forget_reads(S: State, i: int) -> None:
    """The instance's reads that had nowhere to go died with it."""
    cl = S.instance[i].cluster
    cluster = S.cluster[cl]
    kept = cluster.reads_first
    for place in range(cluster.reads_first, cluster.reads_end):
        j = at(S.reads, cl, place)
        if S.job[j].instance != i:
            replace(S.reads, cl, kept, j)
            kept += 1
    cluster.reads_end = kept


def fall_silent(S: State, i: int, epoch: int, now: int) -> None:
    """The host has gone silent: its clients find out by themselves."""
    for x in range(len(S.slot)):
        slot = S.slot[x]
        known = slot.connected and slot.epoch == epoch and slot.reset_ns == NEVER
        if slot.instance == i and known and silence.begins(S, x, now):
            cancel(S, slot.progress)
            slot.progress = NONE
            at_ns = slot.send_ns
            while at_ns != NEVER:
                at_ns = send(S, x, at_ns, now)


def answer_again(S: State, i: int, now: int) -> None:
    """A host that had gone silent answers again; it knows no connection of before."""
    for x in range(len(S.slot)):
        slot = S.slot[x]
        if slot.instance == i and slot.connected and slot.epoch != S.instance[i].epoch:
            silence.ends(S, x, now)


def tell(S: State, i: int, epoch: int, now: int) -> None:
    """The host resets every connection of the process that died."""
    for x in range(len(S.slot)):
        slot = S.slot[x]
        if slot.instance == i and slot.reset_ns == NEVER:
            lost(S, x, epoch, now + S.hop[slot.workload, i], now)


def lost(S: State, x: int, epoch: int, told_ns: int, now: int) -> None:
    """The instance this connection leads to died after its life ``epoch``; its host tells so at
    ``told_ns``. What the client had planned is planned again."""
    slot = S.slot[x]
    if server_epoch(S, x) != epoch:
        return  # an older life's connection, or a request to connect that is on its way
    connecting = slot.statement == CONNECT
    slot.reset_ns = told_ns
    if not slot.open and not connecting:
        return
    if slot.progress != NONE and slot.code != OK:
        return  # an error is on its way already
    cancel(S, slot.progress)
    slot.progress = NONE
    if connecting:
        refused(S, x, RESET, now)
        return
    at_ns = slot.send_ns
    while at_ns != NEVER:
        at_ns = send(S, x, at_ns, now)


def writer_stopped(S: State, cl: int, now: int) -> None:
    """Records not yet sent are gone; acknowledgements have nobody to go to."""
    cluster = S.cluster[cl]
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        group = S.group[g]
        if group.open != NONE:
            drop_boxcar(S, group.open)
            group.open = NONE
        b = group.flying
        while b != NONE:
            boxcar = S.boxcar[b]
            cancel(S, boxcar.event)
            boxcar.event = NONE
            boxcar.quorum_at_ns = NEVER
            b = boxcar.flying_next
    cluster.commits_first = cluster.commits_end
    cluster.stalled_first = cluster.stalled_end
    cluster.writer = NONE
    count_lost(S, cl, now)


def watch_readers(S: State, cl: int) -> None:
    """Changes are remembered only while somebody may miss them."""
    cluster = S.cluster[cl]
    cluster.watched = False
    for i in range(cluster.first_instance, cluster.first_instance + cluster.instances):
        if i != cluster.writer and S.instance[i].status == UP:
            cluster.watched = True
    if not cluster.watched:
        forget_changes(S, cl, NEVER)
