"""The result of a run: plain data in tables and dictionaries, which everything above reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from aurosim.metrics import columns as tables
from aurosim.metrics.causes import Causes
from aurosim.metrics.columns import Columns
from aurosim.metrics.recorder import Recorder
from aurosim.metrics.records import ControlRecords, EventRecord
from aurosim.metrics.series import columns, latency_rows, process_rows
from aurosim.metrics.summary import summarise
from aurosim.scenario import pack
from aurosim.scenario.results import CAUSES
from aurosim.simulation.provenance import Clock, describe
from aurosim.units import NS_PER_S

if TYPE_CHECKING:
    import pandas as pd

    from aurosim.scenario import Scenario

EVENTS = ("start_s", "end_s", "kind", "cluster", "subject", "cause", "detail")
LATENCY = (
    "workload", "kind", "count", "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms",
    "max_ms",
)  # fmt: skip
PROCESSES = (
    "workload", "process", "outages", "longest_s", "out_s", *(f"{cause}_s" for cause in CAUSES),
)  # fmt: skip


class Tables(NamedTuple):
    """The tables of a run. Their columns are told in docs/summary.md."""

    timeseries: Columns
    events: Columns
    latency: Columns
    processes: Columns


@dataclass(frozen=True, eq=False)
class Result:
    """One run of one scenario; its tables as they are, and as frames for who asks for these."""

    scenario: Scenario
    summary: dict[str, Any]
    tables: Tables
    provenance: dict[str, Any]
    partial: bool
    seed: int
    plane: str

    @cached_property
    def timeseries(self) -> pd.DataFrame:
        """One row per interval."""
        return tables.frame(self.tables.timeseries)

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per thing that happened."""
        return tables.frame(self.tables.events)

    @cached_property
    def latency(self) -> pd.DataFrame:
        """One row per workload and kind of statement."""
        return tables.frame(self.tables.latency)

    @cached_property
    def processes(self) -> pd.DataFrame:
        """One row per process that had an outage."""
        return tables.frame(self.tables.processes)


class Finished(Protocol):
    """A run whose recorder is finished, as `simulation.run` leaves it."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def recorder(self) -> Recorder: ...
    @property
    def control(self) -> ControlRecords: ...
    @property
    def partial(self) -> bool: ...


def collect(run: Finished, plane: str, clock: Clock) -> Result:
    """The result of a finished run on the data plane called `plane`."""
    scenario, recorder, partial = run.scenario, run.recorder, run.partial
    seed = scenario.run.seed
    return Result(
        scenario=scenario,
        summary=summary(run, plane),
        tables=Tables(
            timeseries=timeseries(scenario, recorder),
            events=events(recorder, run.control.events),
            latency=latency(recorder),
            processes=processes(recorder, run.control),
        ),
        provenance=describe(
            clock,
            seed=seed,
            plane=plane,
            resolved=pack(scenario).text,
            overrides=scenario.origin.overrides,
            source=scenario.origin.name,
            partial=partial,
        ),
        partial=partial,
        seed=seed,
        plane=plane,
    )


def summary(run: Finished, plane: str) -> dict[str, Any]:
    """What summary.json says of a finished run."""
    seed, partial = run.scenario.run.seed, run.partial
    return summarise(
        run.scenario, run.recorder, run.control, seed=seed, plane=plane, partial=partial
    )


def timeseries(scenario: Scenario, recorder: Recorder) -> Columns:
    """One row per interval; NaN where a value does not exist."""
    traced = {
        each.name
        for each in scenario.workload
        if each.arrivals is not None and each.arrivals.kind == "trace"
    }
    found = columns(recorder, traced)
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def events(recorder: Recorder, told: Iterable[EventRecord]) -> Columns:
    """What happened, in the order of its start: the control plane's events, and the outages.

    `end_s` is NaN for what was still going on when the run ended.
    """
    rows: list[tuple[int, int | None, str, str, str, str, str]] = [
        (e.start_ns, e.end_ns, e.kind, e.cluster, e.subject, e.cause, e.detail) for e in told
    ]
    for outage in recorder.outages:
        workload = recorder.plan.workloads[outage.workload]
        cluster = recorder.plan.clusters[workload.cluster].name
        so_far = "" if outage.end_ns is not None else "at least "
        detail = f"no good request for {so_far}{outage.longest_ns / NS_PER_S:.3f} s"
        if workload.processes > 1:
            detail = f"{outage.processes} of {workload.processes} processes had {detail} at most"
        rows.append((outage.start_ns, outage.end_ns, "outage", cluster, workload.name, "", detail))
    rows.sort(key=lambda row: row[0])
    times = [(start, np.nan if end is None else end) for start, end, *_ in rows]
    start_s, end_s = np.array(times, np.float64).reshape(-1, 2).T / NS_PER_S
    words = {name: [row[place] for row in rows] for place, name in enumerate(EVENTS) if place > 1}
    return {"start_s": start_s, "end_s": end_s, **words}


def latency(recorder: Recorder) -> Columns:
    """Latency by workload and kind: `request` (good ones), `failed`, and kinds of statements."""
    found = [[row.get(name) for name in LATENCY] for row in latency_rows(recorder)]
    return tables.columns(LATENCY, found, LATENCY[3:])


def processes(recorder: Recorder, control: ControlRecords) -> Columns:
    """The processes that had outages: how long, and why."""
    assert recorder.last is not None
    causes = Causes(recorder.plan, control, recorder.last)
    found = [[row[name] for name in PROCESSES] for row in process_rows(recorder, causes)]
    return tables.columns(PROCESSES, found, PROCESSES[3:])
