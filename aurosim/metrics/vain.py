"""Faults that changed nothing, or were refused: a run that tests nothing must not look calm."""

from __future__ import annotations

from collections.abc import Iterable

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
