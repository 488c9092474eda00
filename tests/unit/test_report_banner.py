"""The verdict on top of a run: it counts promises, and is green only where nobody was left out."""

from __future__ import annotations

import pytest

from aurosim.report import banner, card, page
from tests import report_story


def kept(*lines: str) -> report_story.Story:
    """The story with these promises, all kept, and every user well served."""
    story = report_story.story()
    story.summary["expect"] = [
        {"text": line, "held": True, "value": 1.0, "why": None} for line in lines
    ]
    for one in story.summary["workloads"].values():
        one["availability"] = {"requests": 0.9999, "time": 1.0}
    return story


def told(story: report_story.Story) -> tuple[str, str]:
    found = banner.of(story.summary)
    assert found is not None
    return found.text, found.tone


def test_it_counts_promises() -> None:
    lines = ["orders.outage.max < 30 s", "orders.good > 1 /s", "browsing.good > 1 /s"]
    assert told(kept(*lines)) == ("All 3 promises kept", "good")
    assert told(kept(lines[0])) == ("The promise was kept", "good")
    assert banner.of(kept().summary) is None
    story = kept(*lines)
    story.summary["expect"][1]["held"] = False
    assert told(story) == ("1 of 3 promises broken", "bad")
    story = kept(lines[0])
    story.summary["expect"][0]["held"] = False
    assert told(story) == ("The promise was broken", "bad")


@pytest.mark.parametrize(
    ("lines", "availability", "adds"),
    [
        (
            ["orders.good > 1 /s", "acknowledged_commits_lost == 0"],
            {"requests": 0.7, "time": 0.38},
            "no promise is about users of browsing, who were out for 62.0 % of the time",
        ),
        (
            ["orders.good > 1 /s"],
            {"requests": 0.38, "time": 0.7},
            "no promise is about users of browsing, who saw 62.0 % of requests fail",
        ),
        (
            ["workloads.browsing.latency.p99 < 1 s"],
            {"requests": 0.7, "time": 0.38},
            "yet users of browsing were out for 62.0 % of the time",
        ),
        (
            ["browsing.latency.p99 < 1 s"],
            {"requests": 0.98, "time": None},
            "yet 2.0 % of the requests of users of browsing failed",
        ),
    ],
)
def test_kept_promises_are_not_green_above_users_who_were_down(lines, availability, adds) -> None:
    story = kept(*lines)
    story.summary["workloads"]["browsing"]["availability"] = availability
    text, tone = told(story)
    assert text.endswith(f" kept; {adds}") and tone == "plain"
    html = page.render(story)
    assert '<p class="outcome plain">' in html and '<p class="outcome good">' not in html
    shown = card.html(story)
    assert adds in shown and "#00694d" not in shown, "the green of what is well"


def test_just_well_enough_served_is_green_and_a_broken_promise_stays_red() -> None:
    story = kept("orders.good > 1 /s")
    story.summary["workloads"]["browsing"]["availability"] = {"requests": 0.99, "time": 0.99}
    assert told(story)[1] == "good" and '<p class="outcome good">' in page.render(story)
    story.summary["workloads"]["browsing"]["availability"] = {"requests": 0.5, "time": 0.5}
    story.summary["expect"][0]["held"] = False
    assert told(story) == ("The promise was broken", "bad")
