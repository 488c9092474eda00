"""Where the rooms meet: a scenario becomes two planes, a run, and its results."""

from __future__ import annotations

from aurosim.simulation.results import Result
from aurosim.simulation.run import Progress, run, summary_of

__all__ = ["Progress", "Result", "run", "summary_of"]
