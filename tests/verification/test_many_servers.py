"""Several vCPUs and one queue: M/M/2 and M/M/4 at load 0.5 each, Erlang's C."""

from __future__ import annotations

import pytest

from tests.verification import theory
from tests.verification.controls import dice
from tests.verification.estimate import Verdict, compare, controlled
from tests.verification.station import Station, ended, response_ms

BATCH = 250
STATIONS = {
    "mean response of M/M/4": Station(
        seed=201, law=theory.EXPONENTIAL, requests=40_000, rate=2.0, servers=4
    ),
    "mean response of M/M/2": Station(
        seed=202, law=theory.EXPONENTIAL, requests=80_000, rate=1.0, servers=2
    ),
}
every_station = pytest.mark.parametrize(
    "check",
    ["mean response of M/M/4", pytest.param("mean response of M/M/2", marks=pytest.mark.long)],
)


def mean_response(check: str, ran: Station) -> Verdict:
    """Against Erlang's C (Kleinrock vol. 1, eq. 3.40)."""
    throw = dice(ran)
    controls = [*throw.first(), *throw.without_waiting()]
    found = controlled(response_ms(ended(ran)), controls, BATCH)
    return compare(
        check,
        found,
        theory.many_server_response(ran.rate, 1.0, ran.servers),
        theory.many_server_response(ran.rate, 1.02, ran.servers),
    )


@every_station
def test_mean_response(check: str) -> None:
    verdict = mean_response(check, STATIONS[check])
    assert verdict.has_power, verdict
    assert verdict.agrees, verdict


@every_station
def test_mean_response_of_services_2_percent_too_long_is_seen(check: str) -> None:
    verdict = mean_response(check, STATIONS[check].slower())
    assert not verdict.agrees, verdict
