"""Cross-checks: what a scenario must hold beyond the shape of each mapping.

Plain functions, each with one rule, that look at a scenario which may have holes and say what they
find. All of them run
whatever else is wrong; one that needs a hole is silent (`aurosim.scenario.holes`).
"""

from __future__ import annotations

from aurosim.scenario.checks import (
    arrivals,
    client,
    cluster,
    endpoints,
    expectation,
    fault,
    model,
    names,
    regional,
    regions,
    run,
    transaction,
    workload,
)
from aurosim.scenario.checks.saying import Check, Say
from aurosim.scenario.document import Scenario
from aurosim.scenario.holes import guarded

CHECKS: tuple[Check, ...] = (
    *run.CHECKS,
    *model.CHECKS,
    *cluster.CHECKS,
    *regions.CHECKS,
    *names.CHECKS,
    *endpoints.CHECKS,
    *workload.CHECKS,
    *client.CHECKS,
    *arrivals.CHECKS,
    *transaction.CHECKS,
    *fault.CHECKS,
    *regional.CHECKS,
    *expectation.CHECKS,
)


def check(scenario: Scenario, say: Say) -> None:
    """Run every check; `say` is told the path and the sentence of each fault."""
    for rule in CHECKS:
        guarded(rule, scenario, say)
