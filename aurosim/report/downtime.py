"""How long a workload was in outages: in all, at its longest, and whether it ever came back.

The longest outage alone flatters a workload that is down again and again, or down for good; so
whatever shows an outage shows these together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aurosim.report import words


@dataclass(frozen=True)
class Downtime:
    """A workload's outages in one: `still` tells that one was going on when the run ended, so that
    its length and the total are only what was seen of them.
    """

    total_s: float
    longest_s: float
    count: int
    share: float | None
    still: bool
    longest_is_open: bool

    @property
    def total(self) -> str:
        """The total in words."""
        return words.seconds(self.total_s)

    @property
    def longest(self) -> str:
        """The longest in words; a lower bound where the end of the run cut it off."""
        return words.lasted(self.longest_s, self.longest_is_open)


def of(summary: Mapping[str, Any], workload: str) -> Downtime:
    """The outages of one workload of a summary."""
    one = summary["workloads"][workload]
    every = one["outages"]
    served = one["availability"]["time"]
    longest = max(every, key=lambda each: each["duration_s"], default=None)
    return Downtime(
        total_s=sum(each["duration_s"] for each in every),
        longest_s=longest["duration_s"] if longest else 0.0,
        count=len(every),
        share=1 - served if words.exists(served) else None,
        still=any(each["end_s"] is None for each in every),
        longest_is_open=longest is not None and longest["end_s"] is None,
    )


def failed(workload: Mapping[str, Any]) -> float | None:
    """The share of a workload's requests that failed, of those whose fate is known."""
    good = workload["availability"]["requests"]
    return 1 - good if words.exists(good) else None


def unfinished(workload: Mapping[str, Any]) -> float:
    """The share of a workload's due requests that were open at the end: neither good nor bad."""
    requests = workload["requests"]
    return requests["open"] / requests["due"] if requests["due"] else 0.0
