"""The page of a study: the answer with its uncertainty first, then figures, tables, conditions.

As a run's page it stands alone, asks no network, and holds no clock, host or version, so that the
same study gives the same bytes whoever ran it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from aurosim import scenario as language
from aurosim.metrics.columns import Row, records
from aurosim.report import page, study_figures, study_lines, style, words
from aurosim.report.banner import SERVED, counted
from aurosim.report.page import Picture
from aurosim.report.tables import Column, Table
from aurosim.study import Metric, Ran, Tables
from aurosim.study import words as said
from aurosim.study.metrics import HELD, SHARE
from aurosim.study.plan import COMPARE, SWEEP

MOST_FIGURES: Final = 12
MOST_CARDS: Final = 4
MOST_RESOLVED: Final = 8
AVAILABILITY: Final = (".availability.requests", ".availability.time")
KINDS: Final = {"replicate": "One scenario", "sweep": "Sweep", "compare": "Comparison"}


@dataclass(frozen=True)
class Card:
    """A key number: what it is, its value, and the line below it."""

    label: str
    value: str
    line: str
    tone: str = ""


@dataclass(frozen=True)
class Verdict:
    """One phrase on a coloured ground: `good`, `bad`, or neither."""

    text: str
    tone: str


def render(ran: Ran, tables: Tables, origin: Mapping[str, Any]) -> str:
    """The page as HTML text: the same study, the same text."""
    return page.environment().get_template("study.html").render(content(ran, tables, origin))


def content(ran: Ran, tables: Tables, origin: Mapping[str, Any]) -> dict[str, Any]:
    """All that the template shows, by name."""
    plan = ran.plan
    return {
        "name": words.name(plan.name),
        "setting": setting(ran),
        "question": plan.question or "",
        "banner": banner(ran),
        "verdict": verdict(ran, tables),
        "cards": cards(ran, tables),
        "reading": reading(ran, tables),
        "differences": difference_table(tables),
        "changes": changes(ran, tables),
        "questions": questions(ran, tables),
        "pictures": pictures(ran, tables),
        "clipped": len(plan.points) > study_figures.MOST_POINTS,
        "most": study_figures.MOST_POINTS,
        "confidence": said.percent(plan.confidence),
        "estimates": estimate_table(ran, tables),
        "failures": failures(ran),
        "remarks": [*study_lines.remarks(ran, tables), *remarks(ran)],
        "points": points(ran),
        "conditions": conditions(ran, origin),
        "resolved": [
            {"label": point.label, "text": language.pack(point.scenario).text}
            for point in plan.points[:MOST_RESOLVED]
        ],
    }


def setting(ran: Ran) -> str:
    """What kind of study, how large, how sure."""
    plan = ran.plan
    many = len(plan.points)
    each = f"{len(plan.seeds)} replicate{'s' if len(plan.seeds) > 1 else ''}"
    where = f"{each} of {'A and of B' if plan.kind == COMPARE else f'each of {many} points'}"
    seeds = f"seeds {plan.seeds[0]} to {plan.seeds[-1]}" if len(plan.seeds) > 1 else ""
    parts = [KINDS[plan.kind], where if many > 1 else each, seeds or f"seed {plan.seeds[0]}"]
    return ", ".join([*parts, f"{said.percent(plan.confidence)} intervals"])


def banner(ran: Ran) -> str:
    """What is missing; empty where nothing is."""
    if ran.complete:
        return ""
    there = f"{len(ran.answers)} of {ran.plan.runs} replicates are here"
    broken = f"; {len(ran.failures)} could not be run" if ran.failures else ""
    return f"{there}{broken}. The same command goes on where it stopped."


def verdict(ran: Ran, tables: Tables) -> Verdict | None:
    """Of one scenario: whether its promises were kept in every replicate."""
    if len(ran.plan.points) > 1 or not ran.answers:
        return None
    rows = list(records(tables.estimates))
    lines = [row["estimate"] for row in rows if row["metric"].startswith(HELD)]
    if not lines:
        return None
    failed = sum(share < 1 for share in lines)
    told = counted(failed, len(lines))
    if failed:
        return Verdict(f"{told} in some replicates", "bad")
    kept = f"{told} in every replicate"
    known = [row for row in rows if row["metric"].endswith(AVAILABILITY)]
    pairs = [(row["estimate"], row["metric"]) for row in known if said.exists(row["estimate"])]
    served, metric = min(pairs, default=(1.0, ""))
    if served >= SERVED:
        return Verdict(kept, "good")
    lost, (who, kind) = words.share(1 - served), metric.split(".availability.")
    what = "requests failed" if kind == "requests" else "the time was lost"
    return Verdict(f"{kept}; yet for users of {words.name(who, 30)} {lost} of {what}", "plain")


def cards(ran: Ran, tables: Tables) -> list[Card]:
    """The few numbers that a board looks at."""
    if ran.plan.kind == COMPARE:
        return _change_cards(tables)
    numbers = [metric for metric in ran.plan.metrics if metric.kind != SHARE]
    # What somebody expected something of, and what chance moves, is worth the most.
    expected = {line.path for point in ran.plan.points for line in point.scenario.expect}
    numbers.sort(key=lambda m: (m.name not in expected, not _worth_drawing(ran, tables, m)))
    make = _range_card if ran.plan.kind == SWEEP and len(ran.plan.points) > 1 else _value_card
    found = [make(tables, metric) for metric in numbers]
    return [card for card in found if card is not None][:MOST_CARDS]


def _rows(tables: Tables, metric: Metric) -> list[Row]:
    rows = (row for row in records(tables.estimates) if row["metric"] == metric.name)
    return [row for row in rows if said.exists(row["estimate"])]


def _value_card(tables: Tables, metric: Metric) -> Card | None:
    rows = _rows(tables, metric)
    if not rows:
        return None
    value, ends = said.estimate(rows[0])
    return Card(metric.name, value, _with_failures(tables, metric, ends or rows[0]["note"]))


def _range_card(tables: Tables, metric: Metric) -> Card | None:
    """From the least to the most over the points of a sweep."""
    rows = _rows(tables, metric)
    if not rows:
        return None
    least, most = (f(rows, key=lambda row: row["estimate"]) for f in (min, max))
    if least["estimate"] == most["estimate"]:
        return Card(metric.name, said.estimate(least)[0], "the same at every point")
    low, high = said.estimate(least)[0], said.estimate(most)[0]
    unit = next((u for u in (" ms", " s", " %", "/s") if low.endswith(u) and high.endswith(u)), "")
    value = f"{low.removesuffix(unit)} to {high}"
    line = f"least at {least['point']}, most at {most['point']}"
    return Card(metric.name, value, _with_failures(tables, metric, line))


def _with_failures(tables: Tables, metric: Metric, line: str) -> str:
    """The line below a latency, with the share of requests that failed and so are not in it."""
    workload, latency, _ = metric.name.partition(study_lines.LATENCY)
    failed = study_lines.failed_beside(tables, workload) if latency else ""
    return "; ".join(part for part in (line, f"failed: {failed}" if failed else "") if part)


def _change_cards(tables: Tables) -> list[Card]:
    """The clearest differences first: those furthest from none, in widths of their interval."""
    clear = []
    for row in study_lines.difference_rows(tables):
        if row["kind"] != SHARE and said.exists(row["low"]) and not row["low"] <= 0 <= row["high"]:
            clear.append((abs(row["difference"]) / (row["high"] - row["low"]), row))
    clear.sort(key=lambda pair: -pair[0])
    return [_change_card(row) for _, row in clear[:MOST_CARDS]]


def _change_card(row: Mapping[str, Any]) -> Card:
    a, b = (said.plain(row[side], row["unit"]) for side in ("a", "b"))
    return Card(str(row["metric"]), f"{a} \u2192 {b}", str(row["words"]))


def reading(ran: Ran, tables: Tables) -> str:
    """The answer in a sentence or two."""
    if not ran.answers:
        return "No replicate has finished, so there is nothing to say yet."
    if ran.plan.kind == COMPARE:
        rows = list(study_lines.difference_rows(tables))
        clear = [r for r in rows if said.exists(r["low"]) and not r["low"] <= 0 <= r["high"]]
        same = [r for r in rows if r["words"] == said.SAME]
        return (
            f"A is {ran.plan.points[0].about}, B is {ran.plan.points[1].about}. Of {len(rows)} "
            f"numbers B clearly changes {len(clear)}, {len(same)} are the same in every replicate, "
            f"and of {len(rows) - len(clear) - len(same)} the interval does not say."
        )
    if ran.plan.kind == SWEEP:
        varied = " and ".join(ran.plan.varied)
        return f"What is varied: {varied}. Every point met {study_lines.met(ran.plan)}."
    return "Each replicate is the same scenario with another seed: other arrivals, other luck."


def changes(ran: Ran, tables: Tables) -> Picture | None:
    """The figure of a comparison."""
    text = (
        "Each mean, B against A, with its interval. Orange: the interval does not hold zero. "
        "Grey: it does, so the study does not say which way it goes."
    )
    with style.styled():
        chart = study_figures.changes(ran, tables)
        if chart is None:
            return None
        return Picture("changes", "B against A", Markup(style.svg(chart, "changes", text)), text)


def pictures(ran: Ran, tables: Tables) -> list[Picture]:
    """A figure for each number, the first dozen."""
    found: list[Picture] = []
    with style.styled():
        for metric in (each for each in ran.plan.metrics if each.kind != SHARE):
            if len(found) == MOST_FIGURES or not _worth_drawing(ran, tables, metric):
                continue
            chart = study_figures.estimates(ran, tables, metric)
            if chart is not None:
                name = f"estimate-{len(found)}"
                svg = Markup(style.svg(chart, name, f"{metric.name} at each point"))
                found.append(Picture(name, metric.name, svg, _caption(tables, metric)))
    return found


def _worth_drawing(ran: Ran, tables: Tables, metric: Metric) -> bool:
    """Whether a figure shows more than the table does: not where everything is one value, nor
    where A and B have the same, nor where only one of them has any."""
    if tables.differences is not None:
        shown = {row["metric"]: row["words"] for row in study_lines.difference_rows(tables)}
        return bool(shown.get(metric.name, said.SAME) != said.SAME)
    rows = (row for row in records(tables.replicates) if row["metric"] == metric.name)
    return len({row["value"] for row in rows if said.exists(row["value"])}) > 1


def _caption(tables: Tables, metric: Metric) -> str:
    notes = dict.fromkeys(row["note"] for row in _rows(tables, metric) if row["nulls"])
    return _with_failures(tables, metric, "; ".join(notes))


def difference_table(tables: Tables) -> Table | None:
    """What B changes, metric by metric; those that it leaves alone are named below."""
    if tables.differences is None:
        return None
    rows, marked = [], set()
    every = list(study_lines.difference_rows(tables))
    for place, row in enumerate(row for row in every if row["words"] != said.SAME):
        if said.exists(row["low"]) and not row["low"] <= 0 <= row["high"]:
            marked.add(place)
        a, b = (said.plain(row[side], row["unit"]) for side in ("a", "b"))
        ratio, r = row["variance_ratio"], row["correlation"]
        rows.append((
            row["metric"], a, b, row["words"], f"{r:.2f}" if said.exists(r) else words.NOTHING,
            f"{words.number(ratio)} times" if said.exists(ratio) else words.NOTHING,
            f"{row['pairs']}" + (f", {row['dropped']} dropped" if row["dropped"] else ""),
        ))  # fmt: skip
    columns = (
        Column("metric"), Column("A", True), Column("B", True), Column("what B changes"),
        Column("correlation", True), Column("variance less by pairing", True),
        Column("pairs", True),
    )  # fmt: skip
    same = words.listed([str(row["metric"]) for row in every if row["words"] == said.SAME])
    notes = ["Marked: the interval does not hold zero."] if marked else []
    notes += [f"The same with A and B in every replicate: {same}."] if same else []
    empty = "B changes nothing: every number is the same in every replicate."
    return Table(columns, tuple(rows), empty, frozenset(marked), " ".join(notes))


def questions(ran: Ran, tables: Tables) -> Table:
    """Each yes-or-no question: in how many replicates, and the interval of the share; one row
    where every point answers alike."""
    rows: list[tuple[str, ...]] = []
    every = [point.label for point in ran.plan.points]
    everywhere = "with A and with B" if ran.plan.kind == COMPARE else "at every point"
    for metric in (each for each in ran.plan.metrics if each.kind == SHARE):
        found = {row["point"]: _share_cell(row) for row in _rows(tables, metric)}
        cells = [found.get(label, words.NOTHING) for label in every]
        if len(set(cells)) == 1:
            alike = [(metric.name, everywhere, cells[0])]
        else:
            pairs = zip(every, cells, strict=True)
            alike = [(metric.name if label == every[0] else "", label, c) for label, c in pairs]
        rows += alike if len(every) > 1 else [(metric.name, cells[0])]
    columns = (Column("question"), Column("point"), Column("replicates", True))
    return Table(columns if len(every) > 1 else (columns[0], columns[2]), tuple(rows))


def _share_cell(row: Mapping[str, Any]) -> str:
    _, ends = said.estimate(row)
    yes = str(row["note"]).split(" replicates")[0]
    dashed = ends.replace(" to ", "\u2013")
    return f"{yes} ({dashed} %)"


def estimate_table(ran: Ran, tables: Tables) -> Table:
    """Every estimate."""
    many = len(ran.plan.points) > 1
    rows = []
    for row in records(tables.estimates):
        value, ends = said.estimate(row)
        cells = (row["metric"], value, ends or words.NOTHING, str(row["replicates"]),
                 str(row["nulls"]), row["method"], row["note"])  # fmt: skip
        rows.append((row["point"], *cells) if many else cells)
    columns = (
        Column("metric"), Column("estimate", True),
        Column(f"{said.percent(ran.plan.confidence)} interval", True), Column("replicates", True),
        Column("without a value", True), Column("method"), Column("note"),
    )  # fmt: skip
    return Table((Column("point"), *columns) if many else columns, tuple(rows))


def failures(ran: Ran) -> Table:
    """Replicates that could not be run, and how to run each alone."""
    rows = tuple(
        (one.label, str(one.seed), one.error, _alone(ran, one.point, one.seed))
        for one in ran.failures
    )
    columns = (Column("point"), Column("seed", True), Column("what went wrong"), Column("alone"))
    return Table(columns, rows)


def _alone(ran: Ran, point: int, seed: int) -> str:
    file = f"points/{point:03d}/scenario.resolved.yaml"
    return f"aurosim run {file} --seed {seed} --plane {ran.plan.plane}"


def points(ran: Ran) -> Table:
    """What each point is."""
    rows = tuple(
        (
            point.label,
            point.about or words.name(point.scenario.name),
            ", ".join(f"{path}={value}" for path, value in point.settings) or words.NOTHING,
        )
        for point in ran.plan.points
    )
    return Table((Column("point"), Column("scenario"), Column("what is set")), rows)


def conditions(ran: Ran, origin: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What it takes to get the same numbers again."""
    plan = ran.plan
    means = "Student's t over replicates" if plan.interval == "student" else "BCa bootstrap"
    return [
        ("run it again", shlex.join(origin["command"])),
        ("seeds", f"{plan.seeds[0]} to {plan.seeds[-1]}, the same at every point"),
        ("intervals of means", f"{means}, {said.percent(plan.confidence)}"),
        ("intervals of shares", "Wilson's score interval over replicates"),
        ("intervals of counts", "exact Poisson; with fewer than 10 events a bound from above"),
        ("data plane", words.name(plan.plane)),
    ]


def remarks(ran: Ran) -> list[str]:
    """What every reader of a study must know."""
    lines = [
        "The unit is the replicate: one run with one seed gives one value of each number. "
        "Statements of one run depend on each other and are never counted as if they did not.",
        "An interval tells what chance alone may have done. It says nothing of what the model "
        "assumes.",
    ]
    if ran.plan.kind == SWEEP:
        lines.append(
            "The points met the same seeds: compare two of them replicate by replicate, with "
            "aurosim compare, rather than by whether their intervals overlap."
        )
    return lines


def card(ran: Ran, tables: Tables) -> str:
    """The study in a notebook, as HTML with no style sheet; every text in it is escaped."""
    box = "border:1px solid #dfe3e6;border-radius:4px;padding:10px 14px;max-width:60em"
    soft = "color:#5b636b;font-size:85%"
    lines = study_lines.text(ran, tables).splitlines()
    shown = Markup("<br>").join(line.strip() for line in lines[1:])
    return str(
        Markup('<div style="{}"><b>{}</b> <span style="{}">{}</span><div>{}</div></div>').format(
            box, words.name(ran.plan.name), soft, study_lines.title(ran), shown
        )
    )
