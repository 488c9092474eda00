"""The vCPUs of an instance: one SimPy `Resource`, first come first served."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from aurosim.simpy_model.numbers import Numbers

Steps = Generator[simpy.Event, Any, Any]
COMMIT_PASSES = 3


class Cpu:
    """The run queue and the vCPUs behind it."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, vcpu: int, speed: float, since_s: float
    ) -> None:
        self.env = env
        self.vcpu = vcpu
        self.speed = speed
        self.since_s = since_s
        self.busy_s = 0.0  # since then
        self.resource = simpy.Resource(env, capacity=vcpu)
        self._slice_s = numbers.time_slice()
        self._commit_s = numbers.seconds("commit_cpu")
        self._backlog = numbers.real("commit_backlog_per_vcpu") * vcpu

    def use(self, seconds: float) -> Steps:
        """Work that takes so long on a vCPU of speed 1; after each slice to the end of the queue."""
        left_s = seconds / self.speed
        while True:
            with self.resource.request() as turn:
                yield turn
                burst_s = min(left_s, self._slice_s)
                yield from self._burn(burst_s)
            left_s -= burst_s
            if left_s <= 0:
                return

    def commit_pass(self, commit_s: float | None = None) -> Steps:
        """One of a commit's three passes: cheaper the more tasks wait, who share its cost."""
        whole_s = self._commit_s if commit_s is None else commit_s
        with self.resource.request() as turn:
            yield turn
            share = 1 + len(self.resource.queue) / self._backlog
            yield from self._burn(whole_s / COMMIT_PASSES / share / self.speed)

    def _burn(self, seconds: float) -> Steps:
        try:
            yield self.env.timeout(seconds)
        finally:
            if self.env.now > self.since_s:
                self.busy_s += seconds
