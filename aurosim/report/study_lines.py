"""A study as lines of text: what a Python prompt and a terminal show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aurosim.metrics.columns import Row, records
from aurosim.study import Plan, Ran, Tables
from aurosim.study import words as said
from aurosim.study.metrics import SHARE
from aurosim.study.tables import CUT

MOST = 60
"""Lines of estimates; a longer table is read in `estimates.csv`."""
MOST_FAILED = 4
LATENCY, GOOD = ".latency.", ".availability.requests"


def title(ran: Ran) -> str:
    """The study in a line: what it is, how many replicates of how many, with which seeds."""
    plan = ran.plan
    seeds = f"seed {plan.seeds[0]}"
    if len(plan.seeds) > 1:
        seeds = f"seeds {plan.seeds[0]} to {plan.seeds[-1]}"
    points = f" at {len(plan.points)} points" if len(plan.points) > 1 else ""
    cut = ", interrupted" if ran.interrupted else ""
    done = f"{len(ran.answers)} of {plan.runs} replicates{points}, {seeds}{cut}"
    return f"{plan.kind} {plan.name}: {done}"


def rows(ran: Ran, tables: Tables) -> Iterator[tuple[str, str, str, str, str]]:
    """Each estimate as (point, metric, value, interval, note), the point said once."""
    last = None
    for row in records(tables.estimates):
        point = row["point"] if row["point"] != last else ""
        last = row["point"]
        value, ends = said.estimate(row)
        yield point if len(ran.plan.points) > 1 else "", row["metric"], value, ends, row["note"]


def difference_rows(tables: Tables) -> Iterator[Row]:
    """Each metric of a comparison, but those that only A or only B has."""
    if tables.differences is not None:
        alone = set(one_sided(tables))
        yield from (row for row in records(tables.differences) if row["metric"] not in alone)


def one_sided(tables: Tables) -> list[str]:
    """The metrics of a comparison that have values with A alone or with B alone, so that there is
    nothing to compare."""
    if tables.differences is None:
        return []
    valued = {
        (row["metric"], row["point"])
        for row in records(tables.estimates)
        if said.exists(row["estimate"])
    }
    sides = Counter(metric for metric, _ in valued)
    rows = records(tables.differences)
    unpaired = [row["metric"] for row in rows if row["words"] == said.NO_PAIR]
    return [name for name in unpaired if sides[name] == 1]


def text(ran: Ran, tables: Tables) -> str:
    """The whole study, a line each."""
    lines = [f"<aurosim.Study {title(ran)}>"]
    if tables.differences is not None:
        lines += [f"  {row['metric']}: {row['words']}" for row in difference_rows(tables)]
    else:
        for point, metric, value, ends, note in rows(ran, tables):
            if point:
                lines.append(f"  {point}")
            interval = f", {said.percent(ran.plan.confidence)} interval {ends}" if ends else ""
            lines.append(f"    {metric}: {value}{interval}{f' ({note})' if note else ''}")
    if len(lines) > MOST:
        lines = [*lines[:MOST], f"  ... and {len(lines) - MOST} more: see `estimates`"]
    lines += [f"  FAILED: {one.label}, seed {one.seed}: {one.error}" for one in ran.failures[:5]]
    return "\n".join(lines)


def met(plan: Plan) -> str:
    """What the points of a study have in common, seed by seed."""
    if plan.same_traffic:
        return "the same traffic and the same luck"
    return "the same seeds, though not the same traffic, since their workloads differ"


def remarks(ran: Ran, tables: Tables) -> Iterator[str]:
    """What a reader must know to read the numbers right."""
    plan = ran.plan
    if tables.differences is not None:
        yield (
            f"A and B met {met(plan)}, so differences are of pairs; how much that sharpens each is "
            "in differences.csv (correlation, variance_ratio)."
        )
        alone = one_sided(tables)
        if alone:
            numbers = f"{len(alone)} numbers" if len(alone) > 1 else f"1 number ({alone[0]})"
            yield f"Left out: {numbers} that only one of the two has. They stand in estimates.csv."
        short = [row for row in records(tables.estimates) if CUT in row["note"]]
        if short:
            found = [f"{row['metric']} with {row['point']}" for row in short]
            yield f"Outages that the end of the run cuts off, lower bounds: {', '.join(found)}."
    yield from _failures(tables)
    nulls = sum(tables.estimates["nulls"])
    if nulls:
        yield f"{nulls} values do not exist (null) and are counted beside their estimates."
    # What is the same in every replicate is told as that, without an interval.
    told = list(records(tables.estimates))
    if tables.differences is not None:
        told = [row for row in difference_rows(tables) if row["words"] != said.SAME]
    every = sum(said.exists(row["high"]) for row in told)
    if every > 1:
        odds = (1 - plan.confidence) * every
        yield (
            f"Each interval holds by itself with {said.percent(plan.confidence)}: of these "
            f"{every}, expect {odds:.2g} to miss."
        )


def _failures(tables: Tables) -> Iterator[str]:
    """What share of requests failed, wherever the study tells a latency: these have none."""
    numbers = [str(row["metric"]) for row in records(tables.estimates) if row["kind"] != SHARE]
    every = [name.split(LATENCY)[0] for name in numbers if LATENCY in name]
    told = {name: failed_beside(tables, name) for name in dict.fromkeys(every)}
    failed = [f"{name} {text}" for name, text in told.items() if text]
    if failed:
        yield f"Latencies are of good requests only. Failed, on average: {'; '.join(failed)}."
    asked = set(tables.estimates["metric"])
    unasked = [f"{name}{GOOD}" for name in told if f"{name}{GOOD}" not in asked]
    if unasked:
        which = ", ".join(unasked)
        yield f"Latencies are of good requests only; what failed is not asked for here: {which}."


def failed_beside(tables: Tables, workload: str) -> str:
    """The share of a workload's requests that failed, at the points where it was the most; empty
    where none did, or where nobody asked.
    """
    mine = [
        row
        for row in records(tables.estimates)
        if row["metric"] == f"{workload}{GOOD}"
        and said.exists(row["estimate"])
        and row["estimate"] < 1
    ]
    mine.sort(key=lambda row: float(row["estimate"]))
    several = len(set(tables.estimates["point"])) > 1
    each = [
        said.plain(1 - row["estimate"], "ratio") + (f" at {row['point']}" if several else "")
        for row in mine[:MOST_FAILED]
    ]
    more = f" and at {len(mine) - len(each)} points more" if len(mine) > len(each) else ""
    return ", ".join(each) + more
