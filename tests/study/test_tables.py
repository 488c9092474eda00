"""Tidy tables: a row for each answer, none dropped in silence, pairs by seed."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from aurosim import study
from aurosim.metrics.columns import Columns, Row, length, records
from aurosim.study import plan
from aurosim.study.metrics import Metric
from aurosim.study.running import Ran
from aurosim.study.store import Store
from tests.study.small import PATHS, replicates, scenario

NUMBER = Metric("orders.latency.mean", "ms", "mean")
HELD = Metric("expect: orders.latency.p99 < 1 s", "ratio", "share")
OUTAGES = Metric("orders.outage.count", "", "count")


def ran(kind: str, *answers: dict[int, tuple[float | None, ...]]) -> Ran:
    """A study with these answers by point and seed, as if it had run."""
    points = [study.Point("AB"[k], scenario()) for k in range(len(answers))]
    made = plan.make(kind, "small", points, replicates=4, seed=1, paths=PATHS)
    planned = plan.Plan(
        kind, "small", made.points, made.seeds, (NUMBER, HELD, OUTAGES), confidence=0.95
    )
    found = Ran(planned, Store())
    for number, by_seed in enumerate(answers):
        found.answers.update({(number, seed): given for seed, given in by_seed.items()})
    return found


FOUR = {1: (10.0, 1.0, 0.0), 2: (12.0, 1.0, 5.0), 3: (None, 0.0, 4.0), 4: (14.0, 1.0, 3.0)}


def row(table: Columns, metric: Metric) -> Row:
    (found,) = [one for one in records(table) if one["metric"] == metric.name]
    return found


def test_a_row_for_each_replicate_point_and_metric_and_none_for_nothing() -> None:
    table = study.tabulate(ran(plan.REPLICATE, FOUR)).replicates
    assert list(table) == ["point", "seed", "metric", "unit", "value"]
    assert length(table) == 4 * 3
    numbers = [one for one in records(table) if one["metric"] == NUMBER.name]
    assert [one["seed"] for one in numbers] == [1, 2, 3, 4]
    assert [math.isnan(one["value"]) for one in numbers] == [False, False, True, False]


def test_values_that_do_not_exist_are_counted_and_told() -> None:
    found = row(study.tabulate(ran(plan.REPLICATE, FOUR)).estimates, NUMBER)
    assert (found["replicates"], found["nulls"], found["estimate"]) == (4, 1, 12.0)
    assert found["note"] == "no value in 1 of 4 replicates: this is about the others"
    never = {seed: (None, 1.0, 0.0) for seed in FOUR}
    none = row(study.tabulate(ran(plan.REPLICATE, never)).estimates, NUMBER)
    assert (none["nulls"], math.isnan(none["estimate"])) == (4, True)
    assert none["note"] == "no replicate has this value"


def test_each_kind_has_its_interval() -> None:
    table = study.tabulate(ran(plan.REPLICATE, FOUR)).estimates
    methods = [row(table, metric)["method"] for metric in (NUMBER, HELD, OUTAGES)]
    assert methods == ["Student t", "Wilson", "exact Poisson"]
    assert row(table, HELD)["estimate"] == 0.75
    assert row(table, OUTAGES)["estimate"] == 3.0
    # One value each: Student's interval of 10, 12, 14 by hand, 4.302653 x 2 / sqrt(3) wide.
    assert row(table, NUMBER)["high"] == pytest.approx(12 + 4.302653 * 2 / 3**0.5, abs=1e-5)


def test_pairs_are_of_one_seed_and_a_pair_with_a_hole_is_dropped_and_counted() -> None:
    b = {1: (11.0, 1.0, 0.0), 2: (13.5, 0.0, 5.0), 3: (13.0, 0.0, 4.0), 4: (14.5, 1.0, 3.0)}
    table = study.tabulate(ran(plan.COMPARE, FOUR, b)).differences
    assert table is not None
    found = row(table, NUMBER)
    assert (found["pairs"], found["dropped"]) == (3, 1)
    assert (found["a"], found["b"], found["difference"]) == (12.0, 13.0, 1.0)
    # Differences 1, 1.5, 0.5: standard deviation 0.5.
    assert found["high"] == pytest.approx(1 + 4.302653 * 0.5 / 3**0.5, abs=1e-5)
    assert found["note"] == "no value in 1 of 4 pairs: this is about the others"
    # Variances by hand: 4, 3.25, and 0.25 of the differences.
    assert found["variance_ratio"] == pytest.approx((4 + 3.25) / 0.25)
    assert row(table, HELD)["difference"] == -0.25


def test_a_study_that_was_stopped_pairs_what_both_have() -> None:
    a = {seed: FOUR[seed] for seed in (1, 2, 4)}
    b = {seed: FOUR[seed] for seed in (2, 4)}
    table = study.tabulate(ran(plan.COMPARE, a, b)).differences
    assert table is not None
    assert row(table, HELD)["pairs"] == 2


def test_what_varies_has_a_column_of_its_own() -> None:
    points = [
        study.Point(f"count={n}", scenario(), (("cluster.readers.count", str(n)),)) for n in (1, 2)
    ]
    made = plan.make(plan.SWEEP, "small", points, replicates=1, seed=1, paths=PATHS)
    table = study.tabulate(study.run(made, workers=1)).estimates
    assert list(table)[:3] == ["point", "cluster.readers.count", "metric"]
    assert list(dict.fromkeys(table["cluster.readers.count"])) == ["1", "2"]


def test_the_values_are_those_of_single_runs() -> None:
    """Seed by seed what `aurosim run --seed` has in its summary: a study invents nothing."""
    from aurosim import api
    from tests.study.small import SMALL

    table = study.tabulate(study.run(replicates(3), workers=1)).replicates
    for seed in (1, 2, 3):
        orders = api.run(SMALL, seed=seed).summary["workloads"]["orders"]
        mine = {row["metric"]: row["value"] for row in records(table) if row["seed"] == seed}
        assert mine["orders.latency.mean"] == orders["latency_ms"]["mean"]
        assert mine["orders.good"] == orders["good_per_s"]


def test_common_random_numbers_are_common() -> None:
    """A second reader changes nothing of a workload that only writes: pair by pair the same."""
    from tests.study.small import comparison

    table = study.tabulate(study.run(comparison(3), workers=1)).differences
    assert table is not None
    assert row(table, Metric("orders.good", "/s", "mean"))["difference"] == 0
    one = {"workload__orders__client__az": "b"}
    moved = study.tabulate(study.run(comparison(3, **one), workers=1)).differences
    assert moved is not None
    found = row(moved, NUMBER)
    assert found["low"] > 0 and found["correlation"] > 0.5 and found["variance_ratio"] > 2


def test_a_folder_holds_every_table_as_shown(tmp_path: Path) -> None:
    from aurosim import studies
    from tests.study.small import SMALL

    done = studies.compare(SMALL, set_b={"cluster.readers.count": 2}, n=2, workers=1)
    folder = done.save(tmp_path / "out")
    for name, table in (("replicates", done.replicates), ("estimates", done.estimates)):
        read = pd.read_csv(folder / f"{name}.csv")
        assert list(read.columns) == list(table.columns) and len(read) == len(table)
    assert (folder / "differences.csv").exists() and (folder / "study.html").exists()
    again = studies.compare(
        SMALL, set_b={"cluster.readers.count": 2}, n=2, workers=1, folder=folder
    )
    assert again.provenance["replicates"] == {"asked": 4, "finished": 4, "reused": 4}


def test_a_folder_keeps_nothing_of_the_study_before_but_what_is_not_ours(tmp_path: Path) -> None:
    from aurosim import studies
    from tests.study.small import SMALL

    folder = tmp_path / "out"
    studies.compare(SMALL, set_b={"cluster.readers.count": 2}, n=1, workers=1).save(folder)
    assert (folder / "differences.csv").exists() and (folder / "points/001").is_dir()
    notes = folder / "points/002/notes.txt"
    notes.parent.mkdir()
    notes.write_text("mine")
    alone = studies.replicate(SMALL, 1, workers=1, folder=folder)
    alone.save()
    assert not (folder / "differences.csv").exists()
    assert sorted(path.name for path in (folder / "points").iterdir()) == ["000", "002"]
    assert notes.read_text() == "mine"
    assert alone.provenance["replicates"]["reused"] == 1


def test_an_outage_that_the_end_of_the_run_cuts_off_is_called_a_lower_bound() -> None:
    """The writer's host dies shortly before the end: nobody can take over in time."""
    from aurosim import api

    paths = ["orders.outage.total", "orders.outage.max", "failovers.0.client_outage", "orders.good"]

    def notes(duration: str) -> dict[str, str]:
        scenario = api.load("writer-host-failure", {
            "workload.browsing.arrivals.rate": "5/s", "faults.0.at": "1 s",
            "run.duration": duration, "run.warm_up": "500 ms", "expect": "[]",
        })  # fmt: skip
        made = plan.make(
            plan.REPLICATE, "cut", [study.Point("cut", scenario)], replicates=2, seed=1, paths=paths
        )
        table = study.tabulate(study.run(made, workers=1)).estimates
        return dict(zip(table["metric"], table["note"], strict=True))

    bound = "in 2 of 2 not over at the end of the run: a lower bound"
    short, long = notes("8 s"), notes("50 s")
    assert [bound in short[path] for path in paths] == [True, True, True, False]
    assert not any("lower bound" in note for note in long.values())


def test_two_comparisons_of_one_scenario_have_two_folders() -> None:
    from aurosim.report.study_folder import default_folder

    def folder(about: str) -> Path:
        points = [study.Point(k, scenario(), about=a) for k, a in (("A", "small"), ("B", about))]
        return default_folder(
            plan.make(plan.COMPARE, "small", points, replicates=1, seed=1, paths=PATHS)
        )

    names = {folder(f"small with run.duration={s} s") for s in (1, 2)} | {folder("small")}
    assert len(names) == 3 and folder("small") == Path("reports/small-compare")
    assert folder("small with x=1") == folder("small with x=1")
