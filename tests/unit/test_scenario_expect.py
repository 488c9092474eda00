"""`expect:` lines: their grammar, their units, and the paths through `summary.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aurosim.errors import ScenarioError
from aurosim.scenario import Expectation, loads, resolve
from aurosim.scenario.paths import LEAVES, RESERVED, Names, known_paths, leaf_of
from tests.scenarios.good import SMALLEST

NAMES = Names(("orders", "reads"), ("main",), ("db-1", "db-2"))
TWO = Names(("orders",), ("east", "west"), ("db-1",))

SUMMARY: dict[str, Any] = {
    "workloads": {
        "orders": {
            "due_per_s": 120.5,
            "errors": {"statement_timeout": 3},
            "latency_ms": {"p99": 12.5, "max": None},
            "availability": {"requests": 0.995, "time": 0.9},
            "outage": {"max_s": 5.0, "mean_s": 5.0, "total_s": 7.0, "count": 2},
            "outages": [
                {"start_s": 1.0, "end_s": 3.0, "duration_s": 2.0, "longest_s": 2.0},
                {"start_s": 9.0, "end_s": 14.0, "duration_s": 5.0, "longest_s": 5.0},
            ],
        },
        "reads": {"outage": {"max_s": 0.0, "total_s": 0, "count": 0}, "outages": []},
    },
    "clusters": {
        "main": {
            "failovers": [{"cause": "host_failure", "database_outage_s": 11.5}],
            "restarts": [],
            "readers": {"db-2": {"lag_ms": {"p99": 20.0}, "stale_reads": 4}},
            "instances": {"db-1": {"cpu_ratio": 0.5}},
            "volume": {"bytes": 1024, "write_unavailable_s": 0.0},
            "acknowledged_commits_lost": 0,
        }
    },
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("orders.latency.p99", 12.5),
        ("workloads.orders.latency.p99", 12.5),
        ("orders.latency.max", None),
        ("orders.due", 120.5),
        ("orders.errors.statement_timeout", 3),
        ("orders.availability.requests", 0.995),
        ("orders.outage.max", 5.0),
        ("orders.outage.total", 7.0),
        ("orders.outage.count", 2),
        ("reads.outage.max", 0),
        ("reads.outage.total", 0),
        ("reads.outage.count", 0),
        ("failovers.count", 1),
        ("failovers.0.database_outage", 11.5),
        ("failovers.1.database_outage", None),
        ("clusters.main.failovers.0.database_outage", 11.5),
        ("clusters.main.failovers.0.cause", None),
        ("restarts.count", 0),
        ("readers.db-2.lag.p99", 20.0),
        ("readers.db-1.lag.p99", None),
        ("instances.db-1.cpu", 0.5),
        ("volume.bytes", 1024),
        ("volume.write_unavailable", 0.0),
        ("acknowledged_commits_lost", 0),
        ("nobody.latency.p99", None),
    ],
)
def test_a_path_leads_to_its_number(path: str, value: float | None) -> None:
    assert resolve(path, SUMMARY) == value


def test_an_empty_summary_has_no_numbers() -> None:
    assert resolve("orders.outage.max", {}) is None
    assert resolve("failovers.count", {}) is None


def test_every_known_path_is_known_and_short() -> None:
    paths = known_paths(NAMES)
    assert len(set(paths)) == len(paths) > 60
    for path in paths:
        assert not path.startswith(("workloads.", "clusters."))
        of = ("workloads.", "clusters.main.", "")
        assert leaf_of(path, NAMES).path in [f"{begin}{path}" for begin in of]


def test_with_two_clusters_each_is_named() -> None:
    assert leaf_of("clusters.east.volume.bytes", TWO).unit == "B"
    with pytest.raises(ValueError, match="names no number"):
        leaf_of("volume.bytes", TWO)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("orders.latncy.p99", "Did you mean 'orders.latency.p99'?"),
        ("order.outage.max", "Did you mean 'orders.outage.max'?"),
        ("readers.db-3.lag.p99", "Did you mean 'readers.db-2.lag.p99'?"),
        ("workloads.orders.availabilty.time", "Did you mean 'workloads.orders.availability.time'?"),
        ("volume", ""),
        ("orders", ""),
        ("zzz.qqq", "Workloads: orders, reads."),
        ("failovers.first.start", "Did you mean 'failovers.0.start'?"),
        ("a" * 5000, ""),
        ("....", ""),
    ],
)
def test_a_path_that_is_none_names_the_nearest(path: str, near: str) -> None:
    with pytest.raises(ValueError) as caught:
        leaf_of(path, NAMES)
    assert near in str(caught.value)
    assert len(str(caught.value)) < 400


def expectation(line: str) -> Expectation:
    return loads(SMALLEST + f'expect: ["{line}"]\n', "x").expect[0]


@pytest.mark.parametrize(
    ("line", "unit", "bound"),
    [
        ("reads.latency.p99 < 1.5 s", "ms", 1500.0),
        ("reads.latency.p99<10ms", "ms", 10.0),
        ("reads.outage.max >= 200 ms", "s", 0.2),
        ("reads.outage.max == 0", "s", 0.0),
        ("reads.availability.requests >= 99.9 %", "ratio", 0.999),
        ("reads.availability.requests >= 0.5", "ratio", 0.5),
        ("reads.availability.requests >= 1.0", "ratio", 1.0),
        ("reads.availability.requests > 0.0", "ratio", 0.0),
        ("reads.availability.requests > 0", "ratio", 0.0),
        ("reads.availability.requests == 100 %", "ratio", 1.0),
        ("reads.due > 90 /min", "/s", 1.5),
        ("volume.bytes <= 10 GiB", "B", 10 * 2**30),
        ("failovers.count == 2", "", 2.0),
        ("reads.outage.max   >  5 s", "s", 5.0),
    ],
)
def test_a_line_is_compared_in_the_unit_of_the_summary(line: str, unit: str, bound: float) -> None:
    parsed = expectation(line)
    assert leaf_of(parsed.path, Names(("reads",), ("main",), ("db-1",))).unit == unit
    assert parsed.bound(unit) == bound


@pytest.mark.parametrize(
    ("op", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        ("==", False, True, False),
        (">=", False, True, True),
        (">", False, False, True),
    ],
)
def test_each_comparison_is_itself(op: str, below: bool, equal: bool, above: bool) -> None:
    line = expectation(f"reads.outage.max {op} 5 s")
    assert [line.holds(value, "s") for value in (4.0, 5.0, 6.0)] == [below, equal, above]


@pytest.mark.parametrize("op", ["<", "<=", "==", ">=", ">"])
def test_a_value_that_does_not_exist_fails_every_line(op: str) -> None:
    assert not expectation(f"reads.outage.max {op} 5 s").holds(None, "s")


@pytest.mark.parametrize(
    "line",
    [
        "reads.outage.max != 5 s",
        "reads.outage.max = 5 s",
        "reads.outage.max < x",
        "reads.outage.max < 5 s 6 s",
        "reads.outage.max",
        "5 s < reads.outage.max",
        "__import__('os').system('true') == 0",
        "reads.outage.max < nan s",
        "reads.outage.max < 1e999 s",
        "reads.outage.max < 5 fortnights",
        "acknowledged_commits_lost == 0 %",
    ],
)
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        expectation(line)
    assert len(caught.value.complaints) == 1
    assert caught.value.complaints[0].field == "expect[0]"


def test_a_share_below_1_that_lacks_a_point_is_not_taken_for_percent() -> None:
    """999e-3 was meant as 99.9 %; the way out used to be a hundredth of that."""
    with pytest.raises(ScenarioError) as caught:
        expectation("reads.availability.requests > 999e-3")
    assert "write '99.9 %' or 0.999." in str(caught.value)


SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "summary.schema.json"
UNITS = {"_per_s": "/s", "_ms": "ms", "_s": "s", "_ratio": "ratio"}
NO_NUMBERS = ("schema_version", "seed", "duration_s", "warm_up_s", "expect", "shows", "outages")


def numbers_of(node: dict[str, Any], definitions: dict[str, Any], path: str = "") -> Iterator[str]:
    """The path of every number that a JSON Schema allows: `<*>` a name, `<#>` a list place."""
    node = definitions[node["$ref"].split("/")[-1]] if "$ref" in node else node
    for choice in node.get("anyOf", []):
        yield from numbers_of(choice, definitions, path)
    for key, inner in node.get("properties", {}).items():
        yield from numbers_of(inner, definitions, f"{path}.{key}" if path else key)
    for key, name in (("additionalProperties", "<*>"), ("items", "<#>")):
        if isinstance(node.get(key), dict):
            yield from numbers_of(node[key], definitions, f"{path}.{name}")
    kinds = node.get("type", [])
    if {"number", "integer"} & ({kinds} if isinstance(kinds, str) else set(kinds)):
        yield path


def test_the_paths_are_the_numbers_of_the_summarys_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    wanted = set()
    for path in numbers_of(schema, schema.get("$defs", {})):
        if not set(path.split(".")) & set(NO_NUMBERS):
            parts = [re.sub("(_per_s|_ms|_s|_ratio)$", "", part) for part in path.split(".")]
            suffix = next(
                (
                    unit
                    for end, unit in UNITS.items()
                    for part in path.split(".")
                    if part.endswith(end)
                ),
                None,
            )
            wanted.add((".".join(parts), suffix))
    said = {(re.sub("<[a-z]+>", "<*>", leaf), unit) for leaf, unit in LEAVES.items()}
    asked = {path for path, _ in wanted}
    of_lists = {path for path, _ in said if path.endswith(".count")} - asked
    assert {path for path, _ in said} - of_lists == asked
    # A unit in the summary's key is the leaf's unit.
    assert {(path, unit) for path, unit in wanted if unit is not None} <= said


def test_no_reserved_word_can_begin_a_workloads_path() -> None:
    beginnings = {leaf.split(".")[2] for leaf in LEAVES if leaf.startswith("clusters.")}
    assert beginnings | {"workloads", "clusters"} <= RESERVED


@pytest.mark.parametrize("name", ["clusters", "workloads"])
def test_nobody_is_told_to_write_what_they_wrote(name: str) -> None:
    with pytest.raises(ValueError, match="names no number") as caught:
        leaf_of(f"{name}.due", Names((name,), ("main",), ("db-1",)))
    assert f"Did you mean '{name}.due'" not in str(caught.value)
