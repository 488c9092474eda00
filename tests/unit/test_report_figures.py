"""Figures show what is there, nothing where there is nothing, and are the same bytes each time."""

from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from aurosim.report import figures, marks, series, style
from tests import report_story

NAMES = tuple(figures.DRAWINGS)
IN_THE_STORY = tuple(name for name in NAMES if name != "trace")


def texts(drawing: str) -> list[str]:
    """What is written in an SVG, piece by piece."""
    root = ET.fromstring(drawing.replace("<svg", '<svg xmlns:xlink="x"', 1))
    return ["".join(each.itertext()) for each in root.iter("text")]


def drawn(story: report_story.Story, name: str) -> str:
    chart = figures.draw(story, name)
    assert chart is not None, name
    return style.svg(chart, name)


@cache
def told(name: str) -> str:
    """A figure of the story, drawn once."""
    return drawn(report_story.story(), name)


@pytest.mark.parametrize("name", IN_THE_STORY)
def test_each_figure_is_the_same_bytes_twice(name: str) -> None:
    first = told(name)
    assert first == drawn(report_story.story(), name)
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b|<metadata", first)


@pytest.mark.parametrize("name", IN_THE_STORY)
def test_each_figure_has_a_title_and_no_empty_number(name: str) -> None:
    written = texts(told(name))
    assert written and "nan" not in " ".join(written).lower()


UNITS = {
    "throughput": "requests/s", "latency": "ms", "storage": "copies", "lag": "ms",
    "sessions": "sessions", "cpu": "%", "errors": "errors/s", "trace": "requests/s",
    "growth": "GiB", "processes": "%", "connections": "connections",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_axis_says_its_unit(name: str) -> None:
    story = report_story.story()
    story.timeseries["workloads.orders.trace_per_s"] = 200.0
    chart = figures.draw(story, name)
    assert chart is not None
    # rows of names have none
    assert {axes.get_ylabel() for axes in chart.axes} == {UNITS.get(name, "")}
    start = "the failover began" if name == "failover" else "the start"
    lengths = name in ("spread", "causes")
    assert chart.axes[-1].get_xlabel() == ("lasted, s" if lengths else f"time since {start}, s")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_beyond_the_border_or_over_other_text(name: str) -> None:
    story = report_story.story()
    story.timeseries["workloads.orders.trace_per_s"] = 12345.0
    story.timeseries["instances.db-1.sessions.cpu"] *= 1000
    assert collisions(story, name) == []


def test_text_that_runs_into_other_text_is_seen() -> None:
    story = report_story.story()
    chart = figures.draw(story, "latency", signed=True)
    assert chart is not None
    chart.axes[0].annotate("here", (0.5, 0.5), xycoords="axes fraction")
    assert colliding(chart) == []
    chart.axes[0].annotate("there", (0.52, 0.5), xycoords="axes fraction")
    chart.axes[0].annotate("outside", (-0.6, 0.2), xycoords="axes fraction", annotation_clip=False)
    assert sorted(colliding(chart)) == ["here | there", "outside"]


def collisions(story: report_story.Story, name: str) -> list[str]:
    chart = figures.draw(story, name, signed=True)
    assert chart is not None
    return colliding(chart)


def colliding(chart: style.Chart) -> list[str]:
    """Texts that leave the figure, and pairs of them that overlap by more than a hair."""
    canvas = FigureCanvasAgg(chart)
    canvas.draw()
    shown = [each for each in chart.findobj(Text) if each.get_text().strip()]
    hidden = {
        id(tick.label1)
        for axes in chart.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        if not tick.label1.get_visible()
        or not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    boxes = [
        (each.get_text(), each.get_window_extent(canvas.get_renderer()).padded(-0.7))
        for each in shown
        if each.get_visible() and id(each) not in hidden
    ]
    frame = chart.bbox
    found = [
        text
        for text, box in boxes
        if box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1
    ]
    pairs = itertools.combinations(boxes, 2)
    return found + [f"{one} | {two}" for (one, a), (two, b) in pairs if a.overlaps(b)]


@pytest.mark.parametrize("name", ["throughput", "latency", "storage", "lag", "sessions", "errors"])
def test_faults_are_marked_and_named(name: str) -> None:
    written = texts(told(name))
    assert "host failure db-1" in written
    assert "1 segment lost" in written


def test_faults_close_to_one_another_keep_their_names() -> None:
    story = report_story.calm()
    for row, (start, lost) in enumerate([(30.0, "0"), (55.0, "0, 2"), (80.0, "0, 2, 4")]):
        story.events.loc[row] = [
            start, start + 9, "fault:segment_loss", "main", f"group 0 segments {lost}", "", "",
        ]  # fmt: skip
    written = texts(drawn(story, "storage"))
    assert {"1 segment lost", "2 segments lost", "3 segments lost"} <= set(written)
    assert not any("+ " in each for each in written)


def test_a_late_fault_s_name_stays_off_the_names_of_lines() -> None:
    story = report_story.story()
    story.events.loc[1, ["start_s", "end_s"]] = [112.0, 118.0]
    chart = figures.draw(story, "throughput")
    assert chart is not None
    (name,) = (text for text in chart.axes[0].texts if text.get_text() == "host failure db-1")
    letters_pt = len(name.get_text()) * marks.LETTER_PT * style.LABEL_PT
    assert name.xyann[0] + letters_pt <= style.size_pt(chart.axes[0])[0]


def test_no_fault_no_mark() -> None:
    assert marks.faults(report_story.calm()) == []
    assert not any("failure" in text for text in texts(drawn(report_story.calm(), "throughput")))


@pytest.mark.parametrize("name", ["availability", "failover", "lag", "errors", "trace"])
def test_nothing_to_show_is_no_figure(name: str) -> None:
    assert figures.draw(report_story.calm(), name) is None
    assert figures.DRAWINGS[name].absent.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_run_without_intervals_is_no_figure(name: str) -> None:
    story = report_story.calm()
    story.timeseries = story.timeseries.iloc[:0]
    assert figures.draw(story, name) is None


def test_the_trace_is_shown_with_the_simulation() -> None:
    story = report_story.story()
    story.timeseries["workloads.orders.trace_per_s"] = 200.0
    written = texts(drawn(story, "trace"))
    assert {"trace asks", "simulated due", "served"} <= set(written)


def test_failover_phases_have_their_lengths() -> None:
    written = texts(told("failover"))
    assert {"notice 6.2 s", "promote 6.2 s", "endpoint 1.5 s", "14.2 s"} <= set(written)
    assert "db-2 accepts writes at 12.4 s" in written


def test_a_failover_that_did_not_end_says_so() -> None:
    story = report_story.story()
    story.summary["clusters"]["main"]["failovers"][0] |= {
        "promoted_s": None, "endpoint_moved_s": None, "database_outage_s": None, "to": None,
    }  # fmt: skip
    assert "promote open" in texts(drawn(story, "failover"))


def test_quorum_lines_are_the_catalog_s() -> None:
    written = texts(told("storage"))
    assert {"write quorum 4", "read quorum 3"} <= set(written)


@pytest.mark.parametrize("name", IN_THE_STORY)
def test_hostile_names_are_text_and_never_mathematics(name: str) -> None:
    drawing = drawn(report_story.hostile(), name)
    tags = {
        each.tag
        for each in ET.fromstring(drawing.replace("<svg", '<svg xmlns:xlink="x"', 1)).iter()
    }
    assert tags <= {"svg", "defs", "style", "g", "path", "text", "use", "clipPath", "rect", "tspan"}
    assert "<script" not in drawing


def test_a_dollar_is_a_dollar() -> None:
    story = report_story.story()
    for frame in (story.summary["workloads"],):
        frame["$x^2$"] = frame.pop("orders")
    story.timeseries = story.timeseries.rename(columns=lambda c: c.replace("orders", "$x^2$"))
    assert "$x^2$" in texts(drawn(story, "throughput"))


def test_figures_use_no_global_state() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn(report_story.story(), "latency")
    assert dict(matplotlib.rcParams) == before


def test_a_notebook_shows_a_figure_by_itself_and_of_a_size() -> None:
    chart = figures.draw(report_story.story(), "latency", signed=True)
    assert chart is not None
    # JupyterLab shows it as a picture of its own: no namespace may be missing
    root = ET.fromstring(chart._repr_svg_())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert 500 <= float(root.attrib["width"]) <= 800
    assert float(root.attrib["height"]) < float(root.attrib["width"])
    assert "writer-host-failure, seed 7" in "".join(root.itertext())


def test_a_notebook_that_is_not_trusted_shows_it_as_png_of_the_same_size() -> None:
    chart = figures.latency(report_story.story())
    assert chart is not None
    picture, said = chart._repr_png_()
    pixels = matplotlib.image.imread(io.BytesIO(picture))
    root = ET.fromstring(chart._repr_svg_())
    assert said == {side: int(root.attrib[side]) for side in ("width", "height")}
    assert pixels.shape[1] >= 1.5 * said["width"]


def test_a_figure_is_kept_as_a_picture_fit_for_print(tmp_path: Path) -> None:
    chart = figures.latency(report_story.story())
    assert chart is not None
    chart.savefig(tmp_path / "latency.png")
    assert (tmp_path / "latency.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert matplotlib.image.imread(tmp_path / "latency.png").shape[1] == 1000


def test_lengths_of_outages_stand_in_their_bars_or_where_no_other_bar_is() -> None:
    story = report_story.story()
    story.summary["workloads"]["orders"]["outages"] = [
        {"start_s": start, "end_s": end, "duration_s": end - start, "longest_s": end - start}
        for start, end in ((20.0, 50.0), (52.0, 53.0), (60.0, 64.0), (65.0, 119.0))
    ]
    written = texts(drawn(story, "availability"))
    assert {"30.0 s", "54.0 s"} <= set(written) and "1.0 s" not in written
    assert collisions(story, "availability") == []


def test_ids_of_two_figures_differ() -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', told(name))) for name in ("latency", "lag")]
    assert ids[0] and ids[1] and not ids[0] & ids[1]


def test_long_runs_are_thinned_without_losing_peaks() -> None:
    n = 1200
    story = report_story.calm()
    frame = pd.DataFrame({"time_s": np.arange(n, dtype=float), "width_s": np.ones(n)})
    for column in ("a.good_per_s", "a.latency_p99_ms", "a.copies_min"):
        frame[column] = 10.0
    frame.loc[601, ["a.latency_p99_ms", "a.copies_min"]] = [900.0, 2.0]
    frame.loc[8:15, "a.good_per_s"] = [0.0, 0.0, 20.0, np.nan, 0.0, 0.0, 0.0, 0.0]
    story.timeseries = frame
    assert len(series.edges(story)) == series.MOST_INTERVALS + 1
    assert series.values(story, "a.latency_p99_ms").max() == 900.0
    assert series.values(story, "a.copies_min").min() == 2.0
    assert series.values(story, "a.good_per_s")[1] == pytest.approx(20 / 7)
    assert len(series.values(story, "a.good_per_s")) == series.MOST_INTERVALS


def test_labels_stand_apart() -> None:
    placed = marks._apart([50.0, 50.0, 51.0, 99.0, 100.0], 10.0, 100.0)
    assert all(b - a >= 10.0 - 1e-9 for a, b in zip(placed, placed[1:], strict=False))
    assert placed[-1] <= 100.0


def fleet() -> report_story.Story:
    """Orders have four processes, of which three were out; browsing has one, out for a second."""
    told = report_story.story()
    first = told.processes.iloc[0].to_dict()
    none = {key: 0.0 for key in first if key.endswith("_s")}
    told.processes = pd.DataFrame([
        first | none | {"workload": "browsing", "longest_s": 1.0, "out_s": 1.0, "answer_s": 1.0},
        first | none | {"process": 0, "longest_s": 4.0, "out_s": 4.0, "socket_s": 4.0},
        first | none | {"process": 2, "longest_s": 8.0, "out_s": 9.0, "socket_s": 6.0,
                        "cache_s": 3.0},
        first | none | {"process": 3, "longest_s": 5.0, "out_s": 5.0, "socket_s": 5.0},
    ])  # fmt: skip
    told.summary["workloads"]["orders"]["processes"] = {"count": 4, "asked": 4}
    return told


def test_each_process_is_a_point_at_its_longest_outage() -> None:
    chart = figures.draw(fleet(), "spread")
    assert chart is not None
    (axes,) = chart.axes
    points = [np.asarray(each.get_offsets()) for each in axes.collections]
    assert [each[:, 0].tolist() for each in points] == [[1.0], [4.0, 5.0, 8.0]]
    assert [set(np.round(each[:, 1]).tolist()) for each in points] == [{0.0}, {1.0}]


def test_the_causes_of_a_workload_are_stacked_in_their_order() -> None:
    """Orders: 15 s for the socket and 3 s for the cache of four that asked, the cache's first."""
    chart = figures.draw(fleet(), "causes")
    assert chart is not None
    (axes,) = chart.axes
    bars = {(round(bar.get_y() + 0.31), round(bar.get_x(), 6), round(bar.get_width(), 6))
            for bar in axes.patches if isinstance(bar, Rectangle) and bar.get_height() > 0.5
            and bar.get_width() > 0}  # fmt: skip
    assert bars == {(0, 0.0, 1.0), (1, 0.0, 0.75), (1, 0.75, 3.75)}
    written = texts(drawn(fleet(), "causes"))
    assert {"cached answer", "hung socket", "waiting, work"} <= set(written)
    assert "poisoned pool" not in written


def test_connections_that_lead_astray_and_zombies_are_named_where_there_are_any() -> None:
    story = report_story.story()
    assert {"nowhere", "not the writer", "zombies"} <= set(texts(told("connections")))
    for name in story.timeseries:
        if name.endswith(("_astray", "_zombies")):
            story.timeseries[name] = 0.0
    written = set(texts(drawn(story, "connections")))
    assert "nowhere" in written and written.isdisjoint({"not the writer", "zombies"})
    for name in story.timeseries:
        if name.endswith("_held"):
            story.timeseries[name] = 38.0
    assert figures.draw(story, "connections") is None, "all lead where they led"
