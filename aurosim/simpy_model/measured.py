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
    """What became of a workload's requests, each by when it was due and when it ended."""

    def __init__(self, setting: Setting, spec: Any) -> None:
        self.setting, self.spec = setting, spec
        self._open, self._errors = Counter[float](), Counter[str]()
        self._good, self._bad = list[tuple[float, float]](), list[tuple[float, float]]()

    def due(self, due_s: float) -> None:
        self._open[due_s] += 1

    def succeed(self, due_s: float) -> None:
        self._open[due_s] -= 1
        self._good.append((due_s, self.setting.env.now))

    def fail(self, error: str, due_s: float, last: bool) -> None:
        """An attempt fails, and with the last one the request."""
        self._errors[error] += self.setting.env.now >= self.setting.warm_up_s
        if last:
            self._open[due_s] -= 1
            self._bad.append((due_s, self.setting.env.now))

    def summary(self) -> dict[str, Any]:
        """The workload's part of the result. Who still waits at the end is bad if nobody has been
        answered for longer than the threshold since, or if it is older than its patience.
        """
        since_s, end_s = self.setting.warm_up_s, self.setting.end_s
        give_up_s = self.spec.client.give_up / NS_PER_S
        threshold_s = self.setting.scenario.run.outage_threshold / NS_PER_S
        last_s = max((end for _, end in self._good), default=0.0)
        limit_s = {True: threshold_s, False: give_up_s}  # by whether nobody was answered since
        waiting = [d for d in (+self._open).elements() if end_s - d > limit_s[d >= last_s]]
        bad = self._bad + [(due, end_s) for due in waiting]
        good = [end - due for due, end in self._good if due >= since_s]
        ended = len(good) + sum(due >= since_s for due, _ in bad)
        return {
            "good_per_s": len(good) / (end_s - since_s),
            "latency_ms": spread_ms(good),
            "errors": dict(self._errors),
            "availability": {"requests": len(good) / ended if ended else None},
            "outages": list(self._outages(bad, threshold_s)),
        }

    def _outages(self, bad: list[Span], threshold_s: float) -> Iterator[dict[str, float | None]]:
        """Gaps between good completions in which somebody asks in vain, or for too long."""
        since_s, end_s = self.setting.warm_up_s, self.setting.end_s
        good = sorted(self._good, key=lambda span: span[1])
        answers = [(0.0, 0.0), *good, (math.inf, math.inf)]
        for (_, start), (answered, stop) in zip(answers, answers[1:], strict=False):
            if stop - start <= threshold_s:
                continue
            slow = [(due, end) for due, end in good if due < stop <= end and end > start]
            cut = [(d, max(d, start), min(e, stop), 0.0) for d, e in bad if d < stop and e > start]
            cut += [(d, max(d, start), min(e, stop), threshold_s) for d, e in slow]
            held = [one for one in cut if one[2] - one[1] >= one[3]]
            if not any(one[0] >= start for one in held):
                continue
            first, last = max(since_s, min(one[1] for one in held)), max(one[2] for one in held)
            until = last if answered - last > threshold_s else min(stop, end_s)
            if until - first > threshold_s:
                end = stop if stop < math.inf else None
                yield {"start_s": first, "end_s": end, "duration_s": (end or end_s) - first}
