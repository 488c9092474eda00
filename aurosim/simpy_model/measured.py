"""What comes out: keys and meanings of `summary.json`, as many as this model knows."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from aurosim.simpy_model.setting import Setting
from aurosim.units import NS_PER_S

Span = tuple[float, float]


def spread_ms(seconds: list[float]) -> dict[str, float | None]:
    """Mean and quantiles in ms; None of nothing."""
    words = ("mean", "p50", "p99", "max")
    if not seconds:
        return dict.fromkeys(words)
    found = (np.mean(seconds), *np.quantile(seconds, (0.5, 0.99, 1)))
    return dict(zip(words, (1e3 * float(each) for each in found), strict=True))


class Requests:
    """What became of a process's requests, each by when it was due and when it ended."""

    def __init__(self, setting: Setting, spec: Any) -> None:
        self.setting, self.give_up_s = setting, spec.client.give_up / NS_PER_S
        self.threshold_s = setting.scenario.run.outage_threshold / NS_PER_S
        self.open, self.errors = Counter[float](), Counter[str]()
        self.good, self.bad = list[Span](), list[Span]()

    def due(self, due_s: float) -> None:
        self.open[due_s] += 1

    def succeed(self, due_s: float) -> None:
        self.open[due_s] -= 1
        self.good.append((due_s, self.setting.env.now))

    def fail(self, error: str, due_s: float, last: bool) -> None:
        """An attempt fails, and with the last one the request."""
        self.errors[error] += self.setting.env.now >= self.setting.warm_up_s
        if last:
            self.open[due_s] -= 1
            self.bad.append((due_s, self.setting.env.now))

    def judge(self) -> None:
        """Who still waits at the end is bad if nobody of the process has been answered for longer
        than the threshold since, or if it is older than its patience."""
        end_s = self.setting.end_s
        last_s = max((end for _, end in self.good), default=0.0)
        limit_s = {True: self.threshold_s, False: self.give_up_s}  # by whether nobody was
        waiting = (+self.open).elements()
        self.bad += [(d, end_s) for d in waiting if end_s - d > limit_s[d >= last_s]]

    def outages(self) -> Iterator[Span]:
        """Gaps between good completions in which somebody asks in vain, or for too long; without
        end where nobody is answered any more."""
        since_s, threshold_s = self.setting.warm_up_s, self.threshold_s
        good = sorted(self.good, key=lambda span: span[1])
        answers = [(0.0, 0.0), *good, (math.inf, math.inf)]
        for (_, start), (answered, stop) in zip(answers, answers[1:], strict=False):
            if stop - start <= threshold_s:
                continue
            slow = [(due, end) for due, end in good if due < stop <= end and end > start]
            cut = [(d, max(d, start), min(e, stop), 0.0) for d, e in self.bad if d < stop]
            cut += [(d, max(d, start), min(e, stop), threshold_s) for d, e in slow]
            held = [one for one in cut if one[2] > start and one[2] - one[1] >= one[3]]
            if not any(one[0] >= start for one in held):
                continue
            first, last = max(since_s, min(one[1] for one in held)), max(one[2] for one in held)
            until = last if answered - last > threshold_s else min(stop, self.setting.end_s)
            if until - first > threshold_s:
                yield first, stop


def summary(setting: Setting, processes: list[Requests]) -> dict[str, Any]:
    """A workload's part of the result."""
    since_s = setting.warm_up_s
    for each in processes:
        each.judge()
    good = [end - due for each in processes for due, end in each.good if due >= since_s]
    ended = len(good) + sum(due >= since_s for each in processes for due, _ in each.bad)
    return {
        "good_per_s": len(good) / (setting.end_s - since_s),
        "latency_ms": spread_ms(good),
        "errors": dict(sum((each.errors for each in processes), Counter[str]())),
        "availability": {"requests": len(good) / ended if ended else None},
        "outages": _united([span for each in processes for span in each.outages()], setting.end_s),
    }


def _united(spans: list[Span], end_s: float) -> list[dict[str, float | None]]:
    """Outages of processes that overlap are one outage of the workload."""
    found: list[list[float]] = []
    for start, stop in sorted(spans):
        if found and start < found[-1][1]:
            found[-1][1] = max(stop, found[-1][1])
        else:
            found.append([start, stop])
    return [
        {"start_s": start, "end_s": stop if stop < math.inf else None,
         "duration_s": min(stop, end_s) - start}
        for start, stop in found
    ]  # fmt: skip
