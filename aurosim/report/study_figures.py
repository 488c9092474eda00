"""Figures of a study: each replicate a dot, each estimate a point with its interval.

Rows are the points of the study, one above the other, so that labels of any length are read
straight. A comparison has one figure more: what B changes, in percent of A, against a line at none.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullFormatter

from aurosim.metrics.columns import records
from aurosim.report import style, words
from aurosim.report.style import Chart
from aurosim.study import Metric, Plan, Ran, Tables
from aurosim.study.language import short
from aurosim.study.tables import answers

MOST_POINTS: Final = 24
"""Points that a figure shows; more are in the table."""
ROW_IN: Final = 0.27
TOP_IN: Final = 0.08
CAPTION_IN: Final = 0.17
RIGHT_IN: Final = 0.15
LABEL_PT: Final = 7.5
LOG_FROM: Final = 30
"""From this ratio of the most to the least on, the axis is logarithmic."""
MOST_LETTERS: Final = 34
MOST_LINES: Final = 2
MOST_TICKS: Final = 5
_AXIS: Final = {"ms": "ms", "s": "s", "/s": "per second", "ratio": "%", "B": "bytes", "": "count"}


def estimates(ran: Ran, tables: Tables, metric: Metric) -> Chart | None:
    """The metric at every point; None where no replicate has a value."""
    place = ran.plan.metrics.index(metric)
    rows = [row for row in records(tables.estimates) if row["metric"] == metric.name]
    if not any(words.exists(row["estimate"]) for row in rows):
        return None
    scale = 100.0 if metric.unit == "ratio" else 1.0
    shown = list(range(min(len(ran.plan.points), MOST_POINTS)))
    labels, caption = labels_of(ran.plan, len(shown))
    figure, axes = _rows(labels, caption)
    for y, number in enumerate(shown):
        row = rows[number]
        dots = [v * scale for v in answers(ran, number, place) if v is not None]
        axes.plot(dots, [y] * len(dots), "|", color=style.GREY, markersize=9, alpha=0.55)
        _whisker(axes, y, row["estimate"], row["low"], row["high"], scale, style.BLUE)
    ends = [row[end] for row in rows[: len(shown)] for end in ("estimate", "low", "high")]
    found = [end * scale for end in ends if words.exists(end)]
    if found and min(found) > 0 and max(found) / min(found) > LOG_FROM:
        axes.set_xscale("log")
    _finish(axes, _AXIS[metric.unit])
    return figure


def changes(ran: Ran, tables: Tables) -> Chart | None:
    """What B changes in each mean, in percent of A; None where there is nothing to compare."""
    if tables.differences is None:
        return None
    rows = [
        row
        for row in records(tables.differences)
        if row["kind"] == "mean" and abs(row["a"]) > 0 and words.exists(row["low"])
    ][:MOST_POINTS]
    if not rows:
        return None
    figure, axes = _rows([lines(row["metric"]) for row in rows])
    axes.axvline(0.0, color=style.BLACK, linewidth=0.9)
    for y, row in enumerate(rows):
        clear = not row["low"] <= 0 <= row["high"]
        colour = style.VERMILLION if clear else style.GREY
        scale = 100.0 / abs(row["a"])
        _whisker(axes, y, row["difference"], row["low"], row["high"], scale, colour)
    _finish(axes, "B minus A, in % of A")
    return figure


def labels_of(plan: Plan, many: int) -> tuple[list[str], str]:
    """What stands at the left of each row, and above them all: the values of a point, and once the
    ends of the paths that they are of. No two rows read alike."""
    if len(plan.points) == 1:
        return [""], ""
    points = plan.points[:many]
    if plan.varied and all(len(point.settings) == len(plan.varied) for point in points):
        texts = [", ".join(value for _, value in point.settings) for point in points]
        caption = ", ".join(short(plan.varied))
    else:
        texts, caption = [point.label for point in points], ""
    return _told_apart([lines(text) for text in texts]), caption


def _told_apart(texts: list[str]) -> list[str]:
    """Texts that were cut until they read alike get their numbers."""
    seen = Counter(texts)
    return [lines(f"{k}: {t}") if seen[t] > 1 else t for k, t in enumerate(texts, 1)]


def lines(text: str) -> str:
    """A text on lines that a figure has room for; cut in the middle where these do not hold it."""
    clean = words.name(text, 1000)
    broken = textwrap.wrap(clean, MOST_LETTERS) or [""]
    if len(broken) > MOST_LINES:
        whole = words.label(clean, MOST_LINES * MOST_LETTERS - MOST_LETTERS // 4)
        broken = textwrap.wrap(whole, MOST_LETTERS)[:MOST_LINES]
    return "\n".join(broken)


def _rows(labels: Sequence[str], caption: str = "") -> tuple[Chart, Axes]:
    """A figure with a row for each label, read from top to bottom, and a caption above them."""
    longest = max(len(line) for text in labels for line in text.split("\n"))
    left_in = 0.2 + 0.068 * longest if longest else 0.2
    tall_in = ROW_IN * (len(labels) + 0.6)
    figure, (axes,) = style.chart((tall_in,))
    # Neither a title above nor names of lines at the right: the room for these is given up.
    total_in = tall_in + TOP_IN + style.BOTTOM_IN + (CAPTION_IN if caption else 0.0)
    figure.set_size_inches(style.WIDTH_IN, total_in)
    axes.set_position((
        left_in / style.WIDTH_IN, style.BOTTOM_IN / total_in,
        1 - (left_in + RIGHT_IN) / style.WIDTH_IN, tall_in / total_in,
    ))  # fmt: skip
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), labels, fontsize=LABEL_PT)
    if caption:
        figure.text(
            0.1 / style.WIDTH_IN, 1 - 0.05 / total_in, words.name(caption, 110), va="top",
            fontsize=LABEL_PT, color=style.GREY,
        )  # fmt: skip
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    return figure, axes


def _whisker(
    axes: Axes, y: float, at: float, low: float, high: float, scale: float, colour: str
) -> None:
    """The estimate and its interval; an arrow to the left where only the upper end is bounded."""
    if not words.exists(at):
        axes.text(0.01, y, "no value", transform=axes.get_yaxis_transform(), fontsize=LABEL_PT,
                  va="center", color=style.GREY)  # fmt: skip
        return
    if words.exists(high):
        start = low if words.exists(low) else 0.0
        axes.plot([start * scale, high * scale], [y, y], color=colour, linewidth=2.4,
                  solid_capstyle="butt")  # fmt: skip
    axes.plot([at * scale], [y], "o", color=colour, markersize=6, markeredgecolor="white")


def _finish(axes: Axes, text: str) -> None:
    axes.set_xlabel(text)
    if axes.get_xscale() == "linear":
        axes.xaxis.set_major_locator(MaxNLocator(nbins=MOST_TICKS))
    axes.xaxis.set_major_formatter(lambda value, _: style.tick(value))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.06)
