"""The dice of a run, read again: what each request drew, from the uniform numbers of its streams.

Control variates need the service and interarrival times that chance gave to a run. They are found
here from `randomness.uniform` by this page's own inversions and *in units of their mean*: a law
that gives wrong times, or a scenario whose mean is wrong, leaves them alone, so they never hide the
wrongness that a check looks for. Should the streams be used otherwise one day, the controls lose
their grip and the checks say that they lack power.
"""

from __future__ import annotations

import numpy as np

from aurosim.dataplane.contract import Purpose
from aurosim.randomness import stream_key, uniform, uniform_pair
from tests.verification.theory import Floats, Law, branches

PAIR = 59  # an Erlang draw's further words: bits above this one of the draw's number


def interarrivals(seed: int, workload: str, count: int) -> Floats:
    """The first `count` interarrival times of a constant rate, in units of their mean."""
    key = stream_key(seed, f"workload/{workload}/arrivals")
    return -np.log([uniform(key, n, 0) for n in range(count)])


def thinking(seed: int, workload: str, requests: list[int]) -> Floats:
    """Exponential think times before `requests`, in units of their mean."""
    key = stream_key(seed, f"workload/{workload}/requests")
    return -np.log([uniform(key, int(Purpose.THINK), request) for request in requests])


def services(seed: int, workload: str, requests: list[int], law: Law) -> Floats:
    """CPU bursts of the first statement of `requests`, in units of their mean."""
    key = stream_key(seed, f"workload/{workload}/requests")
    draw = int(Purpose.CPU)
    if law.yaml == "constant":
        return np.ones(len(requests))
    if law.yaml == "exponential":
        return -np.log([uniform(key, draw, request) for request in requests])
    if law.yaml == "erlang":
        pairs = [
            np.array([uniform_pair(key, draw | pair << PAIR, request) for request in requests])
            for pair in range(law.phases // 2)
        ]
        return -np.sum([np.log(u).sum(axis=1) for u in pairs], axis=0) / law.phases
    u, v = np.array([uniform_pair(key, draw, request) for request in requests]).T
    (p, often), (_, seldom) = branches(law.cv)
    return -np.log(v) * np.where(u < p, often, seldom)
