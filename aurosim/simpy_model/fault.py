"""What goes wrong, and when: each fault of the scenario is a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.instance import Instance
from aurosim.units import NS_PER_S

if TYPE_CHECKING:
    from aurosim.simpy_model.cluster import Cluster


def strike(cluster: Cluster, spec: Any) -> Steps:
    """Waits for the fault's time, then does what its kind does."""
    yield cluster.env.timeout(spec.at / NS_PER_S)
    yield from KINDS[spec.kind](cluster, spec, getattr(spec, spec.kind))


def _named(cluster: Cluster, name: str) -> Instance:
    """The instance of this name; `writer` is whoever is the writer now."""
    found = [each for each in cluster.instances if each.name == name]
    return cluster.failover.seat if name == "writer" or not found else found[0]


def _for_s(spec: Any) -> float:
    return float(spec.for_ / NS_PER_S)


def _host_failure(cluster: Cluster, spec: Any, target: Any) -> Steps:
    """The host is lost until it is replaced; a writer that nobody can follow is created anew."""
    care, instance = cluster.failover, _named(cluster, target.instance)
    care.lose_host(instance, spec)
    if spec.for_ is not None:
        yield cluster.env.timeout(_for_s(spec))
    else:
        start_s, noticed_s = cluster.env.now, care.noticed_s(instance)
        yield cluster.env.timeout(noticed_s)
        alone = instance is care.seat and care.best_reader() is None
        takes_s = cluster.numbers.between("recreate" if alone else "host_replace", care.draws)
        yield cluster.env.timeout(max(0.0, start_s + takes_s - cluster.env.now))
    care.return_host(instance, spec, 0.0)


def _crash(cluster: Cluster, _: Any, target: Any) -> Steps:
    """The process, or the node under it, dies and restarts in place; no failover."""
    instance, numbers = _named(cluster, target.instance), cluster.numbers
    if not instance.away:
        node = target.what == "node"
        restart_s = (
            numbers.seconds("node_restart")
            if node
            else numbers.between("crash_restart", cluster.failover.draws)
        )
        cluster.failover.stop(instance, restart_s, lose_cache=node)
    yield from ()


def _reboot(cluster: Cluster, _: Any, target: Any) -> Steps:
    instance = _named(cluster, target.instance)
    if not instance.away:
        cluster.failover.stop(instance, cluster.numbers.seconds("reboot_restart"))
    yield from ()


def _failover(cluster: Cluster, _: Any, target: Any) -> Steps:
    """Someone asks for a failover: the writer stops in order."""
    care = cluster.failover
    to = care.best_reader() if target.to is None else _named(cluster, target.to)
    if to is not None and to is not care.seat and cluster.volume.writer is not None:
        care.asked = to
        care.stop(care.seat, cluster.numbers.seconds("reboot_restart"))
    yield from ()


def _az_outage(cluster: Cluster, spec: Any, target: Any) -> Steps:
    """Instances of the zone die with their hosts; its storage is out of reach, data intact."""
    hit = [each for each in cluster.instances if each.zone == target.az]
    for instance in hit:
        cluster.failover.lose_host(instance, spec)
    cluster.zones.darken(target.az)
    cluster.note_quorum()
    yield cluster.env.timeout(_for_s(spec))
    cluster.zones.lighten(target.az)
    cluster.volume.storage.returned()
    cluster.note_quorum()
    for instance in hit:
        cluster.failover.return_host(instance, spec, cluster.numbers.seconds("node_restart"))


def _segment_loss(cluster: Cluster, spec: Any, target: Any) -> Steps:
    """Segments lose what they hold, and get it from their peers after a time."""
    storage = cluster.volume.storage
    hit = {(target.group, member) for member in target.segments} - storage.lost
    storage.lost |= hit
    cluster.note_quorum()
    yield cluster.env.timeout(_for_s(spec))
    storage.lost -= hit
    storage.returned()
    cluster.note_quorum()


def _slow_node(cluster: Cluster, spec: Any, target: Any) -> Steps:
    """Storage nodes answer late."""
    nodes = {cluster.volume.storage.node(target.group, member) for member in target.segments}
    delay_s = target.delay / NS_PER_S
    for node in nodes:
        node.delays_s.append(delay_s)
    yield cluster.env.timeout(_for_s(spec))
    for node in nodes:
        node.delays_s.remove(delay_s)


KINDS = {
    "host_failure": _host_failure,
    "crash": _crash,
    "reboot": _reboot,
    "failover": _failover,
    "az_outage": _az_outage,
    "segment_loss": _segment_loss,
    "slow_node": _slow_node,
}
