"""What the cluster was like in each interval: vCPUs, sessions, caches, connections, volume.

The data plane keeps areas (a level integrated over time) and counters since the start of the run.
At each boundary the difference to the last one belongs to the interval between them, so a mean
level is exact however it moved. Connections, commits waiting and the size of the volume, which have
no area, are what they were at the end of the interval; the copies of the volume are as few as they
were at any boundary or change within it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import NEVER, ClusterView, InstanceView, Observation, Wait
from aurosim.dataplane.plan import Plan
from aurosim.units import NS_PER_S

Floats = npt.NDArray[np.float64]


class VolumeView(Protocol):
    """How the volume stands, as the control plane tells it."""

    @property
    def copies_min(self) -> int: ...
    @property
    def groups_below_write_quorum(self) -> int: ...
    @property
    def groups_below_read_quorum(self) -> int: ...


INSTANCE_NONE = InstanceView(0, 0, 0, 0, 0, 0, 0, (0,) * len(Wait), 0, 0, 0, 0)
CLUSTER_NONE = ClusterView(-1, 0, 0, 0, 0, 0, 0, 0, 0)
SESSIONS = tuple((wait, f"sessions.{wait.name.lower()}") for wait in Wait)


class Levels:
    """Areas, counts and levels by interval; `covered_ns` tells how much of each was seen."""

    def __init__(self, plan: Plan, width_ns: int, intervals: int) -> None:
        self._plan = plan
        self._width_ns = width_ns
        self.covered_ns = np.zeros(intervals, np.int64)
        self._sums: dict[str, npt.NDArray[np.int64]] = {}
        self._levels: dict[str, Floats] = {}
        self._volumes: tuple[VolumeView, ...] = ()
        self._volume_since_ns = 0

    def _add(self, name: str, i: int, amount: int) -> None:
        series = self._sums.get(name)
        if series is None:
            series = self._sums[name] = np.zeros(len(self.covered_ns), np.int64)
        series[i] += amount

    def _set(self, name: str, i: int, level: float) -> None:
        series = self._levels.get(name)
        if series is None:
            series = self._levels[name] = np.full(len(self.covered_ns), np.nan)
        series[i] = level

    def roll(self, before: Observation | None, now: Observation, *volumes: VolumeView) -> None:
        """Takes in the time from `before` (None: the start) to `now`, both in one interval;
        `volumes` are those of the clusters in their order.
        """
        from_ns = before.now_ns if before else 0
        i = from_ns // self._width_ns
        assert from_ns < now.now_ns <= (i + 1) * self._width_ns, "a roll beyond its interval"
        self.covered_ns[i] += now.now_ns - from_ns
        for n, instance in enumerate(self._plan.instances):
            then = before.instances[n] if before else INSTANCE_NONE
            self._instance(f"instances.{instance.name}", i, then, now.instances[n])
        for n, cluster in enumerate(self._plan.clusters):
            earlier = before.clusters[n] if before else CLUSTER_NONE
            self._cluster(f"clusters.{cluster.name}", i, earlier, now.clusters[n])
            if cluster.link is not None:
                self._replication(f"clusters.{cluster.name}", i, now.clusters[n], now.now_ns)
        volumes = volumes or self._volumes
        if volumes:
            self.volume(now.now_ns, *volumes)
            self._worst(i, volumes)  # as they were just before the boundary
        for n, workload in enumerate(self._plan.workloads):
            passed_ns = before.workloads[n].in_system_ns if before else 0
            area_ns = now.workloads[n].in_system_ns - passed_ns
            self._add(f"workloads.{workload.name}.in_system", i, area_ns)

    def _instance(self, name: str, i: int, then: InstanceView, now: InstanceView) -> None:
        self._add(f"{name}.busy", i, now.busy_ns - then.busy_ns)
        self._add(f"{name}.touches", i, now.touches - then.touches)
        self._add(f"{name}.misses", i, now.misses - then.misses)
        for wait, key in SESSIONS:
            self._add(f"{name}.{key}", i, now.wait_ns[wait] - then.wait_ns[wait])
        self._set(f"{name}.connections", i, now.connections)

    def _cluster(self, name: str, i: int, then: ClusterView, now: ClusterView) -> None:
        self._add(f"{name}.redo_bytes", i, now.redo_bytes - then.redo_bytes)
        self._add(f"{name}.storage_writes", i, now.storage_writes - then.storage_writes)
        self._add(f"{name}.storage_reads", i, now.storage_reads - then.storage_reads)
        self._set(f"{name}.commits_waiting", i, now.commits_waiting)
        self._set(f"{name}.used_bytes", i, now.used_bytes)
        self._set(f"{name}.protection_groups", i, now.groups)

    def _replication(self, name: str, i: int, now: ClusterView, now_ns: int) -> None:
        """How far a cluster is behind the one it follows, if it follows one."""
        if now.source < 0:
            return
        since_ns = now.behind_since_ns
        self._set(f"{name}.behind_bytes", i, now.behind_bytes)
        self._set(f"{name}.behind_ns", i, 0 if since_ns == NEVER else now_ns - since_ns)

    def volume(self, at_ns: int, *volumes: VolumeView) -> None:
        """The volumes are like this from `at_ns` on; their interval remembers how they were."""
        if self._volumes and self._volume_since_ns < at_ns:
            self._worst(self._volume_since_ns // self._width_ns, self._volumes)
        self._volumes, self._volume_since_ns = volumes, at_ns

    def _worst(self, i: int, volumes: tuple[VolumeView, ...]) -> None:
        for cluster, volume in zip(self._plan.clusters, volumes, strict=True):
            self._worst_of(f"clusters.{cluster.name}", i, volume)

    def _worst_of(self, name: str, i: int, volume: VolumeView) -> None:
        copies = self.level(f"{name}.copies_min")[i]
        self._set(f"{name}.copies_min", i, np.fmin(copies, volume.copies_min))
        below = f"{name}.groups_below_write_quorum"
        groups = np.fmax(self.level(below)[i], volume.groups_below_write_quorum)
        self._set(below, i, groups)
        below = f"{name}.groups_below_read_quorum"
        groups = np.fmax(self.level(below)[i], volume.groups_below_read_quorum)
        self._set(below, i, groups)

    def mean(self, name: str) -> Floats:
        """The mean level of an area; NaN where nothing was seen."""
        return self._over(name, self.covered_ns)

    def per_s(self, name: str) -> Floats:
        """A counter as a rate."""
        return self._over(name, self.covered_ns) * NS_PER_S

    def level(self, name: str) -> Floats:
        """A level at the end of each interval; NaN where there is none."""
        return self._levels.get(name, np.full(len(self.covered_ns), np.nan))

    def total(self, name: str) -> npt.NDArray[np.int64]:
        """A counter as it is."""
        return self._sums.get(name, np.zeros(len(self.covered_ns), np.int64))

    def _over(self, name: str, by: npt.NDArray[np.int64]) -> Floats:
        result = np.full(len(by), np.nan)
        np.divide(self.total(name), by, out=result, where=by > 0)
        return result
