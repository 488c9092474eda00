"""What a report says of several regions, on runs of them."""

from __future__ import annotations

import pytest

from aurosim import api
from aurosim.report import answer, figures, page, tables

TEXT = """
name: two-regions
run: {duration: DURATION, warm_up: 1 s}
model: {link_bandwidth: BANDWIDTH, region_rebuild_low: 1 s, region_rebuild_high: 1 s}
clusters:
  - {name: near, engine: aurora-mysql, writer: {class: db.r6g.large}}
  - {name: far, engine: aurora-mysql, region: eu-west-1, readers: {count: 1, class: db.r6g.large}}
workload:
  - name: orders
    endpoint: global
    arrivals: {rate: 100/s}
    transaction: sysbench-oltp-write-only
    client: {pool: 100, connect_timeout: 1 s, statement_timeout: 2 s}
FAULTS
"""
MOVED = (
    "faults:\n  - {at: 5 s, region_outage: near, for: 90 s}\n"
    "  - {at: 10 s, global_failover: far}"
)


def run(duration: str, bandwidth: float = 1.25e8, faults: str = "") -> api.Run:
    text = TEXT.replace("DURATION", duration).replace("BANDWIDTH", f"{bandwidth}")
    return api.run(text.replace("FAULTS", faults))


@pytest.fixture(scope="module")
def moved() -> api.Run:
    return run("80 s", faults=MOVED)


@pytest.fixture(scope="module")
def narrow() -> api.Run:
    return run("8 s", 60_000)


def test_a_move_is_told_with_what_was_left_behind(moved: api.Run) -> None:
    commits = moved.summary["global"]["failovers"][0]["recovery_point"]["commits"]
    said = answer.reading(moved)
    assert "someone asked for a failover from near to far" in said
    assert f"{commits} commits" in said and "were left behind" in said
    assert "no acknowledged commit was lost" not in said
    (lost,) = (card for card in answer.cards(moved) if card.label == "Lost commits")
    assert (lost.value, lost.tone) == (str(commits), "bad")
    (row,) = tables.moves(moved).rows
    assert row[:3] == ("failover", "near", "far") and str(commits) in row


def test_the_failovers_bar_shows_the_asking_and_the_opening(moved: api.Run) -> None:
    chart = figures.failover(moved)
    assert chart is not None
    texts = " ".join(text.get_text() for text in chart.axes[0].texts)
    assert "notice 5.0 s" in texts and "far-reader-1" in texts


def test_a_link_that_falls_behind_is_a_warning_on_the_page(narrow: api.Run) -> None:
    text = page.render(narrow)
    assert text.count("<strong>Warning.</strong> The lag of far grew") == 1
    assert "Regions</h3>" in text and ">secondary<" in text


def test_the_lag_of_a_volume_stands_beside_those_of_readers(narrow: api.Run) -> None:
    chart = figures.lag(narrow)
    assert chart is not None
    names = [text.get_text() for text in chart.axes[0].texts]
    assert "far" in names and "far-reader-1" in names
    assert any("dashed: a region's volume" in name for name in names)
