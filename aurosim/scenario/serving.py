"""Which tables an instance serves at the start: those that the workloads it is led to read.

An endpoint's name leads to the writer, to the readers, to its members or to the instance of that
name; the reader endpoint of a cluster without readers leads to its writer. A buffer holds what its
instance has been reading, so this is what an instance is warm for.
"""

from __future__ import annotations

from collections.abc import Sequence

from aurosim.scenario.cluster import ClusterSpec, InstanceSpec
from aurosim.scenario.workload import GLOBAL, WorkloadSpec


def tables_read(workloads: Sequence[WorkloadSpec]) -> set[str]:
    """The tables of which some statement touches pages; statements say how many."""
    return {
        each.data.table for each in workloads if any(item.pages for item in each.transaction)
    }


def served_tables(
    clusters: Sequence[ClusterSpec], workloads: Sequence[WorkloadSpec]
) -> dict[str, set[str]]:
    """By instance, the tables read there by workloads that their endpoint leads there."""
    served: dict[str, set[str]] = {
        instance.name: set() for cluster in clusters for instance in cluster.instances
    }
    for workload in workloads:
        for instance in _led_to(workload, clusters):
            served[instance] |= tables_read([workload])
    return served


def _led_to(workload: WorkloadSpec, clusters: Sequence[ClusterSpec]) -> list[str]:
    primary = clusters[0]
    if workload.endpoint in (GLOBAL, "cluster"):
        return [primary.instances[0].name]
    here = next((each for each in clusters if each.name == workload.cluster), primary)
    names = [each.name for each in here.instances]
    readers = names[1:] if here is primary else names
    if workload.endpoint == "reader":
        return readers or names
    custom = next((each for each in here.endpoints if each.name == workload.endpoint), None)
    if custom is None:
        return [workload.endpoint]
    chosen = readers if custom.members == "reader" else names
    return [name for name in chosen if custom.takes(name)] or names[:1]


def with_cache(
    instance: InstanceSpec, served: dict[str, set[str]], tables: set[str]
) -> InstanceSpec:
    """The instance with its cache in words: `warm` and `cold` where it serves all or nothing."""
    if instance.cache is not None:
        return instance
    mine = served[instance.name]
    word = "warm" if mine == tables else "served" if mine else "cold"
    return instance.model_copy(update={"cache": word})
