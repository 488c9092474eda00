"""What dies with a database process: its statements, its connections, its redo not yet sent.

Rare, so plain Python over the arrays. The reference has this in its plane and its instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aurosim.dataplane.contract import CONNECT, NEVER, Outcome, Status
from aurosim.dataplane.kernel import commands

if TYPE_CHECKING:
    from aurosim.dataplane.kernel.plane import KernelPlane

NONE = -1


def end_process(plane: KernelPlane, i: int, status: Status) -> None:
    """Every statement, connection and record not yet sent dies with the process."""
    state, now = plane.state, plane.now_ns
    server = state.instance[i]
    server["status"] = int(status)
    server["epoch"] += 1
    server["connections"] = server["queued"] = 0
    for name in ("head", "tail", "held", "held_end"):
        server[name] = NONE
    server["busy_sum_ns"] -= server["busy"] * now
    server["busy"] = 0
    server["level_sum_ns"] -= server["level"] * now
    server["level"] = 0
    clear_stream(plane, i)
    forget_reads(plane, i)
    for j in np.flatnonzero(state.job["active"] & (state.job["instance"] == i)).tolist():
        commands.cancel_event(state, int(state.job[j]["event"]))
        state.job[j]["event"] = NONE
        if state.job[j]["slot"] == NONE:
            state.top[0]["abandoned"] -= 1
        commands.free_job(state, j)


def clear_stream(plane: KernelPlane, i: int) -> None:
    """The reader died: what it had is of no use. Chunks on their way end when they arrive."""
    state = plane.state
    for c in np.flatnonzero(state.chunk["arrived"] & (state.chunk["instance"] == i)).tolist():
        commands.cancel_event(state, int(state.chunk[c]["event"]))
        commands.free_chunk(state, c)
    state.instance[i]["stream"] = state.instance[i]["stream_end"] = NONE


def forget_reads(plane: KernelPlane, i: int) -> None:
    """The instance's reads that had nowhere to go died with it."""
    state = plane.state
    k = int(state.instance[i]["cluster"])
    cluster, ring = state.cluster[k], state.reads[k]
    places = range(int(cluster["reads_first"]), int(cluster["reads_end"]))
    jobs = [int(ring[place & (len(ring) - 1)]) for place in places]
    kept = [j for j in jobs if int(state.job[j]["instance"]) != i]
    for place, j in enumerate(kept, int(cluster["reads_first"])):
        ring[place & (len(ring) - 1)] = j
    cluster["reads_end"] = cluster["reads_first"] + len(kept)


def tell(plane: KernelPlane, instance: int, epoch: int) -> None:
    """The host resets every connection of the process that died."""
    slots = plane.state.slot
    told = np.flatnonzero((slots["instance"] == instance) & (slots["reset_ns"] == NEVER))
    for x in told.tolist():
        hop = int(plane.state.hop[int(slots[x]["workload"]), instance])
        lost(plane, x, epoch, plane.now_ns + hop)


def lost(plane: KernelPlane, x: int, epoch: int, told_ns: int) -> None:
    """The instance this connection leads to died after its life ``epoch``; its host tells so at
    ``told_ns``. What the client had planned is planned again."""
    state = plane.ready()
    slot = plane.state.slot[x]
    if server_epoch(plane, x) != epoch:
        return
    connecting = slot["statement"] == CONNECT
    slot["reset_ns"] = told_ns
    if not slot["open"] and not connecting:
        return
    if slot["progress"] != NONE and slot["code"] != Outcome.OK:
        return
    commands.cancel_event(state, int(slot["progress"]))
    slot["progress"] = NONE
    if connecting:
        commands.refuse(state, x, int(Outcome.CONNECTION_RESET), plane.now_ns)
    else:
        commands.send_again(state, x, int(slot["send_ns"]), plane.now_ns)


def server_epoch(plane: KernelPlane, x: int) -> int:
    """In which life its instance knows this connection; -1 when it knows of none."""
    slot = plane.state.slot[x]
    if slot["connected"]:
        return int(slot["epoch"])
    job = plane.state.job[slot["job"]]
    half = slot["statement"] == CONNECT == job["statement"] and int(job["slot"]) == x
    return int(job["epoch"]) if half else NONE
