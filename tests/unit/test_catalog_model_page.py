"""The model page speaks of entries, rows and tables that exist."""

from __future__ import annotations

import re
from fnmatch import filter as matching
from pathlib import Path

from aurosim import catalog
from aurosim.scenario.faults import KINDS

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = {"database_outage_s", "acknowledged_commits_lost"}


def strangers(text: str) -> set[str]:
    """Names with an underscore or a dash, in backticks, that are nothing of ours."""
    cases = [row["case_id"] for row in catalog.table("published_results")]
    uses = {row["suggested_use"] for row in catalog.table("published_results")}
    known = {*catalog.entries(), *cases, *uses, *RESULTS, *catalog.engines(), *KINDS}
    quoted = set(re.findall(r"`([a-z][a-z0-9_*-]*[_-][a-z0-9_*-]*)`", text))
    return {name for name in quoted if not matching(list(known), name)}


def test_the_model_page_names_what_exists() -> None:
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    assert strangers(text.replace("`-500`", "").replace("`-5000`", "")) == set()
    # Names in formulas are not in backticks.
    for name in ("commit_backlog_per_vcpu", "page_write_cpu", "lag_sqrt", "miss_cpu"):
        assert name in text and name in catalog.entries()


def test_a_stranger_is_seen() -> None:
    assert strangers("the `commit_cpi` of `s17-t9-aur-1` and `promote_*`, `read_cpu`") == {
        "commit_cpi",
        "s17-t9-aur-1",
    }
