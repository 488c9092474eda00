"""The verdict on top of a run: how many promises were kept, and what they leave out.

Promises decide the verdict, yet they may be about few of the users. Where all were kept while
somebody was badly served, the line says so and is not green.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aurosim.report import words
from aurosim.scenario import expect

SERVED = 0.99
"""Below this availability of any workload the verdict is not green, whatever was promised."""


@dataclass(frozen=True)
class Banner:
    """The line and its tone: good, bad or plain."""

    text: str
    tone: str


def of(summary: Mapping[str, Any]) -> Banner | None:
    """The verdict on a run by its summary; None where nothing was promised."""
    every = summary["expect"]
    if not every:
        return None
    broken = sum(not one["held"] for one in every)
    if broken:
        return Banner(counted(broken, len(every)), "bad")
    left_out = _left_out(summary)
    kept = counted(0, len(every))
    return Banner(f"{kept}; {left_out}", "plain") if left_out else Banner(kept, "good")


def counted(broken: int, of_all: int) -> str:
    """How many promises were broken, or that all were kept."""
    if of_all == 1:
        return "The promise was broken" if broken else "The promise was kept"
    return f"{broken} of {of_all} promises broken" if broken else f"All {of_all} promises kept"


def _left_out(summary: Mapping[str, Any]) -> str:
    """The worst served users, where they were not served well; else nothing."""
    known = [
        (one["availability"][kind], kind, name)
        for name, one in sorted(summary["workloads"].items())
        for kind in ("time", "requests")
        if words.exists(one["availability"][kind])
    ]
    ratio, kind, name = min(known, key=lambda each: each[0], default=(1.0, "", ""))
    if ratio >= SERVED:
        return ""
    lost, who = words.share(1 - ratio), f"users of {words.name(name, 30)}"
    if _is_promised(name, (each["text"] for each in summary["expect"])):
        return (
            f"yet {who} were out for {lost} of the time"
            if kind == "time"
            else f"yet {lost} of the requests of {who} failed"
        )
    how = f"were out for {lost} of the time" if kind == "time" else f"saw {lost} of requests fail"
    return f"no promise is about {who}, who {how}"


def _is_promised(workload: str, lines: Iterable[str]) -> bool:
    """Whether any line names the workload."""
    paths = (expect.parsed(str(line)).path for line in lines)
    return any(path.removeprefix("workloads.").split(".")[0] == workload for path in paths)
