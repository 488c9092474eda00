"""What the terminal shows after a run: answers first, values as they are, names never as markup."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from aurosim.cli import summary
from aurosim.cli.summary import number, percent
from aurosim.scenario import CureSpec

ANSWERS = {
    "scenario": "x",
    "seed": 7,
    "partial": False,
    "duration_s": 60.0,
    "expect": [{"text": "[red]odd[/red].outage.max <= 1 s", "held": False, "value": None}],
    "shows": [{"text": "[red]odd[/red].due > 5 /s", "held": False, "value": None}],
    "workloads": {
        "[bold]odd": {
            "due_per_s": 1234.5,
            "good_per_s": 12.34567,
            "requests": {"due": 90, "good": 1, "bad": 2, "open": 87},
            "latency_ms": {"p99": None},
            "availability": {"requests": 0.9999999, "time": None},
            "impaired_s": 0.0,
            "outages": [
                {"start_s": 1.0, "end_s": 3.5, "duration_s": 2.5, "longest_s": 2.5},
                {"start_s": 28.75, "end_s": None, "duration_s": 31.25, "longest_s": 31.25},
            ],
        }
    },
    "clusters": {
        "main": {
            "failovers": [
                {
                    "cause": "host_failure", "from": "db-1", "to": None, "start_s": 40.0,
                    "detected_s": 43.5, "promoted_s": None, "endpoint_moved_s": None,
                    "database_outage_s": None, "client_outage_s": 31.25,
                }
            ],
            "role": "primary",
            "instances": {
                "[blink]db-1": {
                    "cpu_ratio": 0.25, "cpu_p95_ratio": 0.875, "cpu_busiest_ratio": 0.99999,
                    "connections_max": 88, "connections_limit": 90,
                }
            },
            "replication_lag_ms": {"p50": None, "p99": None, "max": None},
            "replication_backlog": {"commits": 0},
        },
        "other": {
            "failovers": [],
            "role": "secondary",
            "instances": {},
            "replication_lag_ms": {"p50": 41.25, "p99": 55.5, "max": 60.0},
            "replication_backlog": {"commits": 17},
        },
    },
    "global": {
        "failovers": [
            {
                "from": "main", "to": "other", "start_s": 50.0, "promoted_s": 77.5,
                "endpoint_moved_s": None, "database_outage_s": 37.5, "client_outage_s": None,
                "recovery_point": {"commits": 23},
            }
        ],
        "switchovers": [],
    },
    "warnings": [{"kind": "replication_lag", "subject": "other", "text": "[red]odd[/red] lags."}],
}  # fmt: skip


def test_everything_asked_for_is_shown(capsys) -> None:
    summary.show(ANSWERS, Path("reports/x-seed7/report.html"))
    told = capsys.readouterr().out
    for word in ("x, seed 7", "[red]odd[/red].outage.max <= 1 s", "FAILED", "[bold]odd", "12.35",
                 "1,234", "< 0.001 %", ">= 31.25\n", ">= 33.75", "[blink]db-1",
                 "25.0 %", "87.5 %", "99.9 %", "88", "90", "left behind", "backlog",
                 "db-1 to (none)", "host_failure", "43.5",
                 "main to other", "77.5", "23", "41.25", "17", "warning: [red]odd[/red] lags.",
                 "report: reports/x-seed7/report.html"):  # fmt: skip
        assert word in told


def test_the_verdict_comes_first_and_says_whom_the_promises_leave_out(capsys) -> None:
    summary.show(ANSWERS, Path("r"))
    assert capsys.readouterr().out.splitlines()[1] == "The promise was broken"
    kept = {**ANSWERS["expect"][0], "text": "[red]other[/red].outage.max <= 1 s", "held": True}
    served = {**ANSWERS["workloads"]["[bold]odd"], "availability": {"requests": 0.5, "time": 0.9}}
    told = {**ANSWERS, "expect": [kept], "workloads": {"[bold]odd": served}}
    summary.show(told, Path("r"))
    told = " ".join(capsys.readouterr().out.split("promised")[0].split())
    assert "The promise was kept; no promise is about users of [bold]odd, who" in told


def test_a_measured_value_is_in_the_unit_of_its_line(capsys) -> None:
    clusters = ANSWERS["clusters"]
    lines = [("main.volume.full_in > 150 h", 666_308.0), ("main.volume.bytes < 1 GiB", 2**34),
             ("odd.availability.requests > 99 %", 0.5), ("odd.outage.max < 1 s", 54_321.0),
             ("main.failovers.0.client_outage < 1 s", None)]  # fmt: skip
    expect = [{"text": f"clusters.{text}" if text.startswith("main") else text, "held": True,
               "value": value} for text, value in lines]  # fmt: skip
    expect[3]["why"] = "open at the end: at least 54,321 s"
    workloads = {"odd": ANSWERS["workloads"]["[bold]odd"]}
    told = {**ANSWERS, "clusters": clusters, "workloads": workloads, "expect": expect}
    summary.show(told, Path("r"))
    rows = [row.split("held")[1].strip() for row in capsys.readouterr().out.splitlines()[3:8]]
    assert rows == ["185.1 h", "16 GiB", "50 %", "at least 54,321 s, open at the end", "-"]


def test_what_a_scenario_shows_is_grey_and_no_verdict() -> None:
    table = summary.lessons(ANSWERS)
    cells = [cell for column in table.columns for cell in column.cells]
    assert [str(cell) for cell in cells] == ["[red]odd[/red].due > 5 /s", "not here", "-"]
    assert {cell.style for cell in cells} == {"dim"}


def test_the_cure_is_named_with_the_way_to_it(capsys) -> None:
    one = CureSpec(what="four [red]odd[/red] connections.", mends=["x"])
    summary.show(ANSWERS, Path("r"), SimpleNamespace(cure=[one]))
    cure = "The cure: four [red]odd[/red] connections. Run it with --cure."
    assert cure in capsys.readouterr().out
    there = one.model_copy(update={"in_place": True})
    assert summary.ways_out(SimpleNamespace(cure=[one, there])) == [
        "Cure 1: four [red]odd[/red] connections. Run it with --cure-only 1, or all of them with "
        "--cure.",
        "Cure 2 is in place: four [red]odd[/red] connections.",
    ]


def test_an_interrupted_run_says_so(capsys) -> None:
    summary.show({**ANSWERS, "partial": True}, Path("r"))
    assert "interrupted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (0.00012345, "0.0001234"), (999.96, "1000"), (12345.6, "12,346")],
)
def test_numbers_have_four_digits(value, text) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (None, "-"), (1.0, "100.000 %"), (0.9999999, "99.999 %"), (0.95, "95.000 %"),
        (0.0, "0.000 %"), (0.0000001, "< 0.001 %"),
    ],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_nothing(ratio, text) -> None:
    assert percent(ratio) == text


def test_impaired_time_has_a_column_where_there_was_any() -> None:
    assert "impaired s" not in [str(each.header) for each in summary.workloads(ANSWERS).columns]
    (name, one), = ANSWERS["workloads"].items()
    hurt = {**ANSWERS, "workloads": {name: {**one, "impaired_s": 70.0}}}
    last = summary.workloads(hurt).columns[-1]
    assert (str(last.header), [str(cell) for cell in last.cells]) == ("impaired s", ["70"])
