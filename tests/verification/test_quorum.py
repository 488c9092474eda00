"""A commit is acknowledged when 4 of its 6 copies are: the 4th of six unequal random times.

One connection commits one transaction after another, so far apart that nothing waits: what it
changed became durable long before, while a slow SELECT ran, and only the commit's own boxcar is on
its way. Its copies travel to two segments in each Availability Zone, so the six times have three
distances; each segment takes its own lognormal time. Commits are independent of each other, thus
there is no autocorrelation and the classic tests hold as they are.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import aurosim
from aurosim.dataplane.contract import StatementKind
from tests.verification.estimate import ALPHA, POWER, Estimate, Verdict, compare
from tests.verification.station import NS_PER_MS, measured
from tests.verification.theory import Acknowledgements, Floats

COMMITS = """\
name: verification
run: {{duration: 45 s, warm_up: 1 s, seed: {seed}}}
model:
  same_az_round_trip: 0.2 ms
  storage_ack_median: 0.6 ms
  storage_ack_sigma: 0.3
  node_occupancy: 10 us
  node_bandwidth: 1250000000
  commit_record_bytes: 100 B
  commit_cpu: 0 s
  write_quorum: {quorum}
cluster:
  engine: aurora-mysql
  region: us-east-1
  instances: [{{name: db-1, class: db.r6g.large, az: {az}}}]
workload:
  - name: queue
    connections: 1
    transaction:
      - {{kind: begin}}
      - {{kind: update_index, pages: 0, modifies: 1}}
      - {{kind: select, pages: 0, cpu: 10 ms}}
      - {{kind: commit}}
"""

ROUND_TRIPS_MS = {"aa": 0.2, "ab": 0.807, "ac": 0.962, "bc": 0.79}
"""us-east-1 as measured (June 2019; aurosim/catalog/az_rtt.csv), but for those within a zone."""
OCCUPIED_MS = 0.01 + 100 / 1_250_000_000 * 1000
"""How long a boxcar of one commit record keeps a storage node: fixed, and its bytes."""


def expected(az: str, needed: int) -> Acknowledgements:
    """What theory knows of a commit whose writer and client are in `az`."""
    distances = [ROUND_TRIPS_MS["aa" if az == to else "".join(sorted(az + to))] for to in "abc"]
    copies = tuple(OCCUPIED_MS + distance for distance in distances for _ in range(2))
    return Acknowledgements(copies, 0.6, 0.3, needed, before_ms=ROUND_TRIPS_MS["aa"])


def scenario(seed: int, az: str, quorum: int) -> str:
    """The scenario with another write quorum than Aurora's, if told so: the plant."""
    return COMMITS.format(seed=seed, az=az, quorum=quorum)


def commits_ms(seed: int, az: str, quorum: int) -> Floats:
    """The response times of all commits of a run."""
    rows = measured(scenario(seed, az, quorum)).rows
    rows = rows[rows["kind"] == StatementKind.COMMIT]
    return (rows["end_ns"] - rows["start_ns"]) / NS_PER_MS


def fits(found: Floats, law: Acknowledgements) -> float:
    """The p-value of Kolmogorov and Smirnov's test of independent times (exact)."""
    return float(stats.kstest(found, law.by).pvalue)


def test_distribution_of_the_4th_of_6() -> None:
    """David, section 5.2: chances of order statistics of unequal laws, Poisson-binomial."""
    assert fits(commits_ms(501, "a", 4), expected("a", 4)) >= ALPHA


def test_a_quorum_of_3_is_seen() -> None:
    assert fits(commits_ms(501, "a", 3), expected("a", 4)) < ALPHA
    assert fits(commits_ms(501, "a", 3), expected("a", 3)) >= ALPHA


def test_power_of_the_distribution() -> None:
    """The laws of the 3rd and 4th are so far apart at one time that Massart's bound alone (Annals
    of Probability 18(3), 1990) gives the power: sup|F - F_n| stays below the rest but for 1e-2."""
    n = len(commits_ms(501, "a", 4))
    times = np.linspace(0.5, 4.0, 2000)
    apart = np.max(np.abs(expected("a", 3).by(times) - expected("a", 4).by(times)))
    critical = stats.kstwo.isf(ALPHA, n)
    assert 2.0 * np.exp(-2.0 * n * (apart - critical) ** 2) <= 1.0 - POWER


def mean_of_quorum(az: str, quorum: int) -> Verdict:
    """The mean commit against the integral of the 4th's chance to be late."""
    found = commits_ms(502, az, quorum)
    error = float(found.std(ddof=1) / len(found) ** 0.5)
    return compare(
        "mean of the 4th of 6 acknowledgements",
        Estimate(float(found.mean()), error, len(found) - 1),
        expected(az, 4).mean_ms(),
        expected(az, 3).mean_ms(),
    )


@pytest.mark.long
def test_mean_of_the_4th_of_6_from_another_zone() -> None:
    verdict = mean_of_quorum("b", 4)
    assert verdict.has_power, verdict
    assert verdict.agrees, verdict


@pytest.mark.long
def test_mean_with_a_quorum_of_3_is_seen() -> None:
    verdict = mean_of_quorum("b", 3)
    assert not verdict.agrees, verdict


def test_the_summary_has_these_commits() -> None:
    """`commit_latency_ms` is what users read: theory's mean and quantiles, roughly."""
    found = measured(scenario(501, "a", 4)).result.summary
    latency = found["workloads"]["queue"]["commit_latency_ms"]
    law = expected("a", 4)
    assert latency["mean"] == pytest.approx(law.mean_ms(), rel=0.02)
    assert law.by(latency["p50"])[0] == pytest.approx(0.5, abs=0.08)
    assert law.by(latency["p99"])[0] == pytest.approx(0.99, abs=0.01)


def test_a_user_runs_the_same() -> None:
    """`aurosim.run` on the same text gives the summary of the run whose rows are examined here."""
    text = scenario(501, "a", 4)
    assert aurosim.run(text).summary == measured(text).result.summary
