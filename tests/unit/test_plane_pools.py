"""The pool of a process: what it lends, closes, asks and makes wait; worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aurosim.dataplane import laws
from aurosim.dataplane.contract import (
    NEVER,
    NO_STATEMENT,
    ROLE_READER,
    ROLE_WRITER,
    Reuse,
    Status,
)
from aurosim.dataplane.distributions import LAW_CONSTANT
from aurosim.randomness import stream_key
from tests.unit.plane_stage import (
    AUTOCOMMIT,
    BEGIN,
    COMMIT,
    O,
    Stage,
    instance,
    open_rate,
    statement,
    workload,
    write,
)

pytestmark = pytest.mark.usefixtures("way")


def opened(statements=None, **changed):
    """An open load, two ticks away, of about one request in 100 ns for a while."""
    given = {"rate": open_rate(per_s=1e7, end_ns=5000), "slots": 2, "queue_limit": 50, "hop": 2}
    return workload(statements or [statement()], **given | changed)


def connected_at(stage: Stage) -> list[int]:
    return [row.start_ns for row in stage.connects if row.start_ns > 0]


# --- processes ---------------------------------------------------------------------------------
def test_a_request_goes_to_a_process_by_a_draw_of_its_own() -> None:
    """And one process more changes nobody's arrival or work, only who takes it."""
    four = opened(slots=8, processes=4)
    five = replace(four, slots=10, processes=5)
    rows = Stage([four]).to(6000).rows
    more = Stage([five]).to(6000).rows
    for plan, found in ((four, rows), (five, more)):
        key, many = plan.requests_key, plan.processes
        assert [row.process for row in found] == [
            laws.process_of(many, key, row.request) for row in found
        ]
        assert {row.process for row in found} == set(range(many))
    assert sorted((row.request, row.due_ns) for row in rows) == sorted(
        (row.request, row.due_ns) for row in more
    )


@pytest.mark.parametrize(("slots", "processes"), [(10, 3), (7, 7), (20, 1), (11, 4)])
def test_connections_are_spread_as_evenly_as_can_be(slots, processes) -> None:
    plan = workload([statement()], slots=slots, processes=processes)
    rows = Stage([plan]).to(10).connects
    counts = [sum(row.process == p for row in rows) for p in range(processes)]
    assert sum(counts) == slots and max(counts) - min(counts) <= 1


def test_each_process_has_a_waiting_room_of_its_own() -> None:
    """Two processes of one connection and one place to wait; statements of 10,000. Of each one's
    requests the first is served, the second waits, and all others are refused at once."""
    plan = opened([statement(cpu=10_000)], slots=2, processes=2, queue_limit=1,
                  statement_timeout_ns=10**6)  # fmt: skip
    stage = Stage([plan], [instance(vcpu=2)]).to(5000)
    refused = [row.request for row in stage.rows if row.statement == NO_STATEMENT]
    known = [request for request in range(max(refused) + 1)]
    mine = [[r for r in known if laws.process_of(2, plan.requests_key, r) == p] for p in (0, 1)]
    assert refused == sorted(mine[0][2:] + mine[1][2:]) and len(refused) > 20
    assert stage.plane.observe().workloads[0].waiting == 2
    assert {(each.process, each.request) for each in stage.plane.open_requests()} == {
        (p, request) for p in (0, 1) for request in mine[p][:2]
    }


# --- what is lent ------------------------------------------------------------------------------
@pytest.mark.parametrize(("reuse", "readers"), [(Reuse.LAST_IN, 1), (Reuse.FIRST_IN, 2)])
def test_last_in_is_first_out_and_first_in_takes_turns(reuse, readers) -> None:
    """Two connections, to one reader each (two lookups of then, under this key), and requests one
    after the other: who lends the last one in goes on with one of them."""
    plan = opened(
        reuse=int(reuse), rate=open_rate(per_s=1e7, end_ns=5000), hop=0, instances=3,
        role=ROLE_READER, max_lifetime_ns=10**9, requests_key=stream_key(2, "workload/w/requests"),
    )  # fmt: skip
    rows = Stage([plan], [instance(name=name) for name in "abc"]).to(6000).rows
    assert len(rows) > 20 and len({row.instance for row in rows}) == readers


def test_a_pool_opens_for_each_request_and_closes_behind_it() -> None:
    """Nothing is open at the start. Due at t: connecting until t + 4, the statement until t + 8;
    the instance sees it closed at t + 10."""
    stage = Stage([opened(reuse=int(Reuse.PER_REQUEST), slots=9)]).to(6000)
    assert len(stage.connects) == len(stage.rows) > 30
    assert all(row.end_ns == row.due_ns + 8 for row in stage.rows)
    assert stage.server().connections == 0 and stage.server().zombies == 0


def test_a_closed_client_opens_for_each_request_too() -> None:
    plan = workload([statement()], hop=2, think_mean_ns=30, reuse=int(Reuse.PER_REQUEST))
    stage = Stage([plan]).to(100)
    assert [row.start_ns for row in stage.connects] == [0, 38, 76]
    assert Stage([plan]).to(20).server().connections == 0, "while it thinks"


# --- how long a connection lives -----------------------------------------------------------------
def test_a_lifetime_that_ends_in_mid_transaction_waits_for_its_end() -> None:
    """One connection, transactions of 3 statements of 100 each, one after the other. It lives for
    1,000 and has lived for some time at the start: the transaction under way ends well, and the
    next opens another."""
    plan = workload(
        [BEGIN, write(cpu=100), COMMIT], think_mean_ns=0, max_lifetime_ns=1000, dns_cache_ns=10**6
    )
    stage = Stage([plan]).to(5000)
    assert {row.outcome for row in stage.all_rows} == {O.OK}
    age_ns = laws.age_ns(1000, plan.requests_key, 0)
    ends = [row.end_ns for row in stage.rows if row.final]
    renewed = next(end for end in ends if end >= 1000 - age_ns)
    assert connected_at(stage)[0] == renewed
    assert all(b - a >= 1000 for a, b in zip(connected_at(stage), connected_at(stage)[1:],
                                             strict=False))  # fmt: skip
    assert all(b - a < 1200 for a, b in zip(connected_at(stage), connected_at(stage)[1:],
                                            strict=False))  # fmt: skip


def test_a_lifetime_is_shorter_by_a_share_of_its_own() -> None:
    plan = workload([statement(cpu=1)], think_mean_ns=0, max_lifetime_ns=1000, lifetime_jitter=0.5)
    stage = Stage([plan]).to(9000)
    lived = [b - a for a, b in zip(connected_at(stage), connected_at(stage)[1:], strict=False)]
    drawn = [laws.lifetime_ns(1000, 0.5, plan.requests_key, 0, 2 + n) for n in range(len(lived))]
    assert all(-1 <= a - b <= 1 for a, b in zip(lived, drawn, strict=True))
    assert len(set(lived)) > 5 and min(lived) >= 500


def test_an_idle_connection_is_closed_when_it_has_rested_long_enough() -> None:
    """Three are opened at the start, and hardly one is needed: the others rest for 300 and go. One
    in use goes on."""
    plan = opened(slots=3, idle_timeout_ns=300)
    stage = Stage([plan]).to(3000)
    assert stage.server().connections == 1
    assert Stage([opened(slots=3)]).to(3000).server().connections == 3
    assert {row.outcome for row in stage.rows} == {O.OK}


# --- asking whether it lives ---------------------------------------------------------------------
def test_a_question_takes_a_round_trip_and_only_of_who_has_rested() -> None:
    """Thinking 30: asked for longer than 29 each request takes one round trip more, else none."""
    plan = workload([statement()], hop=4, think_mean_ns=30)
    for after_ns, took_ns in ((NEVER, 8), (30, 8), (29, 16), (0, 16)):
        stage = Stage([replace(plan, validate_after_ns=after_ns)]).to(300)
        later = stage.rows[1:]
        assert {row.end_ns - row.due_ns for row in later} == {took_ns}, after_ns


def test_a_question_into_the_silence_ends_by_its_own_time() -> None:
    """The host goes silent at 20; at 46 the pool asks, waits for 50, opens another at 96 where the
    name leads now, and the request is answered 16 later: no error."""
    plan = workload(
        [statement()], hop=4, think_mean_ns=30, validate_after_ns=0, validation_timeout_ns=50,
        instances=2, statement_timeout_ns=5000,
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")]).to(20)
    stage.plane.stop(0, Status.DARK)
    stage.plane.publish(0, ROLE_WRITER, (1,))
    stage.to(200)
    asked = next(row for row in stage.rows if row.due_ns > 20)
    assert asked.outcome == O.OK and asked.due_ns == 46
    assert asked.end_ns == 46 + 50 + 16 and asked.instance == 1


@pytest.mark.parametrize("asks", [True, False])
def test_a_question_for_writes_replaces_who_leads_to_a_reader(asks) -> None:
    """Its connection leads to the reader. Once the name leads to the writer, a pool that asks for
    writes closes it, round trip 8, opens another, 8, and its request is answered 8 later; one that
    asks whether it lives keeps it for good."""
    plan = workload(
        [AUTOCOMMIT], hop=4, think_mean_ns=30, instances=2, validate_after_ns=0,
        validation_timeout_ns=500, asks_writable=asks,
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")], records=((1,), (1,))).to(20)
    stage.plane.publish(0, ROLE_WRITER, (0,))
    stage.to(400)
    later = [row for row in stage.rows if row.due_ns > 20]
    assert {row.outcome for row in later} == {O.OK if asks else O.READ_ONLY}
    assert len(stage.connects) == (2 if asks else 1)
    assert later[0].end_ns - later[0].due_ns == (24 if asks else 16)


# --- a login that failed -------------------------------------------------------------------------
def test_after_a_login_that_failed_nobody_of_the_process_logs_in_for_a_while() -> None:
    """Two clients of one process, two ticks away; the database dies at 20 and is back at 60. Due at
    38, they find their connections reset, log in at 41, 48 and 55, each time refused four ticks
    later, and at 62 with success. With a pause of 100 after a refusal both log in once, are
    refused at 45, and then wait until 145, although the database has been there for long."""
    plan = workload([statement()], hop=2, slots=2, think_mean_ns=30, attempts=50, backoff_ns=3,
                    backoff_max_ns=3)  # fmt: skip
    for pause_ns in (0, 100):
        stage = Stage([replace(plan, login_retry_ns=pause_ns)]).to(20)
        stage.plane.stop(0, Status.CLOSED)
        stage.to(60)
        stage.plane.start(0)
        stage.to(600)
        failed = [row for row in stage.connects if row.outcome == O.CONNECTION_REFUSED]
        again = [row.start_ns for row in stage.connects if row.outcome == O.OK and row.start_ns]
        tried = sorted(row.start_ns for row in failed)
        assert tried == ([41, 41] if pause_ns else [41, 41, 48, 48, 55, 55])
        assert again == ([145, 145] if pause_ns else [62, 62])
        assert {row.outcome for row in stage.rows if row.due_ns > 200} == {O.OK}


# --- waiting -------------------------------------------------------------------------------------
def test_who_waits_too_long_for_a_connection_gets_none() -> None:
    """One connection, busy for ages: whoever comes later waits for 700, and no longer."""
    plan = opened([statement(cpu=10**5)], slots=1, borrow_timeout_ns=700,
                  statement_timeout_ns=10**6)  # fmt: skip
    rows = Stage([plan]).to(5000).rows
    assert {row.outcome for row in rows} == {O.POOL_TIMEOUT} and len(rows) > 20
    assert all(row.end_ns == row.due_ns + 700 and row.statement == NO_STATEMENT for row in rows)


def test_what_an_application_does_besides_keeps_its_connection() -> None:
    """Two statements of no time, and 600 besides them: 300 between them and 300 after, when the
    request is answered already. The next one waits for that."""
    plan = opened(
        [statement(), statement()], slots=1, hold_law=LAW_CONSTANT, hold_mean_ns=600, hop=0,
        rate=open_rate(per_s=5e6, end_ns=3000), queue_limit=99,
    )  # fmt: skip
    stage = Stage([plan], [instance()]).to(20_000)
    finals = [row for row in stage.rows if row.final]
    first = [row for row in stage.rows if not row.final]
    assert all(b.start_ns - a.end_ns == 300 for a, b in zip(first, finals, strict=True))
    for before, after in zip(finals, first[1:], strict=False):
        assert after.start_ns == max(after.due_ns, before.end_ns + 300)


# --- what has been answered is kept --------------------------------------------------------------
@pytest.mark.parametrize("drops", [True, False])
def test_a_pool_keeps_who_says_read_only_unless_it_drops_it(drops) -> None:
    plan = workload([AUTOCOMMIT], think_mean_ns=30, instances=2, drops_read_only=drops)
    stage = Stage([plan], [instance(), instance(name="b")], records=((1,), (1,)))
    stage.to(400)
    assert {row.outcome for row in stage.rows} == {O.READ_ONLY}
    assert len(stage.connects) == (len(stage.rows) if drops else 1)
    assert stage.plane.observe().workloads[0].astray == (0 if drops else 1)


def test_a_zombie_holds_a_slot_until_its_statement_ends() -> None:
    """The instance has one slot. Its client gives up a statement of 100 after 10, hop 1: the
    session works on for nobody from 12 to 103, and whoever asks for a connection meanwhile is
    refused; then it is closed, and who asks next is served."""
    plan = workload(
        [statement(cpu=100)], hop=1, think_mean_ns=9, statement_timeout_ns=10, attempts=1,
        backoff_ns=1,
    )  # fmt: skip
    stage = Stage([plan], [instance(max_connections=1)]).to(50)
    server = stage.server()
    assert (server.connections, server.zombies, server.held) == (1, 1, 0)
    assert stage.plane.observe().workloads[0].nowhere == 1
    stage.to(300)
    refused = [row.start_ns for row in stage.connects if row.outcome == O.TOO_MANY_CONNECTIONS]
    opened_again = [row.start_ns for row in stage.connects if row.outcome == O.OK]
    assert refused and min(refused) > 12 and opened_again[0] == 0
    assert not [at_ns for at_ns in opened_again[1:] if at_ns < 102]
    assert opened_again[1] - max(at_ns for at_ns in refused if at_ns < opened_again[1]) < 20
