"""The key numbers: none is more reassuring than the worst row of the summary.

The stories are those of users: a workload that never comes back, a broken one whose few good
requests are fast, a region that is left with commits in it.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from aurosim.cli import summary as terminal
from aurosim.report import answer, downtime, figures, headline, page, tables, words
from aurosim.report.meanings import GROUPS, MEANINGS
from tests import report_story


def outage(start_s: float, end_s: float | None, until_s: float = 120.0) -> dict[str, Any]:
    stop = until_s if end_s is None else end_s
    lasted = stop - start_s
    return {"start_s": start_s, "end_s": end_s, "duration_s": lasted, "longest_s": lasted}


def down(name: str, *outages: dict[str, Any], good: float = 0.5) -> report_story.Story:
    """The story with these outages of one workload and none of the other."""
    story = report_story.story()
    for each, one in story.summary["workloads"].items():
        mine = list(outages) if each == name else []
        away = sum(o["duration_s"] for o in mine)
        one["outages"] = mine
        one["availability"] = {"requests": good if mine else 1.0, "time": 1 - away / 115}
    return story


def card(story: report_story.Story, label: str) -> headline.Card:
    (found,) = (each for each in headline.cards(story) if each.label == label)
    return found


# --- outages -------------------------------------------------------------------------------
def test_a_workload_that_never_comes_back_is_told_by_all_its_outages() -> None:
    """Down 20 to 30 s and from 35 s on: 95 of 115 s, though no outage that ended was over 10 s."""
    told = card(down("orders", outage(20, 30), outage(35, None)), "Time in outages")
    assert told.value == "95.0 s of 115 s" and told.tone == "bad"
    assert told.line == (
        "orders: 82.6 % of the time; 2 outages, the longest at least 85.0 s; still down at the end"
    )


def test_only_an_outage_without_an_end_is_still_going_on() -> None:
    story = down("orders", outage(100, None))
    assert "one outage; still down at the end" in card(story, "Time in outages").line
    assert "still" not in card(down("orders", outage(100, 120)), "Time in outages").line


def test_many_short_outages_weigh_more_than_one_that_is_longer() -> None:
    story = down("orders", *(outage(t, t + 4) for t in range(10, 110, 10)))
    story.summary["workloads"]["browsing"]["outages"] = [outage(50, 59)]
    told = card(story, "Time in outages")
    assert told.value == "40.0 s of 115 s"
    assert "10 outages, the longest 4.0 s; the longest of all: 9.0 s (browsing)" in told.line


def test_who_is_still_down_is_named_even_if_another_was_down_longer() -> None:
    story = down("orders", outage(20, 80))
    story.summary["workloads"]["browsing"]["outages"] = [outage(110, None)]
    assert "browsing still down at the end" in card(story, "Time in outages").line


def test_the_paragraph_the_table_and_the_terminal_tell_it_too() -> None:
    story = down("orders", outage(20, 30), outage(35, None))
    said = answer.reading(story)
    assert "The longest outage was at least 85.0 s (orders)" in said
    assert (
        "In outages in all: orders for 95.0 s (2 outages), 82.6 % of the time, and still down when"
        " the run ended." in said
    )
    assert cell(tables.workloads(story), "orders", "in outages") == "95.0 s (82.6 %)"
    assert cell(tables.workloads(story), "orders", "longest outage") == (
        "at least 85.0 s, still down at the end"
    )
    shown = list(terminal.workloads(story.summary).columns[-2].cells)
    assert shown == ["0", ">= 95"]


def test_a_short_outage_that_is_open_may_become_the_longest_wherever_one_is_told() -> None:
    """10.7 s and over, then down from 119 s to the end: the longest was 10.7 s so far."""
    story = down("orders", outage(20, 30.7), outage(119, None))
    assert downtime.of(story.summary, "orders").longest == "at least 10.7 s"
    assert "2 outages, the longest at least 10.7 s" in card(story, "Time in outages").line
    assert "The longest outage was at least 10.7 s (orders)" in answer.reading(story)
    assert cell(tables.workloads(story), "orders", "longest outage") == (
        "at least 10.7 s, still down at the end"
    )
    assert list(terminal.workloads(story.summary).columns[-1].cells) == ["0", ">= 10.7"]


def test_the_longest_of_all_is_not_known_while_another_workload_is_down() -> None:
    story = down("orders", outage(20, 30), outage(40, 50))
    story.summary["workloads"]["browsing"]["outages"] = [outage(80, 91), outage(119, None)]
    line = card(story, "Time in outages").line
    assert "2 outages, the longest 10.0 s" in line, "that of orders is known"
    assert "the longest of all: at least 11.0 s (browsing)" in line
    story = down("orders", outage(20, 50))
    story.summary["workloads"]["browsing"]["outages"] = [outage(119, None)]
    assert "The longest outage was at least 30.0 s (orders)" in answer.reading(story)
    story.summary["workloads"]["browsing"]["outages"] = [outage(119, 120)]
    assert "The longest outage was 30.0 s (orders)" in answer.reading(story)


def test_the_figures_mark_what_did_not_end() -> None:
    story = down("orders", outage(20, 60), outage(65, None))
    chart = figures.availability(story)
    assert chart is not None
    texts = [text.get_text() for text in chart.axes[0].texts]
    assert "\u2265 55.0 s" in texts and "40.0 s" in texts


# --- availability and load -----------------------------------------------------------------
def test_availability_is_the_lower_of_its_two_kinds_and_of_all_workloads() -> None:
    story = down("orders", outage(20, 112), good=0.41)
    story.summary["workloads"]["browsing"]["availability"] = {"requests": 0.97, "time": 0.9}
    told = card(story, "Availability")
    assert told.value == "20.0 %"
    assert told.line == "of the time (orders); 41.0 % of requests (orders)"


def test_requests_without_a_fate_stand_beside_an_availability_that_leaves_them_out() -> None:
    """Nobody failed, since nobody's time is up: that is not 100 % and green."""
    story = report_story.calm()
    assert card(story, "Availability").tone == "good"
    story.summary["workloads"]["browsing"]["requests"] |= {"due": 1000, "good": 600, "open": 400}
    told = card(story, "Availability")
    assert (told.value, told.tone) == ("100 %", "plain")
    assert told.line.endswith("40.0 % of requests open at the end")
    assert cell(tables.workloads(story), "browsing", "open") == "400"
    assert list(terminal.workloads(story.summary).columns[3].cells) == ["400"]


def test_a_sum_of_good_requests_names_the_workload_that_it_hides() -> None:
    story = report_story.story()
    assert card(story, "Good requests").line == "of 600/s due; orders: 176 of 200"
    said = answer.reading(story)
    assert "96.0 % of those that ended did so well, of those of orders 88.1 %." in said


# --- latency -------------------------------------------------------------------------------
def broken() -> report_story.Story:
    """58 % of orders fail; what is good is faster than browsing."""
    story = report_story.story()
    orders = story.summary["workloads"]["orders"]
    orders["availability"]["requests"] = 0.42
    orders["latency_ms"] = report_story.percentiles(0.2)
    orders["failed_latency_ms"] = report_story.percentiles(500)
    return story


def cell(table: tables.Table, row: str, heading: str) -> str:
    place = [column.heading for column in table.columns].index(heading)
    (found,) = (each[place] for each in table.rows if each[0] == row)
    return found


def test_failures_stand_beside_a_latency_wherever_one_is_shown() -> None:
    story = broken()
    told = card(story, "Latency of good requests, p99")
    assert told.tone == "bad" and told.line.endswith("58.0 % of orders failed")
    assert told.line.startswith("browsing: ")  # whose p99 is the highest
    assert cell(tables.workloads(story), "orders", "failed") == "58.0 %"
    assert cell(tables.workloads(story), "orders", "p99 of failed") == "2.10 s"
    columns = [column.heading for column in tables.workloads(story).columns]
    assert columns.index("p99 of good") == columns.index("failed") + 1
    caption = page.picture(story, "latency").caption
    assert "Good requests only" in caption and "Not in it: 58.0 % of orders failed." in caption
    shown = terminal.workloads(story.summary)
    headings = [str(column.header) for column in shown.columns]
    assert headings.index("p99 ms\nof good") == headings.index("failed") + 1
    assert list(shown.columns[headings.index("failed")].cells) == ["0.000 %", "58.000 %"]


def test_where_nothing_failed_that_is_said() -> None:
    story = report_story.calm()
    told = card(story, "Latency of good requests, p99")
    assert told.line.endswith("none failed") and told.tone == "plain"
    assert page.picture(story, "latency").caption.endswith("No request failed.")


def test_both_the_slowest_and_the_most_broken_workload_are_named() -> None:
    story = broken()
    story.summary["workloads"]["browsing"]["availability"]["requests"] = 0.9
    line = card(story, "Latency of good requests, p99").line
    assert line.endswith("10.0 % of browsing and 58.0 % of orders failed")
    caption = page.picture(story, "latency").caption
    assert "Not in it: 10.0 % of browsing and 58.0 % of orders failed." in caption


# --- instances -----------------------------------------------------------------------------
def test_the_busiest_instance_and_the_fullest_are_named() -> None:
    story = report_story.story()
    instances = story.summary["clusters"]["main"]["instances"]
    instances["db-2"] |= {"cpu_busiest_ratio": 0.95, "cpu_ratio": 0.4}
    instances["db-3"] |= {"connections_max": 800}
    told = card(story, "Busiest vCPUs")
    assert (told.value, told.tone) == ("95.0 %", "bad")
    assert told.line == (
        "db-2, in its busiest 11.5 s; 40.0 % on average; connections: at most 800 of 1\u2009000"
        " (db-3)"
    )


def test_an_instance_at_its_limit_of_connections_is_marked_though_its_cpu_rests() -> None:
    story = report_story.story()
    assert card(story, "Busiest vCPUs").tone == "plain"
    story.summary["clusters"]["main"]["instances"]["db-3"] |= {"connections_max": 1000}
    assert card(story, "Busiest vCPUs").tone == "bad"


def test_a_run_without_a_whole_window_has_no_such_card() -> None:
    story = report_story.story()
    for one in story.summary["clusters"]["main"]["instances"].values():
        one |= {"cpu_busiest_ratio": None, "cpu_p95_ratio": None}
    assert "Busiest vCPUs" not in [each.label for each in headline.cards(story)]
    assert cell(tables.instances(story), "db-1", "busiest window") == words.NOTHING


# --- words ---------------------------------------------------------------------------------
def test_stale_reads_are_told() -> None:
    story = report_story.story()
    readers = story.summary["clusters"]["main"]["readers"]
    readers["db-3"] = readers["db-3"] | {"stale_reads": 999, "reads": 1000}
    said = answer.reading(story)
    assert "Of the reads at db-3 99.9 % were stale (999 of 1\u2009000), the most of any" in said
    assert "stale" not in answer.reading(report_story.calm())


def test_every_number_on_the_page_is_defined_and_each_word_once(monkeypatch) -> None:
    monkeypatch.setattr(figures, "draw", lambda subject, name: None)
    story = report_story.story()
    shown = [
        tables.workloads, tables.latency, tables.errors, tables.failovers, tables.restarts,
        tables.instances, tables.volume, tables.regions, tables.moves, tables.events,
    ]  # fmt: skip
    story.summary["clusters"]["far"] = story.summary["clusters"]["main"] | {
        "replication_lag_ms": dict.fromkeys(("mean", "p50", "p99", "max")),
        "replication_backlog": {"bytes": 0, "commits": 0},
    }
    story.summary["clusters"]["main"] = story.summary["clusters"]["far"]
    for make in shown:
        for column in make(story).columns:
            if column.number:
                assert column.meaning == MEANINGS[column.heading], column.heading
    for each in headline.cards(story):
        assert each.meaning
    html = page.render(story)
    assert html.count('href="#words"') == 1 and html.count('<section id="words">') == 1
    assert sum(len(terms) for _, terms in GROUPS) == len(MEANINGS)
    assert html.count("<dt>") >= len(MEANINGS)
    lost = MEANINGS["commits lost"].split(" (")[0]
    assert html.count(f'title="{lost}') == 1  # over the one column that has it


def test_lost_left_behind_and_on_their_way_are_three_words() -> None:
    """One page that has all three: each with its own heading, and none under another's."""
    story = report_story.story()
    main = story.summary["clusters"]["main"]
    lag = dict.fromkeys(("mean", "p50", "p99", "max"))
    story.summary["clusters"]["far"] = main | {
        "replication_lag_ms": lag, "replication_backlog": {"bytes": 1, "commits": 9},
        "acknowledged_commits_lost": 0, "failovers": [], "restarts": [],
    }  # fmt: skip
    main |= {
        "replication_lag_ms": lag, "replication_backlog": {"bytes": 0, "commits": 0},
        "acknowledged_commits_lost": 3,
    }  # fmt: skip
    point = {"commits": 6, "bytes": 9000, "span_s": 0.04}
    story.summary["global"]["failovers"] = [
        {
            "from": "main", "to": "far", "writer": "db-4", "start_s": 50.0, "promoted_s": 80.0,
            "endpoint_moved_s": 83.0, "rejoined_s": None, "database_outage_s": 30.0,
            "client_outage_s": None, "recovery_point": point,
        }
    ]  # fmt: skip
    values = {each.label: each.value for each in headline.cards(story)}
    assert (values["Commits left behind"], values["Commits lost"]) == ("6", "3")
    assert cell(tables.moves(story), "failover", "commits left behind") == "6"
    assert cell(tables.volume(story), "main", "commits lost") == "3"
    assert cell(tables.regions(story), "far", "backlog, commits") == "9"
    said = answer.reading(story)
    assert "3 acknowledged commits were lost, but 6 commits were left behind" in said
    headings = [str(c.header) for c in terminal.moves(story.summary).columns]
    headings += [str(c.header) for c in terminal.regions(story.summary).columns]
    assert "commits\nleft behind" in headings and "backlog,\ncommits" in headings
    assert not any("lost" in heading for heading in headings)


@pytest.mark.parametrize("seed", range(40))
def test_no_key_number_is_better_than_the_worst_row(seed: int) -> None:
    """Any two workloads: the cards have the worst of each, whoever has it."""
    draw = random.Random(seed)
    story = report_story.story()
    every = story.summary["workloads"]
    for one in every.values():
        starts = [t for t in range(10, 100, 10) if draw.random() < 0.3]
        spans = [outage(t, t + draw.uniform(1, 9)) for t in starts]
        spans += [outage(draw.uniform(100, 118), None)] if draw.random() < 0.3 else []
        one["outages"] = spans
        away = sum(each["duration_s"] for each in spans)
        good = draw.choice([1.0, draw.random()])
        one["availability"] = {"requests": good, "time": 1 - away / 115}
        one["latency_ms"] = report_story.percentiles(draw.uniform(0.1, 900))
    shown = {each.label: each for each in headline.cards(story)}
    ratios = [one["availability"][kind] for one in every.values() for kind in ("requests", "time")]
    assert shown["Availability"].value == words.share(min(ratios))
    totals = [downtime.of(story.summary, name).total_s for name in every]
    if max(totals):
        assert shown["Time in outages"].value.startswith(words.seconds(max(totals)))
    still = any(each["end_s"] is None for one in every.values() for each in one["outages"])
    assert ("still down at the end" in shown["Time in outages"].line) == still
    for name, one in every.items():
        open_too = any(each["end_s"] is None for each in one["outages"])
        longest = cell(tables.workloads(story), name, "longest outage")
        assert ("at least" in longest) == ("still down" in longest) == open_too
    assert ("longest outage was at least" in answer.reading(story)) == still
    if "the longest" in shown["Time in outages"].line.split(";")[1]:
        worst = max(sorted(every), key=lambda name: downtime.of(story.summary, name).total_s)
        told = shown["Time in outages"].line.split(";")[1]
        assert ("at least" in told) == downtime.of(story.summary, worst).still
    latency = shown["Latency of good requests, p99"]
    assert latency.value == words.milliseconds(max(o["latency_ms"]["p99"] for o in every.values()))
    failed = max(1 - one["availability"]["requests"] for one in every.values())
    assert (words.share(failed) if failed else "none failed") in latency.line


def test_the_card_of_a_fleet_tells_the_mean_of_its_processes() -> None:
    story = report_story.story()
    story.summary["workloads"]["orders"]["processes"] = {"count": 8, "asked": 7}
    story.summary["workloads"]["orders"]["outage"]["mean_s"] = 6.5
    assert "6.5 s on average over its processes" in card(story, "Time in outages").line
    assert "on average over" not in card(report_story.story(), "Time in outages").line


def test_who_is_impaired_and_never_out_is_not_shown_as_well() -> None:
    story = report_story.calm()
    assert card(story, "Time in outages").tone == "good"
    story.summary["workloads"]["browsing"]["impaired_s"] = 70.0
    told = card(story, "Time in outages")
    assert (told.value, told.tone) == ("none", "bad")
    assert told.line == "but impaired for 70.0 s: more than 5 % failed"
