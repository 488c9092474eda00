"""What queueing theory expects, each formula with its source. Times in ms, rates per ms.

| short     | source                                                                          |
|-----------|---------------------------------------------------------------------------------|
| Kleinrock | L. Kleinrock, "Queueing Systems", vol. 1, Wiley 1975; vol. 2, 1976              |
| Cooper    | R. Cooper, "Introduction to Queueing Theory", 2nd ed., North Holland 1981       |
| Reiser    | M. Reiser, S. Lavenberg, "Mean-value analysis of closed multichain queuing      |
|           | networks", Journal of the ACM 27(2), 1980, 313-322                              |
| Spitzer   | F. Spitzer, "A combinatorial lemma and its application to probability theory",  |
|           | Transactions of the AMS 82(2), 1956, 323-339                                    |
| David     | H. David, H. Nagaraja, "Order Statistics", 3rd ed., Wiley 2003                  |
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import integrate, stats

Floats = npt.NDArray[np.float64]

SUPPORT = 1024
"""Arrivals in some services are counted up to this: what is beyond has no chance worth a digit."""


@dataclass(frozen=True)
class Law:
    """A service law as the scenario language writes it, with the moments of x / mean."""

    yaml: str
    variance: float
    phases: int = 0
    cv: float = 0.0


CONSTANT = Law("constant", 0.0)
EXPONENTIAL = Law("exponential", 1.0)
ERLANG_4 = Law("erlang", 0.25, phases=4)
HYPEREXPONENTIAL = Law("hyperexponential", 2.25, cv=1.5)


def branches(cv: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two branches (chance, mean) of a hyperexponential law of mean 1 with balanced means.

    W. Whitt, Operations Research 30 (1982), section 3: each branch gives half of the mean.
    """
    p = 0.5 * (1.0 + math.sqrt((cv * cv - 1.0) / (cv * cv + 1.0)))
    return (p, 0.5 / p), (1.0 - p, 0.5 / (1.0 - p))


def single_server_response(rate: float, service: float, law: Law) -> float:
    """M/G/1, first come first served: mean response, Pollaczek-Khinchine.

    Kleinrock vol. 1, eq. (5.69): T / x = 1 + rho (1 + C^2) / (2 (1 - rho)), C^2 the variance of
    x / mean. With the exponential law this is M/M/1, T = x / (1 - rho), eq. (3.26).
    """
    load = rate * service
    return service + load * service * (1.0 + law.variance) / (2.0 * (1.0 - load))


def single_server_tail(rate: float, service: float, times: Sequence[float]) -> Floats:
    """M/M/1: the chance that a response is longer than each time, exp(-(mu - rate) t).

    Kleinrock vol. 1, eq. (5.119).
    """
    return np.exp(-(1.0 / service - rate) * np.asarray(times))


def erlang_c(servers: int, load: float) -> float:
    """The chance that an arrival has to wait at M/M/m with `load` = rate x service < m.

    Kleinrock vol. 1, eq. (3.40): the term of a full house over the sum of all.
    """
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    full = terms[-1] * servers / (servers - load)
    return full / (sum(terms[:-1]) + full)


def many_server_response(rate: float, service: float, servers: int) -> float:
    """M/M/m: mean response x + C x / (m - load). Cooper, section 3.4."""
    load = rate * service
    return service + erlang_c(servers, load) * service / (servers - load)


def shared_processor_response(rate: float, service: float) -> float:
    """M/G/1 with processor sharing: T(x) = x / (1 - rho) for a job of length x, whatever the law,
    so on average service / (1 - rho). Kleinrock vol. 2, section 4.4, eq. (4.17)."""
    return service / (1.0 - rate * service)


def interactive(
    connections: int, servers: int, service: float, think: float
) -> tuple[float, float]:
    """The closed interactive network: (mean response, throughput), exact mean value analysis.

    One M/M/m station whose rate depends on its queue and one delay station of mean `think`.
    Reiser, the recursion for rates that depend on the queue: R(n) is the sum over j <= n of
    j p(j - 1 | n - 1) / mu(j), X(n) = n / (Z + R(n)), p(j | n) = X(n) p(j - 1 | n - 1) / mu(j).
    """
    rates = [min(j, servers) / service for j in range(1, connections + 1)]
    chances = [1.0]
    response = throughput = 0.0
    for n in range(1, connections + 1):
        response = sum(j / rates[j - 1] * chances[j - 1] for j in range(1, n + 1))
        throughput = n / (think + response)
        above = [throughput / rates[j - 1] * chances[j - 1] for j in range(1, n + 1)]
        chances = [1.0 - sum(above), *above]
    return response, throughput


def arrivals_in_service(load: float, law: Law) -> Floats:
    """The law of the number of Poisson arrivals in one service (`load` on average).

    Kleinrock vol. 1, eq. (5.46): its generating function is the service's transform at
    rate (1 - z). Constant: Poisson; exponential: geometric; Erlang: negative binomial.
    """
    n = np.arange(SUPPORT)
    if law.yaml == "constant":
        return stats.poisson.pmf(n, load)
    if law.yaml == "erlang":
        return stats.nbinom.pmf(n, law.phases, law.phases / (law.phases + load))
    parts = branches(law.cv) if law.yaml == "hyperexponential" else ((1.0, 1.0),)
    return sum(p * stats.nbinom.pmf(n, 1, 1.0 / (1.0 + load * mean)) for p, mean in parts)


def walk_maxima(rate: float, service: float, law: Law, steps: Sequence[int]) -> list[float]:
    """The mean of the highest of 0, X1, X1 + X2, ... after some steps; X = service - interarrival.

    Spitzer's identity: it is the sum over j <= k of E[(X1 + ... + Xj)+] / j. With
    Poisson arrivals (S - A_j)+ has the mean E[(N - j)+] / rate, N the arrivals during S.
    """
    one = arrivals_in_service(rate * service, law)
    number = np.arange(SUPPORT)
    several, total, means = one, 0.0, []
    for j in range(1, max(steps) + 1):
        total += float(several @ np.maximum(number - j, 0)) / rate / j
        if j in steps:
            means.append(total)
        several = np.convolve(several, one)[:SUPPORT]
    return means


@dataclass(frozen=True)
class Acknowledgements:
    """When a boxcar's copies are acknowledged: `fixed_ms[m]` + lognormal(median, sigma) each."""

    fixed_ms: tuple[float, ...]
    median_ms: float
    sigma: float
    needed: int
    before_ms: float = 0.0
    """What the commit takes besides: its client's round trip."""

    def by(self, times_ms: npt.ArrayLike) -> Floats:
        """The chance that the commit has come back by each time: that of `needed` or more of
        independent events of unequal chances (Poisson-binomial). David, section 5.2."""
        t = np.atleast_1d(np.asarray(times_ms, np.float64)) - self.before_ms
        counts = [np.ones_like(t)]
        for fixed in self.fixed_ms:
            with np.errstate(divide="ignore"):
                p = stats.norm.cdf(np.log(np.maximum(t - fixed, 0.0) / self.median_ms) / self.sigma)
            counts = [
                (counts[k] if k < len(counts) else 0.0) * (1.0 - p)
                + (counts[k - 1] if k else 0.0) * p
                for k in range(len(counts) + 1)
            ]
        return np.sum(counts[self.needed :], axis=0)

    def mean_ms(self) -> float:
        """The integral of the chance to be later."""
        last = self.before_ms + max(self.fixed_ms) + self.median_ms * math.exp(8.0 * self.sigma)
        late, _ = integrate.quad(lambda t: 1.0 - self.by(t)[0], 0.0, last, limit=400, epsabs=1e-10)
        return float(late)
