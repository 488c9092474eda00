"""Outages by their definition: stories with answers worked out by hand, and a plain search.

An order's unloaded time is 6 ms and a little (six round trips): a gap of up to 1.006 s is no
outage, and a request is unanswered after 1.03 s.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurosim.dataplane.contract import ROW, Outcome
from aurosim.metrics import outages as out
from aurosim.metrics import tables as tab
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
    plainly,
    recorder,
    run,
)


def steady(start_s: float, end_s: float, step_s: float = 0.5) -> list[np.ndarray]:
    """Good requests all the time, so that there is no gap."""
    return [good(t) for t in np.arange(start_s, end_s + step_s / 2, step_s)]


def limits() -> tuple[int, int]:
    """How long an order's gap must be, and when an order is unanswered, in ns."""
    shortest, unanswered = recorder()._gaps.limits[ORDERS].tolist()
    return shortest, unanswered


def test_an_outage_begins_with_the_first_request_that_was_not_answered() -> None:
    """The last answer was at 5; who asked at 5.5 failed, the next who asked was answered at 8."""
    made = run(recorder(), *steady(0.5, 5), bad(6, due_s=5.5), good(8, due_s=6.5), *steady(8.5, 20))
    assert outages(made) == [(5.5, 8.0)]


def test_a_request_older_than_the_last_answer_makes_it_begin_there() -> None:
    rows = [*steady(0.5, 5), bad(5.2, due_s=4.9), bad(6, due_s=5.5), *steady(6.8, 20)]
    assert outages(run(recorder(), *rows)) == [(5.0, 6.8)]


def test_a_crash_of_four_seconds_whose_retries_win_is_an_outage_of_four_seconds() -> None:
    """Nobody fails: who fell due at 5.1, 5.2, ... is answered at 9.1."""
    waited = [good(9.1, due_s=t) for t in np.arange(5.1, 9, 0.1)]
    made = run(recorder(), *steady(0.1, 5, 0.1), *waited, *steady(9.2, 20, 0.1))
    assert outages(made) == [(5.1, 9.1)]
    assert (made.bad(ORDERS), made.due(ORDERS)) == (0, made.total(ORDERS, tab.GOOD))


def test_who_asked_nothing_had_no_outage() -> None:
    assert outages(run(recorder(), *steady(0.5, 5), *steady(9, 20))) == []


def test_one_failure_and_then_silence_is_a_bad_request_and_no_outage() -> None:
    """Those in flight fail at once and nobody asks for 4 s: a load that ends with the fault."""
    rows = [*steady(0.5, 5), bad(5.1, due_s=4.2), bad(5.1, due_s=5.05), *steady(9, 20)]
    made = run(recorder(), *rows)
    assert (outages(made), made.bad(ORDERS)) == ([], 2)


def test_one_failure_and_an_answer_to_who_asked_next_is_an_outage_between() -> None:
    """Nobody knows better before 9: who asked at 6 waited until then, and won."""
    rows = [*steady(0.5, 5), bad(5.1, due_s=5.05), good(9, due_s=6), *steady(9.5, 20)]
    assert outages(run(recorder(), *rows)) == [(5.05, 9.0)]


def test_silence_for_just_the_threshold_is_none_and_a_little_more_is() -> None:
    for due_s, found in ((6.2, [(5.1, 6.4)]), (6.200000001, [])):
        rows = [*steady(0.5, 5), bad(5.2, due_s=5.1), good(6.4, due_s), *steady(6.9, 20)]
        assert outages(run(recorder(), *rows)) == found


def test_of_two_answers_at_one_instant_the_one_asked_for_first_ends_the_silence() -> None:
    for dues in ((6.5, 6.0), (6.0, 6.5)):
        answers = [good(6.9, due) for due in dues]
        rows = [*steady(0.5, 5), bad(5.2, due_s=5.1), *answers, *steady(7, 20)]
        assert outages(run(recorder(), *rows)) == [(5.1, 6.9)]


def test_rare_requests_that_fail_one_after_another_are_an_outage() -> None:
    """One in 4 s: three fail at once; the silence between them is no answer."""
    rows = [good(1), good(5), *(bad(t) for t in (9, 13, 17)), good(21), good(25)]
    assert outages(run(recorder(end_s=30), *rows)) == [(9.0, 21.0)]


def test_rare_requests_that_are_answered_are_none_however_long_the_gap() -> None:
    rows = [good(10), bad(20), good(50), good(60), good(95)]
    assert outages(run(recorder(end_s=100), *rows)) == []


def test_a_gap_is_an_outage_if_it_is_longer_than_the_threshold_and_one_unloaded_time() -> None:
    shortest, _ = limits()
    for extra_ns, count in ((0, 0), (1, 1)):
        end_s = 5.2 + (shortest + extra_ns) / S
        rows = [*steady(0.5, 5), bad(5.5, due_s=5.2), good(end_s, 5.6), *steady(6.5, 20)]
        assert len(outages(run(recorder(), *rows))) == count, extra_ns


def test_a_good_request_is_unanswered_after_the_threshold_and_five_unloaded_times() -> None:
    _, unanswered = limits()
    for extra_ns, count in ((0, 0), (1, 1)):
        end_s = 5.1 + (unanswered + extra_ns) / S
        rows = [*steady(0.5, 5), good(end_s, due_s=5.1), *steady(6.5, 20)]
        assert len(outages(run(recorder(), *rows))) == count, extra_ns


def test_it_is_the_unloaded_time_that_counts_and_not_the_timeout() -> None:
    """1.9 s, where a statement may take 5 s; an order takes 6 ms."""
    made = run(recorder(), *steady(0.5, 5), good(7, due_s=5.1), *steady(7.5, 20))
    assert outages(made) == [(5.1, 7.0)]


def test_who_is_overloaded_but_still_answers_is_slow_and_not_down() -> None:
    """Each waits for 6 s, and there is an answer every 0.9 s."""
    made = run(recorder(), *[good(t, due_s=t - 6) for t in np.arange(6.5, 20, 0.9)])
    assert outages(made) == [(0.5, 6.5)]  # but before the first


def test_a_request_stuck_among_others_is_an_outage_only_until_the_first_of_them() -> None:
    """One in 2 s is answered at once; one hangs from 3.5 to 15, on a dead connection."""
    rows = [good(t) for t in np.arange(1, 14, 2.0)] + [bad(15, due_s=3.5), good(15.5), good(17)]
    assert outages(run(recorder(), *rows)) == [(3.5, 5.0)]


def test_a_request_that_waited_in_a_gap_and_failed_later_confirms_it_late() -> None:
    rows = [*steady(0.5, 5), *steady(8, 14), bad(14.2, due_s=5.5), *steady(14.5, 20)]
    assert outages(run(recorder(), *rows)) == [(5.5, 8.0)]


def test_several_that_failed_late_agree_on_the_first_of_them() -> None:
    rows = [*steady(0.5, 5), *steady(8, 14), bad(14.2, due_s=6), bad(14.3, due_s=5.4)]
    assert outages(run(recorder(), *rows, *steady(14.5, 20))) == [(5.4, 8.0)]


def test_a_late_failure_confirms_the_gap_in_which_it_fell_due_and_no_other() -> None:
    rows = [good(t) for t in (0.5, 2, 4, 6, 8)] + [bad(8.5, due_s=4.5)] + steady(8.9, 20)
    assert outages(run(recorder(), *rows)) == [(4.5, 6.0)]


def test_a_failure_between_requests_that_do_come_back_is_no_outage() -> None:
    made = run(recorder(), *steady(0.5, 5), bad(5.2, due_s=5.1), *steady(5.5, 20))
    assert outages(made) == []


def test_a_failure_at_the_instant_of_the_last_good_one_is_before_the_gap() -> None:
    for rows in ([bad(5, due_s=4.8)], [bad(5, due_s=4.8), good(5)]):
        assert outages(run(recorder(), *steady(0.5, 5), *rows, *steady(8, 20))) == []


def test_an_outage_that_the_end_cuts_off_is_open() -> None:
    made = run(recorder(), *steady(0.5, 15), bad(16, due_s=15.5), open_due_s=[16.5])
    assert outages(made) == [(15.5, None)]
    (outage,) = made.outages
    assert outage.lasted_ns == 4.5 * S  # so far


def test_an_unfinished_request_that_is_unanswered_is_an_open_outage_and_bad() -> None:
    made = run(recorder(), *steady(0.5, 14), open_due_s=[14.9])
    assert (outages(made), made.bad(ORDERS), made.open[ORDERS]) == ([(14.9, None)], 1, 0)
    _, unanswered = limits()
    for extra_ns, bad_ones in ((0, 0), (1, 1)):
        made = run(recorder(), *steady(0.5, 18), open_due_s=[20 - (unanswered + extra_ns) / S])
        assert (len(outages(made)), made.bad(ORDERS)) == (bad_ones, bad_ones)


def test_an_unfinished_request_is_open_while_others_are_answered() -> None:
    """It waits since 14.9, but somebody was answered at 19.8: slow, for all one can say."""
    made = run(recorder(), *steady(0.5, 19.5), good(19.8), open_due_s=[14.9])
    assert (outages(made), made.bad(ORDERS), made.open[ORDERS]) == ([], 0, 1)


def test_silence_after_a_failure_at_the_end_is_no_open_outage() -> None:
    made = run(recorder(), *steady(0.5, 15), bad(15.1, due_s=15.05))
    assert outages(made) == []


def test_a_young_request_says_that_somebody_still_asks() -> None:
    """Failures from 18.2 to 18.9, and one that waits since 19.2: out for 1.8 s so far."""
    rows = [*steady(0.5, 18), *(bad(t) for t in np.arange(18.2, 18.95, 0.1))]
    assert outages(run(recorder(), *rows, open_due_s=[19.2])) == [(18.2, None)]
    assert outages(run(recorder(), *rows)) == []


def test_a_reply_that_arrives_after_the_run_is_unfinished_at_its_end() -> None:
    made = run(recorder(), *steady(0.5, 14), good(20.0001, due_s=14.9))
    assert (outages(made), made.bad(ORDERS)) == ([(14.9, None)], 1)


def test_an_outage_begins_at_the_end_of_warm_up_at_the_earliest() -> None:
    rows = [*steady(0.5, 3), bad(4, due_s=3.5), bad(7, due_s=4.5), *steady(7.5, 20)]
    assert outages(run(recorder(warm_up_s=5), *rows)) == [(5.0, 7.5)]


def test_what_failed_within_warm_up_confirms_nothing_after_it() -> None:
    rows = [*steady(0.5, 3), bad(4.8, due_s=3.5), *steady(9, 20)]
    assert outages(run(recorder(warm_up_s=5), *rows)) == []


def test_a_workload_without_a_single_good_request_is_out_all_the_time() -> None:
    made = run(recorder(warm_up_s=2), *[bad(t, outcome=Outcome.READ_ONLY) for t in range(1, 21)])
    assert outages(made) == [(2.0, None)]


def test_each_workload_has_outages_of_its_own() -> None:
    rows = [good(t, workload=BROWSE) for t in np.arange(0.5, 20.5, 0.5)]
    rows += [*steady(0.5, 5), bad(8.5, due_s=6), *steady(9, 20)]
    made = run(recorder(), *rows)
    assert outages(made, BROWSE) == []
    assert outages(made, ORDERS) == [(6.0, 9.0)]


def test_replies_that_overtake_each_other_are_put_in_order() -> None:
    """The good reply at 5.001 was written before the one at 5: the gap starts at 5.001."""
    late = [bad(5.5, due_s=4.9), bad(8.8, due_s=5.6)]
    rows = [*steady(0.5, 4.5), good(5.001), good(5), *late, *steady(9, 20)]
    assert outages(run(recorder(), *rows)) == [(5.001, 9.0)]


def test_blocks_may_be_cut_anywhere() -> None:
    rows = [*steady(0.5, 5), bad(8.5, due_s=5.5), good(9.001), good(9), *steady(9.5, 20)]
    made = recorder()
    for each in rows:
        made.rows(each)
    close(made)
    assert outages(made) == [(5.5, 9.0)]


def test_a_row_that_comes_later_than_any_row_may_is_our_fault() -> None:
    made = recorder()
    made.rows(block(good(5)))
    with pytest.raises(AssertionError, match="earlier than any row may"):
        made.rows(block(good(4.99)))


def test_more_gaps_than_are_kept_forget_the_oldest_only() -> None:
    count = out.kept_gaps(2) + 10
    made = recorder(end_s=2 * count + 100)
    made.rows(block(*[good(2.0 * n) for n in range(1, count)]))
    at_s = 2.0 * count
    made.rows(block(*[bad(at_s, due_s=2.0 * n + 0.5) for n in range(1, count - 1)]))
    close(made)
    found = outages(made)
    assert found[-1] == (at_s - 3.5, at_s - 2)
    assert out.kept_gaps(2) // 2 <= len(found) < out.kept_gaps(2)


MOMENTS = st.tuples(
    st.sampled_from([0, 0, 1, 2, 5, 9]), st.integers(0, 30), st.booleans(), st.booleans()
)  # step, waited, good, one unit late


@settings(max_examples=400, deadline=None)
@given(
    st.lists(MOMENTS, max_size=40), st.integers(1, 5), st.integers(0, 3), st.integers(1, 64),
    st.integers(0, 20),
)  # fmt: skip
def test_passing_by_finds_what_a_search_over_everything_finds(
    moments: list[tuple[int, int, bool, bool]], threshold: int, longer: int, cut: int, warm_up: int
) -> None:
    """Coarse times (units of 0.1 ms) so that ties happen; replies overtake each other by a unit."""
    unit, at, finals = S // 10_000, 0, []
    for step, waited, fine, ahead in moments:
        at += step
        end = at + ahead
        finals.append((max(end - waited, 0), end, fine))
    last = at + 45
    made = recorder(warm_up * unit / S, last * unit / S, threshold * unit / S)
    limits = (threshold, threshold + longer, threshold + 5 * longer)
    made._gaps.limits[:] = np.array(limits[1:]) * unit
    rows = np.zeros(len(finals), ROW)
    rows["process"], rows["workload"], rows["kind"], rows["statement"] = ORDERS, ORDERS, 7, 5
    rows["due_ns"] = [d * unit for d, _, _ in finals]
    rows["end_ns"] = rows["start_ns"] = [e * unit for _, e, _ in finals]
    rows["final"] = [1 if g else 2 for _, _, g in finals]
    rows["outcome"] = [0 if g else 3 for _, _, g in finals]
    for first in range(0, len(rows), cut):
        made.rows(rows[first : first + cut])
    close(made)
    found = [
        (o.start_ns // unit, None if o.end_ns is None else o.end_ns // unit) for o in made.outages
    ]
    assert ns(last * unit / S) == made.end_ns
    assert found == plainly(finals, last, warm_up, limits)
