"""How long things take: catalog entries, a scenario's overrides, and draws between low and high.

Each draw is named by what it decides ("the host of db-1 is replaced, for the second time"), so
another instance or fault changes nobody else's luck.
"""

from __future__ import annotations

from collections.abc import Mapping

from aurosim import catalog, randomness
from aurosim.catalog import Quantity
from aurosim.errors import UsageError


def ranges() -> list[str]:
    """Entries that come as `<name>_low` and `<name>_high`: uniform between them, our own law."""
    stems = [n.removesuffix("_low") for n in catalog.entries() if n.endswith("_low")]
    return [stem for stem in stems if f"{stem}_high" in catalog.entries()]


class Durations:
    """The times of one cluster under one seed. `model` are the scenario's overrides."""

    def __init__(self, model: Mapping[str, Quantity], seed: int) -> None:
        self._model = model
        self._seed = seed
        for name in ranges():
            low, high = self._ends(name)
            if low > high:
                raise UsageError(
                    f"model.{name}_low is longer than model.{name}_high: set both, low first"
                )

    def fixed(self, name: str) -> int:
        """The time of an entry, in ns."""
        return catalog.duration_ns(name, self._model)

    def drawn(self, name: str, subject: str, number: int) -> int:
        """The time of one of `ranges`, in ns, for the `number`-th time it happens to `subject`."""
        low, high = self._ends(name)
        return low + round(self._uniform(f"control/{name}/{subject}", number) * (high - low))

    def noticed(self, subject: str, at_ns: int) -> int:
        """When health checks know that `subject`, silent from `at_ns` on, is down.

        Checks come at phase + k x period. The first at or after `at_ns` fails, and so do the next;
        the last of `misses` is given up after its timeout.
        """
        period = max(self.fixed("health_check_period"), 1)
        misses = max(catalog.whole("health_check_misses", self._model), 1)
        phase = int(self._uniform(f"control/health/{subject}", 0) * period)
        first = at_ns + (phase - at_ns) % period
        return first + (misses - 1) * period + self.fixed("health_check_timeout")

    def _ends(self, name: str) -> tuple[int, int]:
        return self.fixed(f"{name}_low"), self.fixed(f"{name}_high")

    def _uniform(self, stream: str, draw: int) -> float:
        return float(randomness.uniform(randomness.stream_key(self._seed, stream), draw, 0))
