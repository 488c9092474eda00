"""The primary of a global database moves to another region, in order or not.

*Switchover*: the primary takes no more writes, the secondaries come to hold everything, the chosen
one opens its writer, and everyone follows that one, the old primary included: nothing is lost. It
is refused, or given up, where the link to the chosen one is cut. *Failover*, always asked for by
someone: the chosen secondary opens with what it holds; the rest is left behind, and what that is,
is counted. The old primary is fenced and stays out, and so do the other secondaries, until they are
built anew. Source: facts section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from aurosim.cluster import promotion
from aurosim.control.context import Standing
from aurosim.control.events import Event, Takeover
from aurosim.control.faults import Fault
from aurosim.control.instances import Steps
from aurosim.control.regions import Member, Regions
from aurosim.dataplane.contract import NEVER, RecoveryPoint

SWITCHOVER, FAILOVER = "switchover", "global_failover"


class Takeovers:
    """Faults that strike at regions and links, and who is the primary."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._members = regions.members
        self._under_way = False
        self._moves = 0
        self._rebuilds = 0
        self.failovers: list[Takeover] = []
        self.switchovers: list[Takeover] = []

    def hit(self, fault: Fault) -> Steps:
        """Strikes, and ends with the fault."""
        regions, target = self._regions, fault.target
        number = regions.number(getattr(target, "cluster", None) or target.to)
        context = self._members[number].context
        event = context.begin(f"fault:{fault.kind}", fault.subject, "scenario")
        if fault.kind == "region_outage":
            assert fault.for_ns is not None
            yield from regions.outage(number, fault.for_ns, fault.cause)
        elif fault.kind == "region_partition":
            assert fault.for_ns is not None
            yield from regions.partition(number, fault.for_ns)
        elif fault.kind == "slow_link":
            assert fault.for_ns is not None
            yield from regions.slow(number, target.delay, target.bandwidth, fault.for_ns)
        elif refusal := self._refusal(number, planned=fault.kind == SWITCHOVER):
            event.detail = f"refused: {refusal}"
        else:
            self._under_way = True
            move = self._switchover if fault.kind == SWITCHOVER else self._failover
            yield from move(number, event)
            self._under_way = False
            regions.tell()
        context.end(event)

    def _refusal(self, to: int, *, planned: bool) -> str:
        regions, member = self._regions, self._members[to]
        context = member.context
        if self._under_way:
            return "another region is taking over already"
        if to == regions.primary:
            return f"{member.name} is the primary"
        if context.standing is not Standing.SECONDARY:
            return f"{member.name} follows nobody until it is built anew"
        if promotion.choose(context.topology.instances) is None:
            return f"{member.name} has no healthy instance"
        if planned and not regions.linked(to):
            return f"the link to {member.name} is cut"
        if planned and self._members[regions.primary].context.topology.writer is None:
            return f"{self._members[regions.primary].name} has no writer"
        return ""

    # --- in order ------------------------------------------------------------------------
    def _switchover(self, to: int, event: Event) -> Steps:
        regions, new = self._regions, self._members[to]
        number = regions.primary
        old = self._members[number]
        whole = self._begin(SWITCHOVER, to, old, new)
        take = Takeover(SWITCHOVER, regions.now, old.name, new.name)
        phase = new.context.begin("switchover.catch_up", new.name, SWITCHOVER)
        reason = yield from self._caught_up(to, old)
        new.context.end(phase)
        if reason:
            event.detail = whole.detail = f"gave up: {reason}"
            new.context.end(whole)
            old.context.standing = Standing.PRIMARY
            old.writer.reopen(SWITCHOVER)
            return
        self.switchovers.append(take)
        late = [each for each in self._followers() if each != to and self._lacks(each)]
        for each in late:
            regions.detach(each)
        self._send_out(late)

        def let_go() -> None:
            point = regions.detach(to)
            assert not point.missing_bytes, "a switchover loses nothing"

        yield from self._promote(take, to, "switchover_promote", whole, let_go)
        self._restart_as_readers(old)
        for each in self._followers():  # they hold everything, and nothing more was written yet
            regions.detach(each)
            regions.attach(each, to)
        regions.attach(number, to)
        take.rejoined_ns = regions.now
        for each in late:
            regions.env.process(self._rebuild(each, SWITCHOVER))

    def _caught_up(self, to: int, old: Member) -> Generator[Any, Any, str]:
        """Stops the writer and waits until all who can hold everything; why not, if not."""
        regions, context, durations = self._regions, old.context, old.context.durations
        writer = context.topology.writer
        period_ns = max(durations.fixed("switchover_check_period"), 1)
        until_ns = context.now + durations.fixed("switchover_give_up")
        assert writer is not None
        context.standing = Standing.LEAVING
        restart_ns = durations.fixed("reboot_restart")
        old.instances.stop(writer, SWITCHOVER, restart_ns, lose_cache=False)
        context.plane.fence(context.cluster)
        recovered = False
        while True:
            recovered = recovered or context.plane.recover(context.cluster) is not None
            waiting = [each for each in self._followers() if regions.linked(each)]
            if recovered and not any(self._lacks(each) for each in (to, *waiting)):
                return ""
            if not regions.linked(to):
                return f"the link to {self._members[to].name} is cut"
            if context.now >= until_ns:
                return f"{self._members[to].name} didn't catch up"
            yield context.env.timeout(period_ns)

    def _followers(self) -> list[int]:
        numbers = range(len(self._members))
        return [each for each in numbers if self._regions.follows(each) is not None]

    def _lacks(self, number: int) -> bool:
        """Whether a secondary does not hold all that is durable at the primary."""
        view = self._members[number].context.plane.observe().clusters[number]
        return bool(view.behind_commits or view.behind_bytes)

    def _restart_as_readers(self, member: Member) -> None:
        """The instances of what was the primary: none of them writes any more."""
        member.context.topology.leave_seat()
        restart_ns = member.context.durations.fixed("reboot_restart")
        for instance in member.context.topology.instances:
            if instance.host_up:
                member.instances.stop(instance, SWITCHOVER, restart_ns, lose_cache=False)

    # --- with what is there --------------------------------------------------------------
    def _failover(self, to: int, event: Event) -> Steps:
        regions, new = self._regions, self._members[to]
        old = self._members[regions.primary]
        whole = self._begin(FAILOVER, to, old, new)
        take = Takeover(FAILOVER, regions.now, old.name, new.name, old.writer.lost_ns)
        self.failovers.append(take)
        others = [each for each in self._followers() if each != to]
        out = [regions.primary, *others]
        self._send_out([regions.primary])
        point = regions.detach(to)
        for each in others:
            regions.detach(each)
        self._send_out(others)
        self._note(take, point)
        whole.detail = (
            f"from {old.name}; left behind: {point.missing_commits} commits,"
            f" {point.missing_bytes} bytes"
        )
        yield from self._promote(take, to, "global_promote", whole)
        for each in out:
            regions.env.process(self._rebuild(each, FAILOVER, take if each == out[0] else None))

    def _note(self, take: Takeover, point: RecoveryPoint) -> None:
        """The recovery point: what the new primary lacks of what was durable."""
        take.missing_commits, take.missing_bytes = point.missing_commits, point.missing_bytes
        if point.missing_since_ns != NEVER:
            stopped_ns = take.start_ns if take.lost_ns is None else take.lost_ns
            take.span_ns = max(stopped_ns - point.missing_since_ns, 0)

    def _send_out(self, numbers: list[int]) -> None:
        """Clusters that follow nobody and write no more: fenced, their instances down."""
        for number in numbers:
            member = self._members[number]
            context = member.context
            context.standing = Standing.OUT
            context.topology.leave_seat()
            for instance in context.topology.instances:
                if instance.host_up:
                    restart_ns = context.durations.fixed("reboot_restart")
                    member.instances.stop(instance, FAILOVER, restart_ns, lose_cache=True)
            context.plane.fence(number)
            context.tell()

    def _rebuild(self, number: int, cause: str, take: Takeover | None = None) -> Steps:
        """A cluster is built anew from the primary, once they reach each other, and follows it."""
        regions, member = self._regions, self._members[number]
        context = member.context
        self._rebuilds += 1
        takes_ns = context.durations.drawn("region_rebuild", member.name, self._rebuilds)
        event = context.begin("region.rebuild", member.name, cause)
        built = False
        while not built:
            while self._under_way or not regions.reach(number, regions.primary):
                yield regions.changed
            yield context.env.timeout(takes_ns)
            built = not self._under_way and regions.reach(number, regions.primary)
        regions.attach(number, regions.primary)
        if take is not None:
            take.rejoined_ns = context.now
        context.end(event)

    # --- both ----------------------------------------------------------------------------
    def _begin(self, kind: str, to: int, old: Member, new: Member) -> Event:
        self._moves += 1
        return new.context.begin(kind, new.name, "scenario", f"from {old.name}")

    def _promote(
        self,
        take: Takeover,
        to: int,
        law: str,
        whole: Event,
        let_go: Callable[[], None] = lambda: None,
    ) -> Steps:
        """The new primary opens its writer, with `let_go` at the last moment before it does; then
        the global endpoint follows.
        """
        regions, new = self._regions, self._members[to]
        context = new.context
        phase = context.begin(f"{take.cause}.promote", new.name, take.cause)
        context.standing = Standing.PRIMARY
        yield from new.writer.take_over(law, self._moves, let_go)
        regions.primary = to
        take.promoted_ns, take.writer = context.now, context.topology.holder.name
        context.end(phase)
        context.env.process(self._publish(take, to, whole))

    def _publish(self, take: Takeover, to: int, whole: Event) -> Steps:
        """The records name whoever is the writer then, unless another region has it by now."""
        context = self._members[to].context
        phase = context.begin(f"{take.cause}.endpoint", take.writer, take.cause)
        law = "global_endpoint_publish"
        yield context.env.timeout(context.durations.drawn(law, "global", self._moves))
        if context.standing is Standing.PRIMARY:
            context.publish_writer(context.topology.seat)
            context.publish_readers()
            take.endpoint_moved_ns = context.now
        for span in (phase, whole):
            context.end(span)
