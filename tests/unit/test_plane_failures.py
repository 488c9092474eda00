"""What clients of the data plane see when instances fail, by hand (ticks of 1 ns)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aurosim.dataplane.contract import ROLE_WRITER, Final, Reuse, Status
from tests.unit.plane_stage import (
    AUTOCOMMIT,
    BEGIN,
    COMMIT,
    K,
    O,
    Stage,
    cluster,
    costs,
    instance,
    statement,
    workload,
    write,
)

pytestmark = pytest.mark.usefixtures("way")

# --- refusals -----------------------------------------------------------------------------


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
    """Reset at 24, next request due at 46: it fails at once, pauses for 10, and opens another."""
    stage = Stage([workload([statement()], hop=4, think_mean_ns=30, attempts=2)]).to(20)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(30).plane.start(0)
    stage.to(80)
    assert stage.told() == [
        (0, 8, O.OK), (8, 16, O.OK), (46, 46, O.CONNECTION_RESET), (56, 64, O.OK), (64, 72, O.OK),
    ]  # fmt: skip


def test_a_pool_that_asks_finds_it_before_and_opens_another() -> None:
    """The same, but for a question at 46 to whoever has rested for longer than 29: no error."""
    plan = workload([statement()], hop=4, think_mean_ns=30, validate_after_ns=29)
    stage = Stage([plan]).to(20)
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
    assert stage.told()[2:] == [(46, 46, O.CONNECTION_RESET)]
    later = Stage([workload([statement()], hop=4, think_mean_ns=30)]).to(43)
    later.plane.stop(0, Status.CLOSED)
    later.plane.start(0)
    later.to(63)
    assert later.told()[2:] == [(46, 47, O.CONNECTION_RESET)]


@pytest.mark.parametrize(
    ("drops", "at", "opened"),
    [
        (True, [(74, 0), (118, 0), (162, 0), (206, 1)], O.OK),
        (False, [(74, 0)], O.READ_ONLY),
    ],
)
def test_a_writer_that_came_back_as_a_reader_is_read_only_to_who_has_its_old_name(
    drops, at, opened
) -> None:
    """Dead at 34, it asks for the name at 74, which is the old one's until 100, and keeps it until
    174. Who gives up a connection that says read-only connects there anew at 118 and 162, and at
    206 to the new writer; who keeps it stays read-only for good."""
    plan = workload(
        [AUTOCOMMIT], instances=2, think_mean_ns=30, dns_cache_ns=100, hop=1, drops_read_only=drops
    )
    stage = Stage([plan], [instance(name="a"), instance(name="b")]).to(20)
    plane = stage.plane
    plane.stop(0, Status.CLOSED)
    plane.stop(1, Status.CLOSED)
    plane.fence(0)
    assert plane.recover(0) is not None
    plane.promote(0, 1)
    plane.start(1)
    plane.start(0)
    stage.to(100)
    plane.publish(0, ROLE_WRITER, (1,))
    stage.to(400)
    assert [(row.start_ns, row.instance) for row in stage.connects[1:]] == at
    assert {row.outcome for row in stage.rows if row.start_ns > 206} == {opened}


@pytest.mark.parametrize(("at_ns", "asked"), [(49, 0), (50, 1)])
def test_a_name_is_asked_for_again_at_the_end_of_its_time_and_not_before(at_ns, asked) -> None:
    """Resolved at 0 for 50; each request opens a connection, and the next comes at 49 or 50."""
    plan = workload(
        [statement()], instances=2, dns_cache_ns=50, think_mean_ns=at_ns,
        reuse=int(Reuse.PER_REQUEST),
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")]).to(1)
    assert stage.told() == [(0, 0, O.OK), (0, 0, O.OK)]
    stage.plane.publish(0, ROLE_WRITER, (1,))
    stage.to(at_ns + 1)
    assert (stage.connects[-1].instance, stage.connects[-1].start_ns) == (asked, at_ns)


def test_the_row_of_a_connection_says_until_when_the_answer_holds_that_led_there() -> None:
    """A connection for each request, at 0, 30, 60 and 90; asked at 0 and 60, each time for 50. The
    record names b from 55 on; who knows an address asks nobody."""
    plan = workload(
        [statement()], instances=2, dns_cache_ns=50, think_mean_ns=30, reuse=Reuse.PER_REQUEST
    )
    stage = Stage([plan], [instance(), instance(name="b")]).to(55)
    stage.plane.publish(0, ROLE_WRITER, (1,))
    stage.to(95)
    told = [(row.start_ns, row.instance, row.lsn) for row in stage.connects]
    assert told == [(0, 0, 50), (30, 0, 50), (60, 1, 110), (90, 1, 110)]
    knowing = Stage([replace(plan, role=-1, instance=0)], [instance(), instance(name="b")]).to(35)
    assert [row.lsn for row in knowing.connects] == [0, 0]


def test_the_row_of_a_connection_in_vain_says_so_too() -> None:
    """The host goes dark at 10; who connects at 30 gives up at 45, by an answer good until 50."""
    plan = workload(
        [statement()], instances=2, dns_cache_ns=50, think_mean_ns=30, connect_timeout_ns=15,
        reuse=Reuse.PER_REQUEST,
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")]).to(10)
    stage.plane.stop(0, Status.DARK)
    stage.to(46)
    failed = stage.connects[-1]
    assert (failed.end_ns, failed.outcome, failed.lsn) == (45, O.CONNECT_TIMEOUT, 50)


# --- COMMIT in flight ---------------------------------------------------------------------


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


def test_a_commit_sent_before_the_reset_is_told_is_of_unknown_outcome() -> None:
    """The write's reply leaves at 10 and arrives at 12, when the COMMIT goes. A crash at 10 comes
    before the reply and is told at 12, for the write; one at 11 is told at 13, for the COMMIT."""
    plan = workload([BEGIN, write(), COMMIT], hop=2, attempts=2)
    for at_ns, expected in (
        (10, [(8, 12, O.CONNECTION_RESET)]),
        (11, [(8, 12, O.OK), (12, 13, O.UNKNOWN_OUTCOME)]),
    ):
        stage = Stage([plan]).to(at_ns)
        stage.plane.stop(0, Status.CLOSED)
        stage.plane.start(0)
        stage.to(100)
        told = [(row.start_ns, row.end_ns, row.outcome) for row in stage.rows]
        assert told[1 : 1 + len(expected)] == expected
        assert stage.rows[-1].attempt == (at_ns == 10)


# --- connections and epochs ---------------------------------------------------------------


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


def test_an_old_epochs_closing_is_ignored() -> None:
    """Connected at 16, reply too late: closing sent at 31, seen at 39; a new life from 35 on."""
    plan = workload([statement(cpu=1)], hop=8, statement_timeout_ns=15)
    other = workload([statement()], name="x", hop=1, start_spread_ns=0, think_mean_ns=0,
                     backoff_ns=1)
    stage = Stage([plan, other], [instance(vcpu=4)]).to(35)
    assert stage.of(0)[-1].outcome == O.STATEMENT_TIMEOUT
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.to(39)
    assert stage.server().connections == 1  # the other client's new one
    assert stage.to(45).server().connections == 1


def test_an_error_on_its_way_arrives_although_its_server_dies() -> None:
    """Refused as read-only at 9, told at 12; the crash at 10 is told at 13."""
    plan = workload([AUTOCOMMIT], instances=2, hop=3, role=-1, instance=1)
    stage = Stage([plan], [instance(), instance(name="r")]).to(10)
    stage.plane.stop(1, Status.CLOSED)
    stage.to(100)
    assert stage.told() == [(0, 6, O.OK), (6, 12, O.READ_ONLY)]
