"""What CloudWatch exports is traffic as it is; what is no traffic is asked about."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from aurosim.errors import ScenarioError, UsageError
from aurosim.scenario import dump, loads, pack
from aurosim.scenario.arrivals import TraceSpec
from aurosim.scenario.trace import Trace, parse_trace, rates_per_s
from aurosim.units import NS_PER_MIN, NS_PER_S

MINUTES = (3, 0, 1, 2)


def spec(**keys: object) -> TraceSpec:
    return TraceSpec.model_validate({"file": "x", **keys})


def read(content: str | dict | list, **keys: object) -> Trace:
    text = content if isinstance(content, str) else json.dumps(content)
    return parse_trace(text.encode(), spec(**keys))


def at(minute: int) -> str:
    return f"2026-11-25T10:{minute:02d}:00+00:00"


def statistics(unit: str = "Count", label: str = "RequestCount", **values: float) -> dict:
    """A reply of get-metric-statistics, its points in no order; each value grows by the minute."""
    points = [
        {"Timestamp": at(m), **{key: value + m for key, value in values.items()}, "Unit": unit}
        for m in MINUTES
    ]
    return {"Label": label, "Datapoints": points}


def data(*series: tuple[str, str, list[float]]) -> dict:
    """A reply of get-metric-data, newest first."""
    return {
        "MetricDataResults": [
            {"Id": name, "Label": label, "Timestamps": [at(9 - n) for n in range(len(values))],
             "Values": values, "StatusCode": "Complete"}
            for name, label, values in series
        ],
        "Messages": [],
    }  # fmt: skip


CPU = ("cpu_w", "shop-prod WRITER CPUUtilization", [12.1, 39.8, 40.3])
COMMITS = ("commits", "shop-prod CommitThroughput", [41.2, 43.9, 40.0])


def test_points_in_any_order_with_their_sums_are_counts_of_a_period_that_they_show() -> None:
    trace = read(statistics(Sum=60, SampleCount=1))
    assert trace == Trace((0, NS_PER_MIN, 2 * NS_PER_MIN, 3 * NS_PER_MIN), (60, 61, 62, 63),
                          NS_PER_MIN, "sum")  # fmt: skip
    assert rates_per_s(trace, spec())[0] == 1.0


def test_the_average_of_a_metric_per_second_is_a_rate_as_it_is() -> None:
    trace = read(statistics("Count/Second", "CommitThroughput", Average=12.5))
    assert trace.statistic == "average"
    assert trace.values == (12.5, 13.5, 14.5, 15.5)


def test_of_sum_and_average_the_unit_picks_what_is_a_count_or_a_rate() -> None:
    both = {"Sum": 60, "Average": 1}
    assert read(statistics("Count", **both)).statistic == "sum"
    assert read(statistics("Count/Second", "Commits", **both)).statistic == "average"


def test_points_alone_are_read_too() -> None:
    points = statistics(Sum=60)["Datapoints"]
    assert read(points) == read(statistics(Sum=60))


def test_of_several_series_one_is_named_by_id_by_label_or_by_a_word_of_it() -> None:
    answer = data(CPU, COMMITS)
    for name in ("commits", "shop-prod CommitThroughput", "CommitThroughput"):
        trace = read(answer, statistic="average", metric=name)
        assert trace.values == (40.0, 43.9, 41.2)
        assert trace.period_ns == NS_PER_MIN
    with pytest.raises(UsageError, match="names 2"):
        read(answer, statistic="average", metric="shop-prod")


def test_a_series_that_came_in_pages_is_one() -> None:
    pages = data(("q", "Commits", [1.0, 2.0]))
    earlier = {**pages["MetricDataResults"][0], "Timestamps": [at(7), at(6)], "Values": [3, 4]}
    pages["MetricDataResults"].append(earlier)
    pages["MetricDataResults"][0]["StatusCode"] = "PartialData"
    assert read(pages, statistic="sum").values == (4, 3, 2, 1)


@pytest.mark.parametrize("name", ["cpu_w", "CPUUtilization"])
def test_a_cpu_is_no_traffic_by_whatever_name_it_is_picked(name: str) -> None:
    with pytest.raises(UsageError, match=r"CPUUtilization \(Percentage\), which is no traffic"):
        read(data(CPU, COMMITS), statistic="average", metric=name)


def test_a_unit_that_is_no_count_is_no_traffic_whatever_is_said() -> None:
    percent = statistics("Percent", "busy", Average=40.5)
    with pytest.raises(UsageError, match="Is it a CPU percentage"):
        read(percent, metric="requests")


def test_queries_are_statements_and_are_divided_into_requests() -> None:
    queries = statistics("Count/Second", "Queries", Average=20.0)
    with pytest.raises(UsageError, match="counts statements"):
        read(queries)
    trace = read(queries, statements_per_request=4)
    assert rates_per_s(trace, spec(statements_per_request=4, scale=2)) == (10, 10.5, 11, 11.5)
    assert rates_per_s(trace, spec(statements_per_request=1))[0] == 20


@pytest.mark.parametrize("answer", [{"metric": "CommitThroughput"}, {"metric": "requests"}])
def test_rates_that_look_like_percentages_are_taken_when_it_is_said_what_they_are(answer) -> None:
    rows = "timestamp,value\n2026-01-01 00:00,14.5\n2026-01-01 00:01,99.5\n"
    with pytest.raises(UsageError, match=r"Are they requests per second\? .* metric: requests"):
        read(rows, statistic="average", period="1 min")
    assert read(rows, statistic="average", period="1 min", **answer).values == (14.5, 99.5)


@pytest.mark.parametrize("values", [("14", "99"), ("14.5", "100.5")])
def test_whole_rates_or_rates_above_a_hundred_are_not_asked_about(values) -> None:
    rows = f"timestamp,value\n2026-01-01 00:00,{values[0]}\n2026-01-01 00:01,{values[1]}\n"
    assert read(rows, statistic="average", period="1 min").values == tuple(map(float, values))


@pytest.mark.parametrize("statistic", ["sum", "average"])
def test_a_dozen_whole_numbers_up_to_a_hundred_are_asked_about_where_nothing_names_them(
    statistic,
) -> None:
    rows = [f"2026-01-01 00:{minute:02d},{88 + minute}\n" for minute in range(14)]
    said = {"statistic": statistic, "period": "1 min"}
    dozen = "timestamp,value\n" + "".join(rows[:12])
    with pytest.raises(UsageError, match=r"between 0 and 100, as CPU .* metric: requests"):
        read(dozen, **said)
    assert len(read(dozen, metric="requests", **said).values) == 12
    assert len(read(dozen.replace("value", "hits"), column="hits", **said).values) == 12
    assert len(read("timestamp,value\n" + "".join(rows[:11]), **said).values) == 11
    assert len(read("timestamp,value\n" + "".join(rows), **said).values) == 14  # one is 101


TABLE = "host,Time,Requests,note\na,2026-01-01 00:01,7,x\na,2026-01-01 00:00,5,\"y,z\"\n"


def test_any_csv_is_read_by_the_names_of_its_columns() -> None:
    said = {"statistic": "sum", "period": "1 min"}
    assert read(TABLE, column="requests", **said).values == (5, 7)
    named = TABLE.replace("Time", "at")
    assert read(named, column="Requests", time_column="at", **said).values == (5, 7)
    with pytest.raises(UsageError, match="no column 'hits'"):
        read(TABLE, column="hits", **said)
    with pytest.raises(UsageError, match="2 columns 'requests'"):
        read(TABLE.replace("note", "requests"), column="requests", **said)
    with pytest.raises(UsageError, match="times and values in one column"):
        read("value\n5\n", column="value", **said)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:01:00Z,7\n2026-01-01T00:00:00Z,5\n",
        '"2026-01-01T00:01:00Z","7"\n"2026-01-01T00:00:00Z","5"\n',
        "2026-01-01T00:01:00+00:00\t7.0\n2026-01-01T00:00:00+00:00\t5.0\n",
        "\ufefftimestamp,value\r\n1767225660,7\r\n1767225600.0,5\r\n\r\n",
        "timestamp,value\n1767225660000,7\n1767225600000,5\n",
        "timestamp;value\n2026-01-01T00:01:00Z;7\n2026-01-01T00:00:00Z;5\n",
        "2026-01-01T00:01:00Z;7\n2026-01-01T00:00:00Z;5\n",
        "timestamp,value\n2026/01/01 00:01:00,7\n2026/01/01 00:00:00,5\n",
    ],
)
def test_two_columns_of_times_and_values_as_tools_print_them(text: str) -> None:
    trace = read(text, statistic="sum", period="1 min")
    assert (trace.times, trace.values) == ((0, NS_PER_MIN), (5, 7))


def test_thousands_are_read_where_a_comma_can_be_nothing_else() -> None:
    said = {"statistic": "sum", "period": "1 min"}
    rows = 'timestamp{0}value\n2026-01-01 00:00{0}"1,050"\n2026-01-01 00:01{0}"{1}"\n'
    assert read(rows.format(",", "1,234,567"), **said).values == (1050, 1234567)
    for part, value in ((";", "7"), (",", "0,500"), (",", "12,5"), (",", "1,0500")):
        with pytest.raises(UsageError, match=r"x:[23]: has a value with a comma"):
            read(rows.format(part, value), **said)


def test_the_columns_of_a_time_series_are_named_and_of_no_other_file() -> None:
    with pytest.raises(UsageError, match="Its columns: host, Time, Requests, note"):
        read(TABLE, column="hits", statistic="sum")
    with pytest.raises(UsageError, match="Its columns: at, hits"):
        read("at,hits\n2026-01-01 00:00,5\n", statistic="sum")
    for text in ("root,secret\nx,y\n", "secret\n2026-01-01 00:00\n", "a,secret\n"):
        with pytest.raises(UsageError) as caught:
            read(text, column="hits", statistic="sum")
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["CPU", "cpu_busy", "percent", "util", "Utilization", "load %"])
@pytest.mark.parametrize("statistic", ["sum", "average"])
def test_whole_numbers_are_asked_about_where_their_name_says_percentages(name, statistic) -> None:
    rows = f"timestamp,{name}\n2026-01-01 00:00,14\n2026-01-01 00:01,{{}}\n"
    said = {"column": name, "statistic": statistic, "period": "1 min"}
    with pytest.raises(UsageError, match="by its name it holds percentages"):
        read(rows.format(100), **said)
    with pytest.raises(UsageError, match="by its name it holds percentages"):
        read(rows.format(100), metric=name, **said)
    assert read(rows.format(100), metric="requests", **said).values == (14, 100)
    assert read(rows.format(101), **said).values == (14, 101)
    hits = rows.replace(name, "utility-hits").format(100)
    assert read(hits, **{**said, "column": "utility-hits"}).values == (14, 100)


def test_the_text_of_the_cli_says_metric_unit_and_period() -> None:
    rows = [f"DATAPOINTS\t{5 + m}.0\t{at(m)}\tCount" for m in MINUTES]
    text = "\n".join(["RequestCount", *rows]) + "\n"
    assert read(text, statistic="sum").values == (5, 6, 7, 8)
    with pytest.raises(UsageError, match="average of a metric that is counted"):
        read(text, statistic="average")
    with pytest.raises(UsageError, match="x:2: has 5 columns"):
        read(text.replace("+00:00\tCount", "+00:00\tCount\t1"), statistic="sum")
    with pytest.raises(UsageError, match="x:1: is get-metric-data as text"):
        read("METRICDATARESULTS\tcpu\n", statistic="sum")


def test_a_gap_is_a_gap_in_json_too_and_few_leave_the_period_clear() -> None:
    points = [{"Timestamp": at(m), "Sum": 5, "Unit": "Count"} for m in range(30) if m != 7]
    with pytest.raises(UsageError, match=r"x:1: Datapoints\[7\] comes 2 min after the one before"):
        read({"Label": "r", "Datapoints": points})
    trace = read({"Label": "r", "Datapoints": points}, gaps="interpolate")
    assert (len(trace.values), trace.period_ns) == (30, NS_PER_MIN)


@pytest.mark.parametrize("bad", ["yesterday", None, True, [], {}, 5, "9" * 400])
def test_a_timestamp_that_is_none_is_told_by_its_field(bad: object) -> None:
    answer = statistics(Sum=5)
    answer["Datapoints"][2]["Timestamp"] = bad
    with pytest.raises(UsageError, match=r"x:\d+: Datapoints\[2\].Timestamp is a timestamp that"):
        read(json.dumps(answer, indent=1))


@pytest.mark.parametrize("bad", ["many", None, True, [], -1, 1e300, 10**400])
def test_a_value_that_is_none_is_told_by_its_line_and_field(bad: object) -> None:
    answer = statistics(Sum=5)
    answer["Datapoints"][2]["Sum"] = bad
    text = json.dumps(answer, indent=1)
    line = text.splitlines().index("   " + f'"Timestamp": "{at(1)}",') + 2
    with pytest.raises(UsageError, match=rf"x:{line}: Datapoints\[2\].Sum has "):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested too deeply|not JSON"),
        ('{"a":' * 100_000, "nested too deeply|not JSON"),
        ('{"Datapoints": [' + "9" * 5000 + "]}", "a number that is too long"),
        ('{"Datapoints": 5}', "JSON without Datapoints"),
        ('{"MetricDataResults": [5]}', "no Timestamps and Values"),
        ('{"MetricDataResults": []}', "has 0 values"),
        ("[5, 6]", "no point with a Timestamp"),
        ("[]", "has 0 values"),
        ("{}", "JSON without Datapoints"),
        ('{"Datapoints": [', "x:1: is not JSON"),
        ('{"Datapoints": [' + "{}," * 200_001 + "{}]}", "has 200002 values; the most is 200000"),
        ('{"a": "\ud83d"}', "not UTF-8"),
    ],
)
def test_a_hostile_file_is_a_message(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_trace(text.encode("utf-8", "surrogatepass"), spec(statistic="sum"))


ODD = (None, True, 5, -1.5, "", "odd", [], [[]], {}, {"a": 1})


def places(tree: object, above: tuple = ()) -> list[tuple]:
    """The path of everything in plain data."""
    if not isinstance(tree, (dict, list)):
        return [above]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [above, *(path for key, value in items for path in places(value, (*above, key)))]


@pytest.mark.parametrize("answer", [statistics(Sum=5, Average=1), data(COMMITS, CPU)])
@pytest.mark.parametrize("key", [{}, {"metric": "commits"}, {"statistic": "average"}])
def test_whatever_stands_anywhere_in_an_answer_it_is_read_or_a_message(answer, key) -> None:
    for path in places(answer)[1:]:
        for odd in ODD:
            tree = copy.deepcopy(answer)
            held = tree
            for part in path[:-1]:
                held = held[part]
            held[path[-1]] = odd
            try:
                read(tree, **key)
            except UsageError as error:
                assert str(error).startswith("x:"), (path, odd)


@pytest.mark.parametrize("where", ["Label", "Unit", "Timestamp", "Sum"])
def test_no_text_of_the_file_is_read_out(where: str) -> None:
    answer = statistics(Sum=5)
    target = answer if where == "Label" else answer["Datapoints"][0]
    target[where] = "root:secret:0"
    try:
        read(answer)
    except UsageError as error:
        assert "secret" not in str(error)
    else:
        assert where == "Label"


WORLD = """\
name: traced
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
workload:
  - name: site
    arrivals: {trace: {file: x.json, compress: 2}}
    transaction: sysbench-point-select
"""


def written(folder: Path, content: dict) -> Path:
    (folder / "x.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_the_trace_decides_how_long_a_run_is_unless_it_is_said(tmp_path: Path) -> None:
    folder = written(tmp_path, statistics(Sum=60))
    scenario = loads(WORLD, "traced", folder=folder)
    assert scenario.run.duration == 4 * 60 * NS_PER_S // 2
    said = loads(WORLD, "traced", {"run.duration": "30 s"}, folder)
    assert said.run.duration == 30 * NS_PER_S
    with pytest.raises(ScenarioError, match=r"warm_up is 2 min, but the run lasts 2 min"):
        loads(WORLD, "traced", {"run.warm_up": "2 min"}, folder)


def test_the_longest_of_several_traces_decides(tmp_path: Path) -> None:
    folder = written(tmp_path, statistics(Sum=60))
    two = WORLD + WORLD[WORLD.index("  - name") :].replace("site", "other").replace(
        ", compress: 2", ""
    )
    assert loads(two, "traced", folder=folder).run.duration == 4 * 60 * NS_PER_S


def test_what_the_file_says_is_in_the_resolved_text_which_packs_to_itself(tmp_path: Path) -> None:
    scenario = loads(WORLD, "traced", folder=written(tmp_path, statistics(Sum=60)))
    text = dump(scenario)
    assert "period: 1 min" in text and "statistic: sum" in text and "duration: 2 min" in text
    packed = pack(scenario)
    assert list(packed.traces) == ["trace-site.json"]
    (tmp_path / "trace-site.json").write_bytes(packed.traces["trace-site.json"])
    assert pack(loads(packed.text, "traced", folder=tmp_path)) == packed
