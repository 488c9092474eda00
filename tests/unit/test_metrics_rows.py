"""A real run with a crash, its summary counted again from the rows, plainly and all at once."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from aurosim import scenario as language
from aurosim import simulation
from aurosim.catalog.outcomes import ERRORS
from aurosim.dataplane.unloaded import unloaded_ns
from aurosim.simulation.build import build
from tests.metrics_story import plainly

TEXT = """
name: counted-again
run: {duration: 12 s, warm_up: 1 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - name: browse
    endpoint: reader
    arrivals: {rate: 60/s}
    transaction: sysbench-point-select
  - name: orders
    connections: 4
    think_time: 40 ms
    transaction: sysbench-oltp-write-only
    client: {statement_timeout: 500 ms, connect_timeout: 300 ms, retry: {attempts: 2}}
faults:
  - {at: 4 s, crash: instance}
"""
WARM_UP, END = 10**9, 12 * 10**9
NAMES = ("browse", "orders")


@cache
def story():
    blocks = []
    result = simulation.run(
        language.loads(TEXT, "counted-again.yaml"), rows=lambda block: blocks.append(block.copy())
    )
    return result, np.concatenate(blocks)


def of(name: str):
    """The workload's summary, its rows, and those of them that the run saw the end of."""
    result, rows = story()
    rows = rows[rows["workload"] == NAMES.index(name)]
    return result.summary["workloads"][name], rows, rows[rows["end_ns"] <= END]


@pytest.mark.parametrize("name", NAMES)
def test_rates_by_finish(name: str) -> None:
    told, _, seen = of(name)
    done = seen[(seen["end_ns"] >= WARM_UP) & (seen["outcome"] == 0) & (seen["kind"] <= 7)]
    per_s = {
        "statements_per_s": len(done),
        "reads_per_s": np.isin(done["kind"], [1, 2]).sum(),
        "writes_per_s": np.isin(done["kind"], [3, 4, 5, 6]).sum(),
        "transactions_per_s": ((seen["final"] == 1) & (seen["end_ns"] >= WARM_UP)).sum(),
    }
    assert {key: told[key] for key in per_s} == pytest.approx({k: v / 11 for k, v in per_s.items()})


@pytest.mark.parametrize("name", NAMES)
def test_errors_by_finish(name: str) -> None:
    told, _, seen = of(name)
    late = seen[seen["end_ns"] >= WARM_UP]
    assert list(told["errors"].values()) == [(late["outcome"] == n).sum() for n in ERRORS]


@pytest.mark.parametrize("name", NAMES)
def test_requests_and_latency_by_arrival(name: str) -> None:
    told, _, seen = of(name)
    finals = seen[(seen["final"] > 0) & (seen["due_ns"] >= WARM_UP)]
    for fate, key in ((1, "latency_ms"), (2, "failed_latency_ms")):
        took_ms = (finals["end_ns"] - finals["due_ns"])[finals["final"] == fate] / 1e6
        if len(took_ms):
            assert told[key]["mean"] == pytest.approx(took_ms.mean())
            assert told[key]["max"] == took_ms.max()
            nearest = np.sort(took_ms)[int(np.ceil(0.95 * len(took_ms))) - 1]
            assert told[key]["p95"] == pytest.approx(nearest, rel=0.009)
    assert told["requests"]["good"] == (finals["final"] == 1).sum()
    assert told["requests"]["bad"] == (finals["final"] == 2).sum()  # none is open that long


def test_the_story_has_all_it_should_tell_of() -> None:
    """Else the tests above compare nothing with nothing."""
    orders, rows, _ = of("orders")
    assert orders["requests"]["bad"] > 0 and orders["outages"]
    assert sum(orders["errors"].values()) > orders["requests"]["bad"]
    assert (rows["kind"] == 8).any()


@pytest.mark.parametrize("name", NAMES)
def test_outages_by_the_definition(name: str) -> None:
    told, rows, _ = of(name)
    plan = build(story()[0].scenario)
    unloaded = unloaded_ns(plan, plan.workloads[NAMES.index(name)])
    limits = (10**9, 10**9 + unloaded, 10**9 + 5 * unloaded)
    assert told["unanswered_after_s"] == limits[2] / 1e9
    finals = rows[(rows["final"] > 0) & (rows["end_ns"] <= END)]
    due, ends = (finals[key].tolist() for key in ("due_ns", "end_ns"))
    requests = list(zip(due, ends, (finals["final"] == 1).tolist(), strict=True))
    gaps = plainly(requests, END, WARM_UP, limits)
    assert [(o["start_s"], o["end_s"]) for o in told["outages"]] == [
        (a / 1e9, None if b is None else b / 1e9) for a, b in gaps
    ]


def test_the_time_series_add_up_to_the_run() -> None:
    result, rows = story()
    frame = result.timeseries
    for name in NAMES:
        _, _, seen = of(name)
        for word, count in (
            ("good", (seen["final"] == 1).sum()),
            ("bad", (seen["final"] == 2).sum()),
            ("statements", ((seen["outcome"] == 0) & (seen["kind"] <= 7)).sum()),
        ):
            total = (frame[f"workloads.{name}.{word}_per_s"] * frame["width_s"]).sum()
            assert total == pytest.approx(count)
