"""Measured traces: what a file must hold, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim.errors import UsageError
from aurosim.scenario import loads, read_trace
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.trace import rates_per_s
from aurosim.units import NS_PER_MIN

MEASURED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cloudwatch"
REQUESTS, CPU = "elb_request_count_8c0756.csv", "rds_cpu_utilization_e47b3b.csv"


def spec(**keys: object) -> TraceSpec:
    said = {"file": "x.csv", "statistic": "sum", "period": "5 min", **keys}
    return TraceSpec.model_validate(said)


def written(folder: Path, *rows: str, head: str = "timestamp,value") -> Path:
    (folder / "x.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


ROWS = ("2026-01-01 00:00:00,10", "2026-01-01 00:05:00,20.0", "2026-01-01 00:20:00,50")


def test_a_trace_is_times_from_its_start_and_values(tmp_path: Path) -> None:
    trace = read_trace(spec(), written(tmp_path, *ROWS[:2]))
    assert trace.times == (0, 5 * NS_PER_MIN)
    assert trace.values == (10.0, 20.0)
    assert trace.period_ns == 5 * NS_PER_MIN


def test_counts_become_rates_by_their_period_and_averages_are_rates(tmp_path: Path) -> None:
    folder = written(tmp_path, *ROWS[:2])
    counts, averages = spec(scale=3.0), spec(statistic="average", scale=3.0)
    assert rates_per_s(read_trace(counts, folder), counts) == (10 / 300 * 3, 20 / 300 * 3)
    assert rates_per_s(read_trace(averages, folder), averages) == (30.0, 60.0)


def test_lines_may_stand_in_any_order(tmp_path: Path) -> None:
    trace = read_trace(spec(gaps="zero"), written(tmp_path, *reversed(ROWS)))
    assert trace.values == (10, 20, 0, 0, 50)


def test_gaps_are_refused_or_filled_as_said(tmp_path: Path) -> None:
    folder = written(tmp_path, *ROWS)
    with pytest.raises(UsageError, match="x.csv:4: comes 15 min after the one before: a gap"):
        read_trace(spec(), folder)
    assert read_trace(spec(gaps="zero"), folder).values == (10, 20, 0, 0, 50)
    assert read_trace(spec(gaps="interpolate"), folder).values == (10, 20, 30, 40, 50)
    assert read_trace(spec(gaps="zero"), folder).times[-1] == 20 * NS_PER_MIN


def test_filled_gaps_of_counts_need_not_be_whole(tmp_path: Path) -> None:
    folder = written(tmp_path, "2026-01-01 00:00,1", "2026-01-01 00:10,2")
    assert read_trace(spec(gaps="interpolate"), folder).values == (1, 1.5, 2)


def test_zones_are_times_of_their_own(tmp_path: Path) -> None:
    folder = written(tmp_path, "2026-01-01T00:00:00Z,1", "2026-01-01T01:05:00+01:00,2")
    assert read_trace(spec(), folder).times == (0, 5 * NS_PER_MIN)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ("2026-01-01 00:00:00,10", "2026-01-01 00:05:00,1.5"),
            "x.csv:3: has the value 1.5, which is not whole",
        ),
        (("2026-01-01 00:00:00,10", "2026-01-01 00:05:00,-1"), "x.csv:3: has the value -1"),
        (("2026-01-01 00:00:00,nan",), "x.csv:2: has the value nan"),
        (("2026-01-01 00:00:00,inf",), "values are finite"),
        (("2026-01-01 00:00:00,many",), "a value that is no number"),
        (("yesterday,5",), "x.csv:2: has a timestamp that is none"),
        (("2026-01-01 00:00:00,10,5",), "x.csv:2: has 3 columns"),
        (
            ("2026-01-01 00:05:00,1", "2026-01-01 00:05:00,2"),
            "x.csv:3: has the same time as x.csv:2. Keep one.",
        ),
        (
            ("2026-01-01 00:00:00,1", "2026-01-01 00:07:00,2"),
            "which is no whole number of periods of 5 min",
        ),
        (("0001-01-01 00:00:00,1", "9999-01-01 00:00:00,2"), "a gap"),
        (("2026-01-01 00:00:00,1",), "has 1 values; a trace has at least two"),
        ((), "has 0 values"),
        (('"2026-01-01 00:00:00,1',), "is not CSV"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(
    tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_trace(spec(), written(tmp_path, *rows))
    assert said in str(caught.value)


@pytest.mark.parametrize("head", ["timestamp,value", "root:secret:0"])
@pytest.mark.parametrize("row", ["secret,5", "2026-01-01,secret", "secret"])
def test_a_file_that_is_no_trace_is_not_read_out(tmp_path: Path, head: str, row: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_trace(spec(), written(tmp_path, row, head=head))
    assert "secret" not in str(caught.value)


def test_a_gap_of_ages_is_not_filled(tmp_path: Path) -> None:
    folder = written(tmp_path, "0001-01-01 00:00:00,1", "9999-01-01 00:00:00,2")
    with pytest.raises(UsageError, match="more than 200000 periods"):
        read_trace(spec(gaps="zero"), folder)


def test_files_that_are_no_traces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not timestamp,value"):
        read_trace(spec(), written(tmp_path, *ROWS, head="time,requests"))
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_trace(spec(), tmp_path)
    (tmp_path / "x.csv").write_bytes(b"1" * 10_000_001)
    with pytest.raises(UsageError, match="larger than 10 MB"):
        read_trace(spec(), tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_trace(spec(file="none.csv"), tmp_path)
    with pytest.raises(UsageError, match="is not a file"):
        read_trace(spec(file="."), tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_trace(spec(file="\x00"), tmp_path)


SCENARIO = """\
name: traced
run: {duration: 10 min}
cluster: {engine: aurora-mysql, instances: [{name: db-1, class: db.r6g.large}]}
workload:
  - name: site
    arrivals: {trace: {file: x.csv, statistic: sum, period: 5 min}}
    transaction: sysbench-point-select
"""


def test_a_scenario_finds_its_trace_beside_itself(tmp_path: Path) -> None:
    scenario = loads(SCENARIO, "traced.yaml", folder=written(tmp_path, *ROWS[:2]))
    trace = scenario.workload[0].arrivals.trace
    assert scenario.folder == tmp_path
    assert read_trace(trace, scenario.folder).values == (10.0, 20.0)


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured CloudWatch series are not here")
def test_measured_request_counts_are_read_and_cpu_declared_as_counts_is_refused() -> None:
    trace = read_trace(spec(file=REQUESTS, gaps="interpolate"), MEASURED)
    assert len(trace.values) >= 4032
    assert trace.values[:3] == (94.0, 56.0, 187.0)
    with pytest.raises(UsageError, match=r"csv:2: has the value 14.012, which is not whole.*CPU"):
        read_trace(spec(file=CPU), MEASURED)
    with pytest.raises(UsageError, match="as CPU percentages have"):
        read_trace(spec(file=CPU, statistic="average"), MEASURED)
    said = spec(file=CPU, statistic="average", metric="requests")
    assert read_trace(said, MEASURED).values[0] == 14.012
