"""Study files: what they mean, and what is said of bad ones, all at once and at their lines.

Each file in `invalid/` is named for its fault; the `.txt` beside it is what is said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim import study
from aurosim.errors import ScenarioError
from aurosim.study import language, reference, shipped

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
GOOD = """\
name: good
scenario: how-many-readers
vary:
  cluster.readers.count: [1, 2]
  workload.orders.client.pool: [20, 40, 60]
replicates: 3
seed: 5
"""


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_bad_file_says_every_fault_at_its_line(path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        study.load(path)
    said = "".join(f"{one}\n" for one in refused.value.complaints).replace(str(path), path.name)
    assert said == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_combination_is_a_point_and_the_last_path_changes_fastest() -> None:
    plan = study.loads(GOOD, "good.yaml", HERE)
    assert [point.label for point in plan.points] == [
        "count=1, pool=20", "count=1, pool=40", "count=1, pool=60",
        "count=2, pool=20", "count=2, pool=40", "count=2, pool=60",
    ]  # fmt: skip
    assert plan.seeds == (5, 6, 7)
    orders = [{w.name: w for w in p.scenario.workload}["orders"] for p in plan.points]
    pools = [each.client.connections for each in orders]
    assert pools == [20, 40, 60, 20, 40, 60]
    assert [len(p.scenario.cluster.instances) for p in plan.points] == [2, 2, 2, 3, 3, 3]


def test_together_takes_the_lists_in_step() -> None:
    text = GOOD.replace("[1, 2]", "[1, 2, 3]") + "together: true\n"
    labels = [point.label for point in study.loads(text, "good.yaml", HERE).points]
    assert labels == ["count=1, pool=20", "count=2, pool=40", "count=3, pool=60"]


def test_set_holds_everywhere_and_values_may_be_mappings_and_lists() -> None:
    text = """\
name: rich
scenario: how-many-readers
set: {run.duration: 10 s, expect: ["orders.latency.p99 < 20 ms"]}
vary:
  workload.orders.arrivals: [{rate: 10/s}, {stages: [{rate: 20/s, for: 10 s}]}]
"""
    plan = study.loads(text, "rich.yaml", HERE)
    assert {point.scenario.run.duration for point in plan.points} == {10_000_000_000}
    assert [line.text for line in plan.points[0].scenario.expect] == ["orders.latency.p99 < 20 ms"]
    kinds = [
        next(w for w in p.scenario.workload if w.name == "orders").arrivals.kind
        for p in plan.points
    ]
    assert len(set(kinds)) == 2


def test_a_scenario_beside_the_study_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.study.small import SMALL

    (tmp_path / "mine.yaml").write_text(SMALL)
    (tmp_path / "study.yaml").write_text(
        "name: s\nscenario: mine.yaml\nvary: {run.duration: [200 ms, 300 ms]}\n"
    )
    monkeypatch.chdir(HERE)
    plan = study.load(tmp_path / "study.yaml", {"replicates": 2})
    assert [point.scenario.name for point in plan.points] == ["small", "small"]
    assert plan.seeds == (1, 2)


def test_a_number_that_only_one_point_has_may_be_asked_for() -> None:
    text = GOOD + "metrics: [readers.reader-2.lag.p99]\n"
    assert [m.name for m in study.loads(text, "good.yaml", HERE).metrics][-1] == (
        "readers.reader-2.lag.p99"
    )


def test_without_metrics_the_usual_ones_and_those_expected_are_asked() -> None:
    names = [metric.name for metric in study.loads(GOOD, "good.yaml", HERE).metrics]
    assert {"orders.latency.p99", "reports.outage.count", "orders had an outage"} <= set(names)
    assert {"orders.impaired", "reports.outage.mean"} <= set(names)
    assert {"instances.reader-1.cpu_busiest", "expect: reports.latency.p99 < 70 ms"} <= set(names)


def test_what_a_scenario_shows_is_asked_but_judged_by_nobody() -> None:
    text = "name: good\nscenario: stale-reads\nvary: {run.warm_up: [1 s, 2 s]}\n"
    names = [metric.name for metric in study.loads(text, "good.yaml", HERE).metrics]
    assert "readers.reader-1.stale_reads" in names
    assert "expect: readers.reader-1.lag.p50 < 20 ms" in names
    assert not [name for name in names if name.startswith("expect: ") and "stale_reads" in name]


@pytest.mark.parametrize("name", list(shipped.shipped()))
def test_a_shipped_study_loads_by_its_name_and_has_a_question(name: str) -> None:
    plan = study.load(shipped.find(name))
    assert plan.name == name
    assert plan.question and len(plan.points) > 1


def test_the_page_is_in_step_with_the_model_and_its_example_loads() -> None:
    said = "run `python -m aurosim.study.reference > docs/study-language.md`"
    page = reference.markdown()
    assert (DOCS / "study-language.md").read_text(encoding="utf-8") == page, said
    example = page.split("```yaml\n")[1].split("```")[0]
    assert len(study.loads(example, "docs/study-language.md", HERE).points) == 4
    keys = [field.alias or name for name, field in language.StudySpec.model_fields.items()]
    assert all(f"| `{key}` |" in page for key in keys)
