"""Redo travels to a reader in chunks, through a `Store`; a busy reader sees it later."""

import math

import simpy

from aurosim import catalog
from aurosim.simpy_model.instance import UP, Instance
from aurosim.simpy_model.setting import Setting, Steps
from aurosim.simpy_model.volume import Redo
from aurosim.units import NS_PER_S


class Reader:
    """The redo that one instance gets while it is a reader."""

    def __init__(self, setting: Setting, instance: Instance) -> None:
        self.env, self.setting, self.instance = setting.env, setting, instance
        self.lags_s: list[float] = []
        self._chunks = simpy.Store(self.env)
        self._chance = setting.chance(f"lag/{instance.name}")
        self._window, self._spread = -1, 1.0
        self._rate_per_s, self._rate_at_s = 0.0, 0.0
        self.env.process(self._receive())

    def follow(self, redo: Redo) -> None:
        """Redo leaves the volume; its delay grows with the square root of the write rate."""
        get, now, instance = self.setting, self.env.now, self.instance
        window_s = get.seconds("lag_rate_window")
        faded = self._rate_per_s * math.exp((self._rate_at_s - now) / window_s)
        self._rate_per_s, self._rate_at_s = faded + redo.writes / window_s, now
        writer = instance.volume.writer
        if instance.status != UP or writer is instance:
            return
        if int(now / window_s) != self._window:  # the spread is between times, not between chunks
            self._window, sigma = int(now / window_s), get.real("lag_sigma")
            self._spread = self._chance.lognormal(math.exp(-sigma * sigma / 2), sigma)
        # the published delay holds one way between two zones; the real one comes in its place
        ship_s = get.seconds("lag_ship") - catalog.duration_ns("az_round_trip") / 2 / NS_PER_S
        root_s = get.seconds("lag_sqrt") * math.sqrt(self._rate_per_s / 1000)
        zone = writer.zone if writer else instance.zone  # a secondary's volume is in every zone
        hop_s = instance.volume.storage.hop_s(zone, instance.zone)
        ready_s = now + hop_s + (max(0.0, ship_s) + root_s) * self._spread
        self._chunks.put((ready_s, redo, instance.deaths))

    def _receive(self) -> Steps:
        """Chunks get ready in the order they left; records of pages not held cost nothing."""
        buffer = self.instance.buffer
        while True:
            ready_s, redo, life = yield self._chunks.get()
            yield self.env.timeout(max(0.0, ready_s - self.env.now))
            if self.instance.status == UP and self.instance.deaths == life:
                share = sum(buffer.held.values()) / sum(buffer.tables.values())
                work_s = redo.records * share * self.setting.seconds("apply_cpu")
                seen = self.env.event()
                self.env.process(self._see(seen, redo.since_s))
                self.instance.begin(self.instance.apply(work_s, seen))

    def _see(self, seen: simpy.Event, since_s: float) -> Steps:
        yield seen
        if self.env.now >= self.setting.warm_up_s:
            self.lags_s.append(self.env.now - since_s)
