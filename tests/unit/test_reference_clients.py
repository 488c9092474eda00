"""Clients and instances of the reference, each answer worked out by hand (ticks of 1 ns)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aurosim.dataplane import laws
from aurosim.dataplane.contract import ROLE_WRITER, Final, Status
from aurosim.dataplane.distributions import LAW_EXPONENTIAL
from tests.unit.reference_stage import (
    AUTOCOMMIT,
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


def ends(stage: Stage, workload_index: int = 0) -> list[int]:
    return [row.end_ns for row in stage.of(workload_index)]


# --- the run queue -------------------------------------------------------------------------


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


# --- closed and open loads -----------------------------------------------------------------


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


def test_a_reply_on_its_way_keeps_its_connection_busy() -> None:
    """The server is done at 5 + 10, the connection comes back at 20: the next starts then."""
    plan = replace(open_load(slots=1, queue_limit=1, hop=5), rate=open_rate(per_s=1e9, end_ns=20))
    stage = Stage([plan], [instance(vcpu=2)]).to(1000)
    first, second, *_ = [row for row in stage.rows if row.outcome == O.OK]
    assert second.start_ns == first.end_ns == first.start_ns + 20


# --- timeouts --------------------------------------------------------------------------------


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
    assert stage.plane.abandoned == 1
    stage.to(105)
    assert (stage.server().busy, stage.server().connections) == (0, 0)
    assert (stage.server().busy_ns, stage.plane.abandoned) == (98, 0)
    assert len(stage.all_rows) == 2


def test_a_statement_that_ends_before_the_closing_is_seen_leaves_its_connection_open() -> None:
    """Connected at 20; at work 30-42; the reply would come at 52, given up at 51; the closing is
    seen at 61."""
    stage = Stage([workload([statement(cpu=12)], hop=10, statement_timeout_ns=31)])
    assert stage.to(61).server().connections == 1
    assert stage.to(62).server().connections == 0
    assert stage.told()[1:] == [(20, 51, O.STATEMENT_TIMEOUT)]


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


# --- retries -----------------------------------------------------------------------------------


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


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome", "end_ns"),
    [
        (Status.CLOSED, O.CONNECTION_REFUSED, 6),
        (Status.OPENING, O.UNAVAILABLE, 6),
        (Status.DARK, O.CONNECT_TIMEOUT, 40),
    ],
)
def test_how_an_instance_that_is_not_up_answers(status, outcome, end_ns) -> None:
    stage = Stage([workload([statement()], hop=3, connect_timeout_ns=40)])
    stage.plane.stop(0, Status.DARK if status == Status.DARK else Status.CLOSED)
    if status == Status.OPENING:
        stage.plane.start(0, Status.OPENING)
    stage.to(100)
    assert stage.told() == [(0, end_ns, outcome)]


@pytest.mark.parametrize(
    ("status", "told"),
    [(Status.CLOSED, (6, 53, O.CONNECTION_RESET)), (Status.DARK, (6, 206, O.STATEMENT_TIMEOUT))],
)
def test_a_closing_process_resets_and_a_dark_host_says_nothing(status, told) -> None:
    stage = Stage([workload([statement(cpu=100)], hop=3, statement_timeout_ns=200)]).to(50)
    stage.plane.stop(0, status)
    assert stage.server().connections == stage.server().busy == 0
    stage.to(500)
    assert stage.told()[1:] == [told]
    assert stage.server().busy_ns == 50 - 9


def test_a_request_that_meets_a_new_process_on_an_old_connection_is_reset() -> None:
    """Dark from 20 to 30, unseen by the client, who sends at 16 + 30 = 46."""
    stage = Stage([workload([statement()], hop=4, think_mean_ns=30, attempts=2)]).to(20)
    stage.plane.stop(0, Status.DARK)
    stage.to(30).plane.start(0)
    stage.to(90)
    assert stage.told() == [
        (0, 8, O.OK), (8, 16, O.OK), (46, 54, O.CONNECTION_RESET), (64, 72, O.OK), (72, 80, O.OK),
    ]  # fmt: skip
    assert stage.server().connections == 1


def test_a_thinking_client_finds_its_connection_reset_and_opens_another() -> None:
    """Reset at 24, next request due at 46: no error, but a new connection."""
    stage = Stage([workload([statement()], hop=4, think_mean_ns=30)]).to(20)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(30).plane.start(0)
    stage.to(80)
    assert stage.told() == [(0, 8, O.OK), (8, 16, O.OK), (46, 54, O.OK), (54, 62, O.OK)]


def test_a_reset_that_comes_as_the_client_sends_comes_first() -> None:
    """The reset arrives at 46, when the client would have sent."""
    stage = Stage([workload([statement()], hop=4, think_mean_ns=30)]).to(42)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.to(63)
    assert stage.told()[2:] == [(46, 54, O.OK), (54, 62, O.OK)]
    later = Stage([workload([statement()], hop=4, think_mean_ns=30)]).to(43)
    later.plane.stop(0, Status.CLOSED)
    later.plane.start(0)
    later.to(63)
    assert later.told()[2:] == [(46, 47, O.CONNECTION_RESET)]


def test_a_writer_that_came_back_as_a_reader_is_read_only_to_who_has_its_old_name() -> None:
    """The name is cached until 100; the new writer is published at 20."""
    plan = workload([AUTOCOMMIT], instances=2, think_mean_ns=30, dns_cache_ns=100, hop=1)
    stage = Stage([plan], [instance(name="a"), instance(name="b")]).to(20)
    plane = stage.plane
    plane.stop(0, Status.CLOSED)
    plane.stop(1, Status.CLOSED)
    plane.fence(0)
    assert plane.recover(0) is not None
    plane.promote(0, 1)
    plane.start(1)
    plane.start(0)
    plane.publish(0, ROLE_WRITER, (1,))
    stage.to(200)
    assert [(row.instance, row.outcome) for row in stage.rows[:4]] == [
        (0, O.OK), (0, O.READ_ONLY), (0, O.READ_ONLY), (1, O.OK),
    ]  # fmt: skip
    moved = [row.start_ns for row in stage.connects if row.instance == 1]
    before = [row.start_ns for row in stage.connects if row.instance == 0]
    assert max(before) < 100 <= min(moved)
    assert stage.rows[-1].outcome == O.OK


@pytest.mark.parametrize(("at_ns", "asked"), [(49, 0), (50, 1)])
def test_a_name_is_asked_for_again_at_the_end_of_its_time_and_not_before(at_ns, asked) -> None:
    """Resolved at 0 for 50; the connection is lost, and the next request comes at 49 or 50."""
    plan = workload([statement()], instances=2, dns_cache_ns=50, think_mean_ns=at_ns)
    stage = Stage([plan], [instance(), instance(name="b")]).to(1)
    assert stage.told() == [(0, 0, O.OK), (0, 0, O.OK)]
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.plane.publish(0, ROLE_WRITER, (1,))
    stage.to(at_ns + 1)
    assert (stage.connects[-1].instance, stage.connects[-1].start_ns) == (asked, at_ns)


# --- COMMIT in flight --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["timeout", "reset", "dark"])
def test_a_commit_not_answered_is_of_unknown_outcome_and_never_tried_again(how) -> None:
    """COMMIT sent at 2, its boxcar needs 50 to be durable."""
    plan = workload([BEGIN, write(cpu=2), COMMIT], attempts=5,
                    statement_timeout_ns=40 if how != "reset" else 1000)  # fmt: skip
    stage = Stage([plan], main=cluster(cost=costs(ack_median_ns=50))).to(10)
    if how == "reset":
        stage.plane.stop(0, Status.CLOSED)
    elif how == "dark":
        stage.plane.stop(0, Status.DARK)
    stage.to(500)
    assert [(row.kind, row.outcome, row.final) for row in stage.rows[2:]] == [
        (K.COMMIT, O.UNKNOWN_OUTCOME, Final.BAD)
    ]
    assert stage.rows[-1].end_ns == {"timeout": 42, "reset": 10, "dark": 42}[how]
    if how == "timeout":  # it happened all the same, unseen
        assert stage.volume.vdl == 2 and stage.volume.commits_waiting == 0
    else:
        stage.plane.fence(0)
        recovery = stage.plane.recover(0)
        assert recovery is not None and recovery.vdl == 2  # its copies had been sent


def test_the_same_for_an_autocommitted_write_but_not_for_a_read_or_an_empty_commit() -> None:
    for statements, outcome in (
        ([AUTOCOMMIT], O.UNKNOWN_OUTCOME),
        ([statement(cpu=50)], O.STATEMENT_TIMEOUT),
        ([BEGIN, COMMIT], O.STATEMENT_TIMEOUT),
    ):
        stage = Stage(
            [workload(statements, statement_timeout_ns=9)],
            main=cluster(cost=costs(ack_median_ns=50, begin_cpu_ns=50)),
        ).to(100)
        assert stage.rows[-1].outcome == outcome


def test_a_commit_whose_reset_came_before_it_was_sent_may_be_tried_again() -> None:
    """The write's reply leaves at 6 and arrives at 8, when the COMMIT would leave; the crash at 6
    is told at 8."""
    plan = workload([BEGIN, write(), COMMIT], hop=2, attempts=2)
    stage = Stage([plan]).to(11)
    assert [row.end_ns for row in stage.rows] == [8, 12]  # the write's reply left at 10
    stage.to(10)
    stage = Stage([plan]).to(10)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.to(100)
    assert stage.rows[1].outcome == O.CONNECTION_RESET and stage.rows[1].end_ns == 12
    stage = Stage([plan]).to(11)  # the reply is on its way, the COMMIT goes at 12, told at 13
    stage.plane.stop(0, Status.CLOSED)
    stage.to(100)
    assert stage.rows[2].outcome == O.UNKNOWN_OUTCOME
    assert (stage.rows[2].start_ns, stage.rows[2].end_ns) == (12, 13)


# --- connections and epochs ----------------------------------------------------------------------


def test_a_crash_empties_the_count_and_an_old_closing_does_not_lower_the_new() -> None:
    """The client times out at 30 and closes (seen at 38); the server died and came back at 32."""
    plan = workload([statement(cpu=500)], hop=8, statement_timeout_ns=14, attempts=3,
                    backoff_ns=1, backoff_max_ns=1)  # fmt: skip
    stage = Stage([plan], [instance(vcpu=4)]).to(31)
    assert stage.told() == [(0, 16, O.OK), (16, 30, O.STATEMENT_TIMEOUT)]
    stage.to(32)
    stage.plane.stop(0, Status.CLOSED)
    assert stage.server().connections == 0
    stage.plane.start(0)
    stage.to(40)  # the second attempt's CONNECT, sent at 31, arrives at 39
    assert stage.server().connections == 1
    assert stage.plane.abandoned == 0


def test_an_old_epochs_closing_is_ignored() -> None:
    """Connected at 16, reply too late: closing sent at 31, seen at 39; a new life from 35 on."""
    plan = workload([statement(cpu=1)], hop=8, statement_timeout_ns=15)
    other = workload([statement()], name="x", hop=1, start_spread_ns=0, think_mean_ns=1)
    stage = Stage([plan, other], [instance(vcpu=4)]).to(35)
    assert stage.of(0)[-1].outcome == O.STATEMENT_TIMEOUT
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.to(39)
    assert stage.server().connections == 1  # the other client's new one
    assert stage.to(45).server().connections == 1
