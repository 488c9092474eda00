"""The SimPy model agrees with the compiled plane, and a plant in it is seen.

The two share the catalog, the language and the generator, and no draw. `two_models.py` says what
agreement is: over all comparisons of this file a false alarm has at most the chance 1e-3; each
verdict computes the smallest difference that it sees with 99 %, and the tests ask for that too, so
that none grows blind. Scenarios are made shorter and thinner, since this model is slow; the first
few run in `make test`, all in `make test-long`. Seeds are fixed.
"""

from __future__ import annotations

import ast
from functools import cache

import pytest

from aurosim import simpy_model
from aurosim.errors import UsageError
from aurosim.scenario.shipped import shipped
from aurosim.simpy_model.names import Resolver
from tests.notebooks import story
from tests.tidy import source
from tests.verification.two_models import COMPARISONS, Case, Verdict, compare, simpy_runs


def short(name: str, *set: str, simpy: int = 6, compiled: int = 24) -> Case:
    """`set` as on the command line."""
    pairs = tuple((path, value) for path, _, value in (each.partition("=") for each in set))
    return Case(name, pairs, simpy, compiled)


AZ_LOSS = short(
    "az-loss", "run.duration=24s", "run.warm_up=2s", "faults.0.at=8s", "faults.0.for=6s",
    "workload.orders.arrivals.rate=40/s", "workload.browsing.arrivals.rate=60/s",
    simpy=5, compiled=16,
)  # fmt: skip
QUORUM = short(
    "quorum", "run.duration=20s", "run.warm_up=2s", "faults.0.at=5s", "faults.0.for=2s",
    "faults.1.at=9s", "faults.1.for=2s", "faults.2.at=13s", "faults.2.for=2s",
    "workload.orders.connections=4", compiled=16,
)  # fmt: skip
DNS = short(
    "dns-cached-too-long", "run.duration=72s", "workload.patient-cache.arrivals.rate=8/s",
    "workload.short-cache.arrivals.rate=8/s", simpy=5, compiled=16,
)  # fmt: skip
GROWING = short(
    "growing-volume", "run.duration=16s", "run.warm_up=2s", "cluster.storage.size=9900 MiB",
    "workload.uploads.arrivals.rate=60/s", "workload.browsing.arrivals.rate=40/s",
    compiled=16,
)  # fmt: skip
STEADY = short(
    "global-steady", "run.duration=9s", "run.warm_up=2s", "workload.orders.arrivals.rate=50/s",
    "workload.browsing-near.arrivals.rate=20/s", "workload.browsing-dublin.arrivals.rate=20/s",
    "workload.browsing-tokyo.arrivals.rate=20/s", compiled=16,
)  # fmt: skip
FIRST = (AZ_LOSS, QUORUM, DNS, GROWING, STEADY)

LATER = (
    short("writer-host-failure", "workload.orders.arrivals.rate=15/s", "run.duration=80s",
          "workload.browsing.arrivals.rate=30/s", simpy=5),
    short("az-outage-at-peak", simpy=4),
    short("az-plus-one", "workload.orders.connections=4", "workload.browsing.arrivals.rate=30/s",
          simpy=4),
    short("stale-pool"),
    short("no-reader", simpy=8),
    short("crash-without-failover", "workload.orders.arrivals.rate=30/s", "run.duration=36s",
          simpy=5),
    short("cold-cache", "workload.browsing.arrivals.rate=400/s", "run.duration=40s", simpy=4),
    short("slow-node", simpy=4),
    short("daily-peak", simpy=3),
    short("how-many-readers", "workload.reports.client.pool=20", simpy=4),
    short("unequal-readers", "workload.reports.arrivals.rate=200/s", simpy=4),
    short("which-class", "run.duration=16s", simpy=4),
    short("replica-lag", "run.duration=12s", simpy=4),
    short("stale-reads", "run.duration=12s", simpy=4),
    short("full-volume", "run.duration=32s", simpy=4),
    short("connection-storm", "run.warm_up=4s", simpy=10),
)  # fmt: skip
OUT_FOR_MINUTES = {
    "django": [
        "pool.reuse: per_request",
        "connect_timeout: without end",
        "statement_timeout: without end",
    ],
    "go-database-sql": [
        "connect_timeout: without end",
        "statement_timeout: without end",
        "tcp",
    ],
    "hikaricp": [
        "pool.max_lifetime",
        "pool.lifetime_jitter",
        "pool.validate",
        "pool.borrow_timeout",
        "statement_timeout: without end",
    ],
    "node-mysql2": [
        "statement_timeout: without end",
        "tcp",
    ],
    "pgbouncer": [
        "pool.max_lifetime",
        "pool.idle_timeout",
        "pool.validate",
        "pool.borrow_timeout",
        "pool.login_retry",
        "statement_timeout: without end",
        "tcp",
    ],
    "php-per-request": [
        "pool.reuse: per_request",
    ],
    "sqlalchemy": [
        "pool.borrow_timeout",
        "connect_timeout: without end",
        "statement_timeout: without end",
    ],
    "sqlx": [
        "pool.max_lifetime",
        "pool.idle_timeout",
        "pool.validate",
        "pool.borrow_timeout",
        "statement_timeout: without end",
    ],
}
"""Of each stack's client, what that model leaves out."""
REFUSED = {
    "out-for-minutes": [
        f"workload.{name}.client.{key}" for name, keys in OUT_FOR_MINUTES.items() for key in keys
    ],
    "measured-traffic": ["workload.shop.arrivals.trace"],
    "new-reader-idle": ["clusters.main.instances.joins"],
    "read-your-own-write": [
        f"workload.{name}.arrivals.own_writes"
        for name in ("after-1-ms", "after-2-ms", "after-half-a-ms", "reads")
    ],
    "custom-endpoint-for-reports": ["clusters.main.endpoints"],
    "functions-without-a-pool": ["workload.api.client.pool.reuse: per_request"],
    "pod-pool-too-small": ["workload.orders.client.hold"],
    "poisoned-pool": [
        "faults.0.failover", "workload.orders.client.hold",
        "workload.orders.client.pool.max_lifetime",
        "workload.orders.client.statement_timeout: without end", "workload.orders.client.tcp",
    ],
    "silent-socket": ["workload.orders.client.statement_timeout: without end"],
    "region-outage": [
        "model.region_rebuild_low", "model.region_rebuild_high", "faults.0.region_outage",
        "faults.1.global_failover",
    ],
    "switchover": ["faults.0.switchover", "workload.orders.client.pool.on_read_only"],
}  # fmt: skip
@cache
def verdicts(case: Case) -> list[Verdict]:
    return compare(case, simpy_runs(case))


def shown(found: list[Verdict]) -> str:
    return "\n".join(map(str, found))


def agrees(case: Case) -> None:
    found = verdicts(case)
    print(shown(found))
    assert shown([each for each in found if not each.agrees]) == ""
    assert len(found) >= 5
    sharp = [each for each in found if each.quantity.endswith(("_ms", "_per_s", ".cpu"))]
    assert sum(1 for each in sharp if 0 < each.seen < 0.1 * abs(each.compiled)) >= 2


@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.name)
def test_it_agrees_with_the_compiled_plane(case: Case) -> None:
    agrees(case)


@pytest.mark.long
@pytest.mark.parametrize("case", LATER, ids=lambda case: case.name)
def test_it_agrees_with_the_compiled_plane_on_the_others(case: Case) -> None:
    agrees(case)


def test_every_shipped_scenario_is_compared_or_refused_by_name() -> None:
    compared = {case.name for case in (*FIRST, *LATER)}
    assert len(compared) >= 10
    assert compared | set(REFUSED) == set(shipped())


@pytest.mark.long
def test_all_comparisons_share_one_false_alarm_rate() -> None:
    assert sum(len(verdicts(case)) for case in (*FIRST, *LATER)) <= COMPARISONS


# --- plants ---------------------------------------------------------------------------------


def missed(found: list[Verdict]) -> set[str]:
    return {each.quantity for each in found if not each.agrees}


def test_three_acknowledgements_instead_of_four_are_seen() -> None:
    found = compare(QUORUM, simpy_runs(QUORUM, model__write_quorum="3"))
    assert "main.unwritable_s" in missed(found)
    assert "orders.mean_ms" in missed(found)


def test_service_ten_percent_too_long_is_seen() -> None:
    slower = str(1.3 / 1.1)
    found = compare(QUORUM, simpy_runs(QUORUM, model__class_speed_r6g=slower))
    assert "writer.cpu" in missed(found)


def test_a_client_that_forgets_its_dns_cache_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Resolver, "lookup", lambda self: self._answer()[0])
    assert "patient-cache.outage_s" in missed(compare(DNS, simpy_runs(DNS)))


@pytest.mark.long
def test_a_link_that_travels_a_whole_round_trip_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    init = simpy_model.region.Link.__init__

    def far(self, *parts) -> None:
        init(self, *parts)
        self._way_s *= 2

    monkeypatch.setattr(simpy_model.region.Link, "__init__", far)
    assert "dublin.replication_mean_ms" in missed(compare(STEADY, simpy_runs(STEADY)))


# --- its form -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_leaves_out_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match="the SimPy model leaves out") as refusal:
        simpy_model.run(name)
    assert isinstance(refusal.value, simpy_model.LeftOut)
    assert sorted(refusal.value.reasons) == sorted(REFUSED[name])


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("workload.orders.data.access", "pareto", "workload.orders.data.access: pareto"),
        ("cluster.storage.lsn_allocation_limit", "100",
         "clusters.main.storage.lsn_allocation_limit"),
        ("model.lsn_allocation_limit", "100", "model.lsn_allocation_limit"),
        ("faults.0.crash", "dispatcher", "faults.0.crash: dispatcher"),
        ("workload.orders.arrivals", "{burst: {rate: 1/s, to: 2/s, at: 1 s, for: 1 s}}",
         "workload.orders.arrivals.burst"),
        ("workload.orders.client.statement_timeout", "none",
         "workload.orders.client.statement_timeout: without end"),
        ("workload.orders.client.tcp", "{user_timeout: 5 s}", "workload.orders.client.tcp"),
        ("workload.orders.client.pool", "{size: 10, validate: always}",
         "workload.orders.client.pool.validate"),
        ("workload.orders.client.pool", "{size: 10, reuse: per_request}",
         "workload.orders.client.pool.reuse: per_request"),
        ("cluster.max_connections", "100", "clusters.main.max_connections"),
    ],
)  # fmt: skip
def test_so_is_each_law_and_entry(path: str, value: str, reason: str) -> None:
    with pytest.raises(simpy_model.LeftOut) as refusal:
        simpy_model.run("crash-without-failover", set={path: value})
    assert reason in refusal.value.reasons


def test_the_same_seed_gives_the_same_result() -> None:
    few = {"run.duration": "3s", "run.warm_up": "1s", "faults": "[]"}
    first, again, other = (simpy_model.run("az-loss", seed, few) for seed in (3, 3, 4))
    assert first == again
    assert first["workloads"] != other["workloads"]


SHARED = ("catalog", "errors", "randomness", "scenario", "simpy_model", "units")


def strangers(module: ast.AST) -> list[str]:
    """What it imports of aurosim and may not: whatever knows the planes."""
    names = [name for _, name in source.imports(module) if name.startswith("aurosim.")]
    allowed = tuple(f"aurosim.{room}" for room in SHARED)
    return [name for name in names if not name.startswith(allowed)]


def test_it_shares_nothing_with_what_it_checks() -> None:
    for path in source.python_files("aurosim/simpy_model"):
        assert strangers(source.tree(path)) == []
    assert strangers(ast.parse("from aurosim.dataplane import laws\nfrom aurosim import cluster"))


def test_it_can_be_read_in_an_hour() -> None:
    files = [path.read_text().splitlines() for path in source.python_files("aurosim/simpy_model")]
    assert sum(1 for lines in files for line in lines if line.strip()) <= 1_250


def test_its_notebook_quotes_what_is_there() -> None:
    (path,) = story.FOLDER.glob("07-*.ipynb")
    text = "\n".join(each.read_text() for each in source.python_files("aurosim/simpy_model"))
    quoted = story.CODE.findall(story.ANSWER.sub("", story.prose(story.read(path))))
    assert len(quoted) >= 3
    assert [each for each in quoted if each not in text] == []
