"""A scenario that runs in some hundredths of a second, and studies of it."""

from __future__ import annotations

from collections.abc import Sequence

from aurosim import study
from aurosim.scenario import Scenario, loads
from aurosim.study import Plan, Point, plan

SMALL = """\
name: small
question: How small can it be?
run: {duration: 300 ms, warm_up: 50 ms, seed: 1}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - name: orders
    arrivals: {rate: 200/s}
    transaction: sysbench-oltp-write-only
expect:
  - orders.latency.p99 < 1 s
"""
PATHS = ("orders.latency.mean", "orders.good", "failovers.0.client_outage", "orders.outage.count")


def scenario(**overrides: str) -> Scenario:
    """The small scenario, with overrides by path (`__` for a dot)."""
    given = {path.replace("__", "."): value for path, value in overrides.items()}
    return loads(SMALL, "small.yaml", given)


def replicates(n: int = 4, paths: Sequence[str] = PATHS, **overrides: str) -> Plan:
    """A study of the small scenario."""
    point = Point("small", scenario(**overrides))
    return plan.make(plan.REPLICATE, "small", [point], replicates=n, seed=1, paths=paths)


def comparison(n: int = 4, **changes: str) -> Plan:
    """The small scenario against itself with changes."""
    changes = changes or {"cluster__readers__count": "2"}
    points = [Point("A", scenario(), about="small"), Point("B", scenario(**changes), about="more")]
    return plan.make(plan.COMPARE, "small", points, replicates=n, seed=1, paths=PATHS)


def texts(ran: study.Ran) -> dict[str, str]:
    """Every table as the bytes of its file, and the page."""
    from aurosim.metrics.columns import csv_text
    from aurosim.report import study_folder, study_page

    tables = study.tabulate(ran)
    found = {name: csv_text(frame) for name, frame in study_folder.tables_of(tables).items()}
    return {**found, "study.html": study_page.render(ran, tables, {"command": ["aurosim"]})}
