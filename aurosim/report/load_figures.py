"""Figures of what clients asked for and got: throughput, latency, outages, errors, the trace."""

from __future__ import annotations

from itertools import chain, repeat
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from aurosim.catalog.outcomes import ERRORS
from aurosim.metrics.columns import length
from aurosim.report import marks, series, style, words
from aurosim.report.series import Numbers
from aurosim.report.style import Chart
from aurosim.report.subject import Subject

ERROR_COLORS = dict(
    zip(
        (each.word for each in ERRORS),
        chain(
            (style.YELLOW, style.VERMILLION, style.ORANGE, style.BLUE, style.SKY),
            (style.PURPLE, style.GREEN, style.DARK, style.BLACK, "#7a3b00", "#242490"),
            repeat(style.PALE),
        ),
        strict=False,
    )
)
"""Each error word's own, as far as colours can be told apart."""
SERVED = "#bfe3d7"
LOG_FROM = 20.0
"""A latency axis is logarithmic where the largest value is this many times the smallest."""


def workloads(subject: Subject) -> list[str]:
    """The workloads' names, sorted."""
    return sorted(subject.summary["workloads"])


def colors(names: list[str]) -> dict[str, str]:
    """A colour for each name; grey from the eighth on."""
    return {
        name: style.SERIES[i] if i < len(style.SERIES) else style.PALE
        for i, name in enumerate(names)
    }


def throughput(subject: Subject) -> Chart | None:
    """Requests per second that succeeded, and, paler and dashed, those that fell due."""
    names = [n for n in workloads(subject) if series.has(subject, f"workloads.{n}.good_per_s")]
    if not names:
        return None
    figure, (axes,) = style.chart()
    style.title(axes, "Throughput: good requests, and due (dashed)")
    style.unit(axes, "requests/s")
    edges, color, ends = series.edges(subject), colors(workloads(subject)), []
    for name in reversed(names):
        good = series.values(subject, f"workloads.{name}.good_per_s")
        due = series.values(subject, f"workloads.{name}.due_per_s")
        marks.line(axes, edges, due, color[name], 0.7, "--")
        marks.line(axes, edges, good, color[name])
        if color[name] != style.PALE:
            ends.append((marks.last_value(good), words.label(name, 13), color[name]))
    axes.set_ylim(bottom=0)
    marks.time_axis([axes], subject)
    marks.labels_right(axes, ends)
    return figure


def latency(subject: Subject) -> Chart | None:
    """Latency of good requests by the time they ended: 99th percentile, and the median dashed."""
    names = [n for n in workloads(subject) if series.has(subject, f"workloads.{n}.latency_p99_ms")]
    if not names:
        return None
    figure, (axes,) = style.chart()
    style.title(axes, "Latency of good requests: p99, and p50 (dashed)")
    style.unit(axes, "ms")
    edges, color, ends = series.edges(subject), colors(workloads(subject)), []
    drawn: list[Numbers] = []
    for name in reversed(names):
        high = series.values(subject, f"workloads.{name}.latency_p99_ms")
        middle = series.values(subject, f"workloads.{name}.latency_p50_ms")
        marks.line(axes, edges, middle, color[name], 0.9, "--")
        marks.line(axes, edges, high, color[name])
        drawn += [high, middle]
        if color[name] != style.PALE:
            ends.append((marks.last_value(high), words.label(name, 13), color[name]))
    latency_axis(axes, drawn)
    marks.time_axis([axes], subject)
    marks.labels_right(axes, ends)
    return figure


def latency_axis(axes: Axes, drawn: list[Numbers]) -> None:
    """Logarithmic where the values span decades, else from 0."""
    every = np.concatenate(drawn)
    every = every[np.isfinite(every) & (every > 0)]
    low, high = (float(every.min()), float(every.max())) if len(every) else (1.0, 1.0)
    if high < LOG_FROM * low:
        axes.set_ylim(bottom=0, top=high * 1.08)
        return
    axes.set_yscale("log")
    axes.set_ylim(low / 1.4, high * 1.4)
    axes.yaxis.set_major_formatter(FuncFormatter(style.tick))
    axes.yaxis.set_minor_locator(NullLocator())
    subs = (1.0,) if high > 1000 * low else (1.0, 3.0)
    axes.yaxis.set_major_locator(LogLocator(10, subs=subs, numticks=12))


def availability(subject: Subject) -> Chart | None:
    """One row per workload: the time it was served, and its outages with their lengths."""
    names = workloads(subject)[:16]
    if not length(subject.tables.timeseries) or not any(outages(subject, n) for n in names):
        return None
    figure, (axes,) = style.chart((0.25 * len(names) + 0.15,), left_in=style.NAMES_IN)
    style.title(axes, "Outages: time without a good answer")
    clock = series.clock(subject)
    start = clock.at(float(subject.summary.get("warm_up_s") or 0))
    stop = clock.at(series.end_s(subject))
    for row, name in enumerate(names):
        axes.barh(row, stop - start, left=start, height=0.5, color=SERVED)
        for span in outages(subject, name):
            left, long = clock.at(span.begin_s), clock.at(span.long_s)
            axes.barh(row, long, left=left, height=0.62, color=style.VERMILLION)
        _outage_lengths(axes, row, outages(subject, name), clock, stop)
        lasting = subject.summary["workloads"][name]["availability"]["time"]
        axes.annotate(
            words.share(lasting), (1, row), (6, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=style.LABEL_PT, annotation_clip=False,
        )  # fmt: skip
    axes.annotate(
        "time available", (1, 1), (6, 2), xycoords="axes fraction", textcoords="offset points",
        fontsize=style.LABEL_PT, color=style.GREY, annotation_clip=False,
    )  # fmt: skip
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(False)
    row_names(axes, names)
    marks.time_axis([axes], subject)
    return figure


def _outage_lengths(
    axes: Axes, row: int, spans: list[Span], clock: series.Clock, stop: float
) -> None:
    """How long: in the bar where it fits; of the longest else beside it, where no other bar is."""
    pt_per_unit = style.size_pt(axes)[0] / (stop or 1.0)
    longest = max(spans, key=lambda span: span.long_s, default=None)
    for k, span in enumerate(spans):
        text = span.length
        long_pt = marks.LETTER_PT * style.LABEL_PT * (len(text) + 2)
        begin, end = clock.at(span.begin_s), clock.at(span.end_s)
        after = clock.at(spans[k + 1].begin_s) if k + 1 < len(spans) else stop
        before = clock.at(spans[k - 1].end_s) if k else 0.0
        if (end - begin) * pt_per_unit > long_pt:
            at, shift, side, ink = (begin + end) / 2, 0, "center", "white"
        elif span == longest and (after - end) * pt_per_unit > long_pt:
            at, shift, side, ink = end, 3, "left", style.BLACK
        elif span == longest and (begin - before) * pt_per_unit > long_pt:
            at, shift, side, ink = begin, -3, "right", style.BLACK
        else:
            continue
        axes.annotate(
            text, (at, row), (shift, 0), textcoords="offset points", va="center", ha=side,
            color=ink, fontsize=style.LABEL_PT,
        )  # fmt: skip


def row_names(axes: Axes, names: list[str]) -> None:
    """A row of bars per name, from 0: the names stand left of them, cut to fit there."""
    axes.yaxis.set_major_locator(FixedLocator(list(range(len(names)))))
    axes.set_yticklabels([words.label(name, 12) for name in names], fontsize=style.LABEL_PT)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


class Span(NamedTuple):
    """An outage as it is drawn: one that is open lasts to the end of the run."""

    begin_s: float
    end_s: float
    still: bool

    @property
    def long_s(self) -> float:
        return self.end_s - self.begin_s

    @property
    def length(self) -> str:
        """How long it lasted, or at least did."""
        return ("\u2265 " if self.still else "") + words.seconds(self.long_s)


def outages(subject: Subject, workload: str) -> list[Span]:
    """A workload's outages."""
    end = series.end_s(subject)
    return [
        Span(one["start_s"], end if one["end_s"] is None else one["end_s"], one["end_s"] is None)
        for one in subject.summary["workloads"][workload]["outages"]
    ]


def errors(subject: Subject) -> Chart | None:
    """Failed attempts per second by cause, all workloads together; None where nothing failed."""
    causes: dict[str, Numbers] = {}
    for name in workloads(subject):
        head, tail = f"workloads.{name}.errors.", "_per_s"
        for column in map(str, subject.tables.timeseries):
            if column.startswith(head) and series.has(subject, column):
                cause = column[len(head) : -len(tail)]
                rate = np.nan_to_num(series.values(subject, column))
                causes[cause] = causes.get(cause, np.zeros(len(rate))) + rate
    causes = {cause: rate for cause, rate in sorted(causes.items()) if rate.sum() > 0}
    if not causes:
        return None
    edges = series.edges(subject)
    order = sorted(causes, key=lambda cause: (-float(causes[cause].sum()), cause))
    palette = [ERROR_COLORS.get(cause, style.PALE) for cause in order]
    figure, (axes,) = style.chart()
    style.title(axes, "Errors by cause")
    style.unit(axes, "errors/s")
    marks.stack(axes, edges, [causes[cause] for cause in order], palette)
    axes.set_ylim(bottom=0)
    marks.time_axis([axes], subject)
    entries = [(_short(cause), palette[i]) for i, cause in enumerate(order)]
    marks.legend_right(axes, entries[::-1])
    return figure


def _short(cause: str) -> str:
    """The cause in words that fit beside the plot."""
    text = words.phrase(cause)
    return words.name(text.replace("connection", "conn.").replace("conn.s", "conn."), 17)


def trace(subject: Subject) -> Chart | None:
    """What a measured trace asks for, what fell due, what was served; None without a trace."""
    names = [n for n in workloads(subject) if series.has(subject, f"workloads.{n}.trace_per_s")][:4]
    if not names:
        return None
    figure, panels = style.chart((1.3,) * len(names), gap_in=0.35)
    edges = series.edges(subject)
    style.title(panels[0], "Load: measured trace and simulation")
    for axes, name in zip(panels, names, strict=True):
        asked = series.values(subject, f"workloads.{name}.trace_per_s")
        due = series.values(subject, f"workloads.{name}.due_per_s")
        good = series.values(subject, f"workloads.{name}.good_per_s")
        marks.area(axes, edges, np.nan_to_num(asked), "#dddddd")
        marks.line(axes, edges, asked, style.GREY, 0.8)
        marks.line(axes, edges, due, style.ORANGE, 1.0)
        marks.line(axes, edges, good, style.BLUE, 1.2)
        axes.set_ylim(bottom=0)
        style.unit(axes, "requests/s")
        if len(names) > 1:
            axes.text(
                0.01, 0.9, words.label(name, 40), transform=axes.transAxes, fontsize=style.LABEL_PT
            )
    marks.time_axis(panels, subject)
    shown = [("trace asks", style.GREY), ("simulated due", style.ORANGE), ("served", style.BLUE)]
    marks.legend_right(panels[0], shown)
    return figure
