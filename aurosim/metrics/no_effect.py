"""What a run did not show: faults that changed nothing or were refused, outages that it cut off.

A run that tests nothing must not look calm, and one that ends too soon must not look well.
"""

from __future__ import annotations

from collections.abc import Iterable

from aurosim.metrics.recorder import Recorder
from aurosim.metrics.records import EventRecord
from aurosim.units import NS_PER_S

OUTCOMES = {"no effect": "had no effect", "refused": "was refused", "gave up": "was given up"}
"""How the control plane's word for it begins, and the same in a sentence."""


def without_effect(events: Iterable[EventRecord]) -> list[dict[str, str]]:
    """A warning for each fault that had no effect, was refused or was given up, and why."""
    found = []
    for event in events:
        word, _, reason = event.detail.partition(": ")
        if event.kind.startswith("fault:") and word in OUTCOMES:
            fault, at_s = event.kind.removeprefix("fault:"), event.start_ns / NS_PER_S
            text = f"The fault {fault} ({event.subject}) at {at_s:g} s {OUTCOMES[word]}: {reason}."
            found.append({"kind": "fault_without_effect", "subject": event.subject, "text": text})
    return found


def not_over(recorder: Recorder) -> list[dict[str, str]]:
    """A warning for each outage that the end of the run cut off: how long it was is not known."""
    found = []
    for outage in recorder.outages:
        if outage.end_ns is None:
            name = recorder.plan.workloads[outage.workload].name
            still = sum(each.end_ns is None for each in outage.of)
            fleet = recorder.plan.workloads[outage.workload].processes
            who = name if fleet == 1 else f"{still} of the {fleet} processes of {name}"
            was = "was" if still == 1 else "were"
            text = (
                f"{who} {was} still down when the run ended: the outage lasts at least"
                f" {outage.lasted_ns / NS_PER_S:.3g} s. Run longer to see its end."
            )
            found.append({"kind": "outage_not_over", "subject": name, "text": text})
    return found
