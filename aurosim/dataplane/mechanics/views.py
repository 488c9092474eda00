"""What a data plane looks like from outside: the parts of an observation, from plain records."""

from __future__ import annotations

from typing import Any

from aurosim.dataplane.contract import (
    NEVER,
    WAITS,
    ClusterView,
    InstanceView,
    Status,
    WorkloadView,
)


def instance_view(record: Any, number: int, cluster: Any, now: int) -> InstanceView:
    """An instance now."""
    writes = cluster.writer == number
    there = record.status != Status.ABSENT
    return InstanceView(
        status=record.status,
        epoch=record.epoch,
        connections=record.connections,
        connections_max=record.connections_max,
        busy=record.busy,
        queue=record.queued,
        busy_ns=record.busy * now - record.busy_sum_ns,
        wait_ns=tuple(
            record.level[wait] * now - record.level_sum_ns[wait] for wait in range(WAITS)
        ),
        touches=record.touches,
        misses=record.missed,
        applied_lsn=cluster.vdl if writes else record.applied_lsn,
        lag_ns=0 if writes else record.lag_ns,
        vcpu=record.vcpu,
        max_connections=record.max_connections,
        vcpu_ns=there * record.vcpu * now - record.vcpu_sum_ns,
        there_ns=there * now - record.there_sum_ns,
    )


def cluster_view(record: Any, batches: list[Any]) -> ClusterView:
    """The log and the volume now; ``batches`` of redo have not reached it yet."""
    return ClusterView(
        writer=record.writer,
        next_lsn=record.next_lsn,
        vdl=record.vdl,
        batches_in_flight=record.flying,
        storage_writes=record.storage_writes,
        storage_reads=record.storage_reads,
        redo_bytes=record.redo_bytes,
        commits_waiting=record.commits_end - record.commits_first,
        lost_commits=record.lost_commits,
        source=record.source,
        behind_commits=sum(batch.commits for batch in batches),
        behind_bytes=sum(batch.bytes for batch in batches),
        behind_since_ns=batches[0].since_ns if batches else NEVER,
        used_bytes=record.used_bytes,
        free_bytes=record.free_bytes,
        groups=record.groups,
    )


def workload_view(record: Any, ahead: list[int], now: int) -> WorkloadView:
    """A workload's requests now; those planned for later, due at ``ahead``, are not due yet."""
    level = record.level - len(ahead)
    return WorkloadView(
        due=record.due - len(ahead),
        ended=record.ended,
        in_system=level,
        in_system_ns=level * now - (record.level_sum_ns - sum(ahead)),
        waiting=record.waiting_end - record.waiting_first,
    )
