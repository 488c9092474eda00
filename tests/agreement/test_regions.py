"""A story in which everything happens to regions, told by both planes: row for row the same.

It is also where the control plane's commands meet the planes in orders that nobody wrote down: a
writer lost while another region takes over, a secondary that was cut off and is built anew, a way
back; a switchover that is rolled back, and a failover that is stuck and called off.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.observed import Observed, observe

STORY = """
name: everything-happens-to-regions
run: {duration: 400 s, warm_up: 4 s, seed: 3}
model:
  {region_rebuild_low: 10 s, region_rebuild_high: 20 s, switchover_give_up: 40 s, host_boot: 2 s}
clusters:
  - name: a
    engine: aurora-postgresql
    instances: [{name: a1, class: db.r6g.large}, {name: a2, class: db.r6g.large}]
  - name: b
    engine: aurora-postgresql
    region: eu-west-1
    instances: [{name: b1, class: db.r6g.large}, {name: b2, class: db.r6g.large, promotion_tier: 0}]
  - name: c
    engine: aurora-postgresql
    region: ap-northeast-1
    instances: [{name: c1, class: db.r6g.large}]
  - {name: h, engine: aurora-postgresql, region: sa-east-1}
workload:
  - name: orders
    endpoint: global
    arrivals: {rate: 12/s}
    transaction: sysbench-oltp-write-only
    client: {pool: 30, statement_timeout: 2 s, connect_timeout: 1 s}
  - {name: reads, cluster: c, endpoint: reader, arrivals: {rate: 10/s},
     transaction: sysbench-point-select}
faults:
  - {at: 5 s, region_partition: h, for: 30 s}
  - {at: 8 s, switchover: b}
  - {at: 9 s, host_failure: b2, for: 4 s}
  - {at: 50 s, host_failure: writer, for: 20 s}
  - {at: 60 s, az_outage: {az: a, cluster: c}, for: 10 s}
  - {at: 90 s, global_failover: c}
  - {at: 91 s, switchover: a}
  - {at: 95 s, crash: node}
  - {at: 120 s, region_outage: a, for: 10 s}
  - {at: 150 s, crash: instance}
  - {at: 160 s, slow_node: {group: 0, segments: [0], delay: 10 ms}, for: 5 s}
  - {at: 160 s, segment_loss: {group: 0, segments: [1]}}
  - {at: 170 s, slow_link: {cluster: b, delay: 50 ms, bandwidth: 20 kB/s}, for: 20 s}
  - {at: 180 s, failover: {}}
  - {at: 200 s, switchover: a}
  - {at: 230 s, region_partition: b, for: 5 s}
  - {at: 238 s, switchover: b}
  - {at: 240 s, region_outage: b, for: 60 s}
  - {at: 285 s, global_failover: c}
  - {at: 290 s, host_failure: c1, for: 30 s}
  - {at: 300 s, global_failover: a}
"""


@pytest.fixture(scope="module")
def told() -> Observed:
    return observe(STORY)


def test_both_planes_tell_it_alike(told: Observed) -> None:
    other = observe(STORY, plane="reference")
    assert len(told.rows) > 10_000
    assert np.array_equal(told.rows, other.rows)
    assert told.result.events.equals(other.result.events)
    assert told.result.timeseries.equals(other.result.timeseries)
    assert {**told.summary, "plane": ""} == {**other.summary, "plane": ""}


def test_it_ends_where_it_should(told: Observed) -> None:
    """What happens on the way, and that everyone follows the last primary in the end."""
    moves = told.summary["global"]
    assert [(each["from"], each["to"]) for each in moves["failovers"]] == [("b", "c"), ("c", "a")]
    assert [(each["from"], each["to"]) for each in moves["switchovers"]] == [("a", "b"), ("c", "a")]
    assert {name: each["role"] for name, each in told.summary["clusters"].items()} == {
        "a": "primary", "b": "secondary", "c": "secondary", "h": "secondary",
    }  # fmt: skip
    events = told.result.events
    said = dict(zip(events["kind"] + " " + events["start_s"].astype(str), events["detail"],
                    strict=True))  # fmt: skip
    assert said["fault:switchover 91.0"] == "refused: another region is taking over already"
    assert said["fault:crash 95.0"] == "no effect: b is no primary"
    assert said["fault:failover 180.0"] == "refused: no healthy reader"
    assert said["fault:switchover 238.0"] == "gave up: b opened no writer"
    assert said["fault:global_failover 285.0"] == "gave up: a is to take over"
    # h was cut off when the first switchover ended: it was not in step and had to be built anew
    rebuilt = events[events["kind"] == "region.rebuild"]["subject"].tolist()
    assert rebuilt == ["h", "a", "b", "h", "c"]
    assert events[events["kind"] == "region.rebuild"]["end_s"].notna().all()
