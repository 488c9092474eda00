"""Redo travels to a reader in chunks through a `Store`, and is seen when a vCPU takes it up."""

from __future__ import annotations

import math

import simpy

from aurosim import catalog
from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.instance import Instance, Status
from aurosim.simpy_model.measured import Lags
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.volume import Redo
from aurosim.units import NS_PER_S


class WriteRate:
    """How much is written, forgetting what is longer ago than a window."""

    def __init__(self, window_s: float) -> None:
        self.window_s = window_s
        self._rate, self._at_s = 0.0, 0.0

    def note(self, writes: int, now_s: float) -> float:
        """Writes per second, with these."""
        faded = self._rate * math.exp((self._at_s - now_s) / self.window_s)
        self._rate, self._at_s = faded + writes / self.window_s, now_s
        return self._rate


class Stream:
    """The way of redo from the writer, or from a link, to one reader."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, reader: Instance, lags: Lags
    ) -> None:
        self.env = env
        self.reader = reader
        self.lags = lags
        self.chunks = simpy.Store(env)
        way_s = catalog.duration_ns("az_round_trip") / 2 / NS_PER_S
        self._ship_s = max(0.0, numbers.seconds("lag_ship") - way_s)  # the real way is added
        self._sqrt_s = numbers.seconds("lag_sqrt")
        self._sigma = numbers.real("lag_sigma")
        self._apply_s = numbers.seconds("apply_cpu")
        self._window_s = numbers.seconds("lag_rate_window")
        self._chance = Chance(numbers.seed, f"lag/{reader.name}")
        self._spread, self._window = 1.0, -1
        env.process(self._receive())

    def ship(self, redo: Redo, writes_per_s: float, hop_s: float) -> None:
        """A chunk leaves; it will be ready after a delay that grows with the write rate."""
        if self.reader.status is not Status.UP:
            return
        window = int(self.env.now / self._window_s)
        if window != self._window:  # the spread is between times, not between chunks
            self._window = window
            sigma = self._sigma
            self._spread = self._chance.lognormal(math.exp(-sigma * sigma / 2), sigma)
        delay_s = (self._ship_s + self._sqrt_s * math.sqrt(writes_per_s / 1000)) * self._spread
        self.chunks.put((self.env.now + hop_s + delay_s, redo, self.reader.deaths))

    def _receive(self) -> Steps:
        """Chunks get ready in the order in which they left."""
        while True:
            ready_s, redo, life = yield self.chunks.get()
            if ready_s > self.env.now:
                yield self.env.timeout(ready_s - self.env.now)
            if self.reader.status is Status.UP and life == self.reader.deaths:
                self.reader.begin(self._apply(redo))

    def _apply(self, redo: Redo) -> Steps:
        """A chunk is seen when a vCPU takes it up; records of pages not held cost nothing."""
        cpu = self.reader.cpu
        work_s = redo.records * self.reader.buffer.share * self._apply_s
        if work_s:
            with cpu.resource.request() as turn:
                yield turn
                self.lags.note(self.env.now, self.env.now - redo.since_s)
                yield self.env.timeout(work_s / cpu.speed)
                cpu.busy_s += work_s / cpu.speed * (self.env.now > cpu.since_s)
        else:
            self.lags.note(self.env.now, self.env.now - redo.since_s)
