"""Why an outage lasted: stories in which one cause acts alone, or two, with parts by hand.

A process of orders is answered by db-1 until 5.0; its requests fall due at 5.5 and later, and the
first of them that is good ends the outage. Control records and rows say what happened between.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurosim.control.events import Failover, Restart, Takeover
from aurosim.dataplane.contract import NEVER, ROLE_READER, Final, Outcome, StatementKind
from aurosim.metrics.causes import Causes, Trouble, of_process, parts
from aurosim.metrics.fleet import Marks, ProcessOutage
from aurosim.metrics.recorder import Recorder
from aurosim.scenario.results import CAUSES
from tests import control_records as records
from tests.metrics_story import (
    DB_1,
    DB_2,
    ORDERS,
    S,
    block,
    close,
    good,
    ns,
    plan,
    recorder,
    row,
    run,
)

Rows = np.ndarray


def steady(start_s: float, end_s: float, instance: int = DB_2) -> list[Rows]:
    return [good(t, instance=instance) for t in np.arange(start_s, end_s + 0.1, 0.5)]


def opened(at_s: float, instance: int = DB_2, expiry_s: float = 0) -> Rows:
    return row(at_s, kind=StatementKind.CONNECT, instance=instance, expiry_s=expiry_s)


def in_vain(at_s: float, instance: int = DB_1, expiry_s: float = 0) -> Rows:
    return row(
        at_s, kind=StatementKind.CONNECT, instance=instance, expiry_s=expiry_s,
        outcome=Outcome.CONNECT_TIMEOUT,
    )  # fmt: skip


def failed(at_s: float, outcome: Outcome, instance: int = DB_1) -> Rows:
    """A statement that failed and is tried again."""
    return row(at_s, start_s=5.5, due_s=5.5, outcome=outcome, instance=instance)


def failover(
    start_s: float, detected_s: float, promoted_s: float | None, moved_s: float | None
) -> Failover:
    told = [None if at is None else ns(at) for at in (promoted_s, moved_s)]
    promoted, moved = told
    lost, detected = ns(start_s), ns(detected_s)
    return Failover(
        "host_failure", lost, lost, detected, promoted, moved, None, "db-1", "db-2"
    )


def why(rows: list[Rows], end_s: float | None, control=None, made: Recorder | None = None):
    """The causes of the one outage of a process, in seconds, those without a part left out. It is
    out from 5.5 to `end_s`; None: to the end, at 20."""
    story = [*steady(0.5, 5, DB_1), *rows]
    if end_s is not None:
        story += [good(end_s, due_s=5.5, instance=DB_2), *steady(end_s + 0.5, 20)]
    story.sort(key=lambda each: int(each["end_ns"][0]))
    made = run(made or recorder(), *story, open_due_s=[] if end_s else [5.5])
    assert made.last is not None
    (outage,) = made.process_outages
    assert outage.start_ns == ns(5.5)
    assert outage.end_ns == (None if end_s is None else ns(end_s))
    found = Causes(made.plan, control or records.Control(), made.last).of_process(outage)
    assert sum(found) == outage.lasted_ns
    return {name: part / S for name, part in zip(CAUSES, found, strict=True) if part}


def moved(*times_s: float | None) -> records.Control:
    return records.Control(failovers=[failover(*times_s)])  # type: ignore[arg-type]


# --- one cause alone, and two -------------------------------------------------------------------
def test_an_outage_until_the_failure_is_noticed() -> None:
    assert why([], 12, moved(5, 12, 12, 12)) == {"noticed": 6.5}


def test_an_outage_until_a_writer_is_open() -> None:
    assert why([], 12, moved(5, 5, 12, 12)) == {"writer": 6.5}


def test_an_outage_until_the_record_is_moved() -> None:
    assert why([], 12, moved(5, 5, 5, 12)) == {"record": 6.5}


def test_an_outage_until_the_cached_answer_expires() -> None:
    """It asked at 7 and was told db-1 until 12: only then it finds db-2."""
    assert why([in_vain(9, DB_1, 12)], 12) == {"cache": 6.5}
    assert why([opened(7, DB_1, 12), opened(12, DB_2, 17)], 12) == {"cache": 6.5}


def test_an_outage_until_the_hung_socket_is_released() -> None:
    for outcome in (
        Outcome.CONNECTION_RESET, Outcome.CONNECTION_TIMED_OUT, Outcome.STATEMENT_TIMEOUT,
        Outcome.UNKNOWN_OUTCOME,
    ):  # fmt: skip
        found = why([failed(7, outcome), failed(11.9, outcome)], 12)
        assert found == {"socket": pytest.approx(6.4), "answer": pytest.approx(0.1)}


def test_an_outage_until_the_poisoned_connection_is_dropped() -> None:
    rows = [failed(t, Outcome.READ_ONLY) for t in (7.0, 9.0, 11.5)]
    assert why(rows, 12) == {"poison": 6.0, "answer": 0.5}


def test_an_outage_until_a_connection_is_opened() -> None:
    assert why([opened(8), opened(11)], 12) == {"connection": 5.5, "answer": 1.0}


def test_an_outage_in_which_only_the_answer_is_late() -> None:
    assert why([], 12) == {"answer": 6.5}


def test_two_causes_at_once_share_the_time_in_their_order() -> None:
    """The socket is released at 9, while the record moves at 8: before that it's the record's."""
    hung = failed(9, Outcome.CONNECTION_TIMED_OUT)
    assert why([hung], 9.5, moved(5, 5, 5, 8)) == {"record": 2.5, "socket": 1.0, "answer": 0.5}
    early = failed(7, Outcome.CONNECTION_TIMED_OUT)
    assert why([early], 9.5, moved(5, 5, 5, 8)) == {"record": 2.5, "answer": 1.5}


def test_all_of_them_one_after_another() -> None:
    rows = [
        in_vain(9, DB_1, 9.5), failed(10, Outcome.CONNECTION_RESET), failed(11, Outcome.READ_ONLY),
        opened(11.5, DB_2, 14.5),
    ]  # fmt: skip
    assert why(rows, 12, moved(5, 6, 7, 8)) == {
        "noticed": 0.5, "writer": 1.0, "record": 1.0, "cache": 1.5, "socket": 0.5, "poison": 1.0,
        "connection": 0.5, "answer": 0.5,
    }  # fmt: skip


# --- what belongs to which outage ---------------------------------------------------------------
def test_an_answer_that_led_to_who_answers_is_no_cause() -> None:
    """It knows db-2 until 60; the last answer that led to db-1 ran out at 7."""
    rows = [in_vain(6, DB_1, 7), opened(7.5, DB_2, 60)]
    assert why(rows, 8) == {"cache": 1.5, "connection": 0.5, "answer": 0.5}


@pytest.mark.parametrize("swap", [False, True])
def test_of_several_answers_the_last_that_led_elsewhere_counts(swap: bool) -> None:
    rows = [in_vain(6, DB_1, 7), in_vain(6.5, DB_1, 9), opened(11, DB_2, 40)]
    if swap:  # the one that leads to db-2 is known first, from another connection
        rows = [opened(6, DB_2, 40), in_vain(6.2, DB_1, 7), in_vain(6.5, DB_1, 9)]
    assert why(rows, 12)["cache"] == 3.5


def test_what_happened_before_the_outage_is_met() -> None:
    early = [opened(5.2, DB_1, 5.4), failed(5.45, Outcome.CONNECTION_RESET)]
    assert why(early, 12, moved(1, 2, 3, 4)) == {"answer": 6.5}


def test_what_happened_to_another_process_is_not_its_own() -> None:
    reset = row(9, outcome=Outcome.CONNECTION_RESET, process=1)
    other = [good(t, process=1) for t in np.arange(0.6, 20, 0.5)]
    assert why([reset, *other], 12, made=recorder(processes=2)) == {"answer": 6.5}


def test_marks_wait_for_their_turn_when_replies_overtake_each_other() -> None:
    """The row of a connection that opens at 12.001 is written before the answer of 12."""
    made = recorder()
    made.rows(block(*steady(0.5, 5, DB_1), opened(12.001, DB_2, 40)))
    made.rows(block(good(12, due_s=5.5, instance=DB_2), *steady(12.5, 20)))
    close(made)
    (outage,) = made.process_outages
    assert (outage.end_ns, outage.marks.open_ns) == (ns(12), 0)


def test_a_connection_opened_at_the_instant_of_the_answer_belongs_to_what_follows() -> None:
    rows = [*steady(0.5, 5, DB_1), opened(12), good(12, due_s=5.5), *steady(12.5, 20)]
    made = run(recorder(), *rows)
    assert made.process_outages[0].marks.open_ns == 0


def test_a_writer_that_restarts_in_place_is_open_when_it_is_back() -> None:
    control = records.Control(restarts=[Restart("db-1", "crash", ns(5.2), ns(11))])
    assert why([], 12, control) == {"writer": 5.5, "answer": 1.0}
    reader = records.Control(restarts=[Restart("db-2", "crash", ns(5.2), ns(11))])
    assert why([], 12, reader) == {"answer": 6.5}


def test_a_writer_that_lost_its_seat_is_not_waited_for() -> None:
    """db-1 is back at 18: long after its place was taken."""
    control = moved(5, 6, 7, 8)
    control.restarts = [Restart("db-1", "host_failure", ns(5), ns(18))]
    assert why([], 12, control) == {"noticed": 0.5, "writer": 1.0, "record": 1.0, "answer": 4.0}


def test_a_writer_that_is_demoted_when_asked_to_is_not_waited_for() -> None:
    """Asked for at 4, away from 5.2 on; the old writer is back at 12 as a reader."""
    asked = replace(failover(4, 4, 7, 8), lost_ns=ns(5.2))
    control = records.Control(
        failovers=[asked], restarts=[Restart("db-1", "failover", ns(5.2), ns(12))]
    )
    assert why([], 12, control) == {"writer": 1.5, "record": 1.0, "answer": 4.0}


def test_a_second_failover_is_waited_for_from_its_start() -> None:
    second = replace(failover(10, 11, 11.5, 12), from_="db-2", to="db-1")
    control = records.Control(failovers=[failover(5, 6, 7, 8), second])
    assert why([], 13, control) == {
        "noticed": 0.5 + 1, "writer": 1.0 + 0.5, "record": 1.0 + 0.5, "answer": 2.0 + 1,
    }  # fmt: skip


@pytest.mark.parametrize("restarts", [[], [Restart("db-1", "region_outage", ns(5), ns(18))]])
def test_a_move_between_regions_is_noticed_when_it_is_asked_for(restarts: list[Restart]) -> None:
    """And the old primary's writer, which comes back at 18 as a reader, is not waited for."""
    story = plan(20)
    far = replace(story.clusters[0], name="far", writer=-1)
    orders = replace(story.workloads[ORDERS], role=2)
    both = replace(
        story, clusters=(*story.clusters, far), workloads=(story.workloads[0], orders)
    )
    take = Takeover("global_failover", ns(7), "main", "far")
    take.lost_ns, take.promoted_ns, take.endpoint_moved_ns = ns(5), ns(9), ns(10)

    class Two(records.Control):
        @property
        def clusters(self) -> list[records.Control]:
            return [records.Control(restarts=restarts), records.Control()]

    made = run(recorder(), *steady(0.5, 5, DB_1), good(12, due_s=5.5), *steady(12, 20))
    assert made.last is not None
    last = replace(made.last, clusters=made.last.clusters * 2)
    (outage,) = made.process_outages
    found = Causes(both, Two(regional_failovers=[take]), last).of_process(outage)
    assert [part / S for part in found] == [1.5, 2.0, 1.0, 0, 0, 0, 0, 2.0]


# --- outages that are open --------------------------------------------------------------------
def test_in_an_open_outage_what_is_not_met_goes_on() -> None:
    assert why([], None, moved(5, 6, None, None)) == {"noticed": 0.5, "writer": 14.0}
    assert why([], None, moved(5, 6, 7, None)) == {"noticed": 0.5, "writer": 1.0, "record": 13.0}


def test_in_an_open_outage_the_answer_that_leads_elsewhere_than_the_writer_is_waited_for() -> None:
    """At the end db-1 is the writer, as the last picture says."""
    assert why([in_vain(9, DB_2, 60)], None) == {"cache": 14.5}
    assert why([in_vain(9, DB_1, 60)], None) == {"connection": 14.5}


def test_in_an_open_outage_a_poisoned_pool_goes_on() -> None:
    rows = [opened(6, DB_1, 8), *(failed(t, Outcome.READ_ONLY) for t in (7, 12, 19))]
    assert why(rows, None) == {"poison": 14.5}


def test_in_an_open_outage_who_never_tries_to_connect_waits_on_the_sockets_he_had() -> None:
    assert why([], None, moved(5, 6, 7, 8)) == {
        "noticed": 0.5, "writer": 1.0, "record": 1.0, "socket": 12.0,
    }  # fmt: skip
    assert why([], None) == {"answer": 14.5}  # nothing had happened: it is slow


# --- the pure function ------------------------------------------------------------------------
@given(
    st.integers(0, 10**12), st.integers(0, 10**12),
    st.lists(st.integers(0, 2 * 10**12) | st.just(NEVER), min_size=7, max_size=7),
)  # fmt: skip
def test_parts_sum_to_the_whole_and_each_instant_has_its_earliest_cause(
    start: int, lasted: int, met: list[int]
) -> None:
    end = start + lasted
    found = parts(start, end, met)
    assert sum(found) == lasted and min(found) >= 0 and len(found) == len(CAUSES)
    # at any instant, asked plainly
    edges = sorted({start, end, *(t for t in met if start < t < end)})
    asked = [0] * len(CAUSES)
    for a, b in zip(edges, edges[1:], strict=False):
        cause = next((n for n, t in enumerate(met) if t > a), len(met))
        asked[cause] += b - a
    assert found == asked


TIMES = st.none() | st.integers(0, 100)
TROUBLES = st.builds(Trouble, st.integers(0, 100), TIMES, TIMES, TIMES)


@given(
    st.integers(0, 100), st.integers(1, 100), st.booleans(), st.lists(TROUBLES, max_size=4),
    st.tuples(*[st.integers(0, 150)] * 5, st.integers(-1, 1)), st.integers(0, 150),
)  # fmt: skip
def test_whatever_was_recorded_the_parts_sum_to_the_outage(
    start: int, lasted: int, over: bool, troubles: list[Trouble], marks: tuple[int, ...], at: int
) -> None:
    end = start + lasted
    outage = ProcessOutage(0, 0, start, end if over else None, end, Marks(*marks))
    found = of_process(outage, troubles, at)
    assert sum(found) == lasted and min(found) >= 0


def test_a_workloads_parts_are_means_over_the_processes_that_had_the_outage() -> None:
    """The first waits for its socket until 8, the second until 11; a third is not out."""
    rows = [good(t, process=p) for p in range(2) for t in np.arange(0.5, 5.1, 0.5)]
    rows += [good(t, process=2) for t in np.arange(0.5, 20.1, 0.5)]
    for process, until in ((0, 8.0), (1, 11.0)):
        rows += [
            row(until, due_s=5.5, process=process, outcome=Outcome.CONNECTION_RESET,
                final=Final.BAD),
            *(good(t, process=process) for t in np.arange(until + 1, 20.1, 0.5)),
        ]  # fmt: skip
    rows.sort(key=lambda each: int(each["end_ns"][0]))
    rows += [good(20, due_s=19.9, process=p) for p in (0, 1)]
    made = run(recorder(processes=3), *rows)
    assert made.last is not None
    found = Causes(made.plan, records.Control(), made.last).of(made.outages[0])
    assert len(made.outages) == 1
    told = {name: part / S for name, part in zip(CAUSES, found, strict=True) if part}
    assert told == {"socket": (2.5 + 5.5) / 2, "answer": 1.0}


def test_a_reader_endpoint_waits_for_no_writer() -> None:
    story = plan(20)
    reading = replace(story.workloads[ORDERS], role=ROLE_READER)
    hung = failed(6, Outcome.CONNECTION_RESET)
    made = run(recorder(), *steady(0.5, 5, DB_1), hung, good(12, due_s=5.5), *steady(12, 20))
    assert made.last is not None
    (outage,) = made.process_outages
    changed = replace(story, workloads=(story.workloads[0], reading))
    found = Causes(changed, moved(5, 6, 7, 8), made.last).of_process(outage)
    assert [part / S for part in found] == [0, 0, 0, 0, 0.5, 0, 0, 6.0]
