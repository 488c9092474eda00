"""What comes out: keys and meanings of `summary.json`, as many as this model knows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from aurosim.simpy_model.setting import Setting
from aurosim.units import NS_PER_S


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
        """The workload's part of the result; a request that still waits too long is a bad one."""
        since_s, end_s = self.setting.warm_up_s, self.setting.end_s
        give_up_s = self.spec.client.give_up / NS_PER_S
        self._bad += [(due, end_s) for due in (+self._open).elements() if end_s - due > give_up_s]
        good = [end - due for due, end in self._good if due >= since_s]
        due = len(good) + sum(due >= since_s for due, _ in self._bad)
        outages = self._outages(since_s, end_s)
        names = ("start_s", "end_s", "duration_s")
        return {
            "due_per_s": due / (end_s - since_s),
            "good_per_s": len(good) / (end_s - since_s),
            "latency_ms": spread_ms(good),
            "errors": dict(self._errors),
            "availability": {"requests": len(good) / due if due else None},
            "outages": [dict(zip(names, (*one, one[1] - one[0]), strict=True)) for one in outages],
        }

    def _outages(self, since_s: float, end_s: float) -> list[tuple[float, float]]:
        """Gaps between good completions that a request in trouble overlaps."""
        slow_s = self.spec.client.statement_timeout / NS_PER_S
        threshold_s = self.setting.scenario.run.outage_threshold / NS_PER_S
        troubled = self._bad + [one for one in self._good if one[1] - one[0] > slow_s]
        ends = [since_s, *sorted(end for _, end in self._good if end > since_s), end_s]
        gaps = [gap for gap in zip(ends, ends[1:], strict=False) if gap[1] - gap[0] > threshold_s]
        return [gap for gap in gaps if any(d <= gap[1] and e > gap[0] for d, e in troubled)]
