"""The primary of a global database moves to another region, in order or not.

*Switchover*: the primary takes no more writes, the secondaries come to hold everything, the chosen
one opens its writer, and everyone follows that one, the old primary included: nothing is lost. It
is refused where the link to the chosen one is cut, and rolled back when that link is cut before the
chosen one holds everything, or when `switchover_give_up` is over and no writer is open there,
whatever it waits for: nothing has changed for good until then, and the primary opens again.
*Failover*, always asked for by someone: the chosen secondary opens with what has reached it; the
rest is left behind, and what that is, is counted. The old primary is fenced at once. It and the
other secondaries are out when the new writer opens, until they are built anew.

One move at a time. A failover that is asked for while another move is stuck takes its place: who
was to be the primary is not. It may go to the old primary, too, which nobody has followed yet.
Source: facts section 6; that a move can be called off is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aurosim.cluster import promotion
from aurosim.cluster.instance import Process
from aurosim.control.context import Standing
from aurosim.control.events import Event, Takeover
from aurosim.control.instances import Steps
from aurosim.control.rebuilding import Rebuilding
from aurosim.control.regions import Member, Regions
from aurosim.dataplane.contract import NEVER, RecoveryPoint
from aurosim.scenario.faults.fault import GlobalFault

SWITCHOVER, FAILOVER = "switchover", "global_failover"


@dataclass
class Move:
    """One move under way, from the asking until the new writer is open or it is called off.

    `to` and `old` are numbers of clusters; `asked` is the event of the asking, `whole` that of the
    move with the endpoint's, `phase` that of what goes on.
    """

    number: int
    take: Takeover
    to: int
    old: int
    asked: Event
    whole: Event
    phase: Event | None = None
    opening: bool = False
    over: bool = False
    lacking: list[str] = field(default_factory=list)

    @property
    def planned(self) -> bool:
        """Whether it is a switchover."""
        return self.take.cause == SWITCHOVER


class Takeovers:
    """Faults that strike at regions and links, and who is the primary."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self._members = regions.members
        self._rebuilding = Rebuilding(regions)
        self._move: Move | None = None
        self._moves = 0
        self.failovers: list[Takeover] = []
        self.switchovers: list[Takeover] = []

    def hit(self, fault: GlobalFault) -> Steps:
        """Strikes, and ends with the fault."""
        number = self.regions.number(fault.subject)
        context = self._members[number].context
        event = context.begin(f"fault:{fault.kind}", fault.subject, "scenario")
        yield from fault.strike(self, number, event)
        if event.end_ns is None:
            context.end(event)

    # --- whether ---------------------------------------------------------------------------
    def _refusal(self, to: int, *, planned: bool) -> str:
        regions, member, move = self.regions, self._members[to], self._move
        context = member.context
        if move is not None and (planned or not self._stuck(move)):
            return "another region is taking over already"
        if to == regions.primary:
            if move is None:
                return f"{member.name} is the primary"
            there = any(each.host_up for each in context.topology.instances)
            return "" if there else f"{member.name} has no healthy instance"
        if context.standing is Standing.OUT:
            return f"{member.name} follows nobody until it is built anew"
        if promotion.choose(context.topology.instances) is None:
            return f"{member.name} has no healthy instance"
        if move is not None and move.opening and to == move.to:
            return f"{member.name} is taking over already"
        if planned and not regions.linked(to):
            return f"the link to {member.name} is cut"
        if planned and self._members[regions.primary].context.topology.writer is None:
            return f"{self._members[regions.primary].name} has no writer"
        return ""

    def _stuck(self, move: Move) -> bool:
        """Whether a move does not go on: before the new primary opens, since nothing is decided
        yet; then, while no instance opens there, or its volume lacks a read quorum.
        """
        if not move.opening:
            return True
        member = self._members[move.to]
        topology = member.context.topology
        opens = topology.has_seat and topology.holder.process is Process.OPENING
        return not opens or member.storage.view().groups_below_read_quorum > 0

    # --- in order ------------------------------------------------------------------------
    def switch_over(self, to: int, event: Event) -> Steps:
        """The primary moves to another region in order, unless that is refused."""
        if refusal := self._refusal(to, planned=True):
            event.detail = f"refused: {refusal}"
            return
        move = self._begin(SWITCHOVER, to, event)
        regions, old = self.regions, self._members[move.old]
        old.writer.leave(SWITCHOVER)
        regions.env.process(self._deadline(move))
        yield from self._catch_up(move)
        if move.over:
            return
        self.switchovers.append(move.take)
        yield from self._promote(move, "switchover_promote")

    def _deadline(self, move: Move) -> Steps:
        """A switchover that has no writer by then is rolled back, in whatever phase it is."""
        durations = self._members[move.old].context.durations
        yield self.regions.env.timeout(durations.fixed("switchover_give_up"))
        if not move.over:
            name = self._members[move.to].name
            late = " and ".join(move.lacking or [name])
            why = f"{name} opened no writer" if move.opening else f"{late} didn't catch up"
            self._call_off(move, f"gave up: {why}")

    def _catch_up(self, move: Move) -> Steps:
        """Waits until all who can hold everything do."""
        regions, context = self.regions, self._members[move.old].context
        new = self._members[move.to]
        move.phase = new.context.begin("switchover.catch_up", new.name, SWITCHOVER)
        period_ns = max(context.durations.fixed("switchover_check_period"), 1)
        recovered = False
        while not move.over:
            recovered = recovered or context.plane.recover(context.cluster) is not None
            late = [
                each
                for each in self._followers()
                if self._lacks(each) and (each == move.to or regions.linked(each))
            ]
            move.lacking = [self._members[each].name for each in late]
            if recovered and not late:
                return
            if not regions.linked(move.to):
                self._call_off(move, f"gave up: the link to {new.name} is cut")
                return
            yield context.env.timeout(period_ns)

    def _followers(self) -> list[int]:
        numbers = range(len(self._members))
        return [each for each in numbers if self.regions.follows(each) is not None]

    def _lacks(self, number: int) -> bool:
        """Whether a secondary does not hold all that is durable at the primary."""
        view = self._members[number].context.plane.observe().clusters[number]
        return bool(view.behind_commits or view.behind_bytes)

    def _turn_round(self, move: Move) -> None:
        """Everyone follows the new primary, which has written nothing yet. Who lacks something, by
        a link that was cut, is out.
        """
        regions, old = self.regions, self._members[move.old]
        followers = [each for each in self._followers() if each != move.to]
        late = [each for each in followers if self._lacks(each)]
        for each in late:
            regions.detach(each)
        self._send_out(late, SWITCHOVER)
        point = regions.detach(move.to)
        assert not point.missing_bytes, "a switchover loses nothing"
        old.writer.release()
        restart_ns = old.context.durations.fixed("reboot_restart")
        for instance in old.context.topology.instances:
            if instance.host_up:
                old.instances.stop(instance, SWITCHOVER, restart_ns, lose_cache=False)
        for each in followers:
            if each not in late:
                regions.detach(each)
                regions.attach(each, move.to)
        regions.attach(move.old, move.to)
        regions.env.process(self._rejoin(move))

    def _rejoin(self, move: Move) -> Steps:
        """Notes when the old primary follows the new one: its region may be away for long."""
        regions = self.regions
        while regions.follows(move.old) == move.to:
            if regions.linked(move.old):
                move.take.rejoined_ns = regions.now
                return
            yield regions.changed

    # --- with what is there --------------------------------------------------------------
    def fail_over(self, to: int, event: Event) -> Steps:
        """A secondary becomes the primary with what it holds, unless that is refused."""
        if refusal := self._refusal(to, planned=False):
            event.detail = f"refused: {refusal}"
            return
        regions, name = self.regions, self._members[to].name
        stuck, old = self._move, regions.primary
        if stuck is not None:
            self._call_off(stuck, f"gave up: {name} is to take over")
        if stuck is not None and stuck.planned and to == old:
            event.detail = f"{self._members[stuck.to].name} does not take over"
            return  # rolled back already: the old primary opens again
        move = self._begin(FAILOVER, to, event)
        move.take.lost_ns = self._members[old].writer.lost_ns
        self.failovers.append(move.take)
        if to == old:  # what was to follow it is out, and it has all that it ever had
            assert stuck is not None
            move.take.from_ = self._members[stuck.to].name
        else:
            self._send_out([old], FAILOVER)
            self._note(move.take, regions.detach(to))
        take = move.take
        move.whole.detail = (
            f"from {take.from_}; left behind: {take.missing_commits} commits,"
            f" {take.missing_bytes} bytes"
        )
        yield from self._promote(move, "global_promote")

    def _note(self, take: Takeover, point: RecoveryPoint) -> None:
        """The recovery point: what the new primary lacks of what was durable."""
        take.missing_commits, take.missing_bytes = point.missing_commits, point.missing_bytes
        if point.missing_since_ns != NEVER:
            stopped_ns = take.start_ns if take.lost_ns is None else take.lost_ns
            take.span_ns = max(stopped_ns - point.missing_since_ns, 0)

    def _send_out(self, numbers: list[int], cause: str) -> None:
        """Clusters that write no more and are to be built anew: fenced, their instances down."""
        for number in numbers:
            member = self._members[number]
            context = member.context
            if context.standing is Standing.OUT:
                continue
            context.standing = Standing.OUT
            member.writer.release()
            for instance in context.topology.instances:
                if instance.host_up:
                    restart_ns = context.durations.fixed("reboot_restart")
                    member.instances.stop(instance, cause, restart_ns, lose_cache=True)
            context.plane.fence(number)
            context.tell()

    def _leave_behind(self, move: Move) -> None:
        """Whoever else follows is out: it may hold more or less than the new primary."""
        if move.to != move.old:
            others = self._followers()
            for each in others:
                self.regions.detach(each)
            self._send_out(others, FAILOVER)

    # --- both ----------------------------------------------------------------------------
    def _begin(self, kind: str, to: int, asked: Event) -> Move:
        self._moves += 1
        new, old = self._members[to], self._members[self.regions.primary]
        whole = new.context.begin(kind, new.name, "scenario", f"from {old.name}")
        take = Takeover(kind, self.regions.now, old.name, new.name)
        self._move = Move(self._moves, take, to, self.regions.primary, asked, whole)
        self._rebuilding.moving = True
        return self._move

    def _promote(self, move: Move, law: str) -> Steps:
        """The new primary opens its writer, unless that is called off; then the global endpoint
        follows.
        """
        new = self._members[move.to]
        context, take = new.context, move.take
        if move.phase is not None:
            context.end(move.phase)
        move.phase = context.begin(f"{take.cause}.promote", new.name, take.cause)
        move.opening = True
        context.standing = Standing.ARRIVING
        context.tell()
        opened = yield from new.writer.take_over(law, move.number, lambda: self._commit(move))
        if opened:
            take.promoted_ns, take.writer = context.now, context.topology.holder.name
            self._finish(move)
            context.env.process(self._publish(move))

    def _commit(self, move: Move) -> None:
        """From the moment before the new writer accepts writes there is no way back."""
        (self._turn_round if move.planned else self._leave_behind)(move)
        self._members[move.to].context.standing = Standing.PRIMARY
        self.regions.primary = move.to
        for number, member in enumerate(self._members):
            if member.context.standing is Standing.OUT:
                take = move.take if member.name == move.take.from_ else None
                self._rebuilding.begin(number, move.take.cause, take)

    def _finish(self, move: Move) -> None:
        """The move is over, in one way or the other."""
        context = self._members[move.to].context
        for span in (move.phase, move.asked):
            if span is not None:
                context.end(span)
        move.over, self._move = True, None
        self._rebuilding.moving = False
        self.regions.tell()

    def _call_off(self, move: Move, why: str) -> None:
        """Who was to be the primary is not. After a switchover the primary opens again; what a
        failover fenced stays so, since who calls it off goes on.
        """
        new, old = self._members[move.to], self._members[move.old]
        move.asked.detail = move.whole.detail = why
        if move.opening:
            (self.switchovers if move.planned else self.failovers).remove(move.take)
            self._withdraw(new, move)
        self._finish(move)
        new.context.end(move.whole)
        if move.planned:
            old.context.standing = Standing.PRIMARY
            old.context.tell()
            old.writer.reopen(SWITCHOVER)

    def _withdraw(self, new: Member, move: Move) -> None:
        """It opens no writer. After a switchover it holds what the old primary does."""
        if not move.planned:
            self._send_out([move.to], FAILOVER)
            return
        topology = new.context.topology
        holder = topology.holder if topology.has_seat else None
        stands = holder is not None and (holder.ready or holder.process is Process.OPENING)
        new.writer.release()
        if stands and holder is not None:
            restart_ns = new.context.durations.fixed("reboot_restart")
            new.instances.stop(holder, SWITCHOVER, restart_ns, lose_cache=False)
        point = self.regions.detach(move.to)
        assert not point.missing_bytes, "it held everything"
        self.regions.attach(move.to, move.old)

    def _publish(self, move: Move) -> Steps:
        """The records name whoever is the writer then, unless another region has it by now."""
        context, take = self._members[move.to].context, move.take
        phase = context.begin(f"{take.cause}.endpoint", take.writer, take.cause)
        law = "global_endpoint_publish"
        yield context.env.timeout(context.durations.drawn(law, "global", move.number))
        if context.leads:
            context.publish_writer(context.topology.seat, context.flap_ns(move.number))
            context.publish_readers()
            take.endpoint_moved_ns = context.now
        for span in (phase, move.whole):
            context.end(span)
