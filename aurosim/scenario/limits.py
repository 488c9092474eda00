"""How many connections an instance accepts, and how many of them its clients may have."""

from __future__ import annotations

from aurosim import catalog
from aurosim.scenario.cluster import ClusterSpec


def max_connections(cluster: ClusterSpec, kind: catalog.InstanceClass) -> int:
    """What the cluster says, else what the class's default parameter group allows."""
    return cluster.max_connections or catalog.engine(cluster.engine).max_connections(kind)


def connections_for_clients(cluster: ClusterSpec, kind: catalog.InstanceClass) -> int:
    """The same without the slots that the engine keeps for itself and for administrators."""
    return max_connections(cluster, kind) - catalog.engine(cluster.engine).reserved_connections
