"""The result of a run: frames and provenance."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from aurosim.control.events import Event
from aurosim.metrics import columns
from aurosim.metrics.recorder import Recorder
from aurosim.scenario import dump
from aurosim.simulation import provenance, results
from tests import control_records as records
from tests.metrics_story import bad, good, ns, recorder, run


@dataclass
class Finished:
    scenario: object
    recorder: Recorder
    control: records.Control
    partial: bool = False


def finished(partial: bool = False) -> Finished:
    rows = [good(t, due_s=t - 0.3) for t in np.arange(0.5, 12.1, 0.5)] + [bad(15, due_s=13)]
    made = run(recorder(warm_up_s=2), *rows, good(18), good(19), good(20))
    control = records.Control(
        events=[
            Event(ns(11), None, "fault:host_failure", "main", "db-1", "scenario", "for good"),
            Event(ns(12.5), ns(14), "failover", "main", "db-2", "host_failure"),
        ]
    )
    return Finished(records.scenario("orders.outage.max < 60 s"), made, control, partial)


def collected(partial: bool = False) -> results.Result:
    return results.collect(finished(partial), "simpy", provenance.Clock())


def test_outages_stand_among_the_events_in_the_order_of_their_start() -> None:
    frame = collected().events
    assert list(frame.columns) == list(results.EVENTS)
    assert frame["kind"].tolist() == ["fault:host_failure", "failover", "outage"]
    assert frame["subject"].tolist() == ["db-1", "db-2", "orders"]
    assert frame["start_s"].tolist() == [11.0, 12.5, 13.0]
    assert np.isnan(frame["end_s"][0]) and frame["end_s"].tolist()[1:] == [14.0, 18.0]


def test_an_outage_that_is_open_has_no_end_among_the_events() -> None:
    table = results.events(run(recorder(), good(10), bad(15, due_s=13)), [])
    assert table["kind"] == ["outage"]
    assert table["start_s"].tolist() == [13.0] and np.isnan(table["end_s"][0])
    assert table["detail"] == ["no good request for at least 7.000 s"]


def test_no_events_are_an_empty_frame_with_numbers_for_times() -> None:
    frame = columns.frame(results.events(run(recorder(), good(1)), []))
    assert len(frame) == 0 and list(frame.columns) == list(results.EVENTS)
    assert frame["start_s"].dtype == frame["end_s"].dtype == np.float64


def test_an_end_that_was_never_reached_stays_a_float_column() -> None:
    """A column of nothing but None would be of objects, and its csv would tell another story."""
    table = results.events(
        run(recorder(), good(1)), [Event(ns(1), None, "fault:crash", "main", "db-1", "scenario")]
    )
    assert table["end_s"].dtype == np.float64
    assert columns.csv_text(table).splitlines()[1] == "1.0,,fault:crash,main,db-1,scenario,"


def test_the_time_series_are_a_frame_with_a_row_for_each_interval() -> None:
    frame = collected().timeseries
    assert len(frame) == 200 and list(frame.columns[:2]) == ["time_s", "width_s"]
    assert all(dtype == np.float64 for dtype in frame.dtypes)
    good_ones = (frame["workloads.orders.good_per_s"] * frame["width_s"]).sum()
    assert good_ones == pytest.approx(27)


def test_latency_is_a_frame_by_workload_and_kind() -> None:
    frame = collected().latency
    assert list(frame.columns) == list(results.LATENCY)
    rows = frame.set_index(["workload", "kind"])
    assert rows.loc[("orders", "failed"), "mean_ms"] == 2000
    assert rows.loc[("orders", "request"), "count"] == 23
    empty = columns.frame(results.latency(run(recorder())))
    assert isinstance(empty, pd.DataFrame) and list(empty.columns) == list(results.LATENCY)


def test_a_result_is_frozen_and_knows_what_it_is_of() -> None:
    result = collected(partial=True)
    assert (result.seed, result.plane, result.partial) == (1, "simpy", True)
    assert result.summary["partial"] is True and result.provenance["partial"] is True
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.seed = 2  # type: ignore[misc]


def test_provenance_is_enough_to_run_it_again() -> None:
    result = collected()
    told = result.provenance
    text = dump(result.scenario)
    assert told["scenario_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert told["command"] == [
        "aurosim", "run", "scenario.resolved.yaml", "--seed", "1", "--plane", "simpy",
    ]  # fmt: skip
    assert told["started"] <= told["ended"] and told["started"].endswith("+00:00")
    assert {"numpy", "numba", "simpy"} <= set(told["libraries"])
    assert told["python"].startswith("3.")


def test_a_library_that_is_not_there_is_null(monkeypatch) -> None:
    monkeypatch.setattr(provenance, "LIBRARIES", ("numpy", "no-such-library"))
    found = provenance.versions.__wrapped__()  # not what is kept of this process
    assert found["no-such-library"] is None and found["numpy"] == np.__version__


def test_two_runs_differ_in_provenance_only() -> None:
    one, two = collected(), collected()
    assert one.summary == two.summary
    pd.testing.assert_frame_equal(one.timeseries, two.timeseries)
    pd.testing.assert_frame_equal(one.events, two.events)
