"""A packed scenario stands by itself: its text names copies of its traces, and only those."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim import api
from aurosim.errors import UsageError
from aurosim.scenario import Scenario, changed, dump, load, loads, pack
from tests.scenarios.good import SMALLEST

SCENARIO = """\
name: traced
run: {duration: 10 min}
cluster: {engine: aurora-mysql, instances: [{name: db-1, class: db.r6g.large}]}
workload:
  - name: site
    arrivals: {trace: {file: ../measured/x.csv, statistic: sum, period: 5 min}}
    transaction: sysbench-point-select
  - name: app
    arrivals: {trace: {file: ../measured/x.csv, statistic: average, period: 5 min, scale: 2}}
    transaction: sysbench-point-select
"""
TRACE = b"timestamp,value\r\n2026-01-01 00:00:00,10\r\n2026-01-01 00:05:00,20\r\n"


@pytest.fixture
def traced(tmp_path: Path) -> Scenario:
    for folder in ("measured", "scenarios"):
        (tmp_path / folder).mkdir()
    (tmp_path / "measured" / "x.csv").write_bytes(TRACE)
    (tmp_path / "scenarios" / "traced.yaml").write_text(SCENARIO)
    return load(tmp_path / "scenarios" / "traced.yaml")


def test_each_traced_workload_has_a_copy_of_its_own_without_a_path(traced: Scenario) -> None:
    packed = pack(traced)
    assert packed.traces == {"trace-app.csv": TRACE, "trace-site.csv": TRACE}
    assert "file: trace-app.csv" in packed.text
    assert ".." not in packed.text


def test_unpacked_it_loads_and_packs_to_the_same_bytes(traced: Scenario, tmp_path: Path) -> None:
    packed, place = pack(traced), tmp_path / "elsewhere"
    place.mkdir()
    for name, content in packed.traces.items():
        (place / name).write_bytes(content)
    (place / "again.yaml").write_text(packed.text)
    assert pack(load(place / "again.yaml")) == packed


def test_what_was_loaded_is_packed_whatever_became_of_the_file(traced: Scenario) -> None:
    (traced.folder / "../measured/x.csv").unlink()
    assert pack(traced).traces["trace-app.csv"] == TRACE


def test_without_a_trace_it_is_the_resolved_text() -> None:
    scenario = loads(SMALLEST, "x")
    assert (pack(scenario).text, pack(scenario).traces) == (dump(scenario), {})


def test_values_set_later_leave_the_trace_and_the_model_in_place(traced: Scenario) -> None:
    modelled = changed(traced, {"model.read_cpu": "70 us"})
    later = api.load(modelled, {"run.seed": 9})
    assert (later.run.seed, later.model["read_cpu"]) == (9, 70_000)
    assert later.traces == {"app": TRACE, "site": TRACE}
    assert later.origin.overrides == {"model.read_cpu": "70 us", "run.seed": "9"}


def test_a_scenario_changed_by_hand_takes_no_more_values(traced: Scenario) -> None:
    by_hand = traced.model_copy(update={"question": "Another?"})
    with pytest.raises(UsageError, match="was changed after it was loaded"):
        api.load(by_hand, {"run.seed": 9})
    assert api.load(by_hand) is by_hand
