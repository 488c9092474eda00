"""Names: where an endpoint leads to, through the clients' cache of the resolver's answers."""

from __future__ import annotations

from aurosim.dataplane.mechanics.state import State


def resolve(S: State, x: int, now: int) -> int:
    """The instance the endpoint's name leads to, through the clients' DNS cache."""
    slot = S.slot[x]
    w = slot.workload
    workload = S.workload[w]
    if workload.role < 0:
        return workload.instance
    if now >= workload.dns_until_ns:
        count = S.record_count[workload.cluster, workload.role]
        for place in range(count):
            S.dns[w, place] = S.record[workload.cluster, workload.role, place]
        S.dns_count[w] = count
        workload.dns_until_ns = now + workload.dns_cache_ns
    return S.dns[w, (slot.number + slot.connects) % S.dns_count[w]]
