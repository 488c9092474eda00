"""Control variates of exact expectation, from a run's own dice (`draws`); none looks at a run.

Each is computed at the times theory expects, 1 ms of service, whatever the scenario says: so a
wrong scenario or a wrong law moves the measured mean and not its control.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from tests.verification import draws, theory
from tests.verification.station import FIRST, WORKLOAD, Rows, Station
from tests.verification.theory import Floats

STEPS = (1, 2, 4, 8)
"""How far the walks look back. Further would explain nearly all of a wait and leave rare large
remainders, of which no run of this length has enough to tell its error (see `estimate`)."""
BUSY_BACK = 80
"""How many arrivals back a job may still be in service, at 2 arrivals a service and 1 ms each: none
older than 40 ms, which one of 1e17 services is."""


@dataclass(frozen=True, eq=False)
class Dice:
    """Interarrival and service times of an open station's requests, in ms; and of those before."""

    interarrival_ms: Floats
    service_ms: Floats
    station: Station

    @property
    def service(self) -> Floats:
        """Of the requests measured, minus its mean."""
        return self.service_ms[FIRST:] - 1.0

    def first(self) -> list[Floats]:
        """Service and interarrival times and their squares."""
        rate, law = self.station.rate, self.station.law
        apart = self.interarrival_ms[FIRST:]
        found = [apart - 1.0 / rate, apart**2 - 2.0 / rate**2]
        if law.variance:
            found += [self.service, self.service_ms[FIRST:] ** 2 - 1.0 - law.variance]
        return found

    def maxima(self, steps: tuple[int, ...] = STEPS) -> list[Floats]:
        """The highest point of the random walk of the last steps up to each request, minus its mean
        by Spitzer's identity."""
        walk = np.roll(self.service_ms, 1) - self.interarrival_ms
        means = theory.walk_maxima(self.station.rate, 1.0, self.station.law, steps)
        total = np.zeros_like(walk)
        highest = np.zeros_like(walk)
        found: list[Floats] = []
        for k in range(1, max(steps) + 1):
            total = total + np.roll(walk, k - 1)
            highest = np.maximum(highest, total)
            if k in steps:
                found.append(highest[FIRST:] - means[len(found)])
        return found

    def without_waiting(self) -> list[Floats]:
        """How many jobs an arrival would find in service if none ever waited, minus its mean.

        Those are Poisson with mean rate x service: M/M/infinity (Kleinrock vol. 1, section 3.4).
        """
        at = np.cumsum(self.interarrival_ms)
        found = np.zeros_like(at)
        for back in range(1, BUSY_BACK + 1):
            found[back:] += at[:-back] + self.service_ms[:-back] > at[back:]
        jobs, load = found[FIRST:], self.station.rate
        above = range(self.station.servers, self.station.servers + 4)
        return [jobs - load, *((jobs >= n) - stats.poisson.sf(n - 1, load) for n in above)]


def dice(station: Station) -> Dice:
    """The dice of an open station."""
    count = FIRST + station.requests
    return Dice(
        draws.interarrivals(station.seed, WORKLOAD, count) / station.rate,
        draws.services(station.seed, WORKLOAD, list(range(count)), station.law),
        station,
    )


def closed(station: Station, rows: Rows) -> list[Floats]:
    """Service and think times and their squares, of the requests of a closed station."""
    requests = [int(request) for request in rows["request"]]
    service = draws.services(station.seed, WORKLOAD, requests, station.law)
    think = draws.thinking(station.seed, WORKLOAD, requests)
    return [service - 1.0, service**2 - 2.0, think - 1.0, think**2 - 2.0]
