"""The unloaded time of a request, worked out by hand from a plan of round numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurosim.dataplane.contract import ROLE_GLOBAL, ROLE_WRITER, StatementKind
from aurosim.dataplane.plan import Plan, StatementPlan
from aurosim.dataplane.unloaded import unloaded_ns
from aurosim.scenario import loads
from aurosim.simulation.build import build
from tests import metrics_story as story

MS, US = 1_000_000, 1_000
BEGIN, SELECT, INSERT, COMMIT = (
    StatementKind.BEGIN, StatementKind.SELECT, StatementKind.INSERT, StatementKind.COMMIT,
)  # fmt: skip
HOP, FAR_HOP = MS // 2, 40 * MS
AZ_HOP = ((0, 300 * US, 900 * US), (300 * US, 0, 900 * US), (900 * US, 900 * US, 0))


def statement(
    kind: StatementKind, cpu_us: int, pages: int = 0, redo: int = 0, autocommit: bool = False
) -> StatementPlan:
    return StatementPlan(kind, 0, cpu_us * US, 0.0, pages, int(redo > 0), redo, autocommit)


def plan(*statements: StatementPlan, role: int = ROLE_WRITER, **changes: object) -> Plan:
    """A read of a page takes 800 us (median; spread 0), a page written or taken in 5 us, a commit
    300 us, storage answers after 1 ms (median) and 10 us of its node, which has 1 GB/s."""
    made = story.plan()
    costs = replace(
        made.clusters[0].costs, page_write_cpu_ns=5 * US, miss_cpu_ns=5 * US, begin_cpu_ns=20 * US,
        commit_cpu_ns=300 * US, page_read_median_ns=800 * US, page_read_sigma=0.0,
        ack_median_ns=MS, ack_sigma=0.3, node_occupancy_ns=10 * US, node_bytes_per_s=1e9,
        commit_record_bytes=100,
    )  # fmt: skip
    cluster = replace(made.clusters[0], costs=costs, az_hop_ns=AZ_HOP)
    orders = replace(made.workloads[story.ORDERS], statements=statements, role=role, **changes)
    return replace(made, clusters=(cluster,), workloads=(orders,))


def unloaded_us(made: Plan) -> float:
    return unloaded_ns(made, made.workloads[0]) / US


def test_a_read_is_a_round_trip_its_cpu_and_every_page_from_storage() -> None:
    """1000 + 200 us; 3 pages: 800 to read, 5 to take in."""
    assert unloaded_us(plan(statement(SELECT, 200, pages=3))) == 1000 + 200 + 3 * 805


def test_a_page_comes_after_the_mean_of_its_law() -> None:
    made = plan(statement(SELECT, 0, pages=1))
    costs = replace(made.clusters[0].costs, page_read_sigma=0.5)
    made = replace(made, clusters=(replace(made.clusters[0], costs=costs),))
    assert unloaded_us(made) == pytest.approx(1000 + 5 + 800 * np.exp(0.125), abs=1e-3)


TRANSACTION = (
    statement(BEGIN, 20),
    statement(SELECT, 200, pages=2),
    statement(INSERT, 250, pages=1, redo=500),
    statement(INSERT, 250, pages=1, redo=400),
    statement(COMMIT, 300),
)


def test_a_transaction_waits_once_for_the_storage() -> None:
    """Five round trips of 1000; CPU 20 + 200 + 2 x (250 + 5 for the page written) + 300; four pages
    of 805; and the fourth copy, 300 us away and back, which has 900 bytes of redo and 100 of the
    commit: 10 + 1 us of the node, 1000 of its service."""
    expected = 5 * 1000 + (20 + 200 + 2 * 255 + 300) + 4 * 805 + (600 + 11 + 1000)
    assert unloaded_us(plan(*TRANSACTION)) == expected


def test_a_commit_of_nothing_waits_for_nobody() -> None:
    made = plan(statement(BEGIN, 20), statement(SELECT, 200), statement(COMMIT, 300))
    assert unloaded_us(made) == 3 * 1000 + 20 + 200 + 20


def test_each_statement_that_commits_by_itself_waits_for_the_storage() -> None:
    """250 + 5 + the commit's 300; 500 bytes + 100 are 0.6 us."""
    one = statement(INSERT, 250, redo=500, autocommit=True)
    assert unloaded_us(plan(one, one)) == pytest.approx(2 * (1000 + 555 + 600 + 10.6 + 1000))


def test_cpu_time_and_no_other_is_shorter_on_a_faster_class() -> None:
    made = plan(statement(SELECT, 200, pages=3))
    fast = tuple(replace(each, speed=2.0) for each in made.instances)
    assert unloaded_us(replace(made, instances=fast)) == 1000 + 3 * 800 + (200 + 15) / 2


def test_it_is_that_of_the_slowest_instance_the_endpoint_may_lead_to() -> None:
    """db-2 is another zone's: 40 ms away. An endpoint that is one instance leads nowhere else."""
    read = statement(SELECT, 200)
    far = (HOP, FAR_HOP)
    assert unloaded_us(plan(read, hop_ns=far)) == 80_200
    assert unloaded_us(plan(read, role=-1, instance=0, hop_ns=far)) == 1200


def test_a_global_endpoint_may_lead_to_every_region() -> None:
    read = statement(SELECT, 200)
    for role, expected in ((ROLE_WRITER, 1200), (ROLE_GLOBAL, 80_200)):
        made = plan(read, role=role, hop_ns=(HOP, FAR_HOP))
        elsewhere = replace(made.instances[1], cluster=1)
        made = replace(
            made, clusters=made.clusters * 2, instances=(made.instances[0], elsewhere)
        )
        assert unloaded_us(made) == expected


def test_a_report_of_a_minute_is_not_down_after_a_second() -> None:
    """As a scenario says it: 1 s + 5 x (60 s and a little)."""
    text = """
    name: reports
    run: {duration: 10 s}
    model: {class_speed_r6g: 1}
    cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
    workload:
      - name: reports
        arrivals: {rate: 0.1/s}
        transaction: [{kind: select, cpu: {law: constant, mean: 60 s}, pages: 0}]
    """
    made = build(loads(text, "reports.yaml"))
    assert unloaded_ns(made, made.workloads[0]) / 1e9 == pytest.approx(60, abs=0.01)
