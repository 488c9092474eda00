"""The result of a run: plain data in frames and dictionaries, which everything above reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from aurosim.metrics.causes import Causes
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


@dataclass(frozen=True, eq=False)
class Result:
    """One run of one scenario. The columns of the frames are told in docs/summary.md."""

    scenario: Scenario
    summary: dict[str, Any]
    timeseries: pd.DataFrame
    events: pd.DataFrame
    latency: pd.DataFrame
    processes: pd.DataFrame
    provenance: dict[str, Any]
    partial: bool
    seed: int
    plane: str


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
        timeseries=timeseries_frame(scenario, recorder),
        events=events_frame(recorder, run.control.events),
        latency=latency_frame(recorder),
        processes=processes_frame(recorder, run.control),
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


def timeseries_frame(scenario: Scenario, recorder: Recorder) -> pd.DataFrame:
    """One row per interval; NaN where a value does not exist."""
    import pandas as pd

    traced = {
        each.name
        for each in scenario.workload
        if each.arrivals is not None and each.arrivals.kind == "trace"
    }
    found = columns(recorder, traced)
    return pd.DataFrame(np.column_stack(list(found.values())), columns=list(found))


def events_frame(recorder: Recorder, events: Iterable[EventRecord]) -> pd.DataFrame:
    """What happened, in the order of its start: the control plane's events, and the outages.

    `end_s` is NaN for what was still going on when the run ended.
    """
    import pandas as pd

    rows: list[tuple[int, int | None, str, str, str, str, str]] = [
        (e.start_ns, e.end_ns, e.kind, e.cluster, e.subject, e.cause, e.detail) for e in events
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
    return pd.DataFrame({"start_s": start_s, "end_s": end_s, **words})


def latency_frame(recorder: Recorder) -> pd.DataFrame:
    """Latency by workload and kind: `request` (good ones), `failed`, and kinds of statements."""
    import pandas as pd

    return pd.DataFrame(latency_rows(recorder), columns=list(LATENCY))


def processes_frame(recorder: Recorder, control: ControlRecords) -> pd.DataFrame:
    """The processes that had outages: how long, and why."""
    import pandas as pd

    assert recorder.last is not None
    causes = Causes(recorder.plan, control, recorder.last)
    return pd.DataFrame(process_rows(recorder, causes), columns=list(PROCESSES))
