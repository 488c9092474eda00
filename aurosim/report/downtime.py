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
    """A workload's outages in one: the total is time in which any of its processes was out, the
    longest that of one process. `still` tells that one was going on when the run ended, so that
    its length and the total are only what was seen of them.
    """

    total_s: float
    longest_s: float
    count: int
    share: float | None
    still: bool

    @property
    def total(self) -> str:
        """The total in words."""
        return words.seconds(self.total_s)

    @property
    def longest(self) -> str:
        """The longest in words; a lower bound where any was still going on, since that one, however
        short so far, may become the longest.
        """
        return words.lasted(self.longest_s, self.still)


def of(summary: Mapping[str, Any], workload: str) -> Downtime:
    """The outages of one workload of a summary."""
    one = summary["workloads"][workload]
    every = one["outages"]
    served = one["availability"]["time"]
    return Downtime(
        total_s=sum(each["duration_s"] for each in every),
        longest_s=max((each["longest_s"] for each in every), default=0.0),
        count=len(every),
        share=1 - served if words.exists(served) else None,
        still=any(each["end_s"] is None for each in every),
    )


def longest_of_all(down: Mapping[str, Downtime]) -> tuple[str, str]:
    """Who had the longest outage of several workloads, and how long: a lower bound where any
    workload's was still going on.
    """
    worst = max(sorted(down), key=lambda name: down[name].longest_s)
    return worst, words.lasted(down[worst].longest_s, any(each.still for each in down.values()))


def failed(workload: Mapping[str, Any]) -> float | None:
    """The share of a workload's requests that failed, of those whose fate is known."""
    good = workload["availability"]["requests"]
    return 1 - good if words.exists(good) else None


def unfinished(workload: Mapping[str, Any]) -> float:
    """The share of a workload's due requests that were open at the end: neither good nor bad."""
    requests = workload["requests"]
    return requests["open"] / requests["due"] if requests["due"] else 0.0
