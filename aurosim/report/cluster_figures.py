"""Figures of the cluster: failover phases, six copies, replica lag, sessions by wait, vCPU use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from aurosim import catalog
from aurosim.report import marks, series, style, words
from aurosim.report.load_figures import (
    Span,
    colors,
    latency_axis,
    outages,
    row_names,
    workloads,
)
from aurosim.report.style import Chart
from aurosim.report.subject import Subject

WAITS = (
    ("cpu", "CPU", style.GREEN),
    ("read", "page read", style.SKY),
    ("commit", "commit", style.ORANGE),
    ("log", "log stall", style.PURPLE),
)
PHASES = (
    ("notice", "start_s", "detected_s", "#a3a3a3"),
    ("promote", "detected_s", "promoted_s", style.BLUE),
    ("endpoint", "promoted_s", "endpoint_moved_s", style.SKY),
)
FAILOVERS_MOST = 3
INSTANCES_MOST = 6


def clusters(subject: Subject) -> dict[str, Mapping[str, Any]]:
    """Clusters by name, sorted."""
    return dict(sorted(subject.summary["clusters"].items()))


def instances(subject: Subject) -> list[str]:
    """The instances' names in the order of the file."""
    return [name for each in clusters(subject).values() for name in each["instances"]]


def vcpus(subject: Subject, instance: str) -> int | None:
    """vCPUs of an instance: its own or those of its class; None where they changed in the run."""
    events = subject.tables.events
    if ("resize", instance) in zip(events["kind"], events["subject"], strict=True):
        return None
    servers = [each for one in subject.scenario.clusters for each in one.instances]
    for each in servers:
        if each.name == instance:
            own = getattr(each, "vcpu", None)
            known = catalog.instance_classes().get(each.class_)
            return own if own is not None else known.vcpu if known else None
    return None


def failovers(subject: Subject) -> list[Mapping[str, Any]]:
    """All failovers of the run by their start."""
    found = [each for one in clusters(subject).values() for each in one["failovers"]]
    found += [_as_failover(each) for each in moves(subject)]
    return sorted(found, key=lambda failover: float(failover["start_s"]))


def moves(subject: Subject) -> list[Mapping[str, Any]]:
    """The primary's moves between regions."""
    between = subject.summary["global"]
    return [*between["failovers"], *between["switchovers"]]


def _as_failover(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """A move between regions with the phases of a failover: noticing is someone's asking for it."""
    away, promoted = one["database_outage_s"], one["promoted_s"]
    began = one["start_s"] if away is None else promoted - away
    return {**one, "start_s": began, "detected_s": one["start_s"], "to": one["writer"]}


def failover(subject: Subject) -> Chart | None:
    """The phases of each failover on a time bar, and below them the outage that clients saw."""
    found = failovers(subject)[:FAILOVERS_MOST]
    if not found:
        return None
    hit = [[n for n in workloads(subject) if _during(subject, n, one)][:5] for one in found]
    figure, panels = style.chart(
        tuple(0.46 + 0.27 * len(names) for names in hit), gap_in=0.62, left_in=style.NAMES_IN
    )
    style.title(panels[0], "Failover: its phases, and how long clients waited")
    for axes, one, names in zip(panels, found, hit, strict=True):
        _failover_bars(axes, subject, one, names)
    panels[-1].set_xlabel("time since the failover began, s", loc="right", labelpad=2)
    return figure


def _failover_bars(axes: Axes, subject: Subject, one: Mapping[str, Any], names: list[str]) -> None:
    """One failover: its phases in the first row, then a row for each workload it hit."""
    zero = float(one["start_s"])
    spans = {name: _during(subject, name, one) for name in names}
    ends = [span.end_s for each in spans.values() for span in each]
    ends += [one[key] for _, _, key, _ in PHASES if one[key] is not None]
    reach = max([end - zero for end in ends], default=0.0)
    # A phase that never ended is drawn a little beyond the rest, not to the end of a long run.
    stop_s = min(series.end_s(subject), zero + 1.25 * reach) if reach else series.end_s(subject)
    reach = max(reach, stop_s - zero) if one["endpoint_moved_s"] is None else reach
    _phases(axes, one, zero, stop_s)
    for row, each in enumerate(spans.values(), start=1):
        for span in each:
            left, long = span.begin_s - zero, span.long_s
            axes.barh(row, long, left=left, height=0.5, color=style.VERMILLION)
            axes.annotate(
                span.length, (left + long, row), (3, 0), va="center",
                textcoords="offset points", fontsize=style.LABEL_PT,
            )  # fmt: skip
    _accepts(axes, one, reach)
    axes.set_xlim(-0.02 * reach, reach * 1.14 or 1)
    axes.set_ylim(len(names) + 0.5, -0.5)
    axes.grid(False)
    row_names(axes, ["cluster", *names])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7))
    axes.xaxis.set_major_formatter(FuncFormatter(style.tick))


def _phases(axes: Axes, one: Mapping[str, Any], zero: float, stop_s: float) -> None:
    """The bars of what the cluster did, and what they are called."""
    legend = []
    for word, begin, end, color in PHASES:
        if one[begin] is None:
            continue
        left, long = one[begin] - zero, (stop_s if one[end] is None else one[end]) - one[begin]
        axes.barh(0, long, left=left, height=0.62, color=color, edgecolor="white", linewidth=0.8)
        legend.append((f"{word} {'open' if one[end] is None else words.seconds(long)}", color))
    marks.legend_right(axes, legend)


def _accepts(axes: Axes, one: Mapping[str, Any], reach: float) -> None:
    """The moment from which the new writer accepts statements, if there is one."""
    if one["promoted_s"] is None:
        return
    away = one["promoted_s"] - one["start_s"]
    axes.plot([away, away], [-0.5, 0.45], color=style.BLACK, linewidth=1.0)
    new, side = words.label(one["to"], 24), "right" if away > 0.45 * reach else "left"
    axes.annotate(
        f"{new} accepts writes at {words.seconds(away)}", (away, -0.5), (0, 2), ha=side,
        textcoords="offset points", fontsize=style.LABEL_PT,
    )  # fmt: skip


def _during(subject: Subject, workload: str, one: Mapping[str, Any]) -> list[Span]:
    """The outages of a workload that overlap a failover."""
    stop = one["endpoint_moved_s"]
    stop = series.end_s(subject) if stop is None else stop
    return [
        span
        for span in outages(subject, workload)
        if span.end_s > one["start_s"] and span.begin_s < stop
    ]


def storage(subject: Subject) -> Chart | None:
    """The fewest live copies that any protection group has, with the write and the read quorum."""
    names = [n for n in clusters(subject) if series.has(subject, f"clusters.{n}.copies_min")]
    if not names:
        return None
    model = subject.scenario.numbers
    copies, write, read = (
        catalog.whole(name, model) for name in ("segment_copies", "write_quorum", "read_quorum")
    )
    figure, (axes,) = style.chart((1.35,))
    style.title(axes, "Live copies of the worst protection group")
    style.unit(axes, "copies")
    edges, ends = series.edges(subject), []
    for height, word in ((write, "write quorum"), (read, "read quorum")):
        axes.axhline(height, color=style.BLACK, linewidth=0.8, linestyle=(0, (3, 2)))
        ends.append((float(height), f"{word} {height}", style.BLACK))
    for name, color in colors(names).items():
        held = series.values(subject, f"clusters.{name}.copies_min")
        marks.area(axes, edges, held, color, alpha=0.08)
        marks.line(axes, edges, held, color, 1.8)
        now = marks.last_value(held)
        label = "copies" if len(names) == 1 else words.label(name, 13)
        ends.append((now, label, color))
    axes.set_ylim(0, copies + 0.3)
    marks.whole_ticks(axes, [float(n) for n in range(0, copies + 1)])
    marks.time_axis([axes], subject)
    marks.labels_right(axes, ends)
    return figure


def lag(subject: Subject) -> Chart | None:
    """Replica lag of each reader, and of each secondary's volume (dashed): the mean of an interval,
    and its largest as a thin line.
    """
    readers = [(f"instances.{n}.lag", n, "-") for n in instances(subject)]
    volumes = [(f"clusters.{n}.replication_lag", n, "--") for n in clusters(subject)]
    names = [each for each in readers + volumes if series.has(subject, f"{each[0]}_mean_ms")]
    if not names:
        return None
    figure, (axes,) = style.chart()
    dashed = "; dashed: a region's volume" if any(dash == "--" for _, _, dash in names) else ""
    style.title(axes, f"Replica lag: mean, and largest (thin){dashed}")
    style.unit(axes, "ms")
    color = colors([name for _, name, _ in names] if dashed else instances(subject))
    edges, ends, drawn = series.edges(subject), [], []
    for column, name, dash in reversed(names):
        mean = series.values(subject, f"{column}_mean_ms")
        most = series.values(subject, f"{column}_max_ms")
        marks.line(axes, edges, most, color[name], 0.6, dash)
        marks.line(axes, edges, mean, color[name], dash=dash)
        drawn += [mean, most]
        if color[name] != style.PALE:
            ends.append((marks.last_value(mean), words.label(name, 13), color[name]))
    latency_axis(axes, drawn)
    marks.time_axis([axes], subject)
    marks.labels_right(axes, ends)
    return figure


def sessions(subject: Subject) -> Chart | None:
    """Average active sessions of each instance by what they wait for, with its vCPUs as a line."""
    names = [n for n in instances(subject) if series.has(subject, f"instances.{n}.sessions.cpu")]
    busy = [n for n in names if _busiest(subject, n) > 0]
    if not busy:
        return None
    names = busy[:INSTANCES_MOST]
    figure, panels = style.chart((0.95,) * len(names), gap_in=0.3)
    left_out = f" ({len(names)} of {len(busy)} instances)" if len(busy) > len(names) else ""
    style.title(panels[0], f"Average active sessions by wait{left_out}")
    edges = series.edges(subject)
    for axes, name in zip(panels, names, strict=True):
        layers = [
            series.values(subject, f"instances.{name}.sessions.{wait}") for wait, _, _ in WAITS
        ]
        height = float(marks.stack(axes, edges, layers, [color for _, _, color in WAITS]).max())
        _vcpu_line(axes, subject, name, height)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
        style.unit(axes, "sessions")
        axes.annotate(
            words.label(name, 15), (1, 0), (4, 4), xycoords="axes fraction", fontweight="bold",
            textcoords="offset points", fontsize=style.LABEL_PT, annotation_clip=False,
        )  # fmt: skip
    marks.time_axis(panels, subject)
    marks.legend_right(panels[0], [(word, color) for _, word, color in reversed(WAITS)])
    return figure


def _vcpu_line(axes: Axes, subject: Subject, name: str, height: float) -> None:
    """The vCPUs as a line where sessions come near them, else in words: low areas stay readable."""
    vcpu = vcpus(subject, name)
    near = vcpu is not None and 4 * height >= vcpu
    top = 1.14 * (max(height, float(vcpu)) if near and vcpu is not None else height)
    axes.set_ylim(0, top)
    if vcpu is None:
        return
    if near:
        axes.axhline(vcpu, color=style.BLACK, linewidth=0.9, linestyle=(0, (3, 2)))
    axes.annotate(
        f"{vcpu} vCPU" if near else f"of {vcpu} vCPU", (1, vcpu if near else 0.86 * top), (-3, 2),
        xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", fontsize=7,
        bbox={"facecolor": "white", "alpha": 0.75, "pad": 0.5, "linewidth": 0},
    )  # fmt: skip


def _busiest(subject: Subject, name: str) -> float:
    total = sum(
        np.nan_to_num(series.values(subject, f"instances.{name}.sessions.{wait}"))
        for wait, _, _ in WAITS
    )
    return float(np.max(total))


def cpu(subject: Subject) -> Chart | None:
    """vCPU use of each instance in percent."""
    names = [n for n in instances(subject) if series.has(subject, f"instances.{n}.cpu_ratio")]
    if not names:
        return None
    figure, (axes,) = style.chart()
    style.title(axes, "vCPU use")
    style.unit(axes, "%")
    edges, color, ends = series.edges(subject), colors(instances(subject)), []
    for name in reversed(names):
        used = 100 * series.values(subject, f"instances.{name}.cpu_ratio")
        marks.line(axes, edges, used, color[name])
        if color[name] != style.PALE:
            ends.append((marks.last_value(used), words.label(name, 13), color[name]))
    axes.set_ylim(0, 102)
    marks.time_axis([axes], subject)
    marks.labels_right(axes, ends)
    return figure
