"""The page says what the summary says, is the same bytes each time, runs nothing it was given."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from aurosim import catalog
from aurosim import scenario as language
from aurosim.report import answer, card, figures, headline, page, tables, words, write
from tests import report_story
from tests.tidy.source import ROOT


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text that a person would read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("style", "title"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\u2009", "").replace("\u202f", "").split())

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]


@pytest.fixture(scope="module")
def html() -> str:
    return page.render(report_story.story())


@pytest.fixture(scope="module")
def text(html: str) -> str:
    return Reader(html).text


def test_the_numbers_on_the_page_are_those_of_the_summary(text: str) -> None:
    orders = report_story.summary()["workloads"]["orders"]
    assert "Time in outages 14.2 s of 115 s orders: 12.3 % of the time; one outage" in text
    assert f"Availability {words.share(orders['availability']['time'])}" in text
    assert "Availability 87.7 % of the time (orders); 88.1 % of requests (orders)" in text
    assert "Latency of good requests, p99 25.6 ms orders: median" in text
    assert "slowest 92.1 ms; 11.9 % of orders failed" in text
    assert "Good requests 576/s of 600/s due; orders: 176 of 200" in text
    assert "Busiest vCPUs 57.0 % db-1, in its busiest 11.5 s; 31.0 % on average" in text
    assert "Commits lost 0" in text


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages in a tenth of the time, for tests that read words only."""
    monkeypatch.setattr(figures, "draw", lambda subject, name: None)


def test_other_numbers_make_another_page(no_figures) -> None:
    story = report_story.story()
    short = {"start_s": 90.0, "end_s": 92.0, "duration_s": 2.0, "longest_s": 2.0}
    story.summary["workloads"]["orders"]["outages"].append(short)
    story.summary["workloads"]["browsing"]["outages"].append(short)
    story.summary["clusters"]["main"]["acknowledged_commits_lost"] = 41
    first = story.summary["workloads"]["orders"]["outages"][0]
    first["duration_s"] = first["longest_s"] = 77.25
    changed = Reader(page.render(story)).text
    assert "Commits lost 41 acknowledged to a client, and in no copy of the volume" in changed
    assert "41 acknowledged commits were lost" in changed
    assert "Time in outages 79.2 s of 115 s orders: 12.3 % of the time; 2 outages" in changed
    assert "2 outages, the longest 77.2 s" in changed


def test_the_story_is_told_in_a_paragraph(text: str) -> None:
    assert (
        "At 20.0 s a failover away from db-1 began (host failure): the database was away 12.4 s, "
        "plain clients 14.2 s (1.8 s longer). It took 6.2 s to notice and 6.2 s more to open db-2."
        in text
    )
    assert "The longest outage was 14.2 s (orders); there was none for browsing." in text
    assert "Clients met 1562 errors, 1212 of them \u201cconnect timeout\u201d." in text


def test_a_restart_without_failover_is_told(no_figures) -> None:
    story = report_story.story()
    main = story.summary["clusters"]["main"]
    main["restarts"].append({"instance": "db-3", "cause": "crash", "start_s": 90.0, "end_s": 97.5})
    text = Reader(page.render(story)).text
    assert "At 90.0 s db-3 went down (crash) and was back after 7.5 s." in text
    assert "db-1 went down" not in text


def test_promises_say_what_was_measured(text: str) -> None:
    assert "2 of 3 promises broken" in text
    assert "\u2713 held orders.outage.max < 30 s measured 14.2 s" in text
    assert "\u2717 failed browsing.latency.p99 < 1 ms measured 5.88 ms" in text
    assert "measured nothing: there is no such value" in text


def test_what_it_shows_is_grey_and_no_verdict(html: str, text: str) -> None:
    assert "It is a lesson, no promise" in text
    assert "shown orders.outage.max > 10 s measured 14.2 s" in text
    assert "not here orders.errors.read_only > 99 measured 9" in text
    assert "2 of 3 promises broken" in text, "a lesson that is not shown counts for nothing"
    lesson = html.split('<ul class="verdicts shows">')[1].split("</ul>")[0]
    assert 'class="mark"' in lesson and "failed" not in lesson and "held" not in lesson


def test_a_cure_is_named_on_top_and_at_the_promises_that_it_mends(no_figures) -> None:
    story = report_story.story()
    cure = language.CureSpec(
        what="less <patience>", mends=["browsing.latency.p99 < 1 ms"], why="It is `shorter`."
    )
    story.scenario = story.scenario.model_copy(update={"cure": [cure]})
    html = page.render(story)
    text = Reader(html).text
    assert "The cure: less <patience>. Run it with --cure ." in text
    assert "< 1 ms measured 5.88 ms the cure mends it" in text
    assert "<code>shorter</code>" in html and "less &lt;patience&gt;" in html
    there = cure.model_copy(update={"in_place": True})
    story.scenario = story.scenario.model_copy(update={"cure": [there]})
    text = Reader(page.render(story)).text
    assert "The cure is in place: less <patience>." in text
    assert "the cure mends it" not in text


@pytest.mark.parametrize(
    ("line", "value", "shown"),
    [
        ("orders.availability.requests >= 95 %", 0.9499996, "94.99996 %"),
        ("orders.availability.requests >= 95 %", 0.949996, "94.9996 %"),
        ("orders.good >= 10 /s", 176.25, "176.2/s"),
        ("orders.latency.p99 < 1 s", 25.6, "0.0256 s"),
        ("orders.latency.p99 < 99 ms", 25.6, "25.6 ms"),
        ("volume.write_unavailable == 0 s", 0.0, "0 s"),
        ("acknowledged_commits_lost == 0", 3, "3"),
        ("volume.full_in > 150 h", 666_308.0, "185.1 h"),
        ("volume.bytes <= 20 GiB", 21_474_836_480, "20 GiB"),
        ("volume.bytes > 2 TB", 2_000_000_000_001, "2.000000000001 TB"),
        ("orders.outage.max < 1 min", 90.0, "1.5 min"),
        ("orders.availability.requests >= 0.95", 0.9499996, "94.99996 %"),
        ("orders.due > 600 /min", 5.0, "300/min"),
    ],
)
def test_a_measured_value_keeps_its_unit_and_the_digits_that_tell(
    line: str, value: float, shown: str
) -> None:
    measured = answer.measured({"text": line, "value": value}, report_story.summary())
    assert measured == shown


def test_the_answer_comes_first_and_the_sections_in_their_order(html: str) -> None:
    ids = [tag[1]["id"] for tag in Reader(html).tags if tag[0] in ("header", "section")]
    assert ids == [
        "answer", "promises", "workloads", "time", "failover", "storage", "sessions", "errors",
        "events", "assumptions", "words", "provenance",
    ]  # fmt: skip


def test_no_id_twice(html: str) -> None:
    ids = Reader(html).values("id")
    assert len(ids) == len(set(ids))


def test_every_figure_can_be_read_aloud(html: str) -> None:
    drawn = [attrs for tag, attrs in Reader(html).tags if tag == "svg"]
    assert len(drawn) == 14  # that of connections too: the story's moved
    assert all(attrs.get("role") == "img" and attrs.get("aria-label") for attrs in drawn)


def test_every_figure_that_is_drawn_is_on_the_page(html: str) -> None:
    shown = set(Reader(html).values("id"))
    pictures = page.pictures(report_story.story())
    drawn = {f"figure-{name}" for name, one in pictures.items() if one.svg}
    assert "figure-growth" in drawn
    assert drawn - shown == set()


def test_what_stands_between_backticks_is_code_and_nothing_is_obeyed() -> None:
    assert page.marked("set `a<b` to <i>, `odd") == "set <code>a&lt;b</code> to &lt;i&gt;, `odd"
    assert page.marked("plain & simple") == "plain &amp; simple"
    assert page.marked("`all`") == "<code>all</code>"


def test_a_full_volume_is_told_and_its_refusals_are_no_lack_of_quorum() -> None:
    story = report_story.calm()
    assert "could take writes throughout" in answer.reading(story)
    volume = story.summary["clusters"]["main"]["volume"]
    volume |= {"bytes": 128 * 2**40, "growth_bytes_per_s": None, "full_in_s": 0.0}
    story.summary["workloads"]["browsing"]["errors"] = {"volume_full": 4000}
    said = answer.reading(story)
    assert "It is full, at 128 TiB." in said
    assert "The volume kept its write quorum throughout, and no" in said
    volume |= {"growth_bytes_per_s": 5.0}
    assert "It grew to 128 TiB, and is full." in answer.reading(story)


def test_the_file_needs_nothing_else(html: str) -> None:
    tags = Reader(html).tags
    links = [attrs.get(a) or "" for _, attrs in tags for a in ("src", "href", "xlink:href")]
    assert [link for link in links if link and not link.startswith(("#", "data:"))] == []
    assert {tag for tag, _ in tags} & {"script", "iframe", "object", "embed", "img"} == set()
    assert "@import" not in html and not re.search(r"url\((?!#)", html)


def test_hostile_names_stay_text() -> None:
    story = report_story.hostile()
    html = page.render(story)
    reader = Reader(html)
    assert {tag for tag, _ in reader.tags} & {"script", "img"} == set()
    assert not [attrs for _, attrs in reader.tags if any(a.startswith("on") for a in attrs)]
    assert reader.text.count(report_story.HOSTILE) >= 8
    assert "<script>document" not in html


def test_a_card_for_a_notebook_says_the_same_and_escapes() -> None:
    shown = card.html(report_story.story())
    assert "14.2 s" in shown and "failed: <code>browsing.latency.p99 &lt; 1 ms</code>" in shown
    reader = Reader(card.html(report_story.hostile()))
    assert {tag for tag, _ in reader.tags} <= {"div", "b", "span", "p", "code", "br"}


def test_two_renders_are_the_same_bytes(html: str) -> None:
    assert page.render(report_story.story()) == html


def test_another_process_with_another_hash_seed_renders_the_same_bytes(html: str) -> None:
    code = (
        "import hashlib, sys; from aurosim.report import page; from tests import report_story; "
        "print(hashlib.sha256(page.render(report_story.story()).encode()).hexdigest()); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PYTHONHASHSEED": "77", "MPLBACKEND": "svg", "TZ": "Asia/Tokyo"},
    )  # fmt: skip
    digest, pyplot_was_loaded = done.stdout.split()
    assert digest == hashlib.sha256(html.encode()).hexdigest()
    assert pyplot_was_loaded == "False"


def test_the_user_s_own_matplotlib_style_changes_nothing(html: str) -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "red", "text.parse_math": True}):
        assert page.render(report_story.story()) == html
        assert matplotlib.rcParams["font.size"] == 31


def test_what_differs_between_machines_is_not_on_the_page(no_figures) -> None:
    story = report_story.story()
    before = page.render(story)
    story.provenance = {"host": "elsewhere", "started": "2031-01-01T00:00:00Z"}
    assert page.render(story) == before


def test_what_it_takes_to_run_again_is_on_the_page(html: str, text: str) -> None:
    resolved = language.dump(report_story.story().scenario)
    assert hashlib.sha256(resolved.encode()).hexdigest() in text
    assert "seed 7" in text and "data plane simpy" in text
    assert "name: writer-host-failure" in html.split("<pre>")[1]


def test_a_stopped_run_says_so(no_figures, text: str) -> None:
    story = report_story.story()
    story.partial = True
    assert "This run was stopped before its end" in Reader(page.render(story)).text
    assert "stopped before its end" not in text


def test_a_calm_run_says_that_nothing_happened() -> None:
    text = Reader(page.render(report_story.calm())).text
    for sentence in (
        "No failover happened.", "No workload had an outage.", "Nothing failed.",
        "No instance restarted.", "Nothing happened to the cluster", "a writer alone",
        "The scenario states none.",
    ):  # fmt: skip
        assert sentence in text


def test_a_stall_that_was_no_outage_is_told_and_is_not_green() -> None:
    story = report_story.calm()
    assert headline.cards(story)[0].tone == "good"
    story.summary["clusters"]["main"]["volume"]["write_unavailable_s"] = 10.0
    card = headline.cards(story)[0]
    assert (card.tone, card.value) == ("bad", "none")
    assert "could not take writes for 10.0 s" in card.line
    assert "Writes had to wait for 10.0 s, yet there was no outage" in answer.reading(story)


def test_a_run_without_a_single_number_is_still_a_page() -> None:
    story = report_story.story()
    for one in story.summary["workloads"].values():
        one |= {"latency_ms": None, "commit_latency_ms": None, "outages": [], "errors": {}}
        one |= {key: None for key in one if key.endswith("_per_s")}
        one["availability"] = {"requests": None, "time": None}
    story.timeseries = story.timeseries.iloc[:0]
    story.events, story.latency = story.events.iloc[:0], story.latency.iloc[:0]
    text = Reader(page.render(story)).text
    assert "nan" not in text.lower().split() and "None" not in text


def test_missing_numbers_are_dashes_not_nan(no_figures) -> None:
    story = report_story.story()
    story.latency.loc[0, "p999_ms"] = np.nan
    story.summary["clusters"]["main"]["failovers"][0] |= {
        "promoted_s": None, "endpoint_moved_s": None, "database_outage_s": None, "to": None,
    }  # fmt: skip
    text = Reader(page.render(story)).text
    assert "no new writer was open when the run ended" in text
    assert "nan" not in text.lower().split() and "None" not in text


def test_the_scenario_s_own_numbers_come_first_and_are_marked() -> None:
    found = tables.assumptions(report_story.story())
    assert found.marked == {0}
    assert found.rows[0][:3] == (
        "health_check_period", "1 s", "set by the scenario (catalog: 2 s, assumption)",
    )  # fmt: skip


def test_every_number_without_a_document_is_named() -> None:
    named = {row[0] for row in tables.assumptions(report_story.story()).rows}
    for entry in catalog.entries().values():
        foreign = entry.name.endswith("_postgresql")
        expected = entry.status != "sourced" and not foreign
        assert (entry.name in named) == expected, entry.name


def test_what_both_engines_share_for_want_of_a_fact_is_an_assumption() -> None:
    named = {row[0]: row for row in tables.assumptions(report_story.story()).rows}
    shared = [d for d in catalog.engine_differences() if not d.differs and d.status == "assumption"]
    assert len(shared) > 5
    for topic in shared:
        assert named[f"same in both engines: {topic.topic}"][2] == "assumption"


def test_the_page_is_written_as_it_is(no_figures, tmp_path) -> None:
    story = report_story.story()
    write(story, tmp_path)
    assert (tmp_path / "report.html").read_bytes() == page.render(story).encode()


@pytest.mark.parametrize("prompt", [False, True])
def test_matplotlib_lists_what_can_be_set_where_somebody_may_ask(prompt) -> None:
    code = (
        f"import sys\nif {prompt}: sys.ps1 = '>>> '\n"
        "from aurosim.report import load_matplotlib\nload_matplotlib()\n"
        "from matplotlib.artist import kwdoc\nfrom matplotlib.lines import Line2D\n"
        "print('markeredgewidth' in Line2D.set.__doc__, 'markeredgewidth' in kwdoc(Line2D))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(prompt), "True"]
