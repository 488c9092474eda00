"""The report: one HTML file that needs nothing else, with the answer first.

All style and all figures stand inside the file; it asks no network, runs no script and holds no
clock, host or version, so that the same scenario and seed give the same bytes. Names come from
whoever wrote the scenario: the template escapes every text, and only SVG made by `style.svg`, which
escapes for itself, goes in as it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from aurosim import scenario as language
from aurosim.report import (
    answer,
    banner,
    cures,
    figures,
    headline,
    marks,
    meanings,
    style,
    tables,
    words,
)
from aurosim.report.subject import Subject


@dataclass(frozen=True)
class Picture:
    """A figure on the page: its SVG and how to read it, or None and why there is none."""

    name: str
    heading: str
    svg: Markup | None
    caption: str


def render(subject: Subject) -> str:
    """The report of a run as HTML text. The same run gives the same text, byte for byte."""
    return environment().get_template("report.html").render(content(subject))


def content(subject: Subject) -> dict[str, Any]:
    """All that the template shows, by name."""
    summary, resolved = subject.summary, language.pack(subject.scenario).text
    return {
        "name": words.name(summary["scenario"]),
        "question": getattr(subject.scenario, "question", None) or "",
        "learn": getattr(subject.scenario, "learn", None) or "",
        "partial": subject.partial,
        "setting": setting(subject),
        "warnings": [words.name(each["text"], 500) for each in summary["warnings"]],
        "banner": banner.of(subject.summary),
        "verdicts": answer.verdicts(subject),
        "lessons": answer.lessons(subject),
        "cures": cures.told(subject.scenario),
        "cards": headline.cards(subject),
        "meanings": meanings.GROUPS,
        "reading": answer.reading(subject),
        "pictures": pictures(subject),
        "has_faults": bool(marks.faults(subject)),
        "tables": tables,
        "subject": subject,
        "provenance": provenance(subject, resolved),
        "resolved": resolved,
        "sources": tables.sources(subject),
    }


def setting(subject: Subject) -> str:
    """Where and how long, in a line: the clusters as they began, the primary first."""
    summary, primary = subject.summary, subject.scenario.cluster.name
    clusters = sorted(summary["clusters"].items(), key=lambda each: (each[0] != primary, each[0]))
    alone = len(clusters) == 1
    parts = [
        _place(cluster, writer=True)
        if alone
        else f"{words.name(name)} ({_place(cluster, writer=name == primary)})"
        for name, cluster in clusters
    ]
    parts.append(f"{words.seconds(summary['duration_s'])} simulated")
    if summary["warm_up_s"]:
        parts.append(f"the first {words.seconds(summary['warm_up_s'])} not counted")
    return ", ".join([*parts, f"seed {summary['seed']}"])


def _place(cluster: Any, *, writer: bool) -> str:
    where = f"{words.name(cluster['engine'])} in {words.name(cluster['region'])}"
    return f"{where}, {servers(cluster, writer=writer)}"


def servers(cluster: Any, *, writer: bool) -> str:
    """How many servers of which kind a cluster has: one that follows another has readers only."""
    readers = len(cluster["instances"]) - 1
    if not writer:
        return f"{readers + 1 or 'no'} reader{'' if readers == 0 else 's'}"
    return "a writer" + (
        f" and {readers} reader{'s' if readers > 1 else ''}" if readers else " alone"
    )


def pictures(subject: Subject) -> dict[str, Picture]:
    """Every figure of the report by name, drawn where there is something to show."""
    with style.styled():
        return {name: picture(subject, name) for name in figures.DRAWINGS}


def picture(subject: Subject, name: str) -> Picture:
    """One figure as the page shows it."""
    drawing = figures.DRAWINGS[name]
    chart = figures.draw(subject, name)
    if chart is None:
        return Picture(name, drawing.heading, None, drawing.absent)
    caption = drawing.reading + figures.beside(subject, name)
    spoken = f"{drawing.heading}. {caption}"
    return Picture(name, drawing.heading, Markup(style.svg(chart, name, spoken)), caption)


def provenance(subject: Subject, resolved: str) -> list[tuple[str, str]]:
    """What it takes to make the same numbers again; host, versions, hour are not here."""
    summary = subject.summary
    return [
        ("scenario", words.name(summary["scenario"])),
        ("SHA-256 of the resolved scenario", hashlib.sha256(resolved.encode()).hexdigest()),
        ("seed", str(summary["seed"])),
        ("data plane", words.name(summary["plane"])),
        ("schema of summary.json", f"version {summary['schema_version']}"),
    ]


def marked(text: str) -> Markup:
    """Prose of a scenario with what stands between backticks as code; everything is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its fellow stays one
        parts[-2:] = ["`".join(parts[-2:])]
    pieces = (
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part)
        for n, part in enumerate(parts)
    )
    return Markup("").join(pieces)


@cache
def environment() -> Environment:
    """The templates of this room. Every text that they are given is escaped."""
    found = Environment(
        loader=PackageLoader("aurosim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["tied"] = words.tied
    found.filters["marked"] = marked
    return found
