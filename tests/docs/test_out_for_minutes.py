"""The table of *Why was I out for minutes* is what its scenario gives, row by row.

`python -m tests.docs.test_out_for_minutes` prints the rows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import aurosim
from aurosim.scenario.results import CAUSES

PAGE = Path(__file__).parents[2] / "docs" / "out-for-minutes.md"
SCENARIO = "out-for-minutes"


def shown(seconds: float) -> str:
    return "-" if seconds < 0.05 else f"{seconds:,.1f}"


def rows(workloads: dict[str, Any]) -> list[str]:
    """A row for each stack, the shortest outage first: how long, and by what cause."""
    found = []
    for name, one in sorted(workloads.items(), key=lambda each: each[1]["outage"]["max_s"]):
        causes = [one["outage"]["causes_s"][word] for word in CAUSES]
        cells = [f"`{name}`", f"**{one['outage']['max_s']:,.0f}**", *map(shown, causes)]
        found.append("| " + " | ".join(cells) + " |")
    return found


def run() -> aurosim.Run:
    return aurosim.run(SCENARIO)


def test_the_table_is_what_the_scenario_gives() -> None:
    made = run()
    text = PAGE.read_text(encoding="utf-8")
    assert [row for row in rows(made.summary["workloads"]) if row not in text] == []
    header = next(line for line in text.splitlines() if line.startswith("| stack"))
    assert header.count("|") == len(CAUSES) + 3
    database_s = made.summary["clusters"]["main"]["failovers"][0]["database_outage_s"]
    assert f"The database was away for {database_s:.1f} s" in text


def test_the_longest_is_many_times_the_database_s_outage_and_the_parts_sum_to_it() -> None:
    summary = run().summary
    database_s = summary["clusters"]["main"]["failovers"][0]["database_outage_s"]
    for name, one in summary["workloads"].items():
        outage = one["outage"]
        mean_s = outage["process_seconds"] / one["processes"]["asked"]
        assert abs(sum(outage["causes_s"].values()) - mean_s) < 1e-6, name
        assert outage["max_s"] > database_s
    longest = max(one["outage"]["max_s"] for one in summary["workloads"].values())
    assert longest > 50 * database_s


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows(run().summary["workloads"])) + "\n")
