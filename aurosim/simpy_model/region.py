"""The link by which a second region follows: batches of redo, through a `Store`.

Storage sends, not the writer, so nothing of the primary waits for it. A batch leaves when the one
before is on the wire and a batch's period after it; then it travels, in order, and the secondary's
volume takes in record after record before its readers get the redo.
"""

import simpy

from aurosim import catalog
from aurosim.simpy_model.setting import Setting, Steps
from aurosim.simpy_model.volume import Redo, Volume
from aurosim.units import NS_PER_S


class Link:
    """From the primary's volume to a secondary's."""

    def __init__(self, setting: Setting, source: Volume, volume: Volume) -> None:
        self.env, self.setting, self.volume = setting.env, setting, volume
        self.lags_s: list[float] = []
        self._redo = simpy.Store(self.env)
        here, there = volume.storage.region, source.storage.region
        self._chance = setting.chance(f"link/{here}")
        self._way_s = catalog.region_rtt_ns(there, here) / 2 / NS_PER_S
        self._arrived_s = self._applied_s = 0.0
        source.followers.append(self._redo.put)
        self.env.process(self._send())

    def _send(self) -> Steps:
        """Batches leave one after the other; what waits joins the next, up to a full one."""
        get = self.setting
        period_s, bandwidth = get.seconds("link_batch"), get.real("link_bandwidth")
        while True:
            first = yield self._redo.get()
            batch = Redo(first.since_s)
            batch.add(first)
            while self._redo.items and batch.bytes < bandwidth * period_s:
                batch.add((yield self._redo.get()))
            wire_s = batch.bytes / bandwidth
            self.env.process(self._travel(batch, wire_s))
            yield self.env.timeout(wire_s if self._redo.items else max(wire_s, period_s))

    def _travel(self, batch: Redo, wire_s: float) -> Steps:
        """A batch arrives behind the one before it and is taken in record by record."""
        get = self.setting
        trip_s = self._chance.lognormal(self._way_s, get.real("link_jitter_sigma"))
        self._arrived_s = max(self._arrived_s, self.env.now + wire_s + trip_s)
        took_s = batch.records * get.seconds("link_apply")
        self._applied_s = max(self._applied_s, self._arrived_s) + took_s
        yield self.env.timeout(self._applied_s - self.env.now)
        if self.env.now >= get.warm_up_s:
            self.lags_s.append(self.env.now - batch.since_s)
        for follow in self.volume.followers:
            follow(batch)
