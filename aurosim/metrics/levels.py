"""What the cluster was like in each interval: vCPUs, sessions, caches, connections, volume.

The data plane keeps areas (a level integrated over time) and counters since the start of the run.
At each boundary the difference to the last one belongs to the interval between them, so a mean
level is exact however it moved. Time in which an instance was absent is no time of its own: its
means are over the rest, and its share of CPU is of the vCPUs that it had. Connections, commits
waiting and the size of the volume, which have no area, are what they were at the end of the
interval; the copies of the volume are as few as they were at either end of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import NEVER, ClusterView, InstanceView, Pictures, Status, Wait
from aurosim.dataplane.observation import Rows
from aurosim.dataplane.plan import Plan
from aurosim.units import NS_PER_S

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]


INSTANCE_NONE = InstanceView(0, 0, 0, 0, 0, 0, (0,) * len(Wait), 0, 0)
CLUSTER_NONE = ClusterView(-1, 0, 0, 0, 0)
AREAS = (
    ("busy", "busy_ns"), ("vcpus", "vcpu_ns"), ("there", "there_ns"), ("touches", "touches"),
    ("misses", "misses"),
)  # fmt: skip
NOT_THERE = ("nowhere", "astray")
"""Of a workload's connections those that lead nowhere, and those that lead to a wrong instance."""
SESSIONS = tuple((wait, f"sessions.{wait.name.lower()}") for wait in Wait)
VOLUME = ("copies_min", "groups_below_write_quorum", "groups_below_read_quorum")
"""How a volume stands, as the control plane tells it: the columns of `volumes`."""


class Levels:
    """Areas, counts and levels by interval; `covered_ns` tells how much of each was seen."""

    def __init__(self, plan: Plan, width_ns: int, intervals: int) -> None:
        self._plan = plan
        self._width_ns = width_ns
        self.covered_ns = np.zeros(intervals, np.int64)
        self._sums: dict[str, Int64s] = {}
        self._levels: dict[str, Floats] = {}
        self._volumes: Int64s | None = None

    def _add(self, name: str, i: Int64s, amounts: Int64s) -> None:
        series = self._sums.get(name)
        if series is None:
            series = self._sums[name] = np.zeros(len(self.covered_ns), np.int64)
        np.add.at(series, i, amounts)

    def _set(self, name: str, i: Int64s, levels: npt.NDArray[Any]) -> None:
        self._series(name)[i] = levels

    def _series(self, name: str) -> Floats:
        series = self._levels.get(name)
        if series is None:
            series = self._levels[name] = np.full(len(self.covered_ns), np.nan)
        return series

    def roll(self, seen: Pictures, volumes: Int64s | None = None) -> None:
        """Takes in the time from each picture to the next, both in one interval. `volumes` has the
        columns of VOLUME of each cluster at each picture but the first, where the last roll ended.
        """
        at_ns = seen.at_ns
        i = at_ns[:-1] // self._width_ns
        lasted_ns = np.diff(at_ns)
        within = (lasted_ns > 0) & (at_ns[1:] <= (i + 1) * self._width_ns)
        assert within.all(), "a roll beyond its interval"
        np.add.at(self.covered_ns, i, lasted_ns)
        for n, instance in enumerate(self._plan.instances):
            self._instance(f"instances.{instance.name}", i, seen.instances[:, n])
        for n, cluster in enumerate(self._plan.clusters):
            self._cluster(f"clusters.{cluster.name}", i, seen.clusters[:, n])
            if cluster.link is not None:
                self._replication(f"clusters.{cluster.name}", i, seen.clusters[1:, n], at_ns[1:])
        for n, workload in enumerate(self._plan.workloads):
            area_ns = np.diff(seen.workloads["in_system_ns"][:, n])
            self._add(f"workloads.{workload.name}.in_system", i, area_ns)
            for key in NOT_THERE:
                now = seen.workloads[key][1:, n]
                self._set(f"workloads.{workload.name}.connections_{key}", i, now)
        if volumes is not None:
            self._worst(i, volumes)

    def _instance(self, name: str, i: Int64s, seen: Rows) -> None:
        for key, column in AREAS:
            self._add(f"{name}.{key}", i, np.diff(seen[column]))
        waits = np.diff(seen["wait_ns"], axis=0)
        for wait, key in SESSIONS:
            self._add(f"{name}.{key}", i, waits[:, wait])
        there = seen["status"][1:] != Status.ABSENT
        self._set(f"{name}.connections", i, np.where(there, seen["connections"][1:], np.nan))
        for key in ("held", "zombies"):
            now = np.where(there, seen[key][1:], np.nan)
            self._set(f"{name}.connections_{key}", i, now)
        # what clients may have: the share in use is of that
        self._set(f"{name}.limit", i, seen["max_connections"][1:])

    def _cluster(self, name: str, i: Int64s, seen: Rows) -> None:
        for key in ("redo_bytes", "storage_writes", "storage_reads"):
            self._add(f"{name}.{key}", i, np.diff(seen[key]))
        self._set(f"{name}.commits_waiting", i, seen["commits_waiting"][1:])
        self._set(f"{name}.used_bytes", i, seen["used_bytes"][1:])
        self._set(f"{name}.protection_groups", i, seen["groups"][1:])

    def _replication(self, name: str, i: Int64s, now: Rows, now_ns: Int64s) -> None:
        """How far a cluster is behind the one it follows, while it follows one."""
        follows = now["source"] >= 0
        if not follows.any():
            return
        i, now, since_ns = i[follows], now[follows], now["behind_since_ns"][follows]
        self._set(f"{name}.behind_bytes", i, now["behind_bytes"])
        age_ns = np.where(since_ns == NEVER, 0, now_ns[follows] - since_ns)
        self._set(f"{name}.behind_ns", i, age_ns)

    def _worst(self, i: Int64s, volumes: Int64s) -> None:
        """An interval remembers the worst of how the volumes stood at its ends."""
        if self._volumes is None:  # nothing is known of how they stood at the very start
            self._volumes = volumes[:1]
        ends = np.concatenate([self._volumes, volumes])
        self._volumes = volumes[-1:]
        for n, cluster in enumerate(self._plan.clusters):
            for column, key in enumerate(VOLUME):
                series = self._series(f"clusters.{cluster.name}.{key}")
                worse = np.fmin if key == "copies_min" else np.fmax
                worse.at(series, i, ends[:-1, n, column])
                worse.at(series, i, ends[1:, n, column])

    def mean(self, name: str, there: str = "") -> Floats:
        """The mean level of an area; NaN where nothing was seen. `there` names the area of the time
        that counts, where that isn't all."""
        return self._over(name, self.total(there) if there else self.covered_ns)

    def share(self, name: str, whole: str) -> Floats:
        """One mean level as a share of another; NaN where there was nothing to have a share of."""
        part, of = self.mean(name), self.mean(whole)
        result = np.full(len(of), np.nan)
        np.divide(part, of, out=result, where=of > 0)
        return result

    def per_s(self, name: str) -> Floats:
        """A counter as a rate."""
        return self._over(name, self.covered_ns) * NS_PER_S

    def level(self, name: str) -> Floats:
        """A level at the end of each interval; NaN where there is none."""
        found = self._levels.get(name)
        return np.full(len(self.covered_ns), np.nan) if found is None else found

    def total(self, name: str) -> Int64s:
        """A counter as it is."""
        found = self._sums.get(name)
        return np.zeros(len(self.covered_ns), np.int64) if found is None else found

    def _over(self, name: str, by: Int64s) -> Floats:
        result = np.full(len(by), np.nan)
        np.divide(self.total(name), by, out=result, where=by > 0)
        return result
