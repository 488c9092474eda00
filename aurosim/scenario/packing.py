"""All that a scenario needs to be run again in another place: its text, and the traces it reads.

The copies stand beside the text, named for their workloads, so that names neither clash nor lead
out of the folder. The text names the copies: packing what was unpacked gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aurosim.scenario.arrivals import TraceArrivals
from aurosim.scenario.cloudwatch import is_json
from aurosim.scenario.document import Scenario
from aurosim.scenario.writing import dump


@dataclass(frozen=True)
class Pack:
    """The text of `scenario.resolved.yaml`, and the content of each file that it names."""

    text: str
    traces: Mapping[str, bytes]


def pack(scenario: Scenario) -> Pack:
    """The resolved scenario with its traces as they were when it was loaded."""
    workloads, traces = [], {}
    for workload in scenario.workload:
        if isinstance(workload.arrivals, TraceArrivals):
            # A workload's name is made of a-z, 0-9 and '-' (fields.Name).
            content = scenario.traces[workload.name]
            name = f"trace-{workload.name}.{'json' if is_json(content) else 'csv'}"
            traces[name] = content
            trace = workload.arrivals.trace.model_copy(update={"file": name})
            arrivals = workload.arrivals.model_copy(update={"trace": trace})
            workload = workload.model_copy(update={"arrivals": arrivals})
        workloads.append(workload)
    return Pack(dump(scenario.model_copy(update={"workload": workloads})), traces)
