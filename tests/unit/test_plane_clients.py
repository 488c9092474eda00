"""Clients and instances of the data plane, each answer worked out by hand (ticks of 1 ns)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from aurosim.dataplane import laws
from aurosim.dataplane.contract import ROLE_READER, Final, Reuse, Status
from aurosim.dataplane.distributions import LAW_EXPONENTIAL
from aurosim.randomness import stream_key
from tests.unit.plane_stage import (
    BEGIN,
    COMMIT,
    K,
    O,
    Stage,
    cluster,
    costs,
    instance,
    open_rate,
    statement,
    workload,
    write,
)

pytestmark = pytest.mark.usefixtures("way")


def ends(stage: Stage, workload_index: int = 0) -> list[int]:
    return [row.end_ns for row in stage.of(workload_index)]


# --- the run queue ------------------------------------------------------------------------


@pytest.mark.parametrize(("vcpu", "expected"), [(1, [10, 20, 30, 40]), (2, [10, 10, 20, 20]),
                                                (3, [10, 10, 10, 20]), (4, [10] * 4)])  # fmt: skip
def test_as_many_work_as_there_are_vcpus_and_the_rest_wait_in_turn(vcpu, expected) -> None:
    stage = Stage([workload([statement(cpu=10)], slots=4)], [instance(vcpu=vcpu)]).to(100)
    assert ends(stage) == expected
    assert [row.request for row in stage.rows] == [0, 1, 2, 3]
    assert stage.server().busy_ns == 40
    assert stage.server().wait_ns[0] == sum(expected)  # on a vCPU or waiting for one


def test_bursts_run_to_their_end_without_slices() -> None:
    long, short = workload([statement(cpu=10)], name="a"), workload([statement(cpu=1)], name="b")
    stage = Stage([long, short]).to(100)
    assert (ends(stage, 0), ends(stage, 1)) == ([10], [11])


def test_slices_of_four_share_a_vcpu() -> None:
    """A: 0-4; B's connection opens at 4, behind it A: 4-8, B: 8-9, A: 9-11."""
    long, short = workload([statement(cpu=10)], name="a"), workload([statement(cpu=1)], name="b")
    stage = Stage([long, short], main=cluster(cost=costs(time_slice_ns=4))).to(100)
    assert (ends(stage, 0), ends(stage, 1)) == ([11], [9])


def test_a_faster_class_takes_less_time_for_all_but_distance() -> None:
    stage = Stage([workload([statement(cpu=10)], hop=3)], [instance(speed=2.0)]).to(100)
    assert stage.told() == [(0, 6, O.OK), (6, 17, O.OK)]


def test_a_commit_passes_the_queue_three_times_and_holds_no_vcpu_while_it_waits() -> None:
    """COMMIT 30 = three passes of 10; the acknowledgement takes 50, in which a read is served."""
    commit = workload([BEGIN, write(0), statement(K.COMMIT, cpu=30)], name="a")
    read = workload([statement(cpu=25)], name="b", think_mean_ns=1000)
    stage = Stage(
        [commit, read], [instance(vcpu=1)], cluster(cost=costs(ack_median_ns=50))
    ).to(500)
    # pass one 0-10; read 10-35; boxcar 10-60; passes 60-70 and 70-80
    assert ends(stage, 1) == [35]
    assert ends(stage, 0)[-1] == 80
    assert stage.server().wait_ns[1] == 50


def test_an_autocommitted_write_pays_the_commit_path_too() -> None:
    stage = Stage(
        [workload([write(cpu=5, autocommit=True)])],
        main=cluster(cost=costs(commit_cpu_ns=30, ack_median_ns=50)),
    ).to(500)
    assert ends(stage) == [5 + 10 + 50 + 10 + 10]


def test_a_commit_costs_less_the_more_is_waiting() -> None:
    assert laws.commit_pass_ns(30, 0, 1.0, 2, 1.0) == 10
    assert laws.commit_pass_ns(30, 2, 1.0, 2, 1.0) == 5
    assert laws.commit_pass_ns(30, 2, 1.0, 2, 5.0) == 1


# --- closed and open loads ----------------------------------------------------------------


def test_a_closed_load_replies_thinks_and_goes_again() -> None:
    """Connect 0-4; then 2 out, 5 of CPU, 2 back, 7 of thought: one each 16."""
    stage = Stage([workload([statement(cpu=5)], hop=2, think_mean_ns=7)]).to(60)
    assert stage.told() == [
        (0, 4, O.OK), (4, 13, O.OK), (20, 29, O.OK), (36, 45, O.OK), (52, 61, O.OK),
    ]  # fmt: skip
    assert [row.due_ns for row in stage.rows] == [0, 20, 36, 52]
    assert [row.request for row in stage.rows] == [0, 1, 2, 3]
    view = stage.plane.observe().workloads[0]
    # the reply that arrives at 61 counts as an end at 61
    assert (view.due, view.ended, view.in_system, view.in_system_ns) == (4, 4, 0, 13 + 9 + 9 + 9)


def test_the_thought_before_a_request_is_drawn_for_that_request() -> None:
    plan = workload([statement()], slots=2, think_law=LAW_EXPONENTIAL, think_mean_ns=50)
    stage = Stage([plan]).to(1000)
    ended = {row.request: row.end_ns for row in stage.rows}
    later = [row for row in stage.rows if row.request >= 2]
    assert len(later) > 10
    for row in later:
        thought_ns = laws.think_ns(LAW_EXPONENTIAL, 50, plan.requests_key, row.request)
        assert row.due_ns == ended[row.request - 2] + thought_ns


def test_requests_of_a_closed_load_are_connection_and_turn() -> None:
    stage = Stage([workload([statement()], slots=3, think_mean_ns=10)]).to(25)
    assert [row.request for row in stage.rows] == [0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_opening_a_connection_takes_its_trips_and_its_cpu() -> None:
    """Three round trips of 2 x 5, and 7 of CPU."""
    stage = Stage(
        [workload([statement()], hop=5)], [instance(connect_cpu_ns=7, connect_trips=3)]
    ).to(100)
    assert stage.told() == [(0, 37, O.OK), (37, 47, O.OK)]
    assert stage.connects[0].kind == K.CONNECT


def open_load(**changed):
    return workload([statement(cpu=10)], rate=open_rate(per_s=1e9, end_ns=10), **changed)


def test_the_pool_serves_first_come_first_served_and_its_waiting_room_is_bounded() -> None:
    stage = Stage([open_load(slots=2, queue_limit=3)], [instance(vcpu=2)]).to(1000)
    rows = stage.rows
    served = [row for row in rows if row.outcome == O.OK]
    refused = [row for row in rows if row.outcome == O.CLIENT_QUEUE_FULL]
    assert [row.request for row in served] == sorted(row.request for row in served)
    assert len(served) == 2 + 3 and len(refused) == len(rows) - 5 > 0
    assert all(row.due_ns == row.start_ns == row.end_ns for row in refused)
    assert all(row.final == Final.BAD and row.instance == -1 for row in refused)
    due = {row.request: row.due_ns for row in rows}
    assert list(due) == sorted(due) or sorted(due) == list(range(len(due)))
    first = min(row.start_ns for row in served)
    assert [row.start_ns - first for row in served[2:4]] == [
        served[0].end_ns - first, served[1].end_ns - first,
    ]  # fmt: skip
    assert all(row.start_ns >= row.due_ns for row in served)


def test_a_waiting_room_of_none_refuses_whom_no_connection_awaits() -> None:
    stage = Stage([open_load(slots=1, queue_limit=0)]).to(1000)
    assert sum(row.outcome == O.OK for row in stage.rows) == 1
    assert stage.plane.observe().workloads[0].waiting == 0


def test_the_pool_lends_the_connection_that_has_rested_longest() -> None:
    """Two connections, to one reader each: the requests, one after the other, take turns. Each was
    opened by a lookup of its own, since a lifetime has begun for each at a time of its own; under
    the requests' key these two were answered differently."""
    plan = workload(
        [statement()], rate=open_rate(per_s=1e8, end_ns=400), slots=2, queue_limit=9, instances=3,
        role=ROLE_READER, reuse=int(Reuse.FIRST_IN), max_lifetime_ns=10**6,
        requests_key=stream_key(2, "workload/w/requests"),
    )  # fmt: skip
    rows = Stage([plan], [instance(name=n) for n in "abc"]).to(500).rows
    assert len(rows) > 20
    assert {(a.instance, b.instance) for a, b in pairwise(rows)} == {(1, 2), (2, 1)}


def test_a_reply_on_its_way_keeps_its_connection_busy() -> None:
    """The server is done at 5 + 10, the connection comes back at 20: the next starts then."""
    plan = replace(open_load(slots=1, queue_limit=1, hop=5), rate=open_rate(per_s=1e9, end_ns=20))
    stage = Stage([plan], [instance(vcpu=2)]).to(1000)
    first, second, *_ = [row for row in stage.rows if row.outcome == O.OK]
    assert second.start_ns == first.end_ns == first.start_ns + 20


# --- timeouts -----------------------------------------------------------------------------


def test_a_reply_at_the_deadline_is_in_time_and_one_tick_later_is_not() -> None:
    kept = Stage([workload([statement(cpu=10)], hop=5, statement_timeout_ns=20)]).to(100)
    assert kept.told() == [(0, 10, O.OK), (10, 30, O.OK)]
    late = Stage([workload([statement(cpu=10)], hop=5, statement_timeout_ns=19)]).to(100)
    assert late.told() == [(0, 10, O.OK), (10, 29, O.STATEMENT_TIMEOUT)]


def test_the_same_for_connecting() -> None:
    in_time = Stage([workload([statement()], hop=5, connect_timeout_ns=10)]).to(100)
    assert in_time.told()[0] == (0, 10, O.OK)
    late = Stage([workload([statement()], hop=5, connect_timeout_ns=9)]).to(12)
    assert late.told() == [(0, 9, O.CONNECT_TIMEOUT)]
    assert late.server().connections == 1  # it opened at 5, and hears of the closing at 14
    assert late.to(14).server().connections == 1
    assert late.to(15).server().connections == 0


def test_a_statement_given_up_runs_on_and_its_connection_counts_until_it_ends() -> None:
    """Given up at 20, at work until 100; the client's closing, seen at 22, is seen to then."""
    stage = Stage([workload([statement(cpu=98)], hop=2, statement_timeout_ns=16)])
    stage.to(101)
    assert stage.told() == [(0, 4, O.OK), (4, 20, O.STATEMENT_TIMEOUT)]
    assert (stage.server().busy, stage.server().connections) == (1, 1)
    stage.to(105)
    assert (stage.server().busy, stage.server().connections) == (0, 0)
    assert stage.server().busy_ns == 98
    assert len(stage.all_rows) == 2


def test_a_statement_that_ends_before_the_closing_is_seen_leaves_its_connection_open() -> None:
    """Connected at 20; at work 30-42; the reply would come at 52, given up at 51; the closing is
    seen at 61."""
    stage = Stage([workload([statement(cpu=12)], hop=10, statement_timeout_ns=31)])
    assert stage.to(61).server().connections == 1
    assert stage.to(62).server().connections == 0
    assert stage.told()[1:] == [(20, 51, O.STATEMENT_TIMEOUT)]


def test_a_given_up_statement_that_ends_waits_for_the_closing_to_be_seen() -> None:
    """Connected at 20, at work 30-50, given up at 45: the closing is seen at 55."""
    stage = Stage([workload([statement(cpu=20)], hop=10, statement_timeout_ns=25)])
    assert stage.to(55).server().connections == 1
    assert (stage.server().busy, stage.server().busy_ns) == (0, 20)
    assert stage.to(56).server().connections == 0


def test_connections_of_given_up_statements_fill_the_server() -> None:
    """Each attempt leaves one behind: the fourth finds no room."""
    stage = Stage(
        [workload([statement(cpu=1000)], statement_timeout_ns=10, attempts=5, backoff_ns=1,
                  backoff_max_ns=1)],
        [instance(vcpu=9, max_connections=3)],
    ).to(200)  # fmt: skip
    assert [row.outcome for row in stage.all_rows] == [
        O.OK, O.STATEMENT_TIMEOUT, O.OK, O.STATEMENT_TIMEOUT, O.OK, O.STATEMENT_TIMEOUT,
        O.TOO_MANY_CONNECTIONS, O.TOO_MANY_CONNECTIONS,
    ]  # fmt: skip
    assert stage.server().connections == stage.server().connections_max == 3


def test_an_open_transaction_is_undone_and_tried_again_from_its_start() -> None:
    slow = statement(cpu=50)
    stage = Stage(
        [workload([BEGIN, write(), slow, COMMIT], attempts=2, statement_timeout_ns=20)],
        [instance(vcpu=2)],
    ).to(300)
    assert [(row.attempt, row.statement, row.outcome) for row in stage.rows] == [
        (0, 0, O.OK), (0, 1, O.OK), (0, 2, O.STATEMENT_TIMEOUT),
        (1, 0, O.OK), (1, 1, O.OK), (1, 2, O.STATEMENT_TIMEOUT),
    ]  # fmt: skip
    assert [row.final for row in stage.rows] == [Final.NOT] * 5 + [Final.BAD]


# --- retries ------------------------------------------------------------------------------


def test_backoff_doubles_up_to_its_most_and_a_retry_keeps_its_draws() -> None:
    drawn = replace(statement(cpu=400), cpu_law=LAW_EXPONENTIAL)
    plan = workload(
        [drawn], attempts=5, statement_timeout_ns=5, backoff_ns=10, backoff_max_ns=30
    )
    stage = Stage([plan], [instance(vcpu=9)]).to(5000)
    starts = [row.start_ns for row in stage.rows]
    assert [b - a - 5 for a, b in zip(starts, starts[1:], strict=False)] == [10, 20, 30, 30]
    cpu_ns = laws.statement_cpu_ns(
        LAW_EXPONENTIAL, 400, 0.0, 1.0, plan.requests_key, 0, stage.rows[0].request
    )
    assert cpu_ns > 5
    assert stage.server().busy_ns == 5 * cpu_ns


def test_full_jitter_waits_between_one_tick_and_the_backoff() -> None:
    key = workload([]).requests_key
    waits = [laws.backoff_ns(1000, 10**6, 0, True, key, request) for request in range(400)]
    assert 1 <= min(waits) < 50 and 950 < max(waits) <= 1000
    assert laws.backoff_ns(0, 0, 0, True, key, 1) == 1


def test_a_pool_opens_what_was_refused_when_it_is_needed() -> None:
    """The server is down when the pool opens its two connections, and up from 5 on."""
    plan = workload([statement()], rate=open_rate(per_s=1e8, end_ns=400), slots=2, queue_limit=9)
    stage = Stage([plan])
    stage.plane.stop(0, Status.CLOSED)
    stage.to(5).plane.start(0)
    rows = [row for row in stage.to(500).rows if row.due_ns > 5]
    assert len(rows) > 20 and {row.outcome for row in rows} == {O.OK}
    assert 1 <= len(stage.connects) <= 2
