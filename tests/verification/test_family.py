"""The yardsticks themselves: theory by hand, controls and estimates against what is known."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from aurosim.randomness import stream_key, uniform
from tests.verification import theory
from tests.verification.controls import dice
from tests.verification.estimate import (
    ALPHA,
    CHECKS,
    FALSE_ALARM,
    SHORT,
    batched,
    compare,
    controlled,
)
from tests.verification.station import Station

HERE = Path(__file__).parent
LAWS = (theory.CONSTANT, theory.EXPONENTIAL, theory.ERLANG_4, theory.HYPEREXPONENTIAL)
every_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.yaml)


def test_the_family_shares_one_false_alarm_rate() -> None:
    assert len(set(CHECKS)) == len(CHECKS)
    assert pytest.approx(FALSE_ALARM) == ALPHA * len(CHECKS)
    assert 2 * len(SHORT) >= len(CHECKS)


def test_every_check_of_the_family_is_made() -> None:
    written = {
        node.value
        for path in HERE.glob("test_*.py")
        if path != Path(__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    by_test_of_their_own = {
        "distribution of the response of M/M/1",
        "distribution of the 4th of 6 acknowledgements",
    }
    assert set(CHECKS) - written == by_test_of_their_own


def test_erlang_c_by_hand() -> None:
    """2 erlang offered to 3 servers: 4/9; one server makes a share rho of them wait."""
    assert theory.erlang_c(3, 2.0) == pytest.approx(4 / 9)
    assert theory.erlang_c(1, 0.5) == pytest.approx(0.5)


def test_interactive_network_of_one_connection_and_of_two() -> None:
    """Alone nobody waits; with two and one server R = S + S^2 / (S + Z) by hand."""
    assert theory.interactive(1, 1, 1.0, 5.0) == pytest.approx((1.0, 1 / 6))
    assert theory.interactive(2, 1, 1.0, 5.0)[0] == pytest.approx(1.0 + 1.0 / 6.0)
    assert theory.interactive(2, 2, 1.0, 5.0)[0] == pytest.approx(1.0)


@pytest.mark.parametrize(("connections", "servers"), [(6, 2), (6, 1), (12, 4)])
def test_mean_value_analysis_is_the_birth_and_death_chain(connections: int, servers: int) -> None:
    """The same network by global balance (Kleinrock vol. 1, eq. 3.11): p(j) / p(j - 1) = rates."""
    chain = [1.0]
    for j in range(1, connections + 1):
        chain.append(chain[-1] * (connections - j + 1) / 3.0 / min(j, servers))
    inside = np.arange(connections + 1) @ np.array(chain) / sum(chain)
    throughput = (connections - inside) / 3.0
    found = theory.interactive(connections, servers, 1.0, 3.0)
    assert found == pytest.approx((inside / throughput, throughput))


def test_order_statistics_of_equal_laws_are_binomial() -> None:
    """4 of 6 with chance 1/2 each: 22 of 64; the mean of needing one is that of a minimum."""
    equal = theory.Acknowledgements((0.0,) * 6, 1.0, 0.5, 4)
    assert equal.by(1.0)[0] == pytest.approx(22 / 64)
    alone = theory.Acknowledgements((0.25,), 1.0, 0.5, 1, before_ms=0.5)
    assert alone.mean_ms() == pytest.approx(0.75 + np.exp(0.125), rel=1e-6)


@every_law
def test_walks_become_the_wait(law: theory.Law) -> None:
    """Without end the highest point of the walk is the wait of Pollaczek and Khinchine."""
    highest = theory.walk_maxima(0.5, 1.0, law, (300,))[0]
    assert highest == pytest.approx(theory.single_server_response(0.5, 1.0, law) - 1.0, rel=1e-3)


@every_law
def test_controls_have_the_mean_they_say(law: theory.Law) -> None:
    """Within 5 standard errors by batches; a walk off by one step is off by far more."""
    throw = dice(Station(seed=7, law=law, requests=40_000))
    for control in [*throw.first(), *throw.maxima()]:
        batches = batched(control, 400)
        assert abs(batches.mean()) < 5.0 * batches.std() / len(batches) ** 0.5


def test_jobs_without_waiting_have_the_mean_they_say() -> None:
    throw = dice(Station(seed=8, law=theory.EXPONENTIAL, requests=40_000, rate=2.0, servers=4))
    for control in throw.without_waiting():
        batches = batched(control, 400)
        assert abs(batches.mean()) < 5.0 * batches.std() / len(batches) ** 0.5


def test_a_control_takes_its_share_of_the_noise_and_nothing_of_the_signal() -> None:
    key = stream_key(1, "verification")
    x, rest = (
        np.array([uniform(key, draw, n) for n in range(20_000)]) - 0.5 for draw in (0, 1)
    )
    plain = controlled(3.0 + x + 0.1 * rest, [], 100)
    found = controlled(3.0 + x + 0.1 * rest, [x], 100)
    assert found.error < 0.2 * plain.error
    assert abs(found.value - 3.0) < 4.0 * found.error
    check = CHECKS[0]
    assert compare(check, found, 3.0, 3.02).agrees
    assert compare(check, found, 3.0, 3.02).has_power
    assert not compare(check, found, 3.02, 3.0).agrees
    assert not compare(check, plain, 3.0, 3.001).has_power
