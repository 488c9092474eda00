"""A second region: how late it is, that the first does not feel it, and what moving there costs.

The lag of a batch is that of the oldest record in it, from the moment it is durable at the primary
until the secondary's volume has the batch. With much written (many records a batch period T) the
first record after a batch has left comes soon, after r on average, and waits T - r for its own
batch to leave; that takes s/c onto the link (s bytes, c bytes per second), is lognormal around one
way d with deviation sigma of its logarithm, so d exp(sigma^2 / 2) on average, and is taken in at a
per record, n of them. So

    lag = T - r + s / c + d exp(sigma^2 / 2) + n a,

all of it known but r, which lies between 0 and the mean time between commits, 1 / (2,000/s): its
middle is taken, and half of it is the tolerance. To that come four standard errors of the mean over
some 500 batches, at most 4 x 0.053 x 100 ms / 22: false alarms are one in 10,000 per case.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from aurosim import catalog, simulation
from aurosim.dataplane.contract import Outcome, RecoveryPoint, StatementKind
from aurosim.dataplane.mechanics.plane import Plane
from aurosim.scenario import loads
from aurosim.simulation.build import build
from tests.observed import Observed, observe

MS = 1e6
WRITES_PER_S = 2000
REDO_BYTES = 600
FAR = {"eu-west-1": 67.4, "ap-northeast-1": 152.693, "ap-southeast-2": 203.7}

TWO = """
name: two-regions
run: {{duration: {duration}, warm_up: 1 s}}
model: {{link_batch: {batch}, link_bandwidth: {bandwidth}, {more}}}
clusters:
  - name: near
    engine: aurora-mysql
    endpoint_flap: 0 s
    instances:
      - {{name: db-1, class: db.r6g.4xlarge, az: a}}
      - {{name: db-2, class: db.r6g.4xlarge, az: b}}
  - name: far
    engine: aurora-mysql
    endpoint_flap: 0 s
    region: {region}
    instances:
      - {{name: db-3, class: db.r6g.4xlarge, az: a}}
      - {{name: db-4, class: db.r6g.4xlarge, az: b}}
workload:
  - name: orders
    endpoint: global
    arrivals: {{rate: {rate}/s}}
    transaction: [{{kind: insert, modifies: 3, redo: 600 B}}]
    client: {{az: a, pool: 200, connect_timeout: 1 s, statement_timeout: 2 s}}
faults: [{faults}]
"""


def two_regions(
    *faults: str,
    region: str = "eu-west-1",
    duration: str = "6 s",
    rate: int = WRITES_PER_S,
    batch: str = "10 ms",
    bandwidth: float = 1.25e8,
    more: str = "",
) -> Observed:
    text = TWO.format(
        region=region, duration=duration, rate=rate, batch=batch, bandwidth=bandwidth, more=more,
        faults=", ".join(faults),
    )  # fmt: skip
    return observe(text)


def far(run: Observed) -> dict:
    return run.summary["clusters"]["far"]


def mean_lag_ms(run: Observed) -> float:
    return far(run)["replication_lag_ms"]["mean"]


def one_way_ms(region: str) -> float:
    """Half of what was measured between the regions, read from the table itself."""
    pair = {"us-east-1", region}
    (row,) = (
        row for row in catalog.table("region_rtt") if {row["region_a"], row["region_b"]} == pair
    )
    return float(row["p50_ms"]) / 2


def expected_lag_ms(region: str, batch_ms: float, bandwidth: float) -> float:
    """The closed form above, from published and assumed numbers as they stand in the catalog."""
    sigma = float(catalog.entries()["link_jitter_sigma"].text)
    apply_ms = float(catalog.entries()["link_apply"].text) / 1000
    writes = WRITES_PER_S * batch_ms / 1000
    mark_bytes = float(catalog.entries()["commit_record_bytes"].text)
    rest_ms = 1000 / WRITES_PER_S / 2
    link_ms = writes * (REDO_BYTES + mark_bytes) / bandwidth * 1000
    travel_ms = one_way_ms(region) * math.exp(sigma**2 / 2)
    return batch_ms - rest_ms + link_ms + travel_ms + writes * 4 * apply_ms


def tolerance_ms(region: str) -> float:
    return 1000 / WRITES_PER_S / 2 + 4 * 0.053 * one_way_ms(region) / math.sqrt(480)


CASES = [
    ("eu-west-1", 10.0, 1.25e8),
    ("ap-northeast-1", 10.0, 1.25e8),
    ("eu-west-1", 20.0, 1.25e8),
    ("ap-southeast-2", 10.0, 5e6),
]


@pytest.mark.parametrize(("region", "batch_ms", "bandwidth"), CASES)
def test_lag_is_the_closed_form(region: str, batch_ms: float, bandwidth: float) -> None:
    run = two_regions(region=region, batch=f"{batch_ms} ms", bandwidth=bandwidth)
    wanted = expected_lag_ms(region, batch_ms, bandwidth)
    assert mean_lag_ms(run) == pytest.approx(wanted, abs=tolerance_ms(region))


def test_a_way_counted_twice_and_a_period_doubled_are_seen() -> None:
    """What the check above must not miss: planted, and far beyond its tolerance."""
    wanted, most = expected_lag_ms("eu-west-1", 10.0, 1.25e8), tolerance_ms("eu-west-1")
    delay = f"{one_way_ms('eu-west-1')} ms"
    twice = two_regions(f"{{at: 0 s, slow_link: {{cluster: far, delay: {delay}}}, for: 6 s}}")
    doubled = two_regions(batch="20 ms")
    assert mean_lag_ms(twice) - wanted > 10 * most
    assert mean_lag_ms(doubled) - wanted > 10 * most


def test_lag_grows_with_distance_and_with_load() -> None:
    regions = ["ca-central-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2"]
    ways = [one_way_ms(region) for region in regions]
    assert ways == sorted(ways)
    by_distance = [mean_lag_ms(two_regions(region=each, duration="3 s")) for each in regions]
    assert by_distance == sorted(by_distance)
    by_load = [
        mean_lag_ms(two_regions(rate=each, bandwidth=2e6, duration="3 s"))
        for each in (500, 1500, 2500, 2800)
    ]
    assert by_load == sorted(by_load)


def test_steady_lag_is_below_the_published_second_at_the_largest_published_write_rate() -> None:
    """S17 Table 3: 110,000 writes/s, a twentieth of them over a link that carries a twentieth of
    what the catalog says and takes in at a twentieth of its speed: it is as busy.
    """
    (largest,) = (
        float(each["value"])
        for each in catalog.table("published_results")
        if each["case_id"] == "s17-t3-aur-5000"
    )
    entries, scale = catalog.entries(), 20
    bandwidth = float(entries["link_bandwidth"].text) / scale
    apply = f"link_apply: {float(entries['link_apply'].text) * scale} us"
    run = two_regions(
        region="ap-southeast-2", rate=round(largest / scale), bandwidth=bandwidth, more=apply,
        duration="4 s",
    )  # fmt: skip
    assert run.summary["workloads"]["orders"]["writes_per_s"] > 0.98 * largest / scale
    assert far(run)["replication_lag_ms"]["p99"] < 1000
    assert run.summary["warnings"] == []


def test_the_primary_does_not_feel_a_secondary() -> None:
    """Row for row and to the nanosecond, whatever the link does to the secondary."""
    run = two_regions("{at: 2 s, region_partition: far, for: 1 s}", rate=300)
    text = TWO.format(
        region="eu-west-1", duration="6 s", rate=300, batch="10 ms", bandwidth=1.25e8, more="",
        faults="",
    )  # fmt: skip
    first, last = text.index("  - name: far"), text.index("workload:")
    single = text[:first] + text[last:]
    start = single.index("  - name: near")
    own = single[start : single.index("workload:")].replace("  - name", "    name", 1)
    single = single.replace(single[start : single.index("workload:")], own)
    alone = observe(
        single.replace("clusters:", "cluster:").replace("endpoint: global", "endpoint: cluster")
    )
    assert len(run.rows) > 1000
    assert np.array_equal(run.rows, alone.rows)


def test_a_link_that_is_too_narrow_is_told_and_its_backlog_grows_by_what_it_lacks() -> None:
    """Fluid limit: what is written and not carried stays, (rate - capacity) x time, within 5 %."""
    seconds, capacity = 10, 0.5 * WRITES_PER_S * 700
    run = two_regions(bandwidth=capacity, duration=f"{seconds} s")
    (warning,) = run.summary["warnings"]
    assert (warning["kind"], warning["subject"]) == ("replication_lag", "far")
    lacks = far(run)["replication_backlog"]["bytes"]
    assert lacks == pytest.approx(0.5 * WRITES_PER_S * 700 * seconds, rel=0.05)
    late = run.result.timeseries["clusters.far.replication_lag_max_ms"].dropna().iloc[-1]
    assert late == pytest.approx(1000 * seconds / 2, rel=0.1)
    assert two_regions(duration="3 s").summary["warnings"] == []


# --- moving ------------------------------------------------------------------------------
@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RecoveryPoint]]:
    """What the data plane said whenever a secondary stopped following."""
    found: list[RecoveryPoint] = []
    detach = Plane.detach

    def listening(plane: Plane, cluster: int) -> RecoveryPoint:
        found.append(detach(plane, cluster))
        return found[-1]

    monkeypatch.setattr(Plane, "detach", listening)
    yield found


OUTAGE = "{at: 4 s, region_outage: near, for: 60 s}"
FAILOVER = "{at: 5 s, global_failover: far}"
RATE = 400


def acknowledged(run: Observed, before_s: float) -> np.ndarray:
    """The LSNs of commits that a client was told of before a time."""
    rows = run.rows
    told = (rows["outcome"] == Outcome.OK) & (rows["kind"] == StatementKind.INSERT)
    return rows["lsn"][told & (rows["start_ns"] < before_s * 1e9)]


@pytest.mark.parametrize("region", ["ca-central-1", "ap-southeast-2"])
def test_a_lost_region_loses_what_the_lag_says(
    region: str, points: list[RecoveryPoint]
) -> None:
    """Commits counted from rows: those beyond what the secondary held. Of commits durable in the
    last moment some clients were never told; no more than were at work then.
    """
    run = two_regions(OUTAGE, FAILOVER, region=region, rate=RATE, duration="60 s")
    (point,) = points
    (failover,) = run.summary["global"]["failovers"]
    lost = failover["recovery_point"]["commits"]
    assert lost == point.missing_commits > 0
    beyond = int((acknowledged(run, 4) > point.lsn).sum())
    untold = int((run.rows["outcome"] == Outcome.UNKNOWN_OUTCOME).sum())
    assert beyond <= lost <= beyond + untold + 1
    lag_s = far(run)["replication_lag_ms"]["max"] / 1000
    assert failover["recovery_point"]["span_s"] <= lag_s
    # Poisson arrivals within the lag: more than 5 deviations above the mean is one in a million
    assert lost <= RATE * lag_s + 5 * math.sqrt(RATE * lag_s) + 1
    assert run.summary["clusters"]["near"]["acknowledged_commits_lost"] == 0


def test_a_farther_region_loses_more() -> None:
    spans = [
        two_regions(OUTAGE, FAILOVER, region=region, rate=RATE, duration="6 s").summary["global"]
        ["failovers"][0]["recovery_point"]["span_s"]
        for region in ("ca-central-1", "eu-west-1", "ap-southeast-2")
    ]  # fmt: skip
    assert spans == sorted(spans)


def test_after_a_failover_the_old_primary_stays_out_until_it_is_built_anew() -> None:
    more = "region_rebuild_low: 10 s, region_rebuild_high: 10 s, host_boot: 1 s"
    out = "{at: 4 s, region_outage: near, for: 70 s}"
    run = two_regions(out, FAILOVER, rate=50, duration="100 s", more=more)
    events = run.result.events
    rebuild = events[events["kind"] == "region.rebuild"].iloc[0]
    assert rebuild["end_s"] == pytest.approx(84)
    (failover,) = run.summary["global"]["failovers"]
    assert failover["rejoined_s"] == pytest.approx(84)
    near = run.summary["clusters"]["near"]
    assert near["role"] == "secondary" and near["failovers"] == []
    assert far(run)["role"] == "primary"
    assert set(near["readers"]) == {"db-1", "db-2"}
    ours = run.rows[run.rows["end_ns"] > failover["endpoint_moved_s"] * 1e9 + 10e9]
    assert set(np.unique(ours["instance"])) == {2}, "the writer there alone is written to"
    early = two_regions(out, FAILOVER, rate=50, duration="80 s", more=more)
    assert early.summary["clusters"]["near"]["role"] == "out"


def test_a_switchover_loses_nothing(points: list[RecoveryPoint]) -> None:
    run = two_regions("{at: 4 s, switchover: far}", rate=RATE, duration="50 s")
    (point,) = points
    assert (point.missing_commits, point.missing_bytes) == (0, 0)
    before = acknowledged(run, 4)
    assert len(before) > 1000 and before.max() <= point.lsn
    (move,) = run.summary["global"]["switchovers"]
    assert move["database_outage_s"] < 30
    assert move["rejoined_s"] == move["promoted_s"]
    roles = {name: each["role"] for name, each in run.summary["clusters"].items()}
    assert roles == {"near": "secondary", "far": "primary"}
    after = run.rows[(run.rows["end_ns"] > 40e9) & (run.rows["outcome"] == Outcome.OK)]
    after = after[after["kind"] != StatementKind.CONNECT]
    assert len(after) > 1000 and after["lsn"][after["lsn"] > 0].min() > point.lsn
    near = run.summary["clusters"]["near"]
    assert near["replication_lag_ms"]["mean"] > one_way_ms("eu-west-1")
    assert all(each["acknowledged_commits_lost"] == 0 for each in run.summary["clusters"].values())


SLOW = "{at: 2 s, slow_link: {cluster: far, delay: 25 s}, for: 60 s}"


def test_a_switchover_waits_for_a_slow_link_and_loses_nothing_then_either(
    points: list[RecoveryPoint],
) -> None:
    run = two_regions(SLOW, "{at: 4 s, switchover: far}", rate=50, duration="60 s")
    (point,) = points
    assert (point.missing_commits, point.missing_bytes) == (0, 0)
    assert acknowledged(run, 4).max() <= point.lsn
    events = run.result.events
    (waited,) = events[events["kind"] == "switchover.catch_up"].itertuples()
    # the slowest of some fifty batches, each late by a lognormal factor: four deviations
    assert 25 * 0.82 < waited.end_s - waited.start_s < 25 * 1.22


def test_a_switchover_that_waits_too_long_gives_up_and_the_primary_opens_again() -> None:
    limit = "switchover_give_up: 5 s"
    run = two_regions(SLOW, "{at: 4 s, switchover: far}", rate=50, duration="40 s", more=limit)
    assert "gave up: far didn't catch up" in list(run.result.events["detail"])
    assert run.summary["global"]["switchovers"] == []
    assert run.summary["clusters"]["near"]["role"] == "primary"
    late = run.rows[(run.rows["end_ns"] > 30e9) & (run.rows["outcome"] == Outcome.OK)]
    assert set(np.unique(late["instance"])) == {0}


def test_a_partition_heals_and_the_secondary_catches_up() -> None:
    run = two_regions("{at: 3 s, region_partition: far, for: 4 s}", duration="12 s")
    series = run.result.timeseries
    most = series["clusters.far.replication_lag_max_ms"]
    assert 4000 < most.max() < 4000 + 500
    cut = most[(series["time_s"] > 3.1) & (series["time_s"] < 6.9)]
    assert (cut.diff().dropna().round(6) == 100).all(), "nothing arrives: it ages with time"
    late = most[series["time_s"] > 11]
    assert late.max() < 100
    assert far(run)["replication_backlog"]["bytes"] < 0.2 * WRITES_PER_S * 700
    assert run.summary["warnings"] == []


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (("{at: 3 s, region_partition: far, for: 9 s}", "{at: 4 s, switchover: far}"),
         "refused: the link to far is cut"),
        (("{at: 4 s, switchover: far}", "{at: 4.01 s, region_partition: far, for: 9 s}"),
         "gave up: the link to far is cut"),
        (("{at: 3 s, region_outage: far, for: 9 s}", "{at: 4 s, global_failover: far}"),
         "refused: far has no healthy instance"),
        (("{at: 4 s, global_failover: far}", "{at: 5 s, switchover: near}"),
         "refused: another region is taking over already"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_or_given_up(faults: tuple[str, ...], said: str) -> None:
    run = two_regions(*faults, rate=300, duration="30 s")
    assert said in list(run.result.events["detail"])
    if said.startswith("gave up"):  # the primary opens again
        assert run.summary["global"]["switchovers"] == []
        late = run.rows[(run.rows["end_ns"] > 25e9) & (run.rows["outcome"] == Outcome.OK)]
        assert set(np.unique(late["instance"])) == {0}


def test_other_secondaries_follow_the_new_primary() -> None:
    third = (
        "  - name: third\n    engine: aurora-mysql\n    region: eu-central-1\n"
        "    readers: {{count: 1, class: db.r6g.large}}\nworkload:"
    )
    text = TWO.replace("workload:", third, 1).format(
        region="eu-west-1", duration="40 s", rate=50, batch="10 ms", bandwidth=1.25e8, more="",
        faults="{at: 4 s, switchover: far}",
    )  # fmt: skip
    run = observe(text)
    third_ = run.summary["clusters"]["third"]
    assert third_["role"] == "secondary"
    series = run.result.timeseries
    lag = series["clusters.third.replication_lag_mean_ms"]
    assert lag[series["time_s"] > 35].mean() < lag[series["time_s"] < 4].mean() / 2
    assert third_["restarts"] == []


def test_plans_name_nodes_across_clusters_and_ways_between_regions() -> None:
    text = TWO.format(region="eu-west-1", duration="6 s", rate=50, batch="10 ms",
                      bandwidth=1.25e8, more="", faults="")  # fmt: skip
    plan = build(loads(text, "two.yaml"))
    near, far_ = plan.clusters
    assert (near.writer, far_.writer, near.source, far_.source) == (0, -1, -1, 0)
    assert far_.first_node == near.node_count == near.nodes.max() + 1
    assert far_.nodes.min() == far_.first_node
    (orders,) = plan.workloads
    way = round(one_way_ms("eu-west-1") * MS)
    assert orders.hop_ns[2:] == (way, way) and orders.hop_ns[0] < way
    assert far_.link is not None and far_.link.hop_ns == (way, 0)
    assert replace(far_.link, key=near.link.key, hop_ns=near.link.hop_ns) == near.link
    assert simulation.build.endpoints(plan) == (((0,), (1,), (0,)), ((0,), (2, 3), (0,)))
