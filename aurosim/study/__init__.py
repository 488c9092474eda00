"""Many runs and what they say together: replicates, sweeps, comparisons.

One run is one throw of the dice. A study repeats it with other seeds, at one point or at several,
and tells each answer with an interval. Its unit is the replicate: statements of one run depend on
each other, replicates do not (docs/decisions/0012-studies.md).
"""

from __future__ import annotations

from aurosim.study.language import load, loads
from aurosim.study.metrics import Metric
from aurosim.study.plan import Plan, Point
from aurosim.study.running import Progress, Ran, run
from aurosim.study.tables import Tables, tabulate

__all__ = [
    "Metric", "Plan", "Point", "Progress", "Ran", "Tables", "load", "loads", "run", "tabulate",
]  # fmt: skip
