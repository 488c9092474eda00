"""Losing the writer and getting another: health checks, the choice, recovery, the endpoint's move.

A process that dies restarts in place, and its host says so at once. A host that goes dark says
nothing: health checks must fail several times in a row. Then the best reader is promoted (by tier,
then size, then name); without one the cluster waits for whoever is back first. Recovery needs a
read quorum of every protection group. Last the endpoint's record changes, and clients follow as
their caches let them.
"""

from __future__ import annotations

import simpy

from aurosim import catalog
from aurosim.simpy_model.chance import Chance
from aurosim.simpy_model.cpu import Steps
from aurosim.simpy_model.instance import Instance, Status
from aurosim.simpy_model.names import Names
from aurosim.simpy_model.numbers import Numbers
from aurosim.simpy_model.volume import Volume


class Failover:
    """Who is the writer of a cluster, and how it gets one again."""

    def __init__(
        self, env: simpy.Environment, numbers: Numbers, instances: list[Instance],
        volume: Volume, names: Names, engine: catalog.Engine,
    ) -> None:  # fmt: skip
        self.env = env
        self.numbers = numbers
        self.instances = instances
        self.volume = volume
        self.names = names
        self.seat = self._named = instances[0]  # the writer, or who is to become it
        self.asked: Instance | None = None
        self.failovers: list[dict[str, float | None]] = []
        self.changed = env.event()
        self.draws = Chance(numbers.seed, "failover")
        self._phase = {
            each.name: Chance(numbers.seed, f"health/{each.name}").uniform() for each in instances
        }
        self._closed = Status.OPENING if engine.listens_while_restarting else Status.CLOSED
        volume.writer = self.seat
        self._publish_writer()
        self._publish_readers()

    # --- instances that go and come --------------------------------------------------------
    def stop(self, instance: Instance, restart_s: float, *, lose_cache: bool = False) -> None:
        """The database process dies and restarts in place."""
        self._die(instance, self._closed, lose_cache=lose_cache)
        self.env.process(self._restart(instance, restart_s))

    def lose_host(self, instance: Instance, reason: object) -> None:
        """Its host goes dark, or has one more reason to be so."""
        was_up = not instance.away
        instance.away.add(reason)
        if was_up:
            self._die(instance, Status.DARK, lose_cache=True)

    def return_host(self, instance: Instance, reason: object, boot_s: float) -> None:
        """One reason less; after the last the instance boots."""
        instance.away.remove(reason)
        if not instance.away:
            instance.status = Status.CLOSED
            self.env.process(self._restart(instance, boot_s))

    def _die(self, instance: Instance, status: Status, *, lose_cache: bool) -> None:
        was_writer = self.volume.writer is instance
        if was_writer:
            self.volume.writer_stopped()
        instance.die(status, lose_cache)
        self.env.process(self._watch(instance))
        if was_writer:
            self.env.process(self._restore())
        self._tell()

    def _restart(self, instance: Instance, after_s: float) -> Steps:
        life = instance.deaths
        yield self.env.timeout(after_s)
        if instance.deaths != life or instance.away:
            return  # it went down again meanwhile
        if instance is self.seat:
            instance.ready = True
        else:
            self._up(instance)
            self._publish_readers()
        self._tell()

    def _up(self, instance: Instance) -> None:
        instance.status = Status.UP
        instance.ready = instance.known_lost = False
        instance.listed = True

    def noticed_s(self, instance: Instance) -> float:
        """How long until health checks know that an instance has been silent from now on."""
        period_s = self.numbers.seconds("health_check_period")
        misses = self.numbers.whole("health_check_misses")
        first_s = (self._phase[instance.name] * period_s - self.env.now) % period_s
        return (
            first_s + (misses - 1) * period_s + self.numbers.seconds("health_check_timeout")
        )

    def _watch(self, instance: Instance) -> Steps:
        life = instance.deaths
        yield self.env.timeout(self.noticed_s(instance))
        if instance.deaths == life and instance.status is not Status.UP and not instance.ready:
            instance.listed = False
            instance.known_lost = bool(instance.away)
            self._publish_readers()
            self._tell()

    # --- another writer --------------------------------------------------------------------
    def best_reader(self) -> Instance | None:
        """Whom a failover would promote."""
        able = [
            each for each in self.instances if each is not self.seat and each.status is Status.UP
        ]
        return min(able, key=lambda each: each.preference, default=None)

    def _candidate(self) -> Instance | None:
        """Who is to be opened now."""
        if self.asked is not None and self.asked.status is Status.UP:
            return self.asked
        if self.seat.ready:
            return self.seat
        if self.seat.known_lost or self.asked is not None:
            return self.best_reader()
        return None

    def _restore(self) -> Steps:
        """From the loss of the writer until there is one again."""
        start_s, noticed_s = self.env.now, None
        opened, old = False, self.seat
        while not opened:
            to = self._candidate()
            if to is None:
                yield self.changed
                continue
            takes_s = 0.0
            if to is not self.seat:
                law = "promote" if self.asked is None else "planned_failover"
                takes_s = self.numbers.between(law, self.draws)
                noticed_s = self.env.now if noticed_s is None else noticed_s
                to.die(self._closed, lose_cache=False)  # it stops being a reader
                self.seat, self.asked = to, None
            opened = yield from self._open(to, takes_s)
        if self.seat is not old:
            yield from self._move_endpoint(start_s, noticed_s)

    def _open(self, to: Instance, takes_s: float) -> Steps:
        """Recovers the log and opens; False if the candidate dies on the way."""
        life = to.deaths
        to.status, to.ready = self._closed, False
        yield from self.volume.recover()
        opening = self.env.timeout(takes_s)
        while not opening.processed:
            yield opening | self.changed
            if to.deaths != life:
                return False
        self._up(to)
        self.volume.writer = to
        self._tell()
        return True

    def _move_endpoint(self, start_s: float, noticed_s: float | None) -> Steps:
        promoted_s = self.env.now
        record: dict[str, float | None] = {
            "start_s": start_s, "detected_s": noticed_s, "promoted_s": promoted_s,
            "endpoint_moved_s": None, "database_outage_s": promoted_s - start_s,
        }  # fmt: skip
        self.failovers.append(record)
        yield self.env.timeout(self.numbers.between("endpoint_publish", self.draws))
        record["endpoint_moved_s"] = self.env.now
        self._publish_writer()
        self._publish_readers()

    # --- names -----------------------------------------------------------------------------
    def _publish_writer(self) -> None:
        self._named = self.seat
        self.names.publish("cluster", [self.seat])
        self.names.publish("global", [self.seat])

    def _publish_readers(self) -> None:
        readers = [each for each in self.instances if each is not self.seat and each.listed]
        self.names.publish("reader", readers or [self._named])

    def _tell(self) -> None:
        told, self.changed = self.changed, self.env.event()
        told.succeed()
