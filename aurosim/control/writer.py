"""From the loss of the writer until there is one again.

A writer whose process died restarts in place and opens again. One whose host is known to be lost,
or who was asked to go, is followed by the best reader: that one stops accepting, the volume is
fenced, recovery finds the end of the log by a read quorum of every protection group, the
new writer opens, and the endpoints move. Without a healthy reader the cluster waits for the first
instance that comes back: its own host recreated in the same AZ, or a reader. A candidate that dies
on the way is noticed by health checks like any other, and the choice is made again. Source: facts
section 3 (AUG-2023, FAQ), S18 (fencing by the volume epoch, recovery by read quorum).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from aurosim.cluster import promotion
from aurosim.cluster.instance import Instance, Process, Role
from aurosim.control.context import Context, Standing
from aurosim.control.events import Event, Failover
from aurosim.control.instances import Instances, Steps

Answer = Generator[Any, Any, bool]
IN_PLACE = ""


def _nothing() -> None:
    pass


class Writer:
    """The search for a writer of one cluster; one at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.instances = Instances(context, self._lost)
        self._named = {each.name: each.index for each in context.topology.instances}
        self._asked: Instance | None = None
        self._asked_ns = 0
        self._hand_overs = 0
        self._phase: Event | None = None
        self._failover: Failover | None = None
        self._start_ns = 0
        self._lost_ns = 0
        self._turn = 0
        self._cause = ""
        self._promotions = 0
        self._published = 0
        self._let_go: Callable[[], None] = _nothing

    def hand_over(self, to: Instance, cause: str) -> Answer:
        """A planned failover: some time after it is asked for, the writer closes all its sessions,
        and `to` follows it. Told to restart a little later, the old writer comes back as a reader.
        False if by then there is another writer, or `to` is not healthy any more.
        """
        context, durations = self._context, self._context.durations
        old, asked_ns = context.topology.writer, context.now
        assert old is not None and to.healthy and to is not old
        self._hand_overs += 1
        number = self._hand_overs
        yield context.env.timeout(durations.drawn("failover_begin", "writer", number))
        if context.topology.writer is not old or not to.healthy:
            return False
        self._asked, self._asked_ns = to, asked_ns
        told_ns = asked_ns + durations.drawn("demotion", "writer", number)
        until_told_ns = max(told_ns - context.now, 0)
        restart_ns = until_told_ns + durations.drawn("demoted_restart", "writer", number)
        self.instances.stop(old, cause, restart_ns, lose_cache=False)
        context.env.process(self._demote(old, cause, until_told_ns))
        return True

    def _demote(self, old: Instance, cause: str, after_ns: int) -> Steps:
        """Tells of the old writer's way to be a reader."""
        context = self._context
        yield context.env.timeout(after_ns)
        event = context.begin("demotion", old.name, cause)
        yield from self.instances.until_running(old)
        context.end(event)

    def leave(self, cause: str) -> None:
        """The primary is to hand over to another region: its writer stops, and nobody follows."""
        context, writer = self._context, self._context.topology.writer
        assert writer is not None
        context.standing, self._lost_ns = Standing.LEAVING, context.now
        restart_ns = context.durations.fixed("reboot_restart")
        self.instances.stop(writer, cause, restart_ns, lose_cache=False)
        context.plane.fence(context.cluster)

    def release(self) -> None:
        """There is to be no writer here: nobody holds the seat, and the search for one ends. Who
        opens the writer finds that it is not its turn any more.
        """
        context = self._context
        if context.topology.writer is not None:
            self._lost_ns = context.now
        context.topology.leave_seat()
        self._turn += 1
        self._asked, self._let_go = None, _nothing
        if self._phase is not None:
            context.end(self._phase)
            self._phase = None
        if self._failover is not None:
            context.end(self._whole)
            self._failover = None

    def reopen(self, cause: str) -> None:
        """The primary was to hand over to another region and is not: its writer opens again."""
        assert self._context.standing is Standing.PRIMARY
        self._begin(cause)

    def take_over(self, law: str, number: int, let_go: Callable[[], None]) -> Answer:
        """A cluster that had no writer gets one, after the `number`-th draw of `law`; False if that
        was called off meanwhile. Whoever dies on the way is followed by the next, or opens when it
        is back, if that is sooner. `let_go` is called just before the new writer accepts writes.
        """
        context, topology, turn = self._context, self._context.topology, self._next_turn()
        self._failover, self._phase, self._cause = None, None, law
        self._let_go = let_go
        after_ns = context.durations.drawn(law, context.log.cluster, number)
        opened = False
        while not opened:
            holder = topology.holder if topology.has_seat else None
            lost = holder is None or holder.known_lost
            if holder is not None and holder.ready:
                opened = yield from self._open(holder, after_ns)
            elif lost and (to := promotion.choose(topology.instances)) is not None:
                context.close(to.index)
                to.process = Process.OPENING
                topology.give_seat(to)
                opened = yield from self._open(to, after_ns)
            else:
                yield context.news
            if self._turn != turn:
                return False
        self._enter(IN_PLACE, topology.holder)
        self._let_go = _nothing
        return True

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    @property
    def lost_ns(self) -> int | None:
        """Since when there is no writer; None while there is one."""
        return None if self._context.topology.writer is not None else self._lost_ns

    def _lost(self, writer: Instance) -> None:
        if self._context.standing is Standing.PRIMARY:
            self._lost_ns = self._context.now
            self._begin(self.instances.cause(writer))

    def _begin(self, cause: str) -> None:
        self._start_ns = self._context.now if self._asked is None else self._asked_ns
        self._cause = cause
        self._failover, self._phase = None, None
        self._context.env.process(self._restore(self._next_turn()))

    def _restore(self, turn: int) -> Steps:
        context = self._context
        opened = False
        while not opened:
            if self._turn != turn:
                return  # another region has the writer now
            candidate = self._candidate()
            if candidate is None:
                self._enter(self._waiting_for(), context.topology.holder)
                yield context.news
            elif candidate is context.topology.holder:
                opened = yield from self._open(candidate, 0)
            else:
                opened = yield from self._promote(candidate)
        self._asked = None
        if self._failover is not None:
            self._move_endpoint(self._failover)
        else:
            self._enter(IN_PLACE, context.topology.holder)

    def _candidate(self) -> Instance | None:
        """Who is to be opened now: the asked one, the holder in place, or the best reader."""
        topology = self._context.topology
        if self._asked is not None and self._asked.healthy:
            return self._asked
        if topology.holder.ready:
            return topology.holder
        if topology.holder.known_lost or self._asked is not None:
            return promotion.choose(topology.instances)
        return None

    def _waiting_for(self) -> str:
        holder = self._context.topology.holder
        if holder.known_lost:
            return "recreate"
        if holder.host_up:
            return IN_PLACE if self._failover is None else "failover.restart"
        return "failover.detect"

    def _promote(self, candidate: Instance) -> Answer:
        context = self._context
        if self._failover is None:
            self._failover = self._begin_failover(candidate)
        planned, self._asked = self._asked is not None, None
        self._failover.to = candidate.name
        context.close(candidate.index)
        candidate.process = Process.OPENING
        context.topology.give_seat(candidate)
        self._promotions += 1
        law = "planned_failover" if planned else "promote"
        takes_ns = context.durations.drawn(law, "writer", self._promotions)
        if planned:  # counted from the asking
            takes_ns = max(self._start_ns + takes_ns - context.now, 0)
        return (yield from self._open(candidate, takes_ns))

    def _begin_failover(self, candidate: Instance) -> Failover:
        context, holder = self._context, self._context.topology.holder
        detected_ns = self._start_ns
        completed_ns = None
        if self._asked is not None:
            number = len(context.failovers) + 1
            takes_ns = context.durations.drawn("failover_completed", "writer", number)
            completed_ns = self._start_ns + takes_ns
        else:
            detected_ns = self.instances.noticed_ns(holder)
            self._cause = self.instances.cause(holder)
        failover = Failover(
            self._cause, self._start_ns, self._lost_ns, detected_ns, None, None, completed_ns,
            holder.name, candidate.name,
        )  # fmt: skip
        context.failovers.append(failover)
        self._whole = context.log.open(
            self._start_ns, "failover", candidate.name, self._cause, f"from {holder.name}"
        )
        return failover

    def _open(self, candidate: Instance, after_ns: int) -> Answer:
        """Fences, recovers and opens; False when the candidate died meanwhile."""
        context, death, turn = self._context, candidate.deaths, self._turn
        candidate.process, candidate.ready = Process.OPENING, False
        in_failover = self._failover is not None
        self._enter("failover.recover" if in_failover else IN_PLACE, candidate)
        context.plane.fence(context.cluster)
        while context.plane.recover(context.cluster) is None:
            self._enter("failover.recover" if in_failover else "recover", candidate)
            yield context.news
            if candidate.deaths != death or self._turn != turn:
                return False
        self._enter("failover.promote" if in_failover else IN_PLACE, candidate)
        opening = context.env.timeout(after_ns)
        while not opening.processed:
            yield opening | context.news
            if candidate.deaths != death or self._turn != turn:
                return False
        self._let_go()
        context.plane.promote(context.cluster, candidate.index)
        self.instances.running(candidate, Role.WRITER)
        return True

    def _move_endpoint(self, failover: Failover) -> None:
        """The new writer accepts statements; now the records have to follow."""
        context, whole = self._context, self._whole
        failover.promoted_ns = context.now
        if failover.completed_ns is not None:
            failover.completed_ns = max(failover.completed_ns, context.now)
        whole.subject = failover.to = context.topology.holder.name
        self._enter("failover.endpoint", context.topology.holder)
        phase, self._phase, self._failover = self._phase, None, None
        assert phase is not None
        context.env.process(self._publish(failover, len(context.failovers), (phase, whole)))

    def _publish(self, failover: Failover, number: int, spans: tuple[Event, ...]) -> Steps:
        """`failover` is the `number`-th, `spans` are the events that end with it."""
        context, writer = self._context, self._named[failover.to]
        yield context.env.timeout(context.durations.drawn("endpoint_publish", "writer", number))
        if number > self._published:  # a later failover's record is never overwritten
            self._published = number
            context.publish_writer(writer, context.flap_ns(number))
            context.publish_readers()
        failover.endpoint_moved_ns = context.now
        for span in spans:
            context.end(span)

    def _enter(self, kind: str, subject: Instance) -> None:
        """Ends the phase that goes on and begins another; the same phase simply goes on."""
        context, phase = self._context, self._phase
        if phase is not None:
            if (phase.kind, phase.subject) == (kind, subject.name):
                return
            context.end(phase)
        self._phase = context.begin(kind, subject.name, self._cause) if kind != IN_PLACE else None
