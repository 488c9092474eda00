"""Instances that change their size while they work, leave the cluster, and join it."""

from __future__ import annotations

from aurosim.dataplane.contract import Status
from aurosim.dataplane.mechanics import instances, process_stop
from aurosim.dataplane.mechanics.state import State

ABSENT, DARK = int(Status.ABSENT), int(Status.DARK)


def resize(S: State, i: int, vcpu: int, buffer_pages: int, now: int) -> None:
    """Another number of vCPUs and another buffer. New vCPUs take what waits; what works on one that
    goes ends its burst on it."""
    instance = S.instance[i]
    if instance.status != ABSENT:
        instance.vcpu_sum_ns += (vcpu - instance.vcpu) * now
    instance.vcpu = vcpu
    instance.buffer_pages = buffer_pages
    let_go(S, i, buffer_pages)
    instances.dispatch(S, i, now)


def let_go(S: State, i: int, pages: int) -> None:
    """The buffer holds no more than ``pages`` from now on: each table loses in proportion to what
    it holds, as it does to a page that comes into a full one."""
    held = 0.0
    for t in range(len(S.table)):
        held += S.resident[i, t]
    if held > pages:
        for t in range(len(S.table)):
            S.resident[i, t] = S.resident[i, t] * (pages / held)


def leave(S: State, i: int, now: int) -> None:
    """The instance is no longer there: its process stops, and host and cache go with it."""
    instance = S.instance[i]
    process_stop.stop(S, i, ABSENT, now)
    instance.vcpu_sum_ns -= instance.vcpu * now
    instance.there_sum_ns -= now
    for t in range(len(S.table)):
        S.resident[i, t] = 0.0


def join(S: State, i: int, now: int) -> None:
    """The instance is there from now on: a host that does not answer yet, with an empty cache."""
    instance = S.instance[i]
    instance.status = DARK
    instance.vcpu_sum_ns += instance.vcpu * now
    instance.there_sum_ns += now
