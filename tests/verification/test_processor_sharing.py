"""One vCPU whose bursts are cut into small time slices: in the limit, processor sharing.

Its mean response depends on the service law through the mean alone, so M/E4/1 and M/H2/1 take the
same 2 ms at load 0.5, where first come first served takes 1.625 ms and 2.625 ms. A slice of 0.1 ms
is not nothing: what is left of it goes with its length, so two runs with the same dice, of 0.1 ms
and 0.2 ms, are extrapolated to zero (L. Richardson, Phil. Trans. A 210, 1911): 2 T(0.1) - T(0.2).
What then remains is of second order, about 0.001 ms: a tenth of a standard error.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.verification import theory
from tests.verification.controls import STEPS, Dice, dice
from tests.verification.estimate import Verdict, compare, controlled
from tests.verification.station import Station, ended, response_ms
from tests.verification.theory import Floats

SLICE_MS = 0.1
BATCH = 200
HYPEREXPONENTIAL = Station(
    seed=302, law=theory.HYPEREXPONENTIAL, requests=160_000, slice_ms=SLICE_MS
)
STATIONS = {
    "mean response of M/E4/1 with processor sharing": Station(
        seed=301, law=theory.ERLANG_4, requests=36_000, slice_ms=SLICE_MS
    ),
    "mean response of M/H2/1 with processor sharing": HYPEREXPONENTIAL,
}
LONG_ONES = "response of long requests with processor sharing"
every_station = pytest.mark.parametrize(
    "check",
    [
        "mean response of M/E4/1 with processor sharing",
        pytest.param("mean response of M/H2/1 with processor sharing", marks=pytest.mark.long),
    ],
)


def shared(ran: Station) -> Floats:
    """The responses extrapolated to slices of no length."""
    twice = replace(ran, slice_ms=2 * SLICE_MS)
    return 2.0 * response_ms(ended(ran)) - response_ms(ended(twice))


def controls(throw: Dice) -> list[Floats]:
    """A request suffers from what it finds (its walk) in proportion to its own length, and from
    what comes behind it (the walk of the next)."""
    found = throw.maxima(STEPS)
    largest = found[-1]
    return [
        *throw.first(),
        *found,
        throw.service * largest,
        *(np.append(walk[1:], 0.0) for walk in found[::2]),
    ]


def mean_response(check: str, ran: Station) -> Verdict:
    """Against 1 / (1 - rho) (Kleinrock vol. 2, eq. 4.17)."""
    found = controlled(shared(ran), controls(dice(ran)), BATCH)
    return compare(
        check,
        found,
        theory.shared_processor_response(ran.rate, 1.0),
        theory.shared_processor_response(ran.rate, 1.02),
    )


def response_of_long_ones(ran: Station) -> Verdict:
    """T(x) = x / (1 - rho) for every length x (Kleinrock vol. 2, eq. 4.17), so requests longer than
    their mean take E[x; x > 1] / (1 - rho) of the mean of all: sharing keeps a promise to each, not
    only on average. In turn they would take the same wait as short ones.

    A request's length says nothing of what it finds, so the product of both is a control.
    """
    throw = dice(ran)
    chance = sum(p * math.exp(-1.0 / mean) for p, mean in theory.branches(ran.law.cv))
    work = sum(p * (1.0 + mean) * math.exp(-1.0 / mean) for p, mean in theory.branches(ran.law.cv))
    x = throw.service + 1.0
    longer = x > 1.0
    walks = throw.maxima(STEPS)
    found = controlled(
        shared(ran) * longer,
        [
            longer - chance,
            x * longer - work,
            *controls(throw),
            *(longer * walk for walk in walks[::2]),
            *(x * longer * walk for walk in walks[::2]),
        ],
        BATCH,
    )
    return compare(
        LONG_ONES,
        found,
        work * theory.shared_processor_response(ran.rate, 1.0),
        work * theory.shared_processor_response(ran.rate, 1.02),
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


@pytest.mark.long
def test_response_of_long_ones() -> None:
    verdict = response_of_long_ones(HYPEREXPONENTIAL)
    assert verdict.has_power, verdict
    assert verdict.agrees, verdict


@pytest.mark.long
def test_response_of_long_ones_2_percent_too_long_is_seen() -> None:
    verdict = response_of_long_ones(HYPEREXPONENTIAL.slower())
    assert not verdict.agrees, verdict
