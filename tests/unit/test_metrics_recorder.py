"""What counts when: rows by hand, totals worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from aurosim.dataplane.contract import LAG, ROW, Final, OpenRequest, Outcome, StatementKind
from aurosim.metrics import tables as tab
from aurosim.metrics.recorder import reply_skew_ns
from tests.metrics_story import (
    BROWSE,
    DB_1,
    DB_2,
    MS,
    ORDER,
    ORDERS,
    S,
    bad,
    block,
    close,
    finish,
    good,
    look,
    ns,
    observation,
    plan,
    recorder,
    row,
    run,
)

RATE_COLUMNS = (tab.TRANSACTIONS, tab.STATEMENTS, tab.READS, tab.WRITES)


def totals(made, columns=RATE_COLUMNS, workload=ORDERS) -> list[int]:
    return [made.total(workload, column) for column in columns]


def transaction(end_s: float, due_s: float) -> list[np.ndarray]:
    """The six statements of an order, 0.01 s each, the last ending at `end_s`."""
    rows = []
    for n, kind in enumerate(ORDER):
        done = end_s - 0.01 * (len(ORDER) - 1 - n)
        final = Final.GOOD if kind == StatementKind.COMMIT else Final.NOT
        rows.append(row(done, due_s=due_s, start_s=done - 0.01, kind=kind, final=final))
    return rows


def test_a_transaction_is_six_statements_two_reads_and_two_writes() -> None:
    made = run(recorder(), *transaction(1, 0.9), *transaction(2, 1.9))
    assert totals(made) == [2, 12, 4, 4]


def test_opening_a_connection_and_what_never_was_sent_are_no_statements() -> None:
    rows = [
        row(1, kind=StatementKind.CONNECT),
        row(2, kind=StatementKind.NONE, outcome=Outcome.CLIENT_QUEUE_FULL, final=Final.BAD),
    ]
    assert totals(run(recorder(), *rows)) == [0, 0, 0, 0]


def test_statements_that_failed_are_errors_of_their_word_and_do_not_count() -> None:
    rows = [
        row(1, kind=StatementKind.CONNECT, outcome=Outcome.CONNECT_TIMEOUT),
        row(2, kind=StatementKind.SELECT, outcome=Outcome.STATEMENT_TIMEOUT),
        row(3, kind=StatementKind.SELECT, outcome=Outcome.STATEMENT_TIMEOUT),
        bad(4, outcome=Outcome.UNKNOWN_OUTCOME),
        row(5, kind=StatementKind.NONE, outcome=Outcome.CLIENT_QUEUE_FULL, final=Final.BAD),
    ]
    made = run(recorder(), *rows)
    assert totals(made) == [0, 0, 0, 0]
    errors = totals(made, range(tab.ERRORS, tab.ERRORS + tab.OUTCOMES))
    expected = dict.fromkeys(Outcome, 0) | {
        Outcome.CONNECT_TIMEOUT: 1,
        Outcome.STATEMENT_TIMEOUT: 2,
        Outcome.UNKNOWN_OUTCOME: 1,
        Outcome.CLIENT_QUEUE_FULL: 1,
    }
    assert errors == [expected[outcome] for outcome in Outcome]
    assert totals(made, (tab.DUE, tab.GOOD, tab.BAD)) == [2, 0, 2]


def test_requests_count_by_their_arrival_and_rates_by_finish() -> None:
    """Due 4.9 within warm-up, finished 5.1 after it: a transaction, but no due request."""
    made = run(recorder(warm_up_s=5), *transaction(4.95, 4.0), *transaction(5.1, 4.9), good(6, 5.5))
    assert totals(made, (tab.DUE, tab.GOOD, tab.BAD)) == [1, 1, 0]
    assert totals(made) == [2, 7, 2, 2]
    assert made.histograms.count(ORDERS * tab.HISTOGRAMS + tab.GOOD_REQUESTS) == 1


def test_errors_count_by_finish_after_warm_up() -> None:
    made = run(recorder(warm_up_s=5), bad(4.9), bad(5.1, due_s=4.8))
    assert made.total(ORDERS, tab.ERRORS + Outcome.STATEMENT_TIMEOUT) == 1
    assert totals(made, (tab.DUE, tab.GOOD, tab.BAD)) == [0, 0, 0]


def test_what_ends_after_the_run_does_not_count_but_for_littles_law() -> None:
    made = run(recorder(), *transaction(20.0005, 19))
    assert totals(made) == [0, 5, 2, 2]
    assert totals(made, (tab.DUE, tab.GOOD, tab.BAD)) == [0, 0, 0]
    assert made.waited_ns(ORDERS) == ns(1.0005)


def test_latency_runs_from_the_intended_arrival_and_failed_ones_are_apart() -> None:
    made = run(recorder(), good(3, due_s=1), good(5, due_s=4), bad(9, due_s=2))
    base = ORDERS * tab.HISTOGRAMS
    meter = made.histograms
    assert meter.mean_ns(base + tab.GOOD_REQUESTS) == 1.5 * S
    assert meter.max_ns(base + tab.GOOD_REQUESTS) == 2 * S
    assert meter.mean_ns(base + tab.FAILED_REQUESTS) == 7 * S


def test_commit_latency_is_that_of_commit() -> None:
    rows = [
        row(2, start_s=1, kind=StatementKind.INSERT),
        row(2.5, start_s=2.2, kind=StatementKind.COMMIT, final=Final.GOOD),
        row(4, start_s=3, outcome=Outcome.UNKNOWN_OUTCOME, final=Final.BAD),
    ]
    made = run(recorder(), *rows)
    place = ORDERS * tab.HISTOGRAMS + tab.COMMITS
    assert (made.histograms.count(place), made.histograms.mean_ns(place)) == (1, 0.3 * S)


def test_without_commit_it_is_that_of_writes_that_commit_by_themselves() -> None:
    rows = [
        row(2, start_s=1, kind=StatementKind.SELECT, statement=0),
        row(2.5, start_s=2.1, kind=StatementKind.INSERT, statement=1, final=Final.GOOD),
    ]
    made = run(recorder(autocommit=True), *rows)
    place = ORDERS * tab.HISTOGRAMS + tab.COMMITS
    assert (made.histograms.count(place), made.histograms.mean_ns(place)) == (1, 0.4 * S)


def test_a_workload_that_commits_nothing_has_no_commit_latency() -> None:
    made = run(recorder(), good(2, workload=BROWSE))
    assert made.histograms.count(BROWSE * tab.HISTOGRAMS + tab.COMMITS) == 0


@pytest.mark.parametrize(
    ("open_due_s", "bad_ones"),
    [([13.5], 0), ([13.0], 0), ([12.9], 1), ([12.9, 1, 19.9], 2)],
)
def test_unfinished_requests_are_bad_once_they_are_given_up(open_due_s, bad_ones) -> None:
    """orders gives up after 7 s, the run ends at 20 s: due before 13 s is bad, whoever else is
    answered, and all of them are due."""
    made = run(recorder(), good(1), good(20), open_due_s=open_due_s)
    assert (made.bad(ORDERS), made.open[ORDERS]) == (bad_ones, len(open_due_s) - bad_ones)
    assert made.due(ORDERS) == 2 + len(open_due_s)


@pytest.mark.parametrize(
    ("open_due_s", "bad_ones"), [([18.5], 1), ([18.98], 0), ([16.9, 18.5], 1), ([16.9], 0)]
)
def test_unfinished_requests_are_bad_if_nobody_was_answered_since(open_due_s, bad_ones) -> None:
    """Unanswered after 1.03 s: due before 18.97; the last answer was at 17."""
    made = run(recorder(), good(1), good(17), open_due_s=open_due_s)
    assert (made.bad(ORDERS), made.open[ORDERS]) == (bad_ones, len(open_due_s) - bad_ones)


def test_an_unfinished_request_of_the_warm_up_is_nobodys() -> None:
    made = run(recorder(warm_up_s=5), good(6), open_due_s=[4])
    assert (made.due(ORDERS), made.bad(ORDERS), made.open[ORDERS]) == (1, 0, 0)


def test_a_request_whose_reply_still_travels_is_unfinished() -> None:
    made = run(recorder(), good(1), good(19.5), good(20.0001, due_s=12))
    assert (made.due(ORDERS), made.total(ORDERS, tab.GOOD), made.bad(ORDERS)) == (3, 2, 1)
    made = run(recorder(), good(1), good(19.5), good(20.0001, due_s=15))
    assert (made.due(ORDERS), made.bad(ORDERS), made.open[ORDERS]) == (3, 0, 1)


def test_littles_sum_is_rows_and_open_requests_of_the_whole_run() -> None:
    made = run(recorder(warm_up_s=5), good(3, due_s=1), bad(7, due_s=4), open_due_s=[19, 18])
    assert made.waited_ns(ORDERS) == (2 + 3 + 1 + 2) * S
    assert made.waited_ns(BROWSE) == 0


def test_stale_reads_count_for_the_instance_that_answered() -> None:
    def read(end_s, **more):
        return row(end_s, workload=BROWSE, kind=StatementKind.SELECT, **more)

    made = run(
        recorder(warm_up_s=2),
        read(1, instance=DB_2, stale_s=0.9),  # within warm-up
        read(3, instance=DB_2),
        read(4, instance=DB_2, stale_s=0.02),
        read(5, instance=DB_2, stale_s=0.04),
        read(6, instance=DB_1),
        read(7, instance=DB_2, outcome=Outcome.STATEMENT_TIMEOUT),
    )
    assert made.tables.reads.tolist() == [[1, 0, 0, 0], [3, 2, 60 * MS, 40 * MS]]


def test_lag_samples_by_instance_after_warm_up() -> None:
    made = recorder(warm_up_s=5)
    samples = [(DB_2, ns(4), 50 * MS), (DB_2, ns(6), 10 * MS), (DB_2, ns(6.05), 30 * MS)]
    made.lag(np.array(samples, LAG))
    close(made)
    assert made.lag_histograms.count(DB_1) == 0
    assert made.lag_histograms.mean_ns(DB_2) == 20 * MS
    assert made.lag_histograms.max_ns(DB_2) == 30 * MS


def test_one_block_or_many_is_the_same() -> None:
    rows = [*transaction(1, 0.5), bad(2), *transaction(5, 1), good(6, 5.5)]
    one, many = run(recorder(), *rows), recorder()
    for each in rows:
        many.rows(each)
    close(many)
    for first, second in zip(one.tables, many.tables, strict=True):
        np.testing.assert_array_equal(first, second)


def test_boundaries_are_ends_of_intervals_of_windows_and_of_the_warm_up() -> None:
    """Windows of a tenth of 0.3 s; between their ends only those of intervals are rolled."""
    made = recorder(warm_up_s=0.25, end_s=0.55)
    seen = (made.moments_ns // MS).tolist()
    assert seen == [100, 200, 250, 280, 300, 310, 340, 370, 400, 430, 460, 490, 500, 520, 550]
    look(made, observation(0.1))
    look(made, observation(0.2))
    look(made, observation(0.25))
    assert made.at_warm_up is not None and made.at_warm_up.now_ns == 250 * MS
    look(made, observation(0.28))
    assert made.levels.covered_ns.sum() == 250 * MS
    look(made, observation(0.3))
    assert made.levels.covered_ns.tolist() == [100 * MS] * 3 + [0] * 3


@pytest.mark.parametrize(
    ("end_s", "width_ms"), [(1, 100), (120, 100), (120.1, 200), (3600, 3200), (86_400, 102_400)]
)
def test_a_run_has_at_most_1200_intervals_of_a_width_that_doubles(end_s, width_ms) -> None:
    assert tab.width_ns(ns(end_s)) == width_ms * MS
    made = recorder(end_s=end_s)
    assert made.intervals <= 1200 and made.intervals * made.width_ns >= made.end_ns


def test_what_ends_with_the_run_stays_in_its_last_interval() -> None:
    """At exactly 120 s, 1,200 intervals are full: nothing may fold them."""
    made = run(recorder(end_s=120), good(120, due_s=119.95), open_due_s=[120])
    assert made.series.width_ns == made.latency.width_ns == 100 * MS
    base = ORDERS * tab.WORKLOAD_SERIES
    assert made.series.table[base + tab.S_GOOD, 1199] == 1
    assert made.series.table[base + tab.S_DUE, 1199] == 2


def test_replies_are_in_order_but_for_a_connections_round_trips() -> None:
    """0.5 ms a hop; two round trips to connect and one more: 6 hops."""
    assert reply_skew_ns(plan()) == 3 * MS


def test_memory_does_not_grow_with_rows() -> None:
    made = recorder()
    rows = np.zeros(4096, ROW)
    rows["process"], rows["workload"] = ORDERS, ORDERS
    rows["kind"], rows["final"] = StatementKind.COMMIT, Final.GOOD
    rows["statement"] = 5
    for n in range(20):
        rows["end_ns"] = rows["start_ns"] = rows["due_ns"] = n * S // 2 + np.arange(4096) * 1000
        made.rows(rows)
    # The last 3 ms before the last end may still be overtaken: 3,001 replies, a microsecond apart.
    assert made._gaps.sizes.tolist() == [3000, 0]
    assert made._pending.shape[1] <= 4 * 4096


def test_the_books_are_closed_once() -> None:
    made = run(recorder(), good(1))
    with pytest.raises(AssertionError):
        made.rows(block(good(2)))
    with pytest.raises(AssertionError):
        finish(made, observation(20), [OpenRequest(ORDERS, ORDERS, 1, 0)])
