"""One request's way, worked out by hand (ticks of 1 ns), line by line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aurosim.dataplane.contract import ROLE_WRITER, Status
from aurosim.dataplane.on_simpy.trace import Trace
from aurosim.dataplane.on_simpy.traced import traced_plane
from tests.unit import plane_stage
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
    open_rate,
    statement,
    workload,
    write,
)

Staged = Callable[..., tuple[Stage, Trace]]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Staged:
    """A stage on SimPy whose workload's ``number``-th request is watched."""

    def make(number, *args, w=0, from_ns=None, **more):
        found: list[Trace] = []

        def traced(plan, rows, lags, names):
            found.append(Trace(plan, w, number, from_ns))
            return traced_plane(plan, rows, lags, names, found[0])

        monkeypatch.setattr(plane_stage, "the_way", traced)
        return Stage(*args, **more), found[0]

    return make


def told(trace: Trace) -> list[tuple[int, int, str]]:
    """(when, how long it had waited, what) of each line on its way."""
    return [(line.at_ns, line.waited_ns, line.event) for line in trace.lines if not line.beside]


def beside(trace: Trace) -> list[tuple[int, int, str]]:
    """The same of the lines about its redo."""
    return [(line.at_ns, line.waited_ns, line.event) for line in trace.lines if line.beside]


def test_a_closed_request_connects_is_sent_runs_and_is_answered(staged) -> None:
    """2 out, the opening costs nothing, 2 back; 2 out, 5 of CPU, 2 back."""
    load = workload([statement(cpu=5)], hop=2, think_mean_ns=7)
    stage, trace = staged(1, [load])
    stage.to(60)
    assert told(trace) == [
        (0, 0, "request 1 falls due"),
        (0, 0, "DNS says: the cluster endpoint is db"),
        (0, 0, "asks db for a connection"),
        (2, 2, "connect arrives and gets a vCPU at once"),
        (2, 0, "the connection is open; its answer leaves"),
        (4, 2, "is connected, after 4 ns"),
        (4, 0, "sends select"),
        (6, 2, "select arrives and gets a vCPU at once"),
        (11, 5, "has run; its answer leaves"),
        (13, 2, "the answer to select is back, after 9 ns: the request is done"),
    ]
    assert [line.where for line in trace.lines][:4] == ["client w"] * 3 + ["db"]
    assert trace.lines[7].waits_for == "its CPU (the statement): 5 ns"
    assert (trace.outcome, trace.good) == ("ok", True)


def test_the_next_request_is_the_second_and_comes_after_the_thought(staged) -> None:
    stage, trace = staged(2, [workload([statement(cpu=5)], hop=2, think_mean_ns=7)])
    stage.to(60)
    assert [(at, what) for at, _, what in told(trace)] == [
        (20, "request 2 falls due"),
        (20, "sends select"),
        (22, "select arrives and gets a vCPU at once"),
        (27, "has run; its answer leaves"),
        (29, "the answer to select is back, after 9 ns: the request is done"),
    ]


@pytest.mark.parametrize(
    ("from_ns", "due_ns", "count"), [(0, 0, 1), (1, 20, 2), (20, 20, 2), (21, 36, 3)]
)
def test_the_first_that_is_due_from_a_time_on(staged, from_ns, due_ns, count) -> None:
    load = workload([statement(cpu=5)], hop=2, think_mean_ns=7)
    stage, trace = staged(None, [load], from_ns=from_ns)
    stage.to(60)
    assert (trace.found.due_ns, trace.found.count) == (due_ns, count)


def test_requests_of_several_connections_are_counted_as_they_fall_due(staged) -> None:
    """Three clients and one vCPU, 10 a statement, 5 of thought: due at 0, 0, 0, 15, 25, 35."""
    load = workload([statement(cpu=10)], slots=3, think_mean_ns=5)
    for number, due_ns, request in [(3, 0, 2), (4, 15, 3), (5, 25, 4), (6, 35, 5)]:
        stage, trace = staged(number, [load])
        stage.to(200)
        assert (trace.found.due_ns, trace.found.request) == (due_ns, request)


def test_waiting_in_the_run_queue_and_being_sliced(staged) -> None:
    """9 of CPU each, slices of 4. A: 0-4; B's connection opens at 4, behind it A: 4-8; B: 8-12,
    A: 12-13, B: 13-17 and, alone, 17-18."""
    load = workload([statement(cpu=9)], slots=2)
    stage, trace = staged(2, [load], main=cluster(cost=costs(time_slice_ns=4)))
    stage.to(100)
    over = "its time slice is over"
    assert told(trace)[-9:] == [
        (4, 0, "is connected, after 4 ns"),
        (4, 0, "sends select"),
        (4, 0, "select arrives"),
        (8, 4, "gets a vCPU"),
        (12, 4, f"{over}: back to the end of the run queue"),
        (13, 1, "gets a vCPU"),
        (17, 4, f"{over}; nobody else waits, so it goes on"),
        (18, 1, "has run; its answer leaves"),
        (18, 0, "the answer to select is back, after 14 ns: the request is done"),
    ]
    assert [line.waits_for for line in trace.lines][-7:-3] == [
        "a vCPU: 1 of 1 busy, 0 before it",
        "its CPU (the statement): 4 ns, 5 ns after this slice",
        "a vCPU: 1 of 1 busy, 0 before it",
        "its CPU (the statement): 4 ns, 1 ns after this slice",
    ]


def crowd(**changed):
    """One connection of a pool and 100 of CPU for each request, due every few ns."""
    rate = open_rate(per_s=2e7, end_ns=1000)
    return workload([statement(cpu=100)], rate=rate, slots=1, queue_limit=2, **changed)


def test_waiting_for_a_connection_of_the_pool(staged) -> None:
    stage, trace = staged(2, [crowd()])
    stage.to(10**4)
    first, second = sorted(stage.of(0), key=lambda row: row.request)[:2]
    assert first.due_ns < second.due_ns < first.end_ns
    assert told(trace)[:4] == [
        (second.due_ns, 0, "request 2 falls due"),
        (second.due_ns, 0, "all 1 connection of its pool are in use"),
        (first.end_ns, first.end_ns - second.due_ns, "gets an open connection of its pool"),
        (first.end_ns, 0, "sends select"),
    ]
    assert trace.lines[1].waits_for == "a connection: 0 requests before it"
    assert trace.lines[-1].at_ns == second.end_ns == first.end_ns + 100


def test_a_request_refused_by_a_full_waiting_room(staged) -> None:
    stage, trace = staged(4, [crowd()])
    stage.to(10**4)
    (row,) = [row for row in stage.all_rows if row.request == 3]
    assert row.outcome == O.CLIENT_QUEUE_FULL
    assert told(trace)[1:] == [
        (row.due_ns, 0, "the pool's waiting room is full: the request has failed")
    ]
    assert not trace.good


def test_pages_are_read_and_redo_becomes_durable_before_the_answer(staged) -> None:
    """5 of CPU; one page missing: 20 at the segment; 7 to take it in; three passes of 10 with 50
    for the acknowledgement, whose redo left at the end of the first burst of all."""
    load = workload([statement(K.UPDATE_INDEX, 5, pages=1, modifies=1, redo=100, autocommit=True)])
    free = costs(page_read_median_ns=20, miss_cpu_ns=7, commit_cpu_ns=30, ack_median_ns=50)
    stage, trace = staged(1, [load], [instance(warm=False, vcpu=2)], cluster(cost=free))
    stage.to(1000)
    assert told(trace)[6:] == [
        (0, 0, "sends update_index"),
        (0, 0, "update_index arrives and gets a vCPU at once"),
        (5, 5, "has run; its page is not in the buffer"),
        (25, 20, "1 page here from storage"),
        (32, 7, "has run; 1 redo record in the log, up to LSN 1"),
        (42, 10, "writes its commit record into the log, LSN 2"),
        (92, 50, "VDL has passed its commit record"),
        (102, 10, "the second of three passes of its commit is over"),
        (112, 10, "is committed; its answer leaves"),
        (112, 0, "the answer to update_index is back, after 112 ns: the request is done"),
    ]
    assert beside(trace) == [
        (32, 0, "its redo in group 0 (boxcar 0) leaves for all six segments"),
        (42, 0, "its redo in group 0 (boxcar 1) leaves for all six segments"),
        (82, 50, "its redo in group 0 (boxcar 0) is durable: all six segments answered"),
        (92, 50, "its redo in group 0 (boxcar 1) is durable: all six segments answered"),
    ]
    waits = {line.event: line.waits_for for line in trace.lines}
    assert waits["has run; its page is not in the buffer"] == (
        "1 page from segment 0 of group 0 (AZ a): 20 ns"
    )
    assert waits["writes its commit record into the log, LSN 2"] == (
        "VDL to reach LSN 2, it is at 0; its redo needs a write quorum in group 0"
    )


def test_a_commit_waits_for_the_copies_that_are_missing(staged) -> None:
    """Three of six are lost until 500; then they have at once what the other three hold."""
    stage, trace = staged(1, [workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=50)))
    stage.plane.segment_lost(0, 0, 0b111)
    stage.to(500)
    line = trace.lines[-1]
    assert line.event == "its redo in group 0 (boxcar 1) leaves for segments 3, 4, 5"
    assert line.waits_for == "a write quorum: too few segments are there"
    stage.plane.segment_repaired(0, 0, 0b111)
    stage.to(1000)
    assert beside(trace)[-1][1:] == (
        500, "its redo in group 0 (boxcar 1) is durable: all six segments answered"
    )
    assert trace.lines[-1].at_ns == stage.rows[0].end_ns


def test_a_dark_writer_a_timeout_a_backoff_and_the_new_writer_s_address(staged) -> None:
    """Sent at 4 with 3 a hop; dark at 8. The timeout is at 104; 10 later DNS still
    names the old writer: another 40, then 20; at 172 it names the new one."""
    load = workload(
        [statement(cpu=50)], instances=2, hop=1, statement_timeout_ns=100, connect_timeout_ns=40,
        dns_cache_ns=50, attempts=3, backoff_ns=10, backoff_max_ns=1000,
    )  # fmt: skip
    both = [instance(name="old"), instance(name="new")]
    stage, trace = staged(1, [load], both, records=((0,), (1,)))
    stage.to(8)
    stage.plane.stop(0, Status.DARK)
    stage.plane.fence(0)
    stage.plane.recover(0)
    stage.plane.promote(0, 1)
    stage.to(120)
    stage.plane.publish(0, ROLE_WRITER, (1,))
    stage.to(1000)
    timeout = "no answer came within the client's statement timeout: attempt 1 of 3 has failed"
    unconnected = timeout.replace("answer", "connection").replace("statement", "connect")
    unconnected = unconnected.replace("attempt 1", "attempt 2")
    assert told(trace)[6:] == [
        (2, 0, "sends select"),
        (3, 1, "select arrives and gets a vCPU at once"),
        (8, 5, "old dies, and with it what it was doing;"
               " nobody is told: host or network is gone"),
        (102, 94, timeout),
        (112, 10, "tries again: attempt 2"),
        (112, 0, "asks DNS: the cluster endpoint is old"),
        (112, 0, "asks old for a connection"),
        (113, 1, "connect is lost: old is gone without a word"),
        (152, 39, unconnected),
        (172, 20, "tries again: attempt 3"),
        (172, 0, "asks DNS: the cluster endpoint is new"),
        (172, 0, "asks new for a connection"),
        (173, 1, "connect arrives and gets a vCPU at once"),
        (173, 0, "the connection is open; its answer leaves"),
        (174, 1, "is connected, after 2 ns"),
        (174, 0, "sends select"),
        (175, 1, "select arrives and gets a vCPU at once"),
        (225, 50, "has run; its answer leaves"),
        (226, 1, "the answer to select is back, after 52 ns: the request is done"),
    ]  # fmt: skip
    waits = {line.at_ns: line.waits_for for line in trace.lines}
    assert (waits[8], waits[102]) == ("the client's own timeout: 94 ns", "its backoff: 10 ns")


def test_a_reset_on_its_way(staged) -> None:
    """Sent at 6 (3 a hop), in work from 9 to 109; the process closes at 50 and its host says so."""
    load = workload([statement(cpu=100)], hop=3, attempts=2, backoff_ns=10)
    stage, trace = staged(1, [load])
    stage.to(50)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(75)
    assert told(trace)[8:] == [
        (50, 41, "db dies, and with it what it was doing; its host tells every client by a reset"),
        (53, 3, "the connection was reset: attempt 1 of 2 has failed"),
        (63, 10, "tries again: attempt 2"),
        (63, 0, "asks DNS: the cluster endpoint is db"),
        (63, 0, "asks db for a connection"),
        (66, 3, "connect is refused: no database process listens (connection refused)"),
        (69, 3, "no database process listens (connection refused): the request has failed"),
    ]
    assert (trace.outcome, trace.good) == ("connection_refused", False)


def test_a_transaction_s_redo_goes_beside_its_way(staged) -> None:
    """A hop is 10: connected at 20, begin back at 40, the write runs 50-55 and its redo needs 25;
    the commit arrives at 75 and its record is durable at 100, which it hears at 110."""
    load = workload([BEGIN, write(5), COMMIT], hop=10)
    stage, trace = staged(1, [load], main=cluster(cost=costs(ack_median_ns=25)))
    stage.to(1000)
    leaves, durable = "leaves for all six segments", "is durable: all six segments answered"
    assert beside(trace) == [
        (55, 0, f"its redo in group 0 (boxcar 0) {leaves}"),
        (75, 0, f"its redo in group 0 (boxcar 1) {leaves}"),
        (80, 25, f"its redo in group 0 (boxcar 0) {durable}"),
        (100, 25, f"its redo in group 0 (boxcar 1) {durable}"),
    ]
    assert (55, 5, "has run; 1 redo record in the log, up to LSN 1; its answer leaves") in told(
        trace
    )
    waits = sum(waited for _, waited, _ in told(trace))
    assert waits == trace.lines[-1].at_ns == stage.rows[-1].end_ns == 110


def test_a_durable_commit_still_waits_for_a_vcpu(staged) -> None:
    """COMMIT 30 is three passes of 10. Its record leaves at 10 and is durable at 70; a read of 25,
    20 away and so there at 60, has the vCPU until 85."""
    commit = workload([BEGIN, write(0), statement(K.COMMIT, cpu=30)], name="a")
    read = workload([statement(cpu=25)], name="b", hop=20)
    stage, trace = staged(1, [commit, read], main=cluster(cost=costs(ack_median_ns=60)))
    stage.to(500)
    assert told(trace)[-6:] == [
        (10, 10, "writes its commit record into the log, LSN 2"),
        (70, 60, "VDL has passed its commit record"),
        (85, 15, "gets a vCPU"),
        (95, 10, "the second of three passes of its commit is over"),
        (105, 10, "is committed; its answer leaves"),
        (105, 0, "the answer to commit (3 of 3) is back, after 105 ns: the request is done"),
    ]
