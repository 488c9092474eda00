"""Connections that think and ask again: the closed interactive network."""

from __future__ import annotations

import numpy as np
import pytest

from tests.verification import controls, draws, theory
from tests.verification.estimate import Verdict, compare, controlled
from tests.verification.station import NS_PER_MS, WORKLOAD, Station, ended, measured, response_ms

BATCH = 200


def network(seed: int, requests: int, connections: int, servers: int, think_ms: float) -> Station:
    _, rate = theory.interactive(connections, servers, 1.0, think_ms)
    return Station(
        seed, theory.EXPONENTIAL, requests, servers=servers, connections=connections,
        think_ms=think_ms, expected_rate=rate,
    )  # fmt: skip


TWO_SERVERS = network(seed=401, requests=40_000, connections=6, servers=2, think_ms=3.0)
STATIONS = {
    "mean response of the interactive network with two servers": TWO_SERVERS,
    "mean response of the machine repairman": network(402, 40_000, 6, 1, 5.0),
}
every_station = pytest.mark.parametrize(
    "check",
    [
        "mean response of the interactive network with two servers",
        pytest.param("mean response of the machine repairman", marks=pytest.mark.long),
    ],
)


def mean_response(check: str, ran: Station) -> Verdict:
    """Against exact mean value analysis (Reiser)."""
    rows = ended(ran)
    found = controlled(response_ms(rows), controls.closed(ran, rows), BATCH)
    expected, wrong = (
        theory.interactive(ran.connections, ran.servers, service, ran.think_ms)[0]
        for service in (1.0, 1.02)
    )
    return compare(check, found, expected, wrong)


@every_station
def test_mean_response(check: str) -> None:
    verdict = mean_response(check, STATIONS[check])
    assert verdict.has_power, verdict
    assert verdict.agrees, verdict


@every_station
def test_mean_response_of_services_2_percent_too_long_is_seen(check: str) -> None:
    verdict = mean_response(check, STATIONS[check].slower())
    assert not verdict.agrees, verdict


def think_ns(ran: Station, requests: list[int]) -> int:
    """The sum of the think times drawn before `requests`, each rounded as durations are."""
    drawn = draws.thinking(ran.seed, WORKLOAD, requests) * ran.think_ms * NS_PER_MS
    return int(np.floor(drawn + 0.5).astype(np.int64).sum())


def test_response_time_law_to_the_nanosecond() -> None:
    """R = N / X - Z, exactly, of what happened: an operational identity without any assumption of
    chance (P. Denning, J. Buzen, Computing Surveys 10(3), 1978, 225-261).

    From the end of each connection's first request to the end of its last there is nothing but
    thinking and responses: the N lengths of time add up to (requests) x (Z + R), where Z comes from
    the dice and R and the lengths from the rows.
    """
    rows = measured(TWO_SERVERS.yaml()).rows
    rows = rows[rows["statement"] == 0]
    spans = responses = thoughts = 0
    for connection in range(TWO_SERVERS.connections):
        mine = rows[rows["request"] % TWO_SERVERS.connections == connection]
        mine = mine[np.argsort(mine["request"])]
        spans += int(mine["end_ns"][-1] - mine["end_ns"][0])
        responses += int((mine["end_ns"] - mine["due_ns"])[1:].sum())
        thoughts += think_ns(TWO_SERVERS, [int(request) for request in mine["request"][1:]])
    assert spans == responses + thoughts


def test_response_time_law_of_the_summary() -> None:
    """The same law between two lines of the summary: R = N / X - Z, with Z as drawn.

    At each end of the counted time at most N requests are cut in two, which bounds what the law may
    miss: 2 N cycles of the longest response and thought, over the number of requests.
    """
    run = measured(TWO_SERVERS.yaml())
    summary = run.result.summary["workloads"][WORKLOAD]
    rows = run.rows[run.rows["due_ns"] >= run.result.scenario.run.warm_up]
    requests = [int(request) for request in rows["request"]]
    thought = think_ns(TWO_SERVERS, requests) / NS_PER_MS / len(requests)
    cycles = TWO_SERVERS.connections / (summary["transactions_per_s"] / 1000.0)
    longest = 20 * TWO_SERVERS.think_ms + response_ms(rows).max()
    bound = 2 * TWO_SERVERS.connections * longest / len(requests)
    assert summary["latency_ms"]["mean"] == pytest.approx(cycles - thought, abs=bound)
    assert bound < 0.05 * summary["latency_ms"]["mean"], "the bound says nothing"
