"""One request's way through a run, from its due time to its end: a run on SimPy's queue, watched,
which ends when the request has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aurosim.dataplane.contract import Sink
from aurosim.dataplane.on_simpy.trace import Line, Trace
from aurosim.dataplane.on_simpy.traced import traced_plane
from aurosim.dataplane.plan import Plan
from aurosim.errors import UsageError
from aurosim.scenario import Scenario
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.simulation.build import build
from aurosim.simulation.run import Progress, Simulation
from aurosim.units import NS_PER_MS, NS_PER_S, format_duration

if TYPE_CHECKING:
    import pandas as pd

PLANE = "simpy"
COLUMNS = (
    "since_due_ms", "at_s", "waited_ms", "event", "where", "waits_for", "attempt", "beside",
    "at_ns",
)  # fmt: skip


@dataclass(frozen=True)
class RequestTrace:
    """What happened to one request, line by line."""

    scenario: str
    seed: int
    workload: str
    request: int
    """The how many-th of its workload that fell due, from 1."""
    due_ns: int
    end_ns: int | None
    outcome: str
    """`ok`, a word of the summary's errors, or `open` where the run ended first."""
    good: bool
    lines: tuple[Line, ...]
    partial: bool = False
    """Whether it was interrupted before the request had ended."""

    def records(self) -> list[dict[str, Any]]:
        """A line each, with units in the names."""
        return [
            {
                "since_due_ms": (line.at_ns - self.due_ns) / NS_PER_MS,
                "at_s": line.at_ns / NS_PER_S,
                "waited_ms": line.waited_ns / NS_PER_MS,
                "event": line.event,
                "where": line.where,
                "waits_for": line.waits_for,
                "attempt": line.attempt,
                "beside": line.beside,
                "at_ns": line.at_ns,
            }
            for line in self.lines
        ]

    @property
    def table(self) -> pd.DataFrame:
        """The lines as a table."""
        import pandas as pd

        return pd.DataFrame(self.records(), columns=list(COLUMNS))

    @property
    def title(self) -> str:
        """Which request, and how it ended."""
        end = "not ended" if self.end_ns is None else (
            f"{'good' if self.good else 'failed'} ({self.outcome}) after"
            f" {(self.end_ns - self.due_ns) / NS_PER_MS:,.3f} ms"
        )  # fmt: skip
        return (
            f"{self.scenario}, seed {self.seed}: request {self.request:,} of {self.workload},"
            f" due at {self.due_ns / NS_PER_S:.6f} s, {end}"
        )

    def __repr__(self) -> str:
        rows = [
            f"{each['since_due_ms']:12.6f} ms  {each['where']}: {each['event']}"
            + (f"  [waits for {each['waits_for']}]" if each["waits_for"] else "")
            for each in self.records()
        ]
        return "\n".join([f"<aurosim.RequestTrace {self.title}>", *rows])

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.table.drop(columns="at_ns")
        return f"<p>{escape(self.title)}</p>{shown.to_html(index=False)}"


def trace_request(
    scenario: Scenario,
    *,
    workload: str | None = None,
    request: int | None = None,
    at_ns: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    rows: Sink | None = None,
) -> RequestTrace:
    """Run a resolved scenario until the ``request``-th request of ``workload`` that falls due, or
    the first that is due at ``at_ns`` or later, has ended; tell its way. ``progress`` and ``rows``
    are as `run` has them. Raises UsageError where there is no such workload or request.
    """
    if (request is None) == (at_ns is None):
        raise UsageError("say which request: its number (request), or a time it is due from (at)")
    if request is not None and request < 1:
        raise UsageError(f"request {request} does not exist: the first that falls due is 1")
    plan = build(scenario)
    number = _workload(plan, workload)
    if at_ns is not None and not 0 <= at_ns < plan.end_ns:
        raise UsageError(
            f"nothing falls due at {format_duration(at_ns)}: the run lasts"
            f" {format_duration(plan.end_ns)}"
        )
    watched = Trace(plan, number, request, at_ns)
    simulation = Simulation(scenario, plan, PLANE, rows, partial(traced_plane, trace=watched))
    report = progress or (lambda _: None)

    def look(state: Progress) -> None:
        report(state)
        if watched.over:
            raise KeyboardInterrupt  # which ends a run where its books are in order

    try:
        simulation.run(look)
        said = "the run was interrupted" if simulation.partial else "the run ends"
        watched.end(simulation.last.now_ns, said)
        if watched.found is None and simulation.partial:
            raise KeyboardInterrupt
        if watched.found is None:
            raise _none(plan, watched, request, at_ns)
        return _told(scenario, watched, simulation.partial and not watched.over)
    finally:
        simulation.plane.close()


def _told(scenario: Scenario, watched: Trace, partial: bool) -> RequestTrace:
    found, row = watched.found, watched.row
    assert found is not None
    return RequestTrace(
        scenario.name, scenario.run.seed, watched.plan.workloads[watched.w].name, found.count,
        found.due_ns, row["end_ns"] if row else None, watched.outcome, watched.good,
        tuple(watched.lines), partial,
    )  # fmt: skip


def _workload(plan: Plan, name: str | None) -> int:
    """The number of a workload; the only one need not be named."""
    names = [each.name for each in plan.workloads]
    if name is None:
        if len(names) > 1:
            raise UsageError(f"there are several workloads: name one of {listed(names)}")
        return 0
    if name not in names:
        raise UsageError(
            f"there is no workload '{name}'.{did_you_mean(name, names)} Workloads: {listed(names)}"
        )
    return names.index(name)


def _none(plan: Plan, watched: Trace, request: int | None, at_ns: int | None) -> UsageError:
    """The run is over and the request has not been seen."""
    name, end = plan.workloads[watched.w].name, format_duration(plan.end_ns)
    count = watched.search.due_by(plan.end_ns)
    asked = f"no request {request:,}" if at_ns is None else (
        f"no request due at {format_duration(at_ns)} or later"
    )
    way = f"Requests of it are 1 to {count:,}." if count else "None fell due at all."
    return UsageError(f"{name} has {asked}: the run ends at {end}. {way}")
