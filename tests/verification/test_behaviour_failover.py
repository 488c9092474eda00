"""A writer's host dies: how long the database is away, and how much longer its clients are.

The bounds are the issue's: `database_outage_s` has its median between 8 and 20 s and 99 % of 200
seeds stay under 30 s ("typically less than 30 seconds", facts section 3). The load is tiny, so
that two hundred runs are cheap; the phases do not depend on it. Seeds are fixed: no false alarms.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.observed import Observed, observe

HOST_FAILURE = """
name: host-failure
run: {duration: 50 s, warm_up: 2 s}
cluster:
  engine: aurora-mysql
  instances:
    - {name: db-1, class: db.r6g.large, az: a}
    - {name: db-2, class: db.r6g.large, az: b, promotion_tier: 0}
workload:
  - name: orders
    arrivals: {rate: 4/s}
    transaction: sysbench-update-non-index
    client: {az: c, pool: 4, connect_timeout: 1 s, statement_timeout: 2 s,
             retry: {attempts: 2, backoff: 100 ms}}
faults:
  - {at: 6 s, host_failure: writer}
"""


def outages_s(seeds: range) -> tuple[list[float], list[float]]:
    """The database's and the plain client's outage under each seed."""
    runs = [observe(HOST_FAILURE, run__seed=seed) for seed in seeds]
    failovers = [run.failover() for run in runs]
    assert all((each["from"], each["to"]) == ("db-1", "db-2") for each in failovers)
    assert all(
        each["client_outage_s"] == run.longest_outage_s("orders")
        for run, each in zip(runs, failovers, strict=True)
    )
    database = [each["database_outage_s"] for each in failovers]
    return database, [each["client_outage_s"] for each in failovers]


def test_the_database_is_back_in_seconds_and_its_clients_later() -> None:
    database, client = outages_s(range(1, 21))
    assert 8 < np.median(database) < 20
    assert max(database) < 30
    assert all(theirs > its for its, theirs in zip(database, client, strict=True))
    assert len(set(database)) == 20, "the seed decides when it is noticed and how long it takes"


@pytest.mark.long
def test_the_database_is_back_within_30_s_under_99_of_100_seeds() -> None:
    database, client = outages_s(range(1, 201))
    assert 8 < np.median(database) < 20
    assert sum(outage < 30 for outage in database) >= 198
    assert all(theirs > its for its, theirs in zip(database, client, strict=True))


def caching(dns_cache: str) -> Observed:
    overrides = {"workload__orders__client__dns_cache": dns_cache, "run__duration": "100 s"}
    return observe(HOST_FAILURE, **overrides)


def test_a_longer_dns_cache_lengthens_only_the_clients_outage() -> None:
    short, long = caching("1 s"), caching("60 s")
    ours, theirs = dict(short.failover()), dict(long.failover())
    client_s = ours.pop("client_outage_s"), theirs.pop("client_outage_s")
    assert ours == theirs
    assert client_s[0] + 10 < client_s[1]
    # the record named the dead host for as long as it was cached: at most 60 s after the fault
    assert client_s[1] < 60 + 5


def test_without_a_reader_the_instance_is_created_anew_in_minutes() -> None:
    one = "  writer: {class: db.r6g.large, az: a}"
    instances = HOST_FAILURE[HOST_FAILURE.index("  instances:") : HOST_FAILURE.index("workload:")]
    alone = observe(
        HOST_FAILURE.replace(instances, one + "\n"), run__duration="12 min",
        workload__orders__arrivals__rate="1/s",
    )  # fmt: skip
    assert alone.longest_outage_s("orders") > 120
    assert alone.cluster["acknowledged_commits_lost"] == 0


@pytest.mark.parametrize("what", ["instance", "dispatcher", "node"])
def test_a_crash_restarts_in_place_though_a_reader_is_ready(what: str) -> None:
    crashed = observe(HOST_FAILURE.replace("host_failure: writer", f"crash: {what}"))
    assert crashed.cluster["failovers"] == []
    assert crashed.longest_outage_s("orders") > 2
    restarted = [each["instance"] for each in crashed.cluster["restarts"]]
    assert ("db-1" in restarted) == (what != "dispatcher"), "its process lives on"
    assert crashed.cluster["acknowledged_commits_lost"] == 0


def test_the_old_writer_returns_as_a_reader() -> None:
    for_a_while = HOST_FAILURE.replace("host_failure: writer}", "host_failure: writer, for: 20 s}")
    back = observe(for_a_while, run__duration="80 s")
    assert back.failover()["to"] == "db-2"
    assert back.cluster["readers"]["db-1"]["lag_ms"]["mean"] > 0
    (restart,) = (each for each in back.cluster["restarts"] if each["instance"] == "db-1")
    assert 26 + 30 + 3 <= restart["end_s"] <= 26 + 30 + 10, "it boots, and starts as after a crash"


def test_the_writers_zone_goes_dark_and_only_the_seat_moves() -> None:
    dark = observe(HOST_FAILURE.replace("host_failure: writer}", "az_outage: {az: a}, for: 30 s}"))
    assert (dark.failover()["from"], dark.failover()["to"]) == ("db-1", "db-2")
    assert dark.failover()["database_outage_s"] < 30
    assert dark.cluster["volume"]["write_unavailable_s"] == 0
    assert dark.cluster["acknowledged_commits_lost"] == 0
