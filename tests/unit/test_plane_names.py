"""Names as the processes of an application look them up: each answer worked out by hand."""

from __future__ import annotations

import pytest

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    NEVER,
    PAST,
    RESOLVER,
    ROLE_READER,
    ROLE_WRITER,
    Reuse,
    Status,
)
from aurosim.randomness import stream_key
from tests.unit.plane_stage import O, Stage, instance, statement, workload

pytestmark = pytest.mark.usefixtures("way")
THREE = [instance(name=name) for name in "abc"]


def readers(**changed):
    """Closed, at the reader endpoint of two readers."""
    given = {"instances": 3, "role": ROLE_READER, "think_mean_ns": 100} | changed
    return workload([statement(cpu=1)], **given)


def led_to(stage: Stage, slots_of_a_process: int) -> list[set[int]]:
    """The instances at which each process's connections were opened at the start."""
    found: dict[int, set[int]] = {}
    for row in stage.connects:
        if row.request // slots_of_a_process in range(100):
            found.setdefault(row.process, set()).add(row.instance)
    return [found[process] for process in sorted(found)]


def test_a_process_opens_its_pool_at_one_reader_and_processes_choose_apart() -> None:
    """Six processes of four connections, opened at once: one lookup each."""
    plan = readers(slots=24, processes=6)
    stage = Stage([plan], THREE).to(5)
    opened = led_to(stage, 4)
    assert [len(each) for each in opened] == [1] * 6
    assert [each.pop() for each in opened] == [
        1 + laws.named(2, plan.requests_key, process, PAST) for process in range(6)
    ]
    assert {row.instance for row in stage.connects} == {1, 2}, "not all are led to one"


PROCESSES, SEEDS = 12, 200
MEAN, SPREAD = 2.0 * SEEDS, (2 * 2 * (1 - 1 / PROCESSES) * SEEDS) ** 0.5
"""Of the sum of Pearson's statistics of 12 processes over 3 readers: it has 2 degrees of freedom
and, for a multinomial sample of 12, the variance 2 x 2 x (1 - 1/12)."""
LIMIT = 3.29 * SPREAD
"""Two-sided at 0.1 %: the seeds are fixed, so it fails for good or never. It sees a reader that is
named a third more often than the others (the sum grows by 12 x 200 x 2/27 = 178)."""


def pearson(seed_of) -> float:
    """The sum of Pearson's statistics over seeds; ``seed_of`` gives the readers of 12 processes."""
    total = 0.0
    for seed in range(SEEDS):
        at = seed_of(seed)
        total += sum((at.count(reader) - 4) ** 2 / 4 for reader in (1, 2, 3))
    return total


def test_the_reader_endpoint_names_each_reader_as_often_as_another() -> None:
    def opened(seed: int) -> list[int]:
        key = stream_key(seed, "workload/w/requests")
        plan = workload(
            [statement()], instances=4, role=ROLE_READER, slots=12, processes=12, requests_key=key
        )
        stage = Stage([plan], [instance(name=name, vcpu=12) for name in "abcd"]).to(5)
        return [row.instance for row in stage.connects]

    assert abs(pearson(opened) - MEAN) < LIMIT


def test_round_robin_and_always_the_first_are_seen() -> None:
    assert abs(pearson(lambda seed: [1 + n % 3 for n in range(12)]) - MEAN) > LIMIT
    assert abs(pearson(lambda seed: [1] * 12) - MEAN) > LIMIT


def test_connections_of_other_ages_were_opened_by_other_lookups() -> None:
    """One process, 40 connections, each at a random point of its lifetime; an answer was kept for a
    tenth of that. So about ten lookups have led them to both readers."""
    plan = readers(slots=40, max_lifetime_ns=10**6, dns_cache_ns=10**5)
    stage = Stage([plan], THREE).to(5)
    at = [row.instance for row in stage.connects]
    assert len(at) == 40 and set(at) == {1, 2}


def test_only_connecting_asks_and_a_steady_pool_asks_at_the_reset() -> None:
    """A steady pool's answer has expired long ago: reset at 50, it asks at 110 and, told the old
    name, keeps that for 1,000, though the record moves at 120."""
    plan = workload(
        [statement()], instances=2, dns_cache_ns=1000, think_mean_ns=100, attempts=9,
        backoff_ns=10, backoff_max_ns=10, connect_timeout_ns=50,
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")]).to(50)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(120).plane.publish(0, ROLE_WRITER, (1,))
    stage.to(2500)
    lookups = [row.start_ns for row in stage.connects if row.instance == 0]
    assert lookups[1] == 110 and max(lookups) < 1110
    assert min(row.start_ns for row in stage.connects if row.instance == 1) >= 1110


def test_a_name_looked_up_while_the_record_flaps_is_old_or_new_at_random() -> None:
    """The record moves at 50 and flaps for 1,000: of 32 processes that ask once in that time some
    are told the old name, as their draws say; those that ask later are not."""
    plan = workload(
        [statement()], instances=2, slots=32, processes=32, think_mean_ns=500,
        reuse=int(Reuse.PER_REQUEST), start_spread_ns=0, think_first=True,
    )  # fmt: skip
    stage = Stage([plan], [instance(vcpu=32), instance(name="b", vcpu=32)]).to(50)
    early = {row.process for row in stage.connects}
    stage.plane.publish(0, ROLE_WRITER, (1,), 1000)
    stage.to(400)
    later = [row for row in stage.connects if row.process not in early and row.start_ns >= 50]
    old = {row.process for row in later if row.instance == 0}
    assert old == {
        row.process for row in later if laws.flaps(plan.requests_key, row.process, 0)
    }
    assert 0 < len(old) < len(later)
    stage.to(3000)
    assert {row.instance for row in stage.connects if row.start_ns > 1050} == {1}


def test_a_resolver_for_all_answers_all_alike_within_its_time() -> None:
    """Eight processes that open a connection for each request, behind one resolver."""
    key = stream_key(2, "workload/w/requests")
    plan = readers(
        slots=8, processes=8, reuse=int(Reuse.PER_REQUEST), resolver_ttl_ns=10**6, requests_key=key
    )
    stage = Stage([plan], THREE).to(1000)
    at = {row.instance for row in stage.connects}
    assert at == {1 + laws.named(2, key, RESOLVER, 0)}
    apart = Stage([readers(slots=8, processes=8, reuse=int(Reuse.PER_REQUEST))], THREE).to(1000)
    assert {row.instance for row in apart.connects} == {1, 2}


def test_a_name_kept_for_ever_is_never_asked_for_again() -> None:
    plan = workload(
        [statement()], instances=2, dns_cache_ns=NEVER, think_mean_ns=100,
        reuse=int(Reuse.PER_REQUEST),
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")]).to(10)
    stage.plane.publish(0, ROLE_WRITER, (1,))
    stage.to(10**6)
    assert {row.instance for row in stage.connects} == {0}
    assert {row.outcome for row in stage.rows} == {O.OK}
