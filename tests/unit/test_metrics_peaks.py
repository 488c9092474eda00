"""Peaks by hand: windows from the end of warm-up, the tail dropped, what is too short has none.

db-1 and db-2 have 2 vCPUs each and take 100 connections (tests/metrics_story.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurosim.dataplane.contract import ROW, Final, StatementKind
from aurosim.metrics.peaks import Peaks, rank, window_ns
from aurosim.metrics.recorder import Recorder
from aurosim.metrics.summary import summarise
from tests import control_records as records
from tests.metrics_story import MS, ORDERS, S, finish, look, ns, observation, plan, recorder


def busy_at(at_s: float, busy_s: float):
    """Both instances at a time, db-1 having used so many vCPU seconds so far, db-2 half of it."""
    now = observation(at_s)
    db_1, db_2 = now.instances
    return replace(now, instances=(
        replace(db_1, busy_ns=ns(busy_s)), replace(db_2, busy_ns=ns(busy_s / 2)),
    ))  # fmt: skip


def driven(made: Recorder, used, stop_s: float | None = None) -> Recorder:
    """Looks at every boundary before `stop_s`; `used(t)` is what db-1 has used by then."""
    stop_ns = made.end_ns if stop_s is None else ns(stop_s)
    for at_ns in made.moments_ns[made.moments_ns < stop_ns].tolist():
        look(made, busy_at(at_ns / S, used(at_ns / S)))
    finish(made, busy_at(stop_ns / S, used(stop_ns / S)))
    return made


def instance(made: Recorder, name: str = "db-1") -> dict:
    found = summarise(records.scenario(), made, records.Control(), seed=7, plane="simpy")
    return found["clusters"]["main"]["instances"][name]


@pytest.mark.parametrize(
    ("warm_up_s", "end_s", "width_s"),
    [(0, 600, 60), (60, 660, 60), (0, 599, 59.9), (10, 110, 10), (0, 86_400, 60), (5, 5, 0)],
)
def test_a_window_is_a_minute_or_a_tenth(warm_up_s, end_s, width_s) -> None:
    assert window_ns(ns(warm_up_s), ns(end_s)) == ns(width_s)


def hump(t: float) -> float:
    """1 vCPU until 130 s, 2 until 190 s, then 0.5: what it has used by t."""
    return min(t, 130) + 2 * max(0.0, min(t, 190) - 130) + 0.5 * max(0.0, t - 190)


def test_the_busiest_minute_is_found_where_the_mean_hides_it() -> None:
    """Warm-up 10 s, then windows from 10, 70, 130 (2 of 2 vCPUs), 190 ... to 610: ten of them,
    of which 1, 1, 2, then seven times 0.5 vCPU. The mean: 60 + 60 + 120 + 210 of 1,200."""
    db_1 = instance(driven(recorder(warm_up_s=10, end_s=610), hump))
    assert db_1["cpu_busiest_ratio"] == 1.0
    assert db_1["cpu_p95_ratio"] == 1.0  # of fewer than 20 windows: the busiest itself
    assert db_1["cpu_ratio"] == pytest.approx(450 / 1200)
    db_2 = instance(driven(recorder(warm_up_s=10, end_s=610), hump), "db-2")
    assert (db_2["cpu_busiest_ratio"], db_2["cpu_ratio"]) == pytest.approx((0.5, 225 / 1200))


def test_windows_begin_at_the_end_of_warm_up_not_at_the_start() -> None:
    """Busy from 100 s to 160 s, both vCPUs: a window from 100 s holds all of it, one from 60 s
    two thirds."""

    def used(t: float) -> float:
        return 2 * max(0.0, min(t, 160) - 100)

    db_1 = instance(driven(recorder(warm_up_s=40, end_s=700), used))
    assert db_1["cpu_busiest_ratio"] == 1.0
    shifted = instance(driven(recorder(warm_up_s=0, end_s=660), used))
    assert shifted["cpu_busiest_ratio"] == pytest.approx(40 / 60)


def test_the_tail_that_is_no_whole_window_is_dropped() -> None:
    """650 s are ten windows and 50 s, in which everything happens: it is in the mean only."""
    late = instance(driven(recorder(end_s=650), lambda t: 2 * max(0.0, t - 600)))
    assert (late["cpu_busiest_ratio"], late["cpu_p95_ratio"]) == (0, 0)
    assert late["cpu_ratio"] == pytest.approx(50 / 650)


def test_the_95th_percentile_of_windows_is_the_nearest_rank() -> None:
    """40 windows, the k-th with k/40 of both vCPUs: the 38th has 95 %, the last all."""

    def used(t: float) -> float:
        whole, part = divmod(t, 60)
        return 120 * (whole * (whole + 1) / 2) / 40 + 2 * part * (whole + 1) / 40

    db_1 = instance(driven(recorder(end_s=2400), used))
    assert (db_1["cpu_p95_ratio"], db_1["cpu_busiest_ratio"]) == pytest.approx((0.95, 1.0))
    assert [rank(n) for n in (1, 10, 19, 20, 21, 40, 100)] == [0, 9, 18, 18, 19, 37, 94]


def test_an_interrupted_run_keeps_its_whole_windows() -> None:
    """Asked for 600 s, stopped at 150 s: windows of 60 s, two of them whole, not 15 s wide."""
    made = driven(recorder(end_s=600), hump, stop_s=150)
    assert instance(made)["cpu_busiest_ratio"] == 0.5
    whole = driven(recorder(end_s=600), hump, stop_s=180)  # 50 s of the third at 2 vCPUs
    assert instance(whole)["cpu_busiest_ratio"] == pytest.approx(110 / 120)


@pytest.mark.parametrize("stop_s", [5, 10, 15])
def test_a_run_stopped_before_its_first_window_ended_has_no_peak(stop_s) -> None:
    db_1 = instance(driven(recorder(warm_up_s=10, end_s=110), hump, stop_s=stop_s))
    assert (db_1["cpu_busiest_ratio"], db_1["cpu_p95_ratio"]) == (None, None)


def test_a_short_run_has_ten_windows_off_the_beat_of_the_intervals() -> None:
    """20 s, 3 of them warm-up: windows of 1.7 s from 3 s on, intervals of 0.1 s."""
    made = driven(recorder(warm_up_s=3, end_s=20), lambda t: 2 * max(0.0, min(t, 9.8) - 8.1))
    assert instance(made)["cpu_busiest_ratio"] == pytest.approx(1.0)
    assert made.levels.covered_ns.sum() == 20 * S


def test_the_limit_of_connections_stands_beside_the_most() -> None:
    db_1 = instance(driven(recorder(), lambda _: 0.0))
    assert (db_1["connections_limit"], db_1["connections_max"]) == (100, 0)


def test_nothing_is_kept_for_a_window_but_a_number_for_each_instance() -> None:
    """A day has 1,440 windows and one edge more; requests add nothing."""
    day = plan(86_400)
    peaks = Peaks(day, 0, ns(86_400))
    before = peaks._busy_ns.nbytes
    assert before == 1441 * len(day.instances) * 8
    made = recorder()
    rows = np.zeros(1000, ROW)
    rows["workload"], rows["kind"], rows["final"] = ORDERS, StatementKind.COMMIT, Final.GOOD
    size = made.peaks._busy_ns.nbytes
    rows["end_ns"] = rows["start_ns"] = rows["due_ns"] = np.arange(1000) * MS
    made.rows(rows)
    assert made.peaks._busy_ns.nbytes == size
