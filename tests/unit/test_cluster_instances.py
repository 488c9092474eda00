"""Who is promoted, who holds the seat, and what the endpoints name."""

from __future__ import annotations

from itertools import permutations

import pytest

from aurosim.cluster import promotion
from aurosim.cluster.endpoints import Endpoints, reader_record
from aurosim.cluster.instance import Instance, Process, Role
from aurosim.cluster.topology import Topology

GIB = 1 << 30


def instance(name: str, index: int, tier: int = 1, memory: int = 16, vcpu: int = 2) -> Instance:
    return Instance(name, index, index % 3, tier, vcpu, memory * GIB)


def test_tier_then_size_then_name() -> None:
    ordered = [
        instance("z", 0, tier=0, memory=4),
        instance("y", 1, tier=1, memory=64),
        instance("x", 2, tier=1, memory=32, vcpu=8),
        instance("w", 3, tier=1, memory=32, vcpu=4),
        instance("b", 4, tier=2),
        instance("c", 5, tier=2),
    ]
    for left in range(len(ordered)):
        for few in permutations(ordered[left : left + 3]):
            assert promotion.choose(few) is ordered[left]


def test_writers_and_the_unhealthy_are_passed_over() -> None:
    first, second, third = (instance(name, i) for i, name in enumerate("abc"))
    first.role = Role.WRITER
    second.die()
    assert promotion.choose([first, second, third]) is third
    third.process = Process.OPENING
    assert promotion.choose([first, second, third]) is None


def test_the_reader_endpoint_names_available_readers_or_else_the_writer() -> None:
    topology = Topology([instance(name, i) for i, name in enumerate("abc")], seat=1)
    assert reader_record(topology.instances, 1) == (0, 2)
    topology.instances[0].listed = False
    assert reader_record(topology.instances, 1) == (2,)
    topology.instances[2].listed = False
    assert reader_record(topology.instances, 1) == (1,)


def test_an_instance_endpoint_never_changes() -> None:
    assert Endpoints((0,), (1, 2)).instance(2) == (2,)


def test_giving_the_seat_away_makes_a_reader_of_who_held_it() -> None:
    topology = Topology([instance(name, i) for i, name in enumerate("ab")], seat=0)
    old, new = topology.instances
    assert topology.writer is old
    old.die()
    assert topology.writer is None and topology.holder is old
    new.process = Process.OPENING
    assert topology.give_seat(new) is old
    assert (old.role, old.listed, new.role) == (Role.READER, False, Role.WRITER)
    assert topology.writer is None and topology.holder is new
    new.run(Role.WRITER)
    assert topology.writer is new


def test_nothing_runs_without_a_host() -> None:
    lost = instance("a", 0)
    lost.die()
    lost.away.add("host")
    with pytest.raises(AssertionError, match="without a host"):
        lost.run(Role.READER)
