"""What `aurosim check` prints: the resolved scenario, and what follows from it without a run.

What follows stands below as comments, so that the whole text is still the scenario.
"""

from __future__ import annotations

from aurosim import catalog
from aurosim import scenario as language

HEADINGS = ("instance", "class", "connections_limit")
NOTE = "# connections_limit: max_connections in the default parameter group of the class.\n"


def text(scenario: language.Scenario) -> str:
    """The scenario with nothing left unsaid, then how many connections each instance accepts."""
    rows = limits(scenario)
    if not rows:
        return language.dump(scenario)
    wide = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(3)]
    lines = [
        f"#   {name:<{wide[0]}}  {kind:<{wide[1]}}  {limit:>{wide[2]}}\n"
        for name, kind, limit in (HEADINGS, *rows)
    ]
    return f"{language.dump(scenario)}\n# What follows from it:\n{''.join(lines)}{NOTE}"


def limits(scenario: language.Scenario) -> list[tuple[str, str, str]]:
    """Each instance with its class and the connections it accepts."""
    return [
        (one.name, one.class_, str(_limit(cluster.engine, one.class_)))
        for cluster in scenario.clusters
        for one in cluster.instances
    ]


def _limit(engine: str, class_: str) -> int:
    return catalog.engine(engine).max_connections(catalog.instance_classes()[class_])
