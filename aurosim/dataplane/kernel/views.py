"""What the kernel's state looks like from outside: the parts of an observation."""

from __future__ import annotations

import numpy as np

from aurosim.dataplane.contract import NEVER, WAITS, ClusterView, InstanceView, WorkloadView
from aurosim.dataplane.kernel.state import State


def instance_view(state: State, i: int, now: int) -> InstanceView:
    """An instance now."""
    record = state.instance[i]
    writes = int(state.cluster[record["cluster"]]["writer"]) == i
    vdl = int(state.cluster[record["cluster"]]["vdl"])
    return InstanceView(
        status=int(record["status"]),
        epoch=int(record["epoch"]),
        connections=int(record["connections"]),
        connections_max=int(record["connections_max"]),
        busy=int(record["busy"]),
        queue=int(record["queued"]),
        busy_ns=int(record["busy"]) * now - int(record["busy_sum_ns"]),
        wait_ns=tuple(
            int(record["level"][w]) * now - int(record["level_sum_ns"][w])
            for w in range(WAITS)
        ),
        touches=int(record["touches"]),
        misses=int(record["missed"]),
        applied_lsn=vdl if writes else int(record["applied_lsn"]),
        lag_ns=0 if writes else int(record["lag_ns"]),
    )


def cluster_view(state: State, k: int) -> ClusterView:
    """The log and the volume now."""
    record = state.cluster[k]
    ring, missing = state.batch[k], behind(state, k)
    oldest = int(ring[int(record["batch_first"]) & (len(ring) - 1)]["since_ns"])
    return ClusterView(
        writer=int(record["writer"]),
        next_lsn=int(record["next_lsn"]),
        vdl=int(record["vdl"]),
        batches_in_flight=int(record["flying"]),
        storage_writes=int(record["storage_writes"]),
        storage_reads=int(record["storage_reads"]),
        redo_bytes=int(record["redo_bytes"]),
        commits_waiting=int(record["commits_end"] - record["commits_first"]),
        lost_commits=int(record["lost_commits"]),
        source=int(record["source"]),
        behind_commits=missing[0],
        behind_bytes=missing[1],
        behind_since_ns=oldest if record["batch_end"] > record["batch_first"] else NEVER,
        used_bytes=int(record["used_bytes"]),
        free_bytes=int(record["free_bytes"]),
        groups=int(record["groups"]),
    )


def behind(state: State, k: int) -> tuple[int, int]:
    """Commits, and bytes of redo, that are durable at its source and not in a cluster's volume."""
    record, ring = state.cluster[k], state.batch[k]
    places = np.arange(int(record["batch_first"]), int(record["batch_end"])) & (len(ring) - 1)
    return int(ring["commits"][places].sum()), int(ring["bytes"][places].sum())


def workload_view(state: State, w: int, now: int) -> WorkloadView:
    """A workload's requests now; requests planned for later are not due yet."""
    record = state.workload[w]
    first = int(record["first_slot"])
    slots = state.slot[first : first + int(record["slots"])]
    ahead = slots["due_ns"][slots["open"] & (slots["due_ns"] > now)]
    level = int(record["level"]) - len(ahead)
    return WorkloadView(
        due=int(record["due"]) - len(ahead),
        ended=int(record["ended"]),
        in_system=level,
        in_system_ns=level * now
        - (int(record["level_sum_ns"]) - sum(map(int, ahead))),
        waiting=int(record["waiting_end"] - record["waiting_first"]),
    )
