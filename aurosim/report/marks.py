"""What figures share: the time axis, the faults on it, and labels that stand beside their lines."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from aurosim.metrics.columns import records
from aurosim.report import series, style, words
from aurosim.report.series import Numbers
from aurosim.report.subject import Subject

LABEL_ROWS = 2
FAULT_INK = "#a34700"
SEGMENTS = {"segment loss": ("segment", "lost"), "slow node": ("node", "slow")}
LETTER_PT = 0.5
"""Width of a letter of DejaVu Sans per point of size, on average."""


@dataclass(frozen=True)
class Fault:
    """A fault on the time axis; `end_s` is None where it takes no time or does not end."""

    start_s: float
    end_s: float | None
    label: str


def faults(subject: Subject) -> list[Fault]:
    """The faults of the run in their order."""
    found = [
        Fault(
            row["start_s"],
            row["end_s"] if words.exists(row["end_s"]) else None,
            _named(words.phrase(row["kind"])[6:].strip(), _subject(row["subject"])),
        )
        for row in records(subject.tables.events)
        if row["kind"].startswith("fault:")
    ]
    return sorted(found, key=lambda fault: (fault.start_s, fault.label))


def _named(what: str, subject: str) -> str:
    """A fault in few words: which segments of which group is for the table, how many for here."""
    segments = re.search(r"segments? ([0-9, ]+)$", subject)
    if what not in SEGMENTS or not segments:
        return f"{what} {subject}".strip()
    several, word = len(segments[1].split(",")), SEGMENTS[what]
    return f"{several} {word[0]}{'s' if several > 1 else ''} {word[1]}"


def _subject(value: object) -> str:
    return "" if value is None or value != value else words.label(value, 24)


def time_axis(axes: list[Axes], subject: Subject) -> None:
    """Time from 0 to the end below the lowest axes, and on all of them the faults."""
    clock, end_s = series.clock(subject), series.end_s(subject)
    for each in axes:
        each.set_xlim(0, clock.at(end_s) or 1)
        each.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 3, 5, 6, 10], integer=True))
        each.xaxis.set_major_formatter(FuncFormatter(style.tick))
        _shade(each, subject)
        if each is not axes[-1]:
            each.tick_params(labelbottom=False)
    axes[-1].set_xlabel(f"time since the start, {clock.word}", loc="right", labelpad=2)
    _name_faults(axes[0], subject)


def _shade(axes: Axes, subject: Subject) -> None:
    clock, end_s = series.clock(subject), series.end_s(subject)
    warm_up_s = float(subject.summary.get("warm_up_s") or 0.0)
    if warm_up_s > 0:
        axes.axvspan(0, clock.at(min(warm_up_s, end_s)), color="#f0f0f0", zorder=0)
    for fault in faults(subject):
        if fault.start_s > end_s:
            continue
        start = clock.at(fault.start_s)
        if fault.end_s is not None and fault.end_s > fault.start_s:
            stop = clock.at(min(fault.end_s, end_s))
            axes.axvspan(start, stop, color=style.VERMILLION, alpha=0.09, zorder=0.5)
        axes.axvline(start, color=style.VERMILLION, linewidth=0.9, zorder=3)


def _name_faults(axes: Axes, subject: Subject) -> None:
    """The faults' names above the axes, in two rows so that they do not run into each other."""
    end_s = series.end_s(subject)
    width_pt = style.size_pt(axes)[0]
    room_pt = width_pt + style.RIGHT_IN * 72
    free_from = [-math.inf] * LABEL_ROWS
    shown = [fault for fault in faults(subject) if fault.start_s <= end_s]
    unnamed = 0
    for fault in shown:
        at_pt = width_pt * fault.start_s / end_s if end_s else 0.0
        long_pt = LETTER_PT * style.LABEL_PT * (len(fault.label) + 1)
        # Right of the axes stand the names of lines: a fault's goes there only for want of room.
        for most_pt in (width_pt, room_pt):
            start_pt = max(min(at_pt, most_pt - long_pt), 0.0)
            row = next((i for i, free in enumerate(free_from) if start_pt >= free), None)
            if row is not None:
                break
        else:
            unnamed += 1
            continue
        free_from[row] = start_pt + long_pt + 4
        axes.annotate(
            fault.label, (0, 1), (start_pt, 3 + 9 * row), xycoords="axes fraction",
            textcoords="offset points", fontsize=style.LABEL_PT, color=FAULT_INK,
            annotation_clip=False,
        )  # fmt: skip
    if unnamed:
        axes.annotate(
            f"+ {unnamed} fault{'s' if unnamed > 1 else ''}", (0, 1), (room_pt - 3, style.TITLE_PT),
            xycoords="axes fraction", textcoords="offset points", fontsize=style.LABEL_PT,
            color=FAULT_INK, va="center",
            ha="right", annotation_clip=False,
        )  # fmt: skip


def line(
    axes: Axes, edges: Numbers, heights: Numbers, color: str, width_pt: float = 1.5, dash: str = "-"
) -> None:
    """A line that keeps each value for its interval, broken where there is none."""
    look = {"edgecolor": color, "linewidth": width_pt, "linestyle": dash}
    _put(axes, _steps(edges, heights, None, fill=False, **look))


def area(
    axes: Axes, edges: Numbers, heights: Numbers, color: str, *, below: Numbers | float = 0.0,
    alpha: float | None = None,
) -> None:  # fmt: skip
    """An area that keeps each height for its interval, on a floor: one number, or one for each."""
    look = {"facecolor": color, "linewidth": 0, "alpha": alpha}
    step = _steps(edges, heights, below, fill=True, **look)
    floor = float(np.min(below))
    step.sticky_edges.y.append(floor)
    _put(axes, step)
    axes.update_datalim([(edges[0], floor)])


def _steps(edges: Numbers, heights: Numbers, floor: Any, **look: Any) -> StepPatch:
    """The patch; matplotlib's types know only one number as a floor."""
    return StepPatch(heights, edges, baseline=floor, **look)


def _put(axes: Axes, step: StepPatch) -> None:
    """As `Axes.stairs` does, which looks at each piece for the extremes of a curve: steps have none
    beside their corners."""
    axes.add_artist(step)
    axes.update_datalim(step.get_path().vertices)
    axes.autoscale(enable=None)  # type: ignore[arg-type] # None: as it is, and anew


def stack(axes: Axes, edges: Numbers, layers: list[Numbers], colors: list[str]) -> Numbers:
    """Areas one on the other, no value counting as 0; returns the height of the whole."""
    below = np.zeros(len(edges) - 1)
    for layer, color in zip(layers, colors, strict=True):
        above = below + np.nan_to_num(layer)
        area(axes, edges, above, color, below=below)
        below = above
    return below


def last_value(heights: Numbers) -> float:
    """The last number of a series, NaN if it has none."""
    known = heights[np.isfinite(heights)]
    return float(known[-1]) if len(known) else math.nan


def labels_right(axes: Axes, entries: list[tuple[float, str, str]], gap_pt: float = 10.5) -> None:
    """Names beside the right end of lines, moved apart where they would touch.

    `entries` are (height, text, colour). Call it after the limits are set. Heights beyond the
    axes, and NaN, move to its border.
    """
    height_pt = style.size_pt(axes)[1]
    low, high = axes.get_ylim()
    scale = axes.yaxis.get_transform()
    ends = scale.transform(np.array([low, high], dtype=float))
    placed: list[tuple[float, str, str]] = []
    for at, text, color in entries:
        inside = min(max(at, low), high) if at == at else low
        part = (float(scale.transform(np.array([inside]))[0]) - ends[0]) / (ends[1] - ends[0])
        placed.append((part * height_pt, text, color))
    placed.sort(key=lambda entry: entry[0])
    heights = _apart([entry[0] for entry in placed], gap_pt, height_pt)
    for y, (_, text, color) in zip(heights, placed, strict=True):
        _swatch(axes, y / height_pt, color, text)


def legend_right(axes: Axes, entries: list[tuple[str, str]], gap_pt: float = 10.5) -> None:
    """What the colours mean, as (text, colour) from the top right corner of the plot downwards."""
    height_pt = style.size_pt(axes)[1]
    for row, (text, color) in enumerate(entries):
        _swatch(axes, 1 - (4 + gap_pt * row) / height_pt, color, text)


def _apart(wanted: list[float], gap: float, room: float) -> list[float]:
    """Ascending heights `gap` apart or more, near what was wanted and not above `room`."""
    gap = min(gap, room / max(1, len(wanted) - 1)) if len(wanted) * gap > room + gap else gap
    heights: list[float] = []
    for each in wanted:
        heights.append(max(each, heights[-1] + gap) if heights else each)
    ceiling = room
    for i in range(len(heights) - 1, -1, -1):
        heights[i] = min(heights[i], ceiling)
        ceiling = heights[i] - gap
    return heights


def _swatch(axes: Axes, y: float, color: str, text: str) -> None:
    across, height_pt = style.size_pt(axes)
    axes.add_patch(
        Rectangle(
            (1 + 4 / across, y - 1.5 / height_pt), 7 / across, 3 / height_pt,
            transform=axes.transAxes, color=color, clip_on=False, zorder=4,
        )
    )  # fmt: skip
    axes.annotate(
        text, (1, y), (14, 0), xycoords="axes fraction", textcoords="offset points",
        fontsize=style.LABEL_PT, va="center", annotation_clip=False,
    )  # fmt: skip


def whole_ticks(axes: Axes, ticks: list[float]) -> None:
    """Exactly these ticks on the vertical axis."""
    axes.yaxis.set_major_locator(FixedLocator(ticks))
