"""What a data plane shows of itself between two calls of `advance`: pictures of plain numbers.

The control plane decides by them, the recorder keeps their differences, the invariants compare
them, and the agreement of the planes is checked on them. Part of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurosim.units import NEVER


@dataclass(frozen=True)
class InstanceView:
    """What an instance looks like now. Areas are integrals over time since 0, in ns."""

    status: int
    epoch: int
    connections: int
    connections_max: int  # the most there were since 0
    busy: int  # vCPUs working
    queue: int  # tasks runnable and waiting
    busy_ns: int  # integral of busy
    wait_ns: tuple[int, ...]  # integral of sessions in each Wait
    touches: int  # leaf pages asked for
    misses: int  # of these not in the buffer
    applied_lsn: int  # reader: how far its redo is applied; writer: VDL
    lag_ns: int  # reader: lag of the last chunk applied; 0 for the writer
    vcpu: int = 0  # vCPUs it has
    max_connections: int = 0
    vcpu_ns: int = 0  # integral of its vCPUs while it was there: what it could have worked
    there_ns: int = 0  # how long it was there, up or down


@dataclass(frozen=True)
class ClusterView:
    """The log and the volume now."""

    writer: int  # instance index, -1 while there is none
    next_lsn: int
    vdl: int
    batches_in_flight: int
    storage_writes: int  # boxcars sent to segments, each copy counted
    storage_reads: int
    redo_bytes: int
    commits_waiting: int
    lost_commits: int  # acknowledged commits lost so far
    used_bytes: int = 0  # space ever taken; never falls
    free_bytes: int = 0  # of these, freed by a DELETE and not taken again
    groups: int = 1  # protection groups there are
    source: int = -1  # the cluster it follows, -1 a primary or one that follows nobody
    behind_commits: int = 0  # commits durable in the source's volume and not in this one
    behind_bytes: int = 0  # the same, bytes of redo
    behind_since_ns: int = NEVER  # when the oldest of that became durable there; NEVER: nothing


@dataclass(frozen=True)
class WorkloadView:
    """A workload's requests now; ``in_system_ns`` is the integral of requests due and not ended.

    A reply on its way counts as ended, at the time it will arrive (Little's law is checked
    against the rows in just these terms).
    """

    due: int
    ended: int
    in_system: int
    in_system_ns: int
    waiting: int  # in the waiting room


@dataclass(frozen=True)
class Observation:
    """Read-only picture of the data plane between two calls of ``advance``."""

    now_ns: int
    instances: tuple[InstanceView, ...]
    clusters: tuple[ClusterView, ...]
    workloads: tuple[WorkloadView, ...]
    rows: int  # finished so far
    events_pending: int
    events_bound: int  # see docs/decisions: what the queue may hold now


@dataclass(frozen=True)
class OpenRequest:
    """A request still open at the end of the run."""

    workload: int
    request: int
    due_ns: int


@dataclass(frozen=True)
class Recovery:
    """What crash recovery found: the read quorum's answer."""

    vdl: int  # the log now ends here
    truncated_records: int
    lost_commits: int  # acknowledged and gone: 0 unless the volume really lost them


@dataclass(frozen=True)
class RecoveryPoint:
    """What a secondary holds when it stops following, against what was durable at its source."""

    lsn: int  # its log ends here
    missing_commits: int
    missing_bytes: int
    missing_since_ns: int  # when the oldest missing record became durable; NEVER: nothing missing
