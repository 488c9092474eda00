"""The short summary at the end of a run: promises, workloads, failovers, the report's path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from aurosim.cli import streams
from aurosim.scenario import at_least

TONES = {"good": "bold green", "bad": "bold red", "plain": "bold yellow"}


def show(summary: Mapping[str, Any], page: Path | None, scenario: Any = None) -> None:
    """Print the answers of a run, the verdict first, the cures that its scenario names, and
    the path of its page if it has one.
    """
    from aurosim.report import banner  # not before a run: it brings numpy

    console = streams.console()
    cut = " (interrupted: what there was so far)" if summary["partial"] else ""
    console.print(Text(f"{summary['scenario']}, seed {summary['seed']}{cut}", style="bold"))
    verdict = banner.of(summary)
    if verdict is not None:
        console.print(Text(verdict.text, style=TONES[verdict.tone]))
    tables = [
        promises(summary),
        lessons(summary),
        workloads(summary),
        instances(summary),
        failovers(summary),
        moves(summary),
        regions(summary),
    ]
    for table in tables:
        if table.row_count:
            console.print(table)
    for warning in summary["warnings"]:
        console.print(Text(f"warning: {warning['text']}", style="bold yellow"))
    for line in ways_out(scenario):
        console.print(Text(line))
    console.print(Text("what each number means: at the end of the report", style="dim"))
    # A path must survive being copied: never wrapped, never coloured.
    if page is not None:
        print(f"report: {page}")


def promises(summary: Mapping[str, Any]) -> Table:
    """Each line with what was measured, in the unit of the line: the eye compares the two."""
    from aurosim.report import answer  # not before a run: it brings numpy

    table = titled("promised", "", "value")
    for line in summary["expect"]:
        verdict = Text("held", style="green") if line["held"] else Text("FAILED", style="bold red")
        value = "-" if line["value"] is None else answer.measured(line, summary)
        table.add_row(Text(line["text"]), verdict, value.replace("\u2009", ","))
    return table


def lessons(summary: Mapping[str, Any]) -> Table:
    """What the scenario shows as it is shipped: all in grey, since it is no verdict on the plan."""
    from aurosim.report import answer

    table = titled("shows (a lesson, no promise)", "", "value")
    for line in summary["shows"]:
        value = "-" if line["value"] is None else answer.measured(line, summary)
        cells = (line["text"], "shown" if line["held"] else "not here", value)
        table.add_row(*(Text(cell.replace("\u2009", ","), style="dim") for cell in cells))
    return table


def ways_out(scenario: Any) -> list[str]:
    """The cures, each on a line."""
    from aurosim.report import cures

    return [cure.line for cure in cures.told(scenario, cures.IN_THE_TERMINAL)]


def workloads(summary: Mapping[str, Any]) -> Table:
    """What failed stands beside the latency, which only good requests have; `>=` before the lengths
    of outages of which one was still going on when the run ended: that may become the longest.
    Impaired time has a column where there was any."""
    from aurosim.report import downtime  # not before a run: it brings numpy

    impaired = any(of["impaired_s"] for of in summary["workloads"].values())
    table = titled(
        "workload", "due/s", "good/s", "open", "failed", "p99 ms\nof good", "available\ntime",
        "outages\nin all s", "longest\noutage s", *(["impaired s"] if impaired else []),
    )  # fmt: skip
    for name, of in summary["workloads"].items():
        down = downtime.of(summary, name)
        table.add_row(
            Text(name),
            number(of["due_per_s"]),
            number(of["good_per_s"]),
            number(of["requests"]["open"]),
            percent(downtime.failed(of)),
            number(of["latency_ms"]["p99"]),
            percent(of["availability"]["time"]),
            (">= " if down.still else "") + number(down.total_s),
            (">= " if down.still else "") + number(down.longest_s),
            *([number(of["impaired_s"])] if impaired else []),
        )
    return table


def instances(summary: Mapping[str, Any]) -> Table:
    """How busy each instance was, on average and at its busiest, and its connections."""
    table = titled(
        "instance", "CPU\nmean", "CPU p95\nof windows", "busiest\nwindow", "connections\nat most",
        "connections\nlimit",
    )  # fmt: skip
    for cluster in summary["clusters"].values():
        for name, of in cluster["instances"].items():
            cpu = (percent(of[f"{key}_ratio"], 1) for key in ("cpu", "cpu_p95", "cpu_busiest"))
            most, limit = number(of["connections_max"]), number(of["connections_limit"])
            table.add_row(Text(name), *cpu, most, limit)
    return table


def _clients(summary: Mapping[str, Any], path: str, event: Mapping[str, Any]) -> str:
    still = at_least(f"{path}.client_outage", summary)
    return f"{'>= ' if still else ''}{number(event['client_outage_s'])}"


def failovers(summary: Mapping[str, Any]) -> Table:
    # Times count from the start of the run. The cause has a line of its own: 80 columns must do.
    table = titled(
        "failover (s)", "start", "detected", "promoted", "endpoint\nmoved", "database\noutage",
        "client\noutage",
    )  # fmt: skip
    keys = ("start_s", "detected_s", "promoted_s", "endpoint_moved_s", "database_outage_s",
            "client_outage_s")  # fmt: skip
    for name, cluster in summary["clusters"].items():
        for k, event in enumerate(cluster["failovers"]):
            clients = _clients(summary, f"clusters.{name}.failovers.{k}", event)
            way = f"{event['from']} to {event['to'] or '(none)'}\n  {event['cause']}"
            table.add_row(Text(way), *(number(event[key]) for key in keys[:-1]), clients)
    return table


def moves(summary: Mapping[str, Any]) -> Table:
    """The primary's moves between regions."""
    table = titled(
        "between regions (s)", "asked", "promoted", "endpoint\nmoved", "database\noutage",
        "client\noutage", "commits\nleft behind",
    )  # fmt: skip
    keys = ("start_s", "promoted_s", "endpoint_moved_s", "database_outage_s", "client_outage_s")
    for kind in ("failovers", "switchovers"):
        for k, one in enumerate(summary["global"][kind]):
            behind = one.get("recovery_point", {"commits": 0})["commits"]
            way = Text(f"{one['from']} to {one['to']}\n  {kind.removesuffix('s')}")
            clients = _clients(summary, f"global.{kind}.{k}", one)
            table.add_row(way, *(number(one[key]) for key in keys[:-1]), clients, number(behind))
    return table


def regions(summary: Mapping[str, Any]) -> Table:
    """How far clusters of several were behind."""
    table = titled(
        "region", "role", "lag p50\nms", "lag p99\nms", "lag max\nms", "backlog,\ncommits"
    )
    if len(summary["clusters"]) > 1:
        for name, one in summary["clusters"].items():
            lag = (number(one["replication_lag_ms"][key]) for key in ("p50", "p99", "max"))
            lacking = number(one["replication_backlog"]["commits"])
            table.add_row(Text(name), Text(one["role"]), *lag, lacking)
    return table


def titled(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for position, column in enumerate(columns):
        table.add_column(
            column,
            justify="left" if position == 0 else "right",
            vertical="bottom",
            no_wrap=position == 0,
        )
    return table


def number(value: Any) -> str:
    """Four significant digits, thousands apart; '-' for what does not exist."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "-" if value is None else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def percent(ratio: float | None, digits: int = 3) -> str:
    """A share in percent; never rounded to 100 % or to 0 %: the last digits are what one looks
    for."""
    if ratio is None:
        return "-"
    text, grain = f"{ratio * 100:.{digits}f}", 10**-digits
    if ratio < 1 and float(text) == 100:
        return f"{100 - grain:.{digits}f} %"
    return f"< {grain:.{digits}f} %" if ratio > 0 and float(text) == 0 else f"{text} %"
