"""One vCPU, first come first served: M/M/1, M/D/1, M/E4/1 and M/H2/1 at load 0.5."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.verification import theory
from tests.verification.controls import STEPS, dice
from tests.verification.estimate import ALPHA, CAUTION, POWER, Verdict, batched, compare, controlled
from tests.verification.station import Station, ended, measured, response_ms

MM1 = Station(seed=101, law=theory.EXPONENTIAL, requests=60_000)
QUARTILES = (0.75, 0.5, 0.25)
BATCH = 250

MEANS = {
    "mean response of M/M/1": MM1,
    "mean response of M/D/1": Station(seed=102, law=theory.CONSTANT, requests=40_000),
    "mean response of M/E4/1": Station(seed=103, law=theory.ERLANG_4, requests=40_000),
    "mean response of M/H2/1": Station(seed=104, law=theory.HYPEREXPONENTIAL, requests=150_000),
}
IN_TEST_LONG = ("mean response of M/E4/1", "mean response of M/H2/1")
every_mean = pytest.mark.parametrize(
    "check",
    [pytest.param(c, marks=[pytest.mark.long] if c in IN_TEST_LONG else []) for c in MEANS],
)


def mean_response(check: str, ran: Station) -> Verdict:
    """Against Pollaczek and Khinchine (Kleinrock vol. 1, eq. 5.69)."""
    rate, law = ran.rate, ran.law
    throw = dice(ran)
    found = controlled(response_ms(ended(ran)), [*throw.first(), *throw.maxima()], BATCH)
    return compare(
        check,
        found,
        theory.single_server_response(rate, 1.0, law),
        theory.single_server_response(rate, 1.02, law),
    )


@every_mean
def test_mean_response(check: str) -> None:
    verdict = mean_response(check, MEANS[check])
    assert verdict.has_power, verdict
    assert verdict.agrees, verdict


@every_mean
def test_mean_response_of_services_2_percent_too_long_is_seen(check: str) -> None:
    verdict = mean_response(check, MEANS[check].slower())
    assert not verdict.agrees, verdict


def distance(ran: Station) -> tuple[float, float, float]:
    """How far the shares of requests slower than the quartiles are from theory: Hotelling's T2, its
    critical value, and the T2 expected of services 2 % too long.

    One share is no more independent of the others than batches are of the next, so all three are
    corrected by the same controls and compared at once (Law 2015, section 9.7; R. Johnson,
    D. Wichern, "Applied Multivariate Statistical Analysis", 6th ed., 2007, section 5.2, for T2;
    the regression's covariance stands for the sample's).
    """
    times = [-np.log(share) / (1.0 - ran.rate) for share in QUARTILES]
    expected = theory.single_server_tail(ran.rate, 1.0, times)
    wrong = theory.single_server_tail(ran.rate, 1.02, times)
    throw = dice(ran)
    response = response_ms(ended(ran))
    y = batched([response > t for t in times], BATCH).T
    x = batched(np.array([*throw.first(), *throw.maxima()]), BATCH)
    design = np.vstack([np.ones(len(y)), x]).T
    found = np.linalg.lstsq(design, y, rcond=None)[0]
    rest = y - design @ found
    freedom, size = len(y) - design.shape[1], len(times)
    covariance = rest.T @ rest / freedom * np.linalg.inv(design.T @ design)[0, 0]
    off = found[0] - expected
    factor = size * freedom / (freedom - size + 1)
    critical = CAUTION**2 * factor * stats.f.isf(ALPHA, size, freedom - size + 1)
    planted = (wrong - expected) @ np.linalg.solve(covariance, wrong - expected)
    return float(off @ np.linalg.solve(covariance, off)), float(critical), float(planted)


def test_distribution_of_the_response() -> None:
    """Kleinrock vol. 1, eq. (5.119): the response of M/M/1 is exponential."""
    t2, critical, planted = distance(MM1)
    size = len(QUARTILES)
    freedom = MM1.requests // BATCH - 1 - len(dice(MM1).first()) - len(STEPS)
    power = stats.ncf.sf(critical * (freedom - size + 1) / (size * freedom), size,
                         freedom - size + 1, planted)  # fmt: skip
    assert power >= POWER
    assert t2 <= critical


def test_distribution_of_services_2_percent_too_long_is_seen() -> None:
    t2, critical, _ = distance(MM1.slower())
    assert t2 > critical


def test_the_summary_says_what_the_rows_say() -> None:
    """What is compared with theory is what users get: `latency_ms` of the same requests."""
    run = measured(MM1.yaml())
    rows = run.rows[run.rows["due_ns"] >= run.result.scenario.run.warm_up]
    latency = run.result.summary["workloads"]["queue"]["latency_ms"]
    assert latency["mean"] == pytest.approx(response_ms(rows).mean(), rel=1e-9)
    assert latency["p50"] == pytest.approx(np.quantile(response_ms(rows), 0.5), rel=0.011)
    assert latency["p99"] == pytest.approx(np.quantile(response_ms(rows), 0.99), rel=0.011)
