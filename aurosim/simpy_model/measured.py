"""What comes out: the keys and meanings of `summary.json`, as many as this model knows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

Span = tuple[float, float]


class Lags:
    """Samples of a lag after warm-up."""

    def __init__(self, since_s: float) -> None:
        self._since_s = since_s
        self._found: list[float] = []

    def note(self, at_s: float, lag_s: float) -> None:
        """A sample."""
        if at_s >= self._since_s:
            self._found.append(lag_s)

    def summary(self) -> dict[str, float | None]:
        """Its spread, in ms."""
        return spread_ms(self._found)


def spread_ms(seconds: list[float]) -> dict[str, float | None]:
    """Mean and quantiles in ms, None of nothing."""
    words = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}
    if not seconds:
        return dict.fromkeys(["mean", *words])
    found = np.array(seconds) * 1e3
    quantiles = {word: float(np.quantile(found, q)) for word, q in words.items()}
    return {"mean": float(found.mean()), **quantiles}


class Requests:
    """What became of a workload's requests."""

    def __init__(self, since_s: float, end_s: float, slow_s: float) -> None:
        self._since_s, self._end_s, self._slow_s = since_s, end_s, slow_s
        self._under_way: Counter[float] = Counter()
        self._goods: list[Span] = []
        self._bads: list[Span] = []
        self._commits: list[float] = []
        self._errors: Counter[str] = Counter()

    def begin(self, due_s: float) -> None:
        """A request is due."""
        self._under_way[due_s] += 1

    def good(self, due_s: float, end_s: float) -> None:
        """It ended well."""
        self._under_way[due_s] -= 1
        self._goods.append((due_s, end_s))

    def bad(self, due_s: float, end_s: float) -> None:
        """It failed for good."""
        self._under_way[due_s] -= 1
        self._bads.append((due_s, end_s))

    def error(self, word: str, at_s: float) -> None:
        """An attempt failed."""
        self._errors[word] += at_s >= self._since_s

    def commit(self, sent_s: float, end_s: float) -> None:
        """A commit was answered."""
        if end_s >= self._since_s:
            self._commits.append(end_s - sent_s)

    def summary(self, give_up_s: float, threshold_s: float) -> dict[str, Any]:
        """The workload's part of the result."""
        time_s = self._end_s - self._since_s
        late = [
            (due, self._end_s)
            for due, n in self._under_way.items()
            if n > 0 and self._end_s - due > give_up_s
        ]
        bads = self._bads + late
        measured = [(due, end) for due, end in self._goods if due >= self._since_s]
        failed = [(due, end) for due, end in bads if due >= self._since_s]
        due = len(measured) + len(failed)
        outages = self._outages(bads, threshold_s)
        away_s = sum(end - start for start, end in outages)
        return {
            "due_per_s": due / time_s,
            "good_per_s": len(measured) / time_s,
            "transactions_per_s": sum(end >= self._since_s for _, end in self._goods) / time_s,
            "latency_ms": spread_ms([end - due for due, end in measured]),
            "commit_latency_ms": spread_ms(self._commits),
            "errors": dict(self._errors),
            "availability": {
                "requests": len(measured) / due if due else None, "time": 1 - away_s / time_s,
            },
            "outages": [
                {"start_s": start, "end_s": end, "duration_s": end - start}
                for start, end in outages
            ],
        }  # fmt: skip

    def _outages(self, bads: list[Span], threshold_s: float) -> list[Span]:
        """Gaps between good completions that a request in trouble overlaps."""
        ends = sorted(end for _, end in self._goods if end > self._since_s)
        ends = [self._since_s, *ends, self._end_s]
        troubled = bads + [(due, end) for due, end in self._goods if end - due > self._slow_s]
        return [
            (start, stop)
            for start, stop in zip(ends, ends[1:], strict=False)
            if stop - start > threshold_s
            and any(due <= stop and end > start for due, end in troubled)
        ]
