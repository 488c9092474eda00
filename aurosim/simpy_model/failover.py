"""Losing the writer and getting another: health checks, the choice, recovery, the endpoint's move.

A process that dies restarts in place. Of a host that goes dark nobody hears: health checks must
fail several times in a row. Then the best reader is promoted (by tier, then size, then name);
without one the cluster waits for whoever is back first. Recovery needs a read quorum of every
protection group. Last the endpoint's record changes, which for a while answers
as before or as now, and clients follow as their caches let them.
"""

from __future__ import annotations

from aurosim.simpy_model.instance import CLOSED, DARK, UP, Instance
from aurosim.simpy_model.names import Records
from aurosim.simpy_model.setting import Setting, Steps
from aurosim.simpy_model.volume import Volume
from aurosim.units import NS_PER_S


class Failover:
    """Who is the writer of a cluster, and how it gets one again."""

    def __init__(
        self, setting: Setting, instances: list[Instance], volume: Volume, records: Records
    ) -> None:
        self.env, self.setting = setting.env, setting
        self.instances, self.volume, self.records = instances, volume, records
        self.seat = volume.writer = instances[0]  # the writer, or who is to become it
        self.happened: list[dict[str, float]] = []
        self.chance = setting.chance("failover")
        self._changed = self.env.event()
        self._phase = {each: self.chance.uniform() for each in instances}
        self._publish_writer(self.seat)

    def lose(self, instance: Instance, status: str, lose_cache: bool = True) -> None:
        """The database process dies (CLOSED), or its host goes DARK."""
        if self.volume.writer is instance:
            self.volume.writer_stopped()
            self.env.process(self._restore())
        instance.die(status, lose_cache)
        self.env.process(self._watch(instance))
        self._tell()

    def lose_host(self, instance: Instance, reason: int) -> None:
        """The host goes dark, or has one more reason to be so."""
        if not instance.away:
            self.lose(instance, DARK)
        instance.away.add(reason)

    def return_host(self, instance: Instance, reason: int, new: bool = False) -> Steps:
        """One reason less: the host boots, dark as before, then its process starts; a new host is
        ready at once."""
        yield self.env.timeout(0.0 if new else self.setting.seconds("host_boot"))
        instance.away.discard(reason)
        if not instance.away:
            instance.status = CLOSED
            restart_s = 0.0 if new else self.setting.between("crash_restart", self.chance)
            yield from self.restart(instance, restart_s)

    def restart(self, instance: Instance, after_s: float) -> Steps:
        """A process comes back, unless it dies again meanwhile."""
        life = instance.deaths
        yield self.env.timeout(after_s)
        if instance.deaths == life and not instance.away:
            instance.ready = True
            if instance is not self.seat:
                self._up(instance)
                self._publish_readers()
            self._tell()

    def _up(self, instance: Instance) -> None:
        instance.status, instance.listed = UP, True
        instance.ready = instance.known_lost = False

    def noticed_s(self, instance: Instance) -> float:
        """How long until health checks know of an instance that is silent from now on."""
        period_s = self.setting.seconds("health_check_period")
        first_s = (self._phase[instance] * period_s - self.env.now) % period_s
        further_s = (self.setting.whole("health_check_misses") - 1) * period_s
        return float(first_s + further_s + self.setting.seconds("health_check_timeout"))

    def _watch(self, instance: Instance) -> Steps:
        life = instance.deaths
        yield self.env.timeout(self.noticed_s(instance))
        if instance.deaths == life and instance.status != UP:
            instance.listed, instance.known_lost = False, bool(instance.away)
            self._publish_readers()
            self._tell()

    def best_reader(self) -> Instance | None:
        able = [each for each in self.instances if each is not self.seat and each.status == UP]
        return min(able, key=lambda each: each.preference, default=None)

    def _restore(self) -> Steps:
        """From the loss of the writer until there is one again."""
        start_s = detected_s = self.env.now
        old, opened = self.seat, False
        while not opened:
            to = self.best_reader() if self.seat.known_lost else None
            if self.seat.ready:
                opened = yield from self._open(self.seat, 0.0)
            elif to is not None:
                detected_s = self.env.now if self.seat is old else detected_s
                to.die(CLOSED)  # it stops being a reader
                self.seat = to
                opened = yield from self._open(to, self.setting.between("promote", self.chance))
            else:
                yield self._changed
        if self.seat is not old:
            promoted_s = self.env.now
            yield self.env.timeout(self.setting.between("endpoint_publish", self.chance))
            self.env.process(self._flap(old))
            self.happened.append({
                "start_s": start_s, "detected_s": detected_s, "promoted_s": promoted_s,
                "endpoint_moved_s": self.env.now, "database_outage_s": promoted_s - start_s,
            })  # fmt: skip

    def _open(self, to: Instance, takes_s: float) -> Steps:
        """Recovers the log and opens; False if the candidate dies on the way."""
        life, to.ready = to.deaths, False
        yield from self.volume.recover()
        opening = self.env.timeout(takes_s)
        while not opening.processed:
            yield opening | self._changed
            if to.deaths != life:
                return False
        self._up(to)
        self.volume.writer = to
        self._tell()
        return True

    def _flap(self, old: Instance) -> Steps:
        """The record moves: for a while it names the old writer or the new one, at random."""
        said, new = self.setting.scenario.cluster.endpoint_flap, self.seat
        self._publish_writer(old, new)
        drawn_s = self.setting.between("endpoint_flap", self.chance)
        yield self.env.timeout(drawn_s if said is None else said / NS_PER_S)
        if self.seat is new:
            self._publish_writer(new)

    def _publish_writer(self, *named: Instance) -> None:
        self.records["cluster"] = self.records["global"] = list(named)
        self._publish_readers()

    def _publish_readers(self) -> None:
        readers = [each for each in self.instances if each is not self.seat and each.listed]
        self.records["reader"] = readers or self.records["cluster"][-1:]

    def _tell(self) -> None:
        told, self._changed = self._changed, self.env.event()
        told.succeed()
