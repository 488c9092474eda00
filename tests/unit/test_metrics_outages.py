"""Outages by their definition: stories with answers worked out by hand, and a plain search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurosim.dataplane.contract import ROW, Outcome
from aurosim.metrics import outages as out
from tests.metrics_story import (
    BROWSE,
    ORDERS,
    S,
    bad,
    block,
    close,
    good,
    ns,
    outages,
    recorder,
    run,
)


def steady(start_s: float, end_s: float, step_s: float = 0.5) -> list[np.ndarray]:
    """Good requests all the time, so that there is no gap."""
    return [good(t) for t in np.arange(start_s, end_s + step_s / 2, step_s)]


def test_a_request_that_failed_in_a_gap_makes_it_an_outage() -> None:
    made = run(recorder(), *steady(0.5, 5), bad(6, due_s=5.5), *steady(9, 20))
    assert outages(made) == [(5.0, 9.0)]


def test_a_gap_without_a_failed_request_is_none() -> None:
    made = run(recorder(), *steady(0.5, 5), *steady(9, 20))
    assert outages(made) == []


def test_a_gap_as_long_as_the_threshold_is_none_and_one_longer_by_a_nanosecond_is() -> None:
    for end_s, found in ((6.0, []), (6.000000001, [(5.0, 6.000000001)])):
        rows = [*steady(0.5, 5), bad(5.5, due_s=5.2), good(end_s), *steady(6.5, 20)]
        assert outages(run(recorder(), *rows)) == found


def test_a_good_request_that_outlived_its_statement_timeout_makes_its_gap_an_outage() -> None:
    made = run(recorder(), *steady(0.5, 5), good(10.5, due_s=5.4), *steady(11, 20))
    assert outages(made) == [(5.0, 10.5)]  # 5.1 s, where 5 s are allowed
    made = run(recorder(), *steady(0.5, 5), good(10.5, due_s=5.5), *steady(11, 20))
    assert outages(made) == []  # exactly 5 s


def test_a_request_that_waited_in_a_gap_and_failed_later_confirms_it_late() -> None:
    rows = [*steady(0.5, 5), *steady(8, 14), bad(14.2, due_s=7), *steady(14.5, 20)]
    assert outages(run(recorder(), *rows)) == [(5.0, 8.0)]


def test_a_late_failure_confirms_all_the_gaps_it_waited_through_and_no_earlier_one() -> None:
    rows = [good(t) for t in (0.5, 2, 4, 6, 8)] + [bad(8.5, due_s=4.5)] + steady(8.9, 20)
    assert outages(run(recorder(), *rows)) == [(4.0, 6.0), (6.0, 8.0)]


def test_a_failure_between_requests_that_do_come_back_is_no_outage() -> None:
    made = run(recorder(), *steady(0.5, 5), bad(5.2, due_s=5.1), *steady(5.5, 20))
    assert outages(made) == []


def test_a_failure_at_the_instant_of_the_last_good_one_is_before_the_gap() -> None:
    made = run(recorder(), *steady(0.5, 5), bad(5, due_s=4.8), *steady(8, 20))
    assert outages(made) == []


def test_an_outage_ends_with_the_run() -> None:
    made = run(recorder(), *steady(0.5, 15), bad(16, due_s=15.5))
    assert outages(made) == [(15.0, 20.0)]


def test_a_request_open_at_the_end_counts_once_it_outlived_its_statement_timeout() -> None:
    made = run(recorder(), *steady(0.5, 14), open_due_s=[14.9])
    assert outages(made) == [(14.0, 20.0)]
    made = run(recorder(), *steady(0.5, 14), open_due_s=[15.0])
    assert outages(made) == []


def test_a_reply_that_arrives_after_the_run_is_open_at_its_end() -> None:
    made = run(recorder(), *steady(0.5, 14), good(20.0001, due_s=14.9))
    assert outages(made) == [(14.0, 20.0)]


def test_an_outage_begins_at_the_end_of_warm_up_at_the_earliest() -> None:
    rows = [*steady(0.5, 3), bad(4, due_s=3.5), bad(7, due_s=6), *steady(9, 20)]
    assert outages(run(recorder(warm_up_s=5), *rows)) == [(5.0, 9.0)]


def test_a_failure_within_warm_up_confirms_nothing_after_it() -> None:
    rows = [*steady(0.5, 3), bad(4, due_s=3.5), *steady(9, 20)]
    assert outages(run(recorder(warm_up_s=5), *rows)) == []


def test_a_workload_without_a_single_good_request_is_out_all_the_time() -> None:
    made = run(recorder(warm_up_s=2), *[bad(t, outcome=Outcome.READ_ONLY) for t in range(1, 20)])
    assert outages(made) == [(2.0, 20.0)]


def test_each_workload_has_outages_of_its_own() -> None:
    rows = [good(t, workload=BROWSE) for t in np.arange(0.5, 20.5, 0.5)]
    made = run(recorder(), *rows, *steady(0.5, 5), bad(6), *steady(9, 20))
    assert outages(made, BROWSE) == []
    assert outages(made, ORDERS) == [(5.0, 9.0)]


def test_rare_requests_need_five_mean_gaps() -> None:
    """10 requests in 100 s: a mean gap of 10 s, so that 40 s are none and 60 s are one."""
    late = [good(1), good(10), bad(20), good(50), good(60), good(70), good(80), good(90)]
    assert outages(run(recorder(end_s=100), *late, good(95), good(99))) == []
    late = [good(1), good(10), bad(20), good(70), good(75), good(80), good(85), good(90)]
    assert outages(run(recorder(end_s=100), *late, good(95), good(99))) == [(10.0, 70.0)]


def test_one_request_a_second_is_not_rare() -> None:
    rows = [good(t) for t in (*range(1, 10), *range(12, 21))] + [bad(10.5), bad(11)]
    assert outages(run(recorder(), *sorted(rows, key=lambda r: r["end_ns"][0]))) == [(9.0, 12.0)]


def test_replies_that_overtake_each_other_are_put_in_order() -> None:
    """The good reply at 5.001 was written before the one at 5: the gap starts at 5.001."""
    rows = [*steady(0.5, 4.5), good(5.001), good(5), bad(6, due_s=5.5), *steady(9, 20)]
    assert outages(run(recorder(), *rows)) == [(5.001, 9.0)]


def test_blocks_may_be_cut_anywhere() -> None:
    rows = [*steady(0.5, 5), bad(6, due_s=5.5), good(9.001), good(9), *steady(9.5, 20)]
    made = recorder()
    for each in rows:
        made.rows(each)
    close(made)
    assert outages(made) == [(5.0, 9.0)]


def test_a_row_that_comes_later_than_any_row_may_is_our_fault() -> None:
    made = recorder()
    made.rows(block(good(5)))
    with pytest.raises(AssertionError, match="earlier than any row may"):
        made.rows(block(good(4.99)))


def test_more_open_gaps_than_are_kept_forget_the_oldest_only() -> None:
    count = out.OPEN_GAPS + 10
    made = recorder(end_s=2 * count + 100)
    made.rows(block(*[good(2.0 * n) for n in range(1, count)]))
    made.rows(block(bad(2.0 * count, due_s=2.0 * count - 5)))
    close(made)
    last = 2.0 * (count - 1)
    found = [(o.start_ns / S, o.end_ns / S) for o in made._raw]
    assert found[:3] == [(last - 2, last), (last - 4, last - 2), (last, made.end_ns / S)]


def plainly(
    finals: list[tuple[int, int, bool]], end: int, threshold: int, timeout: int
) -> list[tuple[int, int]]:
    """The definition, said over all requests at once: (due, end, good) in any order."""
    goods = sorted({0, *(e for _, e, g in finals if g and e > 0), end})
    troubled = [(d, e) for d, e, g in finals if e > 0 and (not g or e - d > timeout)]
    return [
        (a, b)
        for a, b in zip(goods, goods[1:], strict=False)
        if b - a > threshold and any(d <= b and e > a for d, e in troubled)
    ]


MOMENTS = st.tuples(
    st.integers(0, 6), st.integers(0, 60), st.booleans(), st.booleans()
)  # step, waited, good, one unit late


@given(st.lists(MOMENTS, max_size=60), st.integers(1, 7), st.integers(1, 64))
def test_passing_by_finds_what_a_search_over_everything_finds(
    moments: list[tuple[int, int, bool, bool]], threshold: int, cut: int
) -> None:
    """Coarse times (units of 0.1 ms) so that ties happen; replies overtake each other by a unit."""
    unit, at, finals = S // 10_000, 0, []
    for step, waited, fine, ahead in moments:
        at += step
        end = at + ahead
        finals.append((max(end - waited, 0), end, fine))
    last = at + 5
    made = recorder(end_s=last * unit / S, threshold_s=threshold * unit / S)
    made.tables.statement_timeout_ns[:] = 30 * unit
    rows = np.zeros(len(finals), ROW)
    rows["workload"], rows["kind"], rows["statement"] = ORDERS, 7, 5
    rows["due_ns"] = [d * unit for d, _, _ in finals]
    rows["end_ns"] = rows["start_ns"] = [e * unit for _, e, _ in finals]
    rows["final"] = [1 if g else 2 for _, _, g in finals]
    rows["outcome"] = [0 if g else 3 for _, _, g in finals]
    for first in range(0, len(rows), cut):
        made.rows(rows[first : first + cut])
    close(made)
    found = sorted((o.start_ns // unit, o.end_ns // unit) for o in made.outages)
    assert ns(last * unit / S) == made.end_ns
    assert found == plainly(finals, last, threshold, 30)
