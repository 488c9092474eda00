"""What the traces of a scenario decide: their own period and statistic, and how long it runs."""

from __future__ import annotations

from typing import Any

from aurosim.errors import UsageError
from aurosim.scenario.arrivals import TraceArrivals, TraceSpec
from aurosim.scenario.checks.saying import Say
from aurosim.scenario.document import UNSAID, RunSpec, Scenario
from aurosim.scenario.holes import BROKEN, Unknown
from aurosim.scenario.reading import read
from aurosim.scenario.trace import Trace, length_ns, read_trace, trace_bytes
from aurosim.scenario.workload import WorkloadSpec


def settled(scenario: Scenario, say: Say) -> Scenario:
    """The scenario with what its files say in place of what it leaves unsaid. It may have holes:
    a trace that cannot be read changes nothing here, and its check says why."""
    if scenario.workload is BROKEN:
        return scenario
    workloads: list[WorkloadSpec] = []
    lengths: list[int] = []
    unread = False
    for workload in scenario.workload:
        spec = trace_of(workload)
        trace = None if spec is None else _read(spec, scenario)
        unread |= spec is not None and trace is None
        if spec is not None and trace is not None:
            spec = spec.model_copy(
                update={"period": trace.period_ns, "statistic": trace.statistic}
            )
            lengths.append(length_ns(trace, spec))
            arrivals = workload.arrivals.model_copy(update={"trace": spec})  # type: ignore[union-attr]
            workload = workload.model_copy(update={"arrivals": arrivals})
        workloads.append(workload)
    run = scenario.run
    if run is not BROKEN and run.duration is not BROKEN and run.duration == UNSAID:
        run = run.model_copy(update={"duration": _duration(lengths, unread, say)})
    return scenario.model_copy(update={"workload": workloads, "run": run})


def _duration(lengths: list[int], unread: bool, say: Say) -> Any:
    if lengths and not unread:
        return max(lengths)
    if not unread:
        description = RunSpec.model_fields["duration"].description
        say(("run", "duration"), f"is missing: {description}")
    return BROKEN


def _read(spec: TraceSpec, scenario: Scenario) -> Trace | None:
    try:
        return read_trace(spec, scenario.folder)
    except (UsageError, Unknown):
        return None


def trace_of(workload: WorkloadSpec) -> TraceSpec | None:
    """The measured trace that a workload follows, if it does; None where that is a hole."""
    if workload is BROKEN or not isinstance(workload.arrivals, TraceArrivals):
        return None
    return None if workload.arrivals.trace is BROKEN else workload.arrivals.trace


def content_of(scenario: Scenario) -> dict[str, bytes]:
    """What each trace's file holds, by workload."""
    specs = {workload.name: trace_of(workload) for workload in scenario.workload}
    return {
        name: trace_bytes(spec, scenario.folder) for name, spec in specs.items() if spec is not None
    }


def files_named(text: bytes, name: str) -> list[str]:
    """The files that the traces of a scenario's text name, whatever else it says."""
    tree = read(text, name).tree
    found = [
        each["arrivals"]["trace"]["file"]
        for each in (tree.get("workload") or [])
        if isinstance(each.get("arrivals"), dict) and "trace" in each["arrivals"]
    ]
    return list(dict.fromkeys(found))
