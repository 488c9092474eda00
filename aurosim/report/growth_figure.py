"""The figure of a growing volume: the space its data took, its groups and its limit."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from aurosim.report import marks, series, style, words
from aurosim.report.cluster_figures import clusters
from aurosim.report.load_figures import colors
from aurosim.report.series import Numbers
from aurosim.report.style import Chart
from aurosim.report.subject import Subject

GROUPS_MOST = 12
"""More new groups than this are not drawn one by one."""
UNITS = (("TiB", 2.0**40), ("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("B", 1.0))


def growth(subject: Subject) -> Chart | None:
    """The size of each volume that grew; its limit where that is within sight, and where a new
    protection group began."""
    held = {
        name: series.values(subject, f"clusters.{name}.used_bytes")
        for name in clusters(subject)
        if series.has(subject, f"clusters.{name}.used_bytes")
    }
    grew = {name: each for name, each in held.items() if each[-1] > each[0]}
    if not grew:
        return None
    low, high = (pick(float(pick(each)) for each in grew.values()) for pick in (min, max))
    unit, unit_bytes = next(each for each in UNITS if high >= each[1] or each[0] == "B")
    figure, (axes,) = style.chart((1.35,))
    style.title(axes, "Size of the volume")
    style.unit(axes, unit)
    edges, ends = series.edges(subject), []
    reach = high + (high - low) / 4
    for name, color in colors(list(grew)).items():
        marks.line(axes, edges, grew[name] / unit_bytes, color, 1.8)
        label = "used" if len(grew) == 1 else words.label(name, 13)
        ends.append((float(grew[name][-1]) / unit_bytes, label, color))
        limit = float(clusters(subject)[name]["volume"]["limit_bytes"])
        if limit <= reach:
            height = limit / unit_bytes
            axes.axhline(height, color=style.BLACK, linewidth=0.8, linestyle=(0, (3, 2)))
            ends.append((height, f"limit {words.size(limit)}", style.BLACK))
        _new_groups(axes, subject, name, edges)
    _height(axes, low / unit_bytes, max(reach, 1.0) / unit_bytes)
    marks.time_axis([axes], subject)
    marks.labels_right(axes, ends)
    return figure


def _height(axes: Axes, low: float, high: float) -> None:
    """From the smallest size to a little above the largest: growth is small beside what is there.
    An axis that does not begin at 0 says so by its ticks, which are as fine as it takes."""
    axes.set_ylim(low - (high - low) / 12, high)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))


def _new_groups(axes: Axes, subject: Subject, name: str, edges: Numbers) -> None:
    """A dotted line at the end of each interval in which a group began."""
    groups = series.values(subject, f"clusters.{name}.protection_groups")
    begins = [k for k in range(1, len(groups)) if groups[k] > groups[k - 1]]
    if len(begins) <= GROUPS_MOST:
        for k in begins:
            axes.axvline(float(edges[k]), color=style.GREY, linewidth=0.8, linestyle=(0, (1, 2)))
