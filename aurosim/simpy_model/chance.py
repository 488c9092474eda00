"""Draws: each stream has a name, so one more reader changes nobody else's luck."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from aurosim import randomness
from aurosim.units import NS_PER_S

NORMAL = NormalDist()


class Chance:
    """The stream of draws called `name` under a seed, one after the other."""

    def __init__(self, seed: int, name: str) -> None:
        self._key = randomness.stream_key(seed, f"simpy_model/{name}")
        self._number = 0

    def uniform(self) -> float:
        """Between 0 and 1, never either."""
        self._number += 1
        return float(randomness.uniform(self._key, self._number, 0))

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int(self.uniform() * count)

    def exponential(self, mean: float) -> float:
        """Without memory."""
        return -mean * math.log(self.uniform())

    def lognormal(self, median: float, sigma: float) -> float:
        """By the median and the deviation of the logarithm."""
        return median * math.exp(sigma * NORMAL.inv_cdf(self.uniform()))

    def around(self, mean: float, cv: float) -> float:
        """Lognormal by mean and coefficient of variation."""
        if cv == 0 or mean == 0:
            return mean
        sigma = math.sqrt(math.log(1 + cv * cv))
        return self.lognormal(mean * math.exp(-sigma * sigma / 2), sigma)

    def of(self, law: Any) -> float:
        """Seconds by a law of the scenario: constant, exponential or lognormal."""
        mean = law.mean / NS_PER_S
        if law.law == "constant":
            return float(mean)
        return self.exponential(mean) if law.law == "exponential" else self.around(mean, law.cv)
