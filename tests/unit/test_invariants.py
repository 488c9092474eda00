"""Every checker sees its fault, and none cries where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

import aurosim
from aurosim.dataplane.contract import OpenRequest, Status, WorkloadView
from aurosim.simulation.invariants import CHECKERS, InvariantError, check, check_end
from tests.metrics_story import (
    MS,
    ORDERS,
    S,
    bad,
    block,
    close,
    good,
    ns,
    observation,
    plan,
    recorder,
)
from tests.pictures import pictures

GIB = 1 << 30


def instance(now, n=0, **changes):
    views = list(now.instances)
    views[n] = replace(views[n], **changes)
    return replace(now, instances=tuple(views))


def cluster(now, **changes):
    return replace(now, clusters=(replace(now.clusters[0], **changes),))


def orders(now, **changes):
    return replace(now, workloads=(now.workloads[0], replace(now.workloads[1], **changes)))


def lively(at_s: float):
    """A cluster at work in every respect. Of the 8 places of its pools 3 lead to the writer, one of
    them to a session that is gone, where another has lost its client."""
    now = cluster(
        observation(at_s), next_lsn=500, vdl=400, redo_bytes=9, storage_writes=9, storage_reads=9,
        lost_commits=1, used_bytes=15 * GIB, free_bytes=3,
    )  # fmt: skip
    now = instance(
        now, busy=2, connections=3, connections_max=4, touches=9, misses=3, applied_lsn=400,
        busy_ns=50 * MS, wait_ns=(MS, MS, MS, MS), held=3, zombies=1,
    )  # fmt: skip
    now = instance(now, 1, applied_lsn=390)
    now = orders(now, due=9, ended=5, in_system=4, in_system_ns=10 * MS, nowhere=1)
    browse = replace(now.workloads[0], nowhere=4)
    now = replace(now, workloads=(browse, now.workloads[1]))
    return replace(now, rows=20, events_pending=7, events_bound=8)


FAULTS = {
    "time_goes_on": [
        lambda now: replace(now, now_ns=ns(0.9)),
        lambda now: replace(now, rows=19),
    ],
    "log_is_in_order": [
        lambda now: cluster(now, next_lsn=399),
        lambda now: instance(now, 1, applied_lsn=401),
    ],
    "vdl_never_falls": [lambda now: instance(cluster(now, vdl=395), applied_lsn=395)],
    "secondaries_follow": [
        lambda now: cluster(now, behind_commits=-1),
        lambda now: cluster(now, behind_bytes=-1),
        lambda now: cluster(now, source=0, behind_since_ns=5),  # its own source, to be short
    ],
    "vcpus_are_shared": [
        lambda now: instance(now, busy=3),
        lambda now: instance(now, busy=-1),
        lambda now: instance(now, queue=-1),
        lambda now: instance(now, busy_ns=50 * MS + 200 * MS + 1),  # 2 vCPUs, 0.1 s
    ],
    "connections_fit": [
        lambda now: instance(now, connections=-1),
        lambda now: instance(now, connections=5),
        lambda now: instance(now, connections=101, connections_max=101),
    ],
    "connections_are_kept": [
        lambda now: instance(now, held=4),
        lambda now: instance(now, 1, held=1),
        lambda now: orders(now, nowhere=0),
        lambda now: instance(now, zombies=-1),
        lambda now: instance(now, zombies=4),  # of 3 sessions
    ],
    "absent_is_idle": [
        lambda now: instance(now, 1, status=Status.ABSENT, busy=1),
        lambda now: instance(now, 1, status=Status.ABSENT, connections=1, connections_max=1),
        lambda now: instance(now, status=Status.ABSENT, busy=0, connections=0),  # and the writer
    ],
    "areas_only_grow": [
        lambda now: instance(now, busy_ns=49 * MS),
        lambda now: instance(now, wait_ns=(MS, MS, MS, MS - 1)),
        lambda now: instance(now, touches=8),
        lambda now: instance(now, misses=10),
        lambda now: instance(now, vcpu_ns=1),
        lambda now: instance(now, there_ns=1),
        lambda now: cluster(now, redo_bytes=8),
        lambda now: cluster(now, storage_writes=8),
        lambda now: cluster(now, storage_reads=8),
        lambda now: orders(now, in_system_ns=MS),
    ],
    "requests_are_kept": [
        lambda now: orders(now, due=10),
        lambda now: orders(now, due=8, ended=9, in_system=-1),
        lambda now: orders(now, due=8, in_system=3),
        lambda now: orders(now, waiting=5),
        lambda now: orders(now, waiting=-1),
    ],
    "queue_is_bounded": [lambda now: replace(now, events_pending=9)],
    "losses_are_not_undone": [
        lambda now: cluster(now, lost_commits=0),
        lambda now: cluster(now, commits_waiting=-1),
        lambda now: cluster(now, batches_in_flight=-1),
    ],
    "volume_only_grows": [
        lambda now: cluster(now, used_bytes=15 * GIB - 1),
        lambda now: cluster(now, used_bytes=128 * 1024 * GIB + 1, groups=13_108),
        lambda now: cluster(now, free_bytes=-1),
        lambda now: cluster(now, free_bytes=15 * GIB + 1),
        lambda now: cluster(now, groups=1),
        lambda now: cluster(now, groups=3),
        lambda now: cluster(now, used_bytes=20 * GIB + 1),  # a third group for the last byte
        lambda now: cluster(now, used_bytes=20 * GIB, groups=3),
    ],
}


def test_every_checker_has_its_faults() -> None:
    assert [checker.__name__ for checker in CHECKERS] == list(FAULTS)


def looked_at(*seen) -> None:
    check(pictures(*seen), plan())


def test_a_cluster_at_work_is_in_order() -> None:
    looked_at(lively(1), lively(1))
    looked_at(*(lively(1 + n / 10) for n in range(20)))


def test_of_many_pictures_the_first_that_cannot_be_is_told() -> None:
    """Of the fourth, which has two faults, and not of the sixth, nor of those in between."""
    seen = [lively(1 + n / 10) for n in range(8)]
    seen[3] = replace(instance(seen[3], busy=3), events_pending=9)
    seen[5] = instance(seen[5], queue=-1)
    with pytest.raises(InvariantError, match="^at 1300000000 ns: ") as found:
        looked_at(*seen)
    told = str(found.value)
    assert "3 of 2 vCPUs are busy; queue_is_bounded: 9 events pending" in told
    assert "tasks wait" not in told


@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for name, faults in FAULTS.items() for fault in faults]
)
def test_each_fault_is_seen_by_its_checker(name, fault) -> None:
    with pytest.raises(InvariantError, match=f"{name}: "):
        looked_at(lively(1), fault(lively(1.1)))


def test_the_message_has_the_time_the_name_and_the_numbers() -> None:
    with pytest.raises(InvariantError, match="at 1100000000 ns: .*db-1: 3 of 2 vCPUs are busy"):
        looked_at(lively(1), instance(lively(1.1), busy=3))


@pytest.mark.parametrize(
    "recovery",
    [
        lambda now: instance(now, epoch=2),
        lambda now: cluster(now, writer=-1),
        lambda now: cluster(now, writer=1),
    ],
)
def test_a_recovery_may_cut_the_log(recovery) -> None:
    cut = instance(cluster(lively(1.1), vdl=395), applied_lsn=395)
    looked_at(lively(1), recovery(cut))


def test_an_instance_that_is_down_has_applied_what_it_had() -> None:
    down = instance(lively(1.1), 1, applied_lsn=401, status=Status.DARK)
    looked_at(lively(1), down)


def test_what_was_busy_or_open_when_an_instance_shrank_may_stay() -> None:
    """2 vCPUs work and 3 are connected when both limits fall to 1, at one moment of time."""
    small = {"vcpu": 1, "max_connections": 1}
    looked_at(lively(1), instance(lively(1), **small))
    looked_at(instance(lively(1), **small), instance(lively(1.1), busy_ns=250 * MS, **small))
    later = instance(lively(1.1), busy=1, connections=1, **small)
    with pytest.raises(InvariantError, match="2 of 1 vCPUs are busy"):
        looked_at(later, instance(lively(1.2), connections=1, **small))
    with pytest.raises(InvariantError, match="3 connections, at most 4 so far, 1 allowed"):
        looked_at(later, instance(lively(1.2), busy=1, **small))


def end(area_ns: int):
    """Orders: 2 s and 3 s in rows, 1 s open; the data plane's area as told."""
    made = recorder()
    made.rows(block(good(3, due_s=1), bad(7, due_s=4)))
    close(made, [OpenRequest(ORDERS, ORDERS, 9, 19 * S)])
    none = WorkloadView(0, 0, 0, 0, 0)
    load = WorkloadView(3, 2, 1, area_ns, 0)
    check_end(made, replace(observation(20), workloads=(none, load)))


def test_littles_law_holds_to_the_nanosecond() -> None:
    end(6 * S)
    with pytest.raises(InvariantError, match="orders: Little's law fails by 1 ns"):
        end(6 * S + 1)
    with pytest.raises(InvariantError, match="by -1 ns"):
        end(6 * S - 1)


WORLD = """
name: looked-at
run: {duration: 2 s, warm_up: 250 ms}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload: [{name: orders, connections: 2, transaction: sysbench-oltp-write-only}]
faults: [{at: 730 ms, crash: {instance: writer, what: instance}}]
"""


@pytest.mark.parametrize("plane", ["simpy", "compiled"])
def test_a_run_is_looked_at_at_every_boundary_and_after_every_fault(plane, monkeypatch) -> None:
    """Each picture beside the one before it, also over the end of a block."""
    seen: list[int] = []

    def watch(before, now, plan):
        assert not seen or before.at_ns[0] == seen[-1]
        assert (before.at_ns[1:] == now.at_ns[:-1]).all()
        seen.extend(now.at_ns.tolist())
        yield from ()

    monkeypatch.setattr("aurosim.simulation.invariants.CHECKERS", (watch,))
    monkeypatch.setattr("aurosim.simulation.seen.KEPT", 8)
    monkeypatch.setattr("aurosim.dataplane.mechanics.plane.PICTURES", 8)
    aurosim.run(WORLD, plane=plane)
    assert {*range(100 * MS, 2 * S + 1, 100 * MS), 250 * MS} <= {*seen}
    assert 730 * MS in seen and seen == sorted(seen)
