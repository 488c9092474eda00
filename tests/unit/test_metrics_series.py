"""The time series: differences of areas and counters by interval, and what rows add to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurosim.dataplane.contract import (
    LAG,
    Final,
    Outcome,
    StatementKind,
    Status,
    Wait,
    WorkloadView,
)
from aurosim.dataplane.plan import RateProfile
from aurosim.metrics.causes import Causes
from aurosim.metrics.series import columns, latency_rows, mean_rate_per_s, process_rows
from aurosim.scenario.results import CAUSES
from tests import control_records as records
from tests.metrics_story import (
    DB_2,
    MS,
    S,
    bad,
    block,
    finish,
    good,
    look,
    ns,
    observation,
    recorder,
    row,
    run,
)
from tests.pictures import pictures


def views(at_s: float, busy_ms=0, commit_ms=0, touches=0, misses=0, area_ms=0, writes=0):
    """db-1, the cluster and orders as told; db-2 and browse do nothing."""
    quiet = observation(at_s)
    waits = tuple(commit_ms * MS if wait == Wait.COMMIT else 0 for wait in Wait)
    db_1 = replace(
        quiet.instances[0], busy_ns=busy_ms * MS, wait_ns=waits, touches=touches, misses=misses,
        connections=touches,
    )  # fmt: skip
    cluster = replace(quiet.clusters[0], storage_writes=writes, commits_waiting=writes // 2)
    orders = WorkloadView(0, 0, 0, area_ms * MS, 0)
    return replace(
        quiet, instances=(db_1, quiet.instances[1]), clusters=(cluster,),
        workloads=(quiet.workloads[0], orders),
    )  # fmt: skip


def rolled():
    """Half a second in five intervals, warm-up ending within the second."""
    made = recorder(warm_up_s=0.15, end_s=0.5)
    whole = (6, 0, 0)
    look(made, views(0.1, busy_ms=50, touches=10, misses=1), whole)
    at_warm_up = views(0.15, busy_ms=60, commit_ms=30, touches=10, misses=1, writes=2)
    look(made, at_warm_up, whole)
    now = views(0.2, busy_ms=80, commit_ms=50, touches=10, misses=1, area_ms=40, writes=6)
    look(made, now, whole)
    busy = {"busy_ms": 280, "commit_ms": 50, "touches": 20, "misses": 6, "writes": 6}
    look(made, views(0.3, area_ms=40, **busy), (4, 0, 0))
    look(made, views(0.4, area_ms=40, **busy), (2, 3, 1))
    finish(made, views(0.5, area_ms=240, **busy), [], (2, 3, 1))
    return columns(made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("time_s", [0, 0.1, 0.2, 0.3, 0.4]),
        ("width_s", [0.1] * 5),
        ("instances.db-1.cpu_ratio", [0.25, 0.15, 1, 0, 0]),
        ("instances.db-1.sessions.commit", [0, 0.5, 0, 0, 0]),
        ("instances.db-1.hit_ratio", [0.9, np.nan, 0.5, np.nan, np.nan]),
        ("instances.db-1.connections", [10, 10, 20, 20, 20]),
        ("instances.db-2.cpu_ratio", [0, 0, 0, 0, 0]),
        ("clusters.main.storage_writes_per_s", [0, 60, 0, 0, 0]),
        ("clusters.main.commits_waiting", [0, 3, 3, 3, 3]),
        ("clusters.main.copies_min", [6, 6, 4, 2, 2]),
        ("clusters.main.groups_below_write_quorum", [0, 0, 0, 3, 3]),
        ("workloads.orders.in_system", [0, 0.4, 0, 0, 2]),
    ],
)
def test_levels_belong_to_the_interval_they_were_in(name, expected) -> None:
    np.testing.assert_allclose(rolled()[name], expected, rtol=1e-12, atol=1e-15)


def leading(at_s: float, held: int, zombies: int, nowhere: int, astray: int, there: bool = True):
    """db-1, there or not, and orders, as told."""
    quiet = observation(at_s)
    status = Status.UP if there else Status.ABSENT
    db_1 = replace(quiet.instances[0], status=status, held=held, zombies=zombies)
    orders = replace(quiet.workloads[1], nowhere=nowhere, astray=astray)
    return replace(
        quiet, instances=(db_1, quiet.instances[1]), workloads=(quiet.workloads[0], orders)
    )


def test_connections_lead_where_they_led_at_the_end_of_the_interval() -> None:
    """Zombies and connections are none's where the instance is not there; places are a pool's."""
    made = recorder(end_s=0.3)
    look(made, leading(0.1, held=3, zombies=1, nowhere=1, astray=0))
    look(made, leading(0.2, held=4, zombies=0, nowhere=0, astray=2))
    finish(made, leading(0.3, held=0, zombies=0, nowhere=4, astray=0, there=False))
    found = columns(made)
    for name, expected in {
        "instances.db-1.connections_held": [3, 4, np.nan],
        "instances.db-1.connections_zombies": [1, 0, np.nan],
        "workloads.orders.connections_nowhere": [1, 0, 4],
        "workloads.orders.connections_astray": [0, 2, 0],
    }.items():
        np.testing.assert_array_equal(found[name], expected, err_msg=name)


def test_an_interval_remembers_the_worse_of_its_ends() -> None:
    made = recorder(end_s=0.4)
    whole = (6, 0, 0)
    look(made, observation(0.1), whole)
    look(made, observation(0.15), (1, 1, 1))  # no boundary
    look(made, observation(0.2), (3, 1, 0))
    look(made, observation(0.2), (2, 1, 0))  # of a moment the first
    look(made, observation(0.3), whole)
    finish(made, observation(0.4), [], (5, 0, 0))
    found = columns(made)
    np.testing.assert_array_equal(found["clusters.main.copies_min"], [6, 3, 3, 5])
    below = found["clusters.main.groups_below_write_quorum"]
    np.testing.assert_array_equal(below, [0, 1, 1, 0])


def test_pictures_may_come_in_blocks_of_any_size() -> None:
    one, many = recorder(warm_up_s=0.15, end_s=0.5), recorder(warm_up_s=0.15, end_s=0.5)
    seen = [
        views(at_ns / S, busy_ms=at_ns // MS, touches=n, writes=n * n)
        for n, at_ns in enumerate(one.moments_ns.tolist())
    ]
    volumes = np.array([[(6 - n % 3, n % 2, 0)] for n in range(len(seen))])
    for n, each in enumerate(seen):
        one.look(pictures(each), volumes[n : n + 1])
    many.look(pictures(*seen[:4]), volumes[:4])
    many.look(pictures(*seen[4:]), volumes[4:])
    for made in (one, many):
        finish(made, seen[-1], [], volumes[-1][0])
    assert one.at_warm_up == many.at_warm_up and one.last == many.last
    first, second = columns(one), columns(many)
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_a_roll_beyond_its_interval_is_our_fault() -> None:
    made = recorder()
    with pytest.raises(AssertionError, match="beyond its interval"):
        look(made, observation(0.3))


def test_the_last_interval_may_be_short() -> None:
    made = run(recorder(end_s=0.25), good(0.22, due_s=0.21))
    found = columns(made)
    np.testing.assert_allclose(found["width_s"], [0.1, 0.1, 0.05])
    np.testing.assert_allclose(found["workloads.orders.good_per_s"], [0, 0, 20])


def test_requests_are_due_when_they_are_due_and_good_when_they_end() -> None:
    made = run(recorder(end_s=0.4), good(0.25, due_s=0.05), bad(0.31, due_s=0.06), open_due_s=[0.2])
    found = columns(made)
    np.testing.assert_allclose(found["workloads.orders.due_per_s"], [20, 0, 10, 0])
    np.testing.assert_allclose(found["workloads.orders.good_per_s"], [0, 0, 10, 0])
    np.testing.assert_allclose(found["workloads.orders.bad_per_s"], [0, 0, 0, 10])
    errors = found["workloads.orders.errors.statement_timeout_per_s"]
    np.testing.assert_allclose(errors, [0, 0, 0, 10])


def test_the_series_tell_of_warm_up_too() -> None:
    made = run(recorder(warm_up_s=0.3, end_s=0.4), good(0.05), bad(0.15))
    found = columns(made)
    np.testing.assert_allclose(found["workloads.orders.statements_per_s"], [10, 0, 0, 0])
    np.testing.assert_allclose(found["workloads.orders.bad_per_s"], [0, 10, 0, 0])


def test_reads_and_writes_by_finish() -> None:
    rows = [row(0.05, kind=kind) for kind in (StatementKind.RANGE, StatementKind.DELETE)]
    found = columns(run(recorder(end_s=0.2), *rows, row(0.15, kind=StatementKind.BEGIN)))
    np.testing.assert_allclose(found["workloads.orders.reads_per_s"], [10, 0])
    np.testing.assert_allclose(found["workloads.orders.writes_per_s"], [10, 0])
    np.testing.assert_allclose(found["workloads.orders.statements_per_s"], [20, 10])


def test_latency_by_interval_of_good_requests_and_none_where_there_are_none() -> None:
    rows = [good(1.2 + n / 1000, due_s=1.2) for n in range(1, 100)] + [bad(1.5, due_s=1)]
    found = columns(run(recorder(end_s=2), *rows))
    for word, expected_ms in (("p50", 50), ("p99", 99), ("max", 99)):
        values = found[f"workloads.orders.latency_{word}_ms"]
        assert values[12] == pytest.approx(expected_ms, rel=0.032)
        assert np.flatnonzero(~np.isnan(values)).tolist() == [12]
    assert found["workloads.orders.latency_max_ms"][12] == 99


def test_no_percentile_is_beyond_the_largest() -> None:
    """2^25 ns is the smallest value of its bucket, whose middle is 1.6 % above."""
    found = columns(run(recorder(end_s=1), good(0.5, due_s=0.5 - 2**25 / S)))
    p99, largest = (found[f"workloads.orders.latency_{w}_ms"][5] for w in ("p99", "max"))
    assert p99 <= largest


def test_lag_by_interval_for_readers_only() -> None:
    made = recorder(end_s=0.3)
    made.lag(np.array([(DB_2, ns(0.11), 10 * MS), (DB_2, ns(0.19), 30 * MS)], LAG))
    found = columns(run(made))
    np.testing.assert_allclose(found["instances.db-2.lag_mean_ms"], [np.nan, 20, np.nan])
    np.testing.assert_allclose(found["instances.db-2.lag_max_ms"], [np.nan, 30, np.nan])
    assert "instances.db-1.lag_mean_ms" not in found


def test_an_interrupted_run_ends_where_it_was_interrupted() -> None:
    made = recorder(end_s=10)
    made.rows(block(good(0.05), good(0.12)))
    look(made, observation(0.1))
    finish(made, observation(0.15))
    found = columns(made)
    np.testing.assert_allclose(found["width_s"], [0.1, 0.05])
    np.testing.assert_allclose(found["workloads.orders.good_per_s"], [10, 20])


def test_every_series_has_an_entry_for_each_interval() -> None:
    found = columns(run(recorder(end_s=0.55), good(0.1)))
    assert {len(values) for values in found.values()} == {6}
    words = {o.name.lower() for o in Outcome} - {"ok"}
    assert {f"workloads.browse.errors.{w}_per_s" for w in words} <= set(found)


def test_what_a_trace_asks_for_is_the_mean_of_its_rate_in_the_interval() -> None:
    """1/s up to 2 s, then a ramp from 1/s to 5/s until 4 s, then nothing."""
    rate = RateProfile(
        np.array([0, 2 * S]), np.array([1.0, 1.0]), np.array([1.0, 5.0]), end_ns=4 * S
    )
    edges = np.array([0, 1, 3, 4, 6]) * S
    # From 1 s to 3 s: one second at 1, one on the ramp's first half, mean (1 + 3) / 2.
    np.testing.assert_allclose(mean_rate_per_s(rate, edges), [1, 1.5, 4, 0])


def test_latency_rows_name_what_happened_and_nothing_else() -> None:
    rows = [
        row(1, start_s=0.9, kind=StatementKind.SELECT),
        row(1.2, start_s=1, kind=StatementKind.COMMIT, due_s=0.7, final=Final.GOOD),
        bad(3, due_s=1),
        row(4, start_s=3.5, kind=StatementKind.CONNECT),
    ]
    found = {(r["workload"], r["kind"]): r for r in latency_rows(run(recorder(), *rows))}
    kinds = {"request": 500, "failed": 2000, "select": 100, "commit": 200, "connect": 500}
    assert {key[1]: r["mean_ms"] for key, r in found.items()} == pytest.approx(kinds)
    assert {key[0] for key in found} == {"orders"}
    assert all(r["count"] == 1 for r in found.values())


def test_the_share_of_processes_that_are_out() -> None:
    """Of two that ask one is out from 5.5 to 9 (a third never asks): half of them, by interval."""
    rows = [good(t, process=0) for t in (*np.arange(0.5, 5.1, 0.5), *np.arange(9.5, 20.1, 0.5))]
    rows += [good(9, due_s=5.5, process=0)]
    rows += [good(t, process=1) for t in np.arange(0.5, 20.1, 0.5)]
    rows.sort(key=lambda each: int(each["end_ns"][0]))
    found = columns(run(recorder(processes=3), *rows))
    share = found["workloads.orders.out_ratio"]
    assert np.nanmax(share) == 0.5 and np.nanmin(share) == 0.0
    assert (share * found["width_s"]).sum() == pytest.approx(0.5 * 3.5)
    assert np.flatnonzero(share).tolist() == list(range(55, 90))
    assert np.isnan(found["workloads.browse.out_ratio"]).all()


def test_processes_that_were_out_are_rows_with_their_causes() -> None:
    rows = [good(t, process=p) for t in np.arange(0.5, 5.1, 0.5) for p in (0, 1)]
    rows += [good(8, due_s=5.5, process=1), good(12, due_s=8.5, process=1)]
    rows += [good(t, process=0) for t in np.arange(5.5, 20.1, 0.5)]
    rows += [good(t, process=1) for t in np.arange(12.5, 20.1, 0.5)]
    rows.sort(key=lambda each: int(each["end_ns"][0]))
    made = run(recorder(processes=2), *rows)
    assert made.last is not None
    (row_,) = process_rows(made, Causes(made.plan, records.Control(), made.last))
    assert row_ == {
        "workload": "orders", "process": 1, "outages": 2, "longest_s": 3.5, "out_s": 6.0,
        **{f"{cause}_s": 0.0 for cause in CAUSES}, "answer_s": 6.0,
    }  # fmt: skip
