"""What a report says of several regions, on runs of them."""

from __future__ import annotations

import copy

import pytest

from aurosim import scenario as language
from aurosim import simulation
from aurosim.report import answer, figures, headline, page, tables
from aurosim.simulation import Result
from tests import report_story

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
    "faults:\n  - {at: 5 s, region_outage: near, for: 90 s}\n  - {at: 10 s, global_failover: far}"
)


def run(duration: str, bandwidth: float = 1.25e8, faults: str = "") -> Result:
    text = TEXT.replace("DURATION", duration).replace("BANDWIDTH", f"{bandwidth}")
    return simulation.run(language.loads(text.replace("FAULTS", faults), "two-regions.yaml"))


@pytest.fixture(scope="module")
def moved() -> Result:
    return run("80 s", faults=MOVED)


@pytest.fixture(scope="module")
def narrow() -> Result:
    return run("8 s", 60_000)


def test_a_move_is_told_with_what_was_left_behind(moved: Result) -> None:
    commits = moved.summary["global"]["failovers"][0]["recovery_point"]["commits"]
    said = answer.reading(moved)
    assert "someone asked for a failover from near to far" in said
    assert f"{commits} commits (" in said and "were left behind" in said
    assert "no acknowledged commit was lost" not in said and "kept every" not in said
    (lost,) = (card for card in headline.cards(moved) if card.label == "Commits left behind")
    assert (lost.value, lost.tone) == (str(commits), "bad")
    (row,) = tables.moves(moved).rows
    assert row[:3] == ("failover", "near", "far") and str(commits) in row


def told(**moved: object) -> report_story.Story:
    """The story with a second region, `far`, a secondary; with a move if its fields are given."""
    story = report_story.story()
    clusters = story.summary["clusters"]
    lag = {"mean": 46.0, "p50": 45.0, "p99": 52.0, "max": 54.0}
    clusters["far"] = copy.deepcopy(clusters["main"]) | {
        "role": "secondary", "region": "eu-west-1", "failovers": [], "restarts": [],
    }  # fmt: skip
    for each in clusters.values():
        each |= {"replication_lag_ms": lag, "replication_backlog": {"bytes": 0, "commits": 7}}
    clusters["main"]["replication_lag_ms"] = dict.fromkeys(lag)
    if moved:
        point = {"commits": 6, "bytes": 9000, "span_s": 0.04}
        story.summary["global"]["failovers"] = [
            {
                "from": "main", "to": "far", "writer": "db-4", "start_s": 50.0,
                "promoted_s": 80.0, "endpoint_moved_s": 83.0, "rejoined_s": None,
                "database_outage_s": 30.0, "client_outage_s": None, "recovery_point": point,
            } | moved
        ]  # fmt: skip
        clusters["main"]["role"], clusters["far"]["role"] = "out", "primary"
    return story


def shut(story: report_story.Story, name: str, for_s: float) -> report_story.Story:
    story.summary["clusters"][name]["volume"]["write_unavailable_s"] = for_s
    for one in story.summary["workloads"].values():
        one["outages"] = []
    return story


def test_a_secondary_that_is_dark_keeps_no_write_waiting() -> None:
    story = shut(told(), "far", 20.0)
    assert headline.cards(story)[0].tone == "good"
    said = answer.reading(story)
    assert "could not take" not in said and "had to wait" not in said
    assert "The volume of main could take writes throughout" in said


def test_a_volume_that_was_primary_is_told_by_name() -> None:
    card = headline.cards(shut(told(), "main", 20.0))[0]
    assert card.tone == "bad" and "the volume of main could not take writes for 20.0 s" in card.line
    story = shut(shut(told(rejoined_s=None), "main", 20.0), "far", 5.0)
    said = answer.reading(story)
    assert "The volume of main could not take writes for 20.0 s and the volume of far" in said
    assert "Writes had to wait for 20.0 s at main and for 5.0 s at far" in said
    never = shut(told(promoted_s=None, database_outage_s=None), "far", 5.0)
    never.summary["clusters"]["far"]["role"] = "secondary"
    assert "volume of far could not" not in answer.reading(never)


@pytest.mark.parametrize(
    ("rejoined_s", "commits", "sentence", "line"),
    [
        (90.0, 6, "They have been gone since main was built anew from far at 90.0 s.", "gone:"),
        (None, 6, "They are not in far, and will be gone once main is built anew", "not built"),
        (90.0, 1, "40 ms was left behind. It has been gone since main", "gone:"),
    ],
)
def test_what_a_failover_left_behind_is_gone_once_its_region_is_built_anew(
    rejoined_s: float | None, commits: int, sentence: str, line: str
) -> None:
    point = {"commits": commits, "bytes": 9000, "span_s": 0.04}
    story = told(rejoined_s=rejoined_s, recovery_point=point)
    said = answer.reading(story)
    assert sentence in said
    assert (", and 1 commit (" in said) == (commits == 1)
    many = "1 commit was" if commits == 1 else "6 commits were"
    none = "no volume lost an acknowledged commit"
    assert f"{none}, but {many} left behind (recovery point 40 ms)" in said
    (card,) = (each for each in headline.cards(story) if each.label == "Commits left behind")
    assert (card.value, card.tone) == (str(commits), "bad")
    assert line in card.line and "of them" not in card.line


def test_a_failover_that_lost_nothing_says_so() -> None:
    said = answer.reading(told(recovery_point={"commits": 0, "bytes": 0, "span_s": 0.0}))
    assert "and nothing was left behind." in said and "no acknowledged commit was lost" in said


def test_the_lag_of_each_secondary_is_told_with_its_reason() -> None:
    lag = "As a secondary, far was 45 ms behind (median), 52 ms at the 99th percentile and"
    assert f"{lag} 54 ms at most. " in answer.reading(told())
    story = told()
    story.summary["clusters"]["far"]["replication_lag_ms"]["max"] = 20_000.0
    story.events.loc[1, ["kind", "cluster", "detail"]] = ["fault:region_outage", "far", ""]
    assert "20 s at most: its region was dark for a time. " in answer.reading(story)
    story.events.loc[1, "detail"] = "no effect: x"
    assert "20 s at most. " in answer.reading(story)
    story.events.loc[1, ["kind", "end_s", "detail"]] = ["fault:region_partition", None, ""]
    assert "cut until the end, when it lacked 7 commits." in answer.reading(story)
    assert "As a secondary" not in answer.reading(report_story.story())


def test_the_line_under_the_title_tells_how_it_began(moved: Result) -> None:
    assert moved.summary["clusters"]["far"]["role"] == "primary"
    near, far = "aurora-mysql in us-east-1", "aurora-mysql in eu-west-1"
    assert page.setting(moved).startswith(
        f"near ({near}, a writer alone), far ({far}, 1 reader), 80.0 s simulated"
    )


def test_a_move_between_regions_is_not_denied_by_the_table_of_failovers_within_one(
    moved: Result,
) -> None:
    text = page.render(moved)
    assert 'id="figure-failover"' in text and "<svg" in text
    assert "No failover happened." not in text


def test_the_failovers_bar_shows_the_asking_and_the_opening(moved: Result) -> None:
    chart = figures.failover(moved)
    assert chart is not None
    texts = " ".join(text.get_text() for text in chart.axes[0].texts)
    assert "notice 5.0 s" in texts and "far-reader-1" in texts


def test_a_link_that_falls_behind_is_a_warning_on_the_page(narrow: Result) -> None:
    text = page.render(narrow)
    assert text.count("<strong>Warning.</strong> The lag of far grew") == 1
    assert "Regions</h3>" in text and ">secondary<" in text


def test_the_lag_of_a_volume_stands_beside_those_of_readers(narrow: Result) -> None:
    chart = figures.lag(narrow)
    assert chart is not None
    names = [text.get_text() for text in chart.axes[0].texts]
    assert "far" in names and "far-reader-1" in names
    assert any("dashed: a region's volume" in name for name in names)
