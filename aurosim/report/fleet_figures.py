"""Figures of a fleet: how many of its processes were out, each for how long, and why."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from aurosim.report import cluster_figures, marks, series, style, words
from aurosim.report.load_figures import colors, row_names, workloads
from aurosim.report.series import Numbers
from aurosim.report.style import Chart
from aurosim.report.subject import Subject

CAUSES = {
    "noticed": ("not noticed yet", style.BLACK),
    "writer": ("no writer open", style.VERMILLION),
    "record": ("record not moved", style.ORANGE),
    "cache": ("cached answer", style.YELLOW),
    "socket": ("hung socket", style.BLUE),
    "poison": ("poisoned pool", style.PURPLE),
    "connection": ("connecting", style.SKY),
    "answer": ("waiting, work", style.GREEN),
}
"""Each cause in words that fit beside the plot, and its colour, in the order of the causes."""
ROWS_MOST = 12
ELSEWHERE = ("astray", "nowhere")


def processes_out(subject: Subject) -> Chart | None:
    """The share of each workload's processes that was out over time; None where none ever was."""
    share = {n: series.values(subject, f"workloads.{n}.out_ratio") for n in workloads(subject)
             if series.has(subject, f"workloads.{n}.out_ratio")}  # fmt: skip
    names = [name for name in share if np.nansum(share[name]) > 0]
    if not names:
        return None
    figure, (axes,) = style.chart()
    style.title(axes, "Processes that are out, of those that ask")
    style.unit(axes, "%")
    edges, color = series.edges(subject), colors(workloads(subject))
    for name in reversed(names):
        marks.line(axes, edges, 100 * share[name], color[name])
    axes.set_ylim(0, 104)
    marks.time_axis([axes], subject)
    marks.legend_right(axes, [(words.label(name, 13), color[name]) for name in names])
    return figure


def by_process(subject: Subject) -> Chart | None:
    """A point for each process that had an outage: how long its longest lasted, by workload."""
    names = _that_were_out(subject)
    if not names:
        return None
    figure, (axes,) = _rows(names)
    style.title(axes, "Longest outage of each process")
    color, longest = colors(workloads(subject)), 0.0
    for row, name in enumerate(names):
        lasted = np.sort(_of(subject, name, "longest_s"))
        longest = max(longest, float(lasted[-1]))
        apart = np.linspace(-0.28, 0.28, len(lasted)) if len(lasted) > 1 else np.zeros(1)
        axes.scatter(lasted, row + apart, s=9, color=color[name], linewidths=0)
    _seconds(axes, longest)
    return figure


def causes(subject: Subject) -> Chart | None:
    """Why the outages lasted: of each workload the mean over its processes that asked."""
    names = _that_were_out(subject)
    if not names:
        return None
    figure, (axes,) = _rows(names)
    style.title(axes, "Why outages lasted, by process")
    drawn: dict[str, float] = {}
    longest = 0.0
    for row, name in enumerate(names):
        asked = subject.summary["workloads"][name]["processes"]["asked"]
        mean = {cause: float(_of(subject, name, f"{cause}_s").sum()) / asked for cause in CAUSES}
        left = 0.0
        for cause, (_, color) in CAUSES.items():
            axes.barh(row, mean[cause], left=left, height=0.62, color=color)
            left += mean[cause]
            drawn[cause] = drawn.get(cause, 0.0) + mean[cause]
        longest = max(longest, left)
    _seconds(axes, longest)
    shown = [CAUSES[cause] for cause in CAUSES if drawn[cause] > 0]
    marks.legend_right(axes, shown)
    return figure


def connections(subject: Subject) -> Chart | None:
    """Where clients' connections lead over time; None where all lead to the same all the time."""
    held = {
        name: series.values(subject, f"instances.{name}.connections_held")
        for name in cluster_figures.instances(subject)
    }
    astray, nowhere = (_sum(subject, "workloads", workloads(subject), key) for key in ELSEWHERE)
    zombies = _sum(subject, "instances", list(held), "zombies")
    settled = len(nowhere) // 10
    moved = [np.ptp(each[settled:]) > 0 for each in (*held.values(), astray) if len(each)]
    if not any(moved):
        return None
    names = [name for name in held if np.nanmax(held[name], initial=0) > 0][:ROWS_MOST]
    figure, (axes,) = style.chart()
    style.title(axes, "Connections by where they lead")
    style.unit(axes, "connections")
    edges, color = series.edges(subject), colors(names)
    layers = [*(np.nan_to_num(held[name]) for name in names), nowhere]
    marks.stack(axes, edges, layers, [*(color[name] for name in names), style.GREY])
    shown = [(words.label(name, 13), color[name]) for name in names]
    shown.append(("nowhere", style.GREY))
    for values, word, look in ((astray, "not the writer", style.BLACK),
                               (zombies, "zombies", style.VERMILLION)):  # fmt: skip
        if np.nansum(values) > 0:
            marks.line(axes, edges, values, look)
            shown.append((word, look))
    axes.set_ylim(bottom=0)
    marks.time_axis([axes], subject)
    marks.legend_right(axes, shown)
    return figure


def _sum(subject: Subject, kind: str, names: list[str], key: str) -> Numbers:
    """A level of connections over all workloads or instances."""
    columns = [series.values(subject, f"{kind}.{name}.connections_{key}") for name in names]
    return np.asarray(np.nansum(columns, axis=0), np.float64)


def _that_were_out(subject: Subject) -> list[str]:
    """The workloads of which a process had an outage."""
    down = set(subject.tables.processes["workload"])
    return [name for name in workloads(subject) if name in down][:ROWS_MOST]


def _of(subject: Subject, workload: str, column: str) -> Numbers:
    """A column of a workload's processes that were out."""
    table = subject.tables.processes
    pairs = zip(table["workload"], table[column], strict=True)
    return np.array([value for name, value in pairs if name == workload], np.float64)


def _rows(names: list[str]) -> tuple[Chart, list[Axes]]:
    """A row for each workload, high enough for the legend of all causes."""
    figure, axes = style.chart((max(0.3 * len(names), 1.25),), left_in=style.NAMES_IN)
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    row_names(axes[0], names)
    axes[0].grid(True, axis="x")
    axes[0].grid(False, axis="y")
    return figure, axes


def _seconds(axes: Axes, most: float) -> None:
    axes.set_xlim(0, most * 1.05 or 1)
    axes.set_xlabel("lasted, s", loc="right", labelpad=2)
