"""Where the rooms meet: a scenario becomes two planes, a run, and its results."""

from __future__ import annotations

from aurosim.simulation.results import Result
from aurosim.simulation.run import Progress, run

__all__ = ["Progress", "Result", "run"]
