"""The setting of a run: SimPy's clock, the catalog's numbers in seconds, and draws by name."""

import math
from collections.abc import Generator
from functools import cache
from statistics import NormalDist
from typing import Any

import simpy

from aurosim import catalog, randomness
from aurosim.scenario import Scenario
from aurosim.scenario.serving import served_tables
from aurosim.units import NS_PER_S

Steps = Generator[simpy.Event, Any, Any]
NORMAL = NormalDist()


class Chance:
    """The draws of one stream, one after the other; a uniform one is never 0 and never 1."""

    def __init__(self, seed: int, name: str) -> None:
        self._key = randomness.stream_key(seed, f"simpy_model/{name}")
        self._number = 0

    def uniform(self) -> float:
        self._number += 1
        return float(randomness.uniform(self._key, self._number, 0))

    def exponential(self, mean: float) -> float:
        return -mean * math.log(self.uniform())

    def lognormal(self, median: float, sigma: float) -> float:
        return median * math.exp(sigma * NORMAL.inv_cdf(self.uniform()))

    def around(self, mean: float, cv: float) -> float:
        """Lognormal by mean and coefficient of variation."""
        sigma = math.sqrt(math.log(1 + cv * cv))
        return self.lognormal(mean * math.exp(-sigma * sigma / 2), sigma) if cv else mean

    def of(self, law: Any) -> float:
        """Seconds by a law of the scenario: constant, exponential or lognormal."""
        mean = float(law.mean / NS_PER_S)
        if law.law == "constant":
            return mean
        return self.exponential(mean) if law.law == "exponential" else self.around(mean, law.cv)


class Setting:
    """What every part of the model is given."""

    def __init__(self, scenario: Scenario) -> None:
        self.env = simpy.Environment()
        self.scenario, self.model = scenario, scenario.numbers
        self.warm_up_s = scenario.run.warm_up / NS_PER_S
        self.end_s = scenario.run.duration / NS_PER_S
        self.start_s = min(1.0, self.warm_up_s / 2)  # clients connect until then
        self.seconds = cache(lambda name: catalog.duration_ns(name, self.model) / NS_PER_S)
        self.whole = cache(lambda name: catalog.whole(name, self.model))
        self.real = cache(lambda name: catalog.real(name, self.model))
        self.engine = catalog.engine(scenario.cluster.engine)
        page_bytes = self.engine.page_bytes
        data = [each.data for each in scenario.workload]
        self.served = served_tables(scenario.clusters, scenario.workload)  # by instance
        self.tables = {of.table: max(1, (of.working_set or 0) // page_bytes) for of in data}

    def chance(self, name: str) -> Chance:
        """A stream of draws; one more reader changes nobody else's."""
        return Chance(self.scenario.run.seed, name)

    def between(self, name: str, chance: Chance) -> float:
        """Seconds, even from an entry's low to its high."""
        low, high = self.seconds(f"{name}_low"), self.seconds(f"{name}_high")
        return float(low + chance.uniform() * (high - low))
