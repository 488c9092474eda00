"""The figures of a run, by name: each takes a result and gives a `Chart`, or None with a reason.

An empty frame tells nobody anything, so a figure without anything to show is not drawn; `ABSENT`
says in one sentence what its absence means. Every figure has one title with its unit, faults marked
on the time axis, and names beside the lines they belong to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aurosim.report import (
    cluster_figures,
    fleet_figures,
    growth_figure,
    headline,
    load_figures,
    style,
    words,
)
from aurosim.report.style import Chart
from aurosim.report.subject import Subject

FAILED_MOST = 4
"""Workloads whose failures a caption tells, beside those of the worst."""
Draw = Callable[[Subject], Chart | None]


@dataclass(frozen=True)
class Drawing:
    """How a figure is made, its heading, how to read it, and what its absence means."""

    draw: Draw
    heading: str
    reading: str
    absent: str


DRAWINGS = {
    "throughput": Drawing(
        load_figures.throughput,
        "Throughput",
        "Solid: requests that ended well. Dashed: requests that fell due. A gap between the two is "
        "work that waits or fails; solid above dashed is a backlog being worked off.",
        "No request ended within the run.",
    ),
    "latency": Drawing(
        load_figures.latency,
        "Latency",
        "Good requests only: from the intended arrival to the answer, retries included, by the "
        "moment of the answer. No line where nothing was answered well.",
        "No request ended well within the run, so there is no latency to show.",
    ),
    "availability": Drawing(
        load_figures.availability,
        "Outages as clients saw them",
        "Orange: from the first request that failed or was left unanswered to the next good "
        "answer, while any process was out; with a \u2265: still down when the run ended. Right: "
        "the share of time without outage, of all processes that asked.",
        "No workload had an outage.",
    ),
    "processes": Drawing(
        fleet_figures.processes_out,
        "Processes that are out",
        "The share of a workload's processes that is in an outage, of those that asked for "
        "anything: a fleet does not come back as one man.",
        "No process had an outage.",
    ),
    "spread": Drawing(
        fleet_figures.by_process,
        "Outages by process",
        "A point for each process that had an outage: its longest. A column is a fleet that came "
        "back as one man; the spread comes from when each found its connections dead, and when it "
        "looked the name up.",
        "No process had an outage.",
    ),
    "causes": Drawing(
        fleet_figures.causes,
        "Why outages lasted",
        "All outages of a process, on average over the workload's processes that asked. At each "
        "instant the cause is the first thing that was not there yet, in the order of the legend: "
        "the failure noticed, a writer open, the record moved, the cached answer expired, the hung "
        "connection given up, the one to a server that only reads dropped, a connection opened, an "
        "answer.",
        "No process had an outage.",
    ),
    "connections": Drawing(
        fleet_figures.connections,
        "Where connections lead",
        "The connections that clients have, by the instance they lead to, alive or not; nowhere: "
        "places in pools without one. Black: those of a writer's endpoint that lead to an instance "
        "that is not the writer; each write on them fails. Red: sessions whose clients are gone.",
        "All connections led to the same instances all the time.",
    ),
    "failover": Drawing(
        cluster_figures.failover,
        "Failover",
        "Above: what the cluster did, until the cluster endpoint names the new writer. "
        "Below, in orange: how long each workload went without a good answer; with a \u2265: "
        "still so when the run ended.",
        "No failover happened.",
    ),
    "storage": Drawing(
        cluster_figures.storage,
        "Six copies",
        "Below the write quorum commits wait; below the read quorum the group cannot recover.",
        "The run recorded no state of the volume.",
    ),
    "growth": Drawing(
        growth_figure.growth,
        "A growing volume",
        "Space that the data took, up to the limit if that is near. Dotted: a new protection group "
        "of six segments begins.",
        "The volume did not grow.",
    ),
    "lag": Drawing(
        cluster_figures.lag,
        "Replica lag",
        "From the moment a record is durable to the moment a reader has applied it.",
        "No reader applied any redo, so there is no lag.",
    ),
    "sessions": Drawing(
        cluster_figures.sessions,
        "Sessions by wait",
        "Average number of sessions at work, by what they spend their time on. CPU above the "
        "vCPU line is a queue for the processors.",
        "No session was at work.",
    ),
    "cpu": Drawing(
        cluster_figures.cpu,
        "vCPU use",
        "Share of each instance's vCPUs at work.",
        "The run recorded no use of vCPUs.",
    ),
    "errors": Drawing(
        load_figures.errors,
        "Errors by cause",
        "Failed attempts of all workloads, one area above the other. A request may fail several "
        "times and still end well.",
        "Nothing failed.",
    ),
    "trace": Drawing(
        load_figures.trace,
        "Measured trace and simulation",
        "Grey: the rate that the trace asks for. Orange: what fell due; arrivals are Poisson with "
        "that rate, so they scatter around it. Blue: what was served.",
        "No workload follows a measured trace.",
    ),
}
"""Every figure by name, in the order in which the report shows them."""


def draw(subject: Subject, name: str, *, signed: bool = False) -> Chart | None:
    """The figure `name` of `DRAWINGS`, or None where there is nothing to show.

    `signed`: with the scenario and the seed at its foot, for where no page around it tells them.
    """
    with style.styled():
        chart = DRAWINGS[name].draw(subject)
        if chart is not None and signed:
            chart.sign(signature(subject))
        return chart


def beside(subject: Subject, name: str) -> str:
    """What belongs beside a figure of this run and is not in it: failures have no latency."""
    if name != "latency":
        return ""
    most = [name for name, _ in headline.workloads(subject)][:FAILED_MOST]
    many = headline.failures(subject, *most)
    return " No request failed." if many == "none" else f" Not in it: {many} failed."


def draw_absent(subject: Subject, name: str) -> Chart:
    """A picture that says why there is no figure `name` of this run."""
    with style.styled():
        chart, (axes,) = style.chart((0.5,))
        style.title(axes, DRAWINGS[name].heading)
        axes.set_axis_off()
        axes.text(0, 0.5, DRAWINGS[name].absent, va="center", wrap=True)
        chart.sign(signature(subject))
        return chart


def signature(subject: Subject) -> str:
    """Which run a figure is of: its scenario, its seed, and what was set for this run."""
    summary = subject.summary
    changes = ", ".join(
        f"{path.removeprefix('workload.').removeprefix('cluster.')}={value}"
        for path, value in subject.scenario.origin.overrides.items()
        if not path.startswith("run.")
    )
    known = f"{words.label(summary['scenario'], 30)}, seed {summary['seed']}"
    return f"{known}; {words.name(changes, 60)}" if changes else known


def _figure(name: str) -> Draw:
    def make(subject: Subject) -> Chart | None:
        return draw(subject, name)

    make.__name__ = name
    make.__doc__ = DRAWINGS[name].draw.__doc__
    return make


throughput = _figure("throughput")
latency = _figure("latency")
availability = _figure("availability")
processes = _figure("processes")
spread = _figure("spread")
causes = _figure("causes")
connections = _figure("connections")
failover = _figure("failover")
storage = _figure("storage")
growth = _figure("growth")
lag = _figure("lag")
sessions = _figure("sessions")
cpu = _figure("cpu")
errors = _figure("errors")
trace = _figure("trace")
