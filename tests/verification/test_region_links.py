"""Links that die, links that are mended, and whom a word means after the primary has moved."""

from __future__ import annotations

import pytest

from tests.observed import observe
from tests.verification.test_regions import far, two_regions


def test_a_dead_link_has_the_lag_of_what_is_lacking() -> None:
    """Cut from 3 s to the end at 6 s: what was on its way, one way of 34 ms and a batch, and what
    came after it lacks at the end for 3 s and that."""
    run = two_regions("{at: 3 s, region_partition: far, for: 1 h}", rate=200)
    lag = far(run)["replication_lag_ms"]
    assert 3000 < lag["max"] < 3000 + 34 * 1.3 + 20
    assert lag["p99"] > 2500


@pytest.mark.parametrize("bandwidth", ["10 kB/s", "100 kB/s"])
def test_a_mended_link_has_caught_up_soon(bandwidth: str) -> None:
    """Narrow from 2 s to 4 s: what piled up, at most 1.2 MB, needs 10 ms at 125 MB/s. So from half
    a second later on the lag is again what it is without the fault."""
    fault = f"{{at: 2 s, slow_link: {{cluster: far, bandwidth: {bandwidth}}}, for: 2 s}}"
    series = two_regions(fault, rate=1000).result.timeseries
    late = series[series["time_s"] > 4.5]["clusters.far.replication_lag_max_ms"]
    during = series[series["time_s"] <= 4.5]["clusters.far.replication_lag_max_ms"]
    assert late.max() < 60 and 1000 < during.max() < 2100


def test_writer_is_whoever_is_the_writer_even_where_an_instance_is_called_so() -> None:
    run = observe("""
name: by-word
run: {duration: 60 s}
clusters:
  - {name: near, engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
  - {name: far, engine: aurora-mysql, region: eu-west-1, readers: {count: 2, class: db.r6g.large}}
workload:
  - {name: orders, endpoint: global, arrivals: {rate: 20/s}, transaction: sysbench-oltp-write-only}
faults:
  - {at: 2 s, switchover: far}
  - {at: 50 s, host_failure: writer}
""")
    events = run.result.events
    (struck,) = events[events["kind"] == "fault:host_failure"].to_dict("records")
    assert (struck["cluster"], struck["detail"]) == ("far", "")
    assert struck["subject"].startswith("far-reader-")
