"""What a data plane shows of itself between two calls of `advance`: pictures of plain numbers.

The control plane decides by them, the recorder keeps their differences, the invariants compare
them, and the agreement of the planes is checked on them. Part of the contract.

A picture is taken as a row of `Pictures`, by the rules themselves (`mechanics.looking`), and made
into objects only for who wants a single one: a view's field is there a column of the same name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from aurosim.units import NEVER

WAITS = 4
"""On how many things an active session may wait (`contract.Wait`)."""
Rows = npt.NDArray[np.void]


COUNTED = "counted"


def counted() -> Any:
    """A count that rules add to: the record has a field of this name, and pictures copy it."""
    return field(default=0, metadata={COUNTED: True})


def counts(view: type) -> tuple[str, ...]:
    """The names of a view's counts."""
    return tuple(each.name for each in fields(view) if COUNTED in each.metadata)


@dataclass(frozen=True)
class InstanceView:
    """What an instance looks like now. Areas are integrals over time since 0, in ns."""

    status: int
    epoch: int
    connections: int
    busy: int  # vCPUs working
    queue: int  # tasks runnable and waiting
    busy_ns: int  # integral of busy
    wait_ns: tuple[int, ...]  # integral of sessions in each Wait
    applied_lsn: int  # reader: how far its redo is applied; writer: VDL
    lag_ns: int  # reader: lag of the last chunk applied; 0 for the writer
    vcpu: int = 0  # vCPUs it has
    max_connections: int = 0
    vcpu_ns: int = 0  # integral of its vCPUs while it was there: what it could have worked
    there_ns: int = 0  # how long it was there, up or down
    held: int = 0  # connections that clients have and that lead here, alive or not
    zombies: int = 0  # its sessions whose clients are gone
    connections_max: int = counted()  # the most there were since 0
    touches: int = counted()  # leaf pages asked for
    misses: int = counted()  # of these not in the buffer


@dataclass(frozen=True)
class ClusterView:
    """The log and the volume now."""

    writer: int  # instance index, -1 while there is none
    next_lsn: int
    vdl: int
    batches_in_flight: int
    commits_waiting: int
    storage_writes: int = counted()  # boxcars sent to segments, each copy counted
    storage_reads: int = counted()
    redo_bytes: int = counted()
    lost_commits: int = counted()  # acknowledged commits lost so far
    used_bytes: int = counted()  # space ever taken; never falls
    free_bytes: int = counted()  # of these, freed by a DELETE and not taken again
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
    waiting: int  # in the waiting rooms
    nowhere: int = 0  # places in its pools without an open connection
    astray: int = 0  # connections of a writer's endpoint that lead to another instance


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


def _columns(view: type) -> np.dtype[np.void]:
    """A record of a view's whole numbers, by the same names."""
    lengths: dict[str, tuple[int, ...]] = {"int": (), "tuple[int, ...]": (WAITS,)}
    return np.dtype([
        (each.name, np.int64, lengths[str(each.type)])
        for each in fields(view)
        if each.type in lengths
    ])  # fmt: skip


MOMENT, INSTANCE = _columns(Observation), _columns(InstanceView)
CLUSTER, WORKLOAD = _columns(ClusterView), _columns(WorkloadView)


@dataclass(frozen=True)
class Pictures:
    """Observations in columns: a row for each, in the order in which they were taken."""

    moments: Rows  # [row]
    instances: Rows  # [row, instance]
    clusters: Rows  # [row, cluster]
    workloads: Rows  # [row, workload]

    @classmethod
    def empty(cls, rows: int, instances: int, clusters: int, workloads: int) -> Pictures:
        """Rows of zeros."""
        return cls(
            np.zeros(rows, MOMENT), np.zeros((rows, instances), INSTANCE),
            np.zeros((rows, clusters), CLUSTER), np.zeros((rows, workloads), WORKLOAD),
        )  # fmt: skip

    @classmethod
    def joined(cls, parts: Sequence[Pictures]) -> Pictures:
        """All rows of all parts, as new arrays."""
        return cls(*map(np.concatenate, zip(*(each.parts for each in parts), strict=True)))

    @property
    def parts(self) -> tuple[Rows, Rows, Rows, Rows]:
        """The four tables."""
        return self.moments, self.instances, self.clusters, self.workloads

    @property
    def at_ns(self) -> npt.NDArray[np.int64]:
        """When each was taken."""
        return self.moments["now_ns"]

    def put(self, first: int, other: Pictures) -> None:
        """Copy the rows of ``other`` into those from ``first`` on."""
        for mine, theirs in zip(self.parts, other.parts, strict=True):
            mine[first : first + len(theirs)] = theirs

    def rows(self, which: Any) -> Pictures:
        """Some rows: a slice of them, or those of an array of indexes."""
        return Pictures(*(each[which] for each in self.parts))

    def observation(self, row: int = -1) -> Observation:
        """A row as an observation."""
        now_ns, *counts = self.moments[row].tolist()
        return Observation(
            now_ns,
            tuple(InstanceView(*_plain(each)) for each in self.instances[row].tolist()),
            tuple(ClusterView(*each) for each in self.clusters[row].tolist()),
            tuple(WorkloadView(*each) for each in self.workloads[row].tolist()),
            *counts,
        )


def _plain(record: tuple[Any, ...]) -> list[Any]:
    return [tuple(each.tolist()) if isinstance(each, np.ndarray) else each for each in record]


@dataclass(frozen=True)
class OpenRequest:
    """A request still open at the end of the run."""

    workload: int
    process: int  # its place among all
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
