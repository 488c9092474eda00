"""The page of a study: the answer first, nothing needed from elsewhere, no text obeyed."""

from __future__ import annotations

import itertools
import re

from aurosim import study
from aurosim.report import study_figures, study_lines, study_page, style
from aurosim.scenario import loads
from aurosim.study import Point, language, plan
from aurosim.study.running import Failure
from tests.study.small import SMALL, comparison, replicates, scenario

ORIGIN = {"command": ["aurosim", "replicate", "small.yaml"]}


def page(ran: study.Ran) -> str:
    return study_page.render(ran, study.tabulate(ran), ORIGIN)


def test_the_answer_comes_first_and_conditions_last() -> None:
    text = page(study.run(replicates(3), workers=1))
    assert re.findall(r'<section id="([a-z]+)"', text) == [
        "questions", "figures", "reading", "conditions",
    ]  # fmt: skip
    assert "The promise was kept in every replicate" in text
    assert "3 replicates, seeds 1 to 3" in text
    assert "aurosim replicate small.yaml" in text
    assert text.count("<svg") == 2  # what chance moves: mean latency, and the rate of good ones


def test_kept_promises_are_not_green_where_users_were_badly_served() -> None:
    ran = study.run(replicates(3), workers=1)
    tables = study.tabulate(ran)
    assert study_page.verdict(ran, tables) == study_page.Verdict(
        "The promise was kept in every replicate", "good"
    )
    assert tables.estimates["metric"].count("orders.latency.mean") == 1
    mine = tables.estimates["metric"].index("orders.latency.mean")
    tables.estimates["metric"][mine] = "orders.availability.requests"
    tables.estimates["estimate"][mine] = 0.38
    told = study_page.verdict(ran, tables)
    assert told is not None and told.tone == "plain"
    assert told.text.endswith("; yet for users of orders 62.0 % of requests failed")


def test_a_comparison_says_in_words_what_b_changes() -> None:
    text = page(study.run(comparison(3, workload__orders__client__az="b"), workers=1))
    assert re.search(r"B is [0-9.]+ ms slower, 95 % interval [0-9.]+ to [0-9.]+", text)
    assert 'id="figure-changes"' in text
    assert "The same with A and B in every replicate: " in text


def test_the_file_needs_nothing_else_and_holds_no_clock() -> None:
    ran = study.run(replicates(2), workers=1)
    text = page(ran)
    assert not re.search(r"<script|\bsrc=|@import|url\((?!#)", text)
    assert not re.search(r'href="(?!#|data:)', text)
    assert "default-src 'none'" in text
    assert page(ran) == text


def test_what_a_scenario_says_is_shown_and_never_obeyed() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    text = SMALL.replace("How small can it be?", f"'{evil}'")
    point = Point(f"{evil}", loads(text, "small.yaml"), about=evil)
    made = plan.make(
        plan.REPLICATE, "small", [point], replicates=2, seed=1, question=evil,
        paths=["orders.latency.mean"],
    )  # fmt: skip
    ran = study.run(made, workers=1)
    ran.failures.append(Failure(0, evil, 9, evil))
    shown = page(ran) + study_page.card(ran, study.tabulate(ran))
    assert "<script" not in shown and "<img" not in shown
    assert "&lt;script&gt;" in shown


def test_what_is_missing_is_said_at_the_top() -> None:
    ran = study.run(replicates(3), workers=1)
    del ran.answers[0, 2]
    ran.failures.append(Failure(0, "small", 2, "AssertionError: broken"))
    text = page(ran)
    assert "2 of 3 replicates are here; 1 could not be run" in text
    assert "aurosim run points/000/scenario.resolved.yaml --seed 2 --plane compiled" in text


def test_a_study_without_any_replicate_has_a_page_that_says_so() -> None:
    ran = study.Ran(replicates(3), study.running.Store())
    text = page(ran)
    assert "No replicate has finished" in text
    assert "0 of 3 replicates are here" in text


def test_a_sweep_marks_the_end_of_each_number_and_draws_every_point() -> None:
    points = [Point(f"readers={n}", scenario(cluster__readers__count=str(n))) for n in (1, 2)]
    made = plan.make(
        plan.SWEEP, "small", points, replicates=2, seed=1, paths=["instances.reader-2.cpu"]
    )
    text = page(study.run(made, workers=1))
    assert "readers=1" in text and "readers=2" in text
    # reader-2 is at one of two points only: said, not dropped.
    assert "no replicate has this value" in text


def test_the_same_traffic_is_only_said_where_it_was_the_same() -> None:
    def said(**changes: str) -> str:
        ran = study.run(comparison(2, **changes), workers=1)
        (line,) = [t for t in study_lines.remarks(ran, study.tabulate(ran)) if "met" in t]
        return line

    alike = "A and B met the same traffic and the same luck"
    assert said(cluster__readers__count="2").startswith(alike)
    assert said(workload__orders__client__pool="7").startswith(alike)
    for path, value in (("arrivals__rate", "210/s"), ("transaction", "sysbench-oltp-read-only")):
        assert said(**{f"workload__orders__{path}": value}).startswith("A and B met the same seeds")
    points = [Point(r, scenario(workload__orders__arrivals__rate=r)) for r in ("90/s", "99/s")]
    made = plan.make(plan.SWEEP, "small", points, replicates=1, seed=1)
    ran = study.run(made, workers=1)
    assert "Every point met the same seeds" in study_page.reading(ran, study.tabulate(ran))


def sweep(*settings: tuple[tuple[str, str], ...]) -> study.Plan:
    points = [Point(language.label(s), scenario(), s) for s in settings]
    return plan.make(plan.SWEEP, "small", points, replicates=1, seed=1)


def test_rows_of_a_figure_are_told_apart_by_their_values() -> None:
    paths = ("workload.orders.client.statement_timeout", "workload.orders.client.dns_cache")
    pairs = [(a, b) for a in ("5 s", "30 s") for b in ("1 s", "60 s")]
    made = sweep(*(tuple(zip(paths, pair, strict=True)) for pair in pairs))
    labels, caption = study_figures.labels_of(made, 4)
    assert labels == ["5 s, 1 s", "5 s, 60 s", "30 s, 1 s", "30 s, 60 s"]
    assert caption == "statement_timeout, dns_cache"


def test_values_too_long_for_a_figure_are_broken_cut_and_still_told_apart() -> None:
    long = "{stages: [{rate: 20/s, for: 10 s}, " + "{rate: 30/s, for: 10 s}, " * 20
    paths = [(("workload.orders.arrivals", f"{long}{k}{long}"),) for k in "12"]
    labels, _ = study_figures.labels_of(sweep(*paths), 2)
    assert len(set(labels)) == 2
    rows = [row for label in labels for row in label.split("\n")]
    assert len(rows) <= 2 * study_figures.MOST_LINES
    assert max(map(len, rows)) <= study_figures.MOST_LETTERS


def test_ticks_of_large_numbers_leave_room_for_each_other() -> None:
    with style.styled():
        figure, axes = study_figures._rows(["A" * study_figures.MOST_LETTERS, "B"])
        axes.plot([11_000, 23_000], [0, 1])
        study_figures._finish(axes, "per second")
        figure.draw_without_rendering()
        places = [text.get_window_extent() for text in axes.get_xticklabels()]
    boxes = sorted((place.x0, place.x1) for place in places if place.width)
    assert all(first[1] + 4 < second[0] for first, second in itertools.pairwise(boxes))
    assert len(boxes) >= 3


def test_numbers_that_only_one_side_has_are_counted_and_not_shown() -> None:
    other = loads(SMALL.replace("name: orders", "name: sales").replace("orders.l", "sales.l"), "b")
    points = [Point("A", scenario(), about="small"), Point("B", other, about="other")]
    paths = ["orders.good", "sales.good", "instances.writer.cpu"]
    made = plan.make(plan.COMPARE, "small", points, replicates=3, seed=1, paths=paths)
    ran = study.run(made, workers=1)
    tables = study.tabulate(ran)
    shown = [row["metric"] for row in study_lines.difference_rows(tables)]
    assert shown == ["instances.writer.cpu"]
    # Each workload's rate, its question about outages, and its line of `expect:`.
    assert any("Left out: 6 numbers" in line for line in study_lines.remarks(ran, tables))
    assert "no pair has both values" not in page(ran) + study_lines.text(ran, tables)
    assert tables.differences is not None and len(tables.differences["metric"]) == 7


def test_failures_stand_beside_the_latencies_of_a_study() -> None:
    """A client that waits 2.9 ms for a statement fails at times: that is in no percentile."""
    impatient = {"workload__orders__client__statement_timeout": "2900 us"}
    paths = ("orders.latency.p99", "orders.availability.requests")
    ran = study.run(replicates(2, paths, **impatient), workers=1)
    tables = study.tabulate(ran)
    failed = study_lines.failed_beside(tables, "orders")
    assert failed.endswith(" %")
    cards = {card.label: card.line for card in study_page.cards(ran, tables)}
    assert cards["orders.latency.p99"].endswith(f"failed: {failed}")
    assert "failed" not in cards["orders.availability.requests"]
    told = " ".join(study_lines.remarks(ran, tables))
    assert f"Latencies are of good requests only. Failed, on average: orders {failed}." in told
    calm = study.run(replicates(2, ("orders.latency.p99",)), workers=1)
    told = " ".join(study_lines.remarks(calm, study.tabulate(calm)))
    assert "what failed is not asked for here: orders.availability.requests." in told


def test_what_is_the_same_everywhere_is_not_counted_among_intervals() -> None:
    def counted(**changes: str) -> list[str]:
        ran = study.run(comparison(3, **changes), workers=1)
        tables = study.tabulate(ran)
        assert tables.differences is not None and any(tables.differences["high"] > 0)
        return re.findall(r"of these (\d+)", " ".join(study_lines.remarks(ran, tables)))

    # A second reader moves nothing of a workload that only writes.
    assert counted() == []
    assert counted(workload__orders__client__az="b", workload__orders__arrivals__rate="90/s") == [
        "2"
    ]
