"""The link by which a second region follows: batches of redo through a `Store`.

Storage sends, not the writer, so nothing of the primary waits for it. A batch leaves when the one
before is on the wire and a batch's period after it; then it travels, in order, and the secondary's
volume takes in record after record before its readers get the redo.
"""

from __future__ import annotations

import simpy

from aurosim import catalog
from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.measured import Lags
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.reader import Stream, WriteRate
from aurosim.simpy_model.volume import Redo
from aurosim.units import NS_PER_S


class Link:
    """From the primary's storage to a secondary's."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, source: str, region: str, lags: Lags
    ) -> None:
        self.env = env
        self.lags = lags
        self.readers: list[tuple[Stream, float]] = []  # and how far they are
        self.redo = simpy.Store(env)
        self._rate = WriteRate(numbers.seconds("lag_rate_window"))
        self._chance = Chance(numbers.seed, f"link/{region}")
        self._way_s = catalog.region_rtt_ns(source, region) / 2 / NS_PER_S
        self._jitter = numbers.real("link_jitter_sigma")
        self._batch_s = numbers.seconds("link_batch")
        self._bandwidth = numbers.real("link_bandwidth")
        self._apply_s = numbers.seconds("link_apply")
        self._arrived_s = self._applied_s = 0.0
        env.process(self._send())

    def add(self, redo: Redo) -> None:
        """Redo has become durable at the source."""
        self.redo.put(redo)

    def _send(self) -> Steps:
        """Batches leave, one after the other; what waits joins the next, up to a full one."""
        while True:
            first = yield self.redo.get()
            batch = Redo(first.since_s)
            batch.add(first)
            while self.redo.items and batch.bytes < self._bandwidth * self._batch_s:
                batch.add((yield self.redo.get()))
            wire_s = batch.bytes / self._bandwidth
            self.env.process(self._travel(batch, wire_s))
            yield self.env.timeout(wire_s if self.redo.items else max(wire_s, self._batch_s))

    def _travel(self, batch: Redo, wire_s: float) -> Steps:
        trip_s = self._chance.lognormal(self._way_s, self._jitter)
        self._arrived_s = max(self._arrived_s, self.env.now + wire_s + trip_s)
        applied_s = max(self._applied_s, self._arrived_s) + batch.records * self._apply_s
        self._applied_s = applied_s
        yield self.env.timeout(applied_s - self.env.now)
        self.lags.note(self.env.now, self.env.now - batch.since_s)
        rate = self._rate.note(batch.writes, self.env.now)
        for stream, hop_s in self.readers:
            stream.ship(batch, rate, hop_s)
