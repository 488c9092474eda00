"""The space that a volume's data take: groups come as it grows, and at its limit none is left."""

from __future__ import annotations

from typing import Any

from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import ZERO


def take_space(S: State, j: int) -> bool:
    """The space a statement's rows need, first what DELETEs freed; False when the volume has not so
    much left. A DELETE frees its own."""
    cluster = S.cluster[S.instance[S.job[j].instance].cluster]
    needs = S.statement[S.job[j].plan].grows_bytes
    if needs <= cluster.free_bytes:
        cluster.free_bytes = min(cluster.free_bytes - needs, cluster.used_bytes)
        return True
    grown = cluster.used_bytes + needs - cluster.free_bytes
    if grown > cluster.limit_bytes:
        return False
    grow(cluster, grown, ZERO)
    return True


def grow(cluster: Any, used_bytes: int, free_bytes: int) -> None:
    """So much space is in use now; what of it is free for new rows. Groups come as needed: their
    records are there, empty."""
    cluster.used_bytes = max(cluster.used_bytes, used_bytes)
    cluster.free_bytes = free_bytes
    while cluster.groups * cluster.group_bytes < cluster.used_bytes:
        cluster.groups += 1
