"""A request's way in words: what has just happened to it, and what it waits for."""

from __future__ import annotations

from typing import Any

from aurosim.catalog import AZS
from aurosim.cluster.quorum import zone_of
from aurosim.dataplane.contract import CONNECT, NEVER, VALIDATE, Outcome, StatementKind, Status
from aurosim.dataplane.mechanics.fields import MEMBERS
from aurosim.dataplane.mechanics.instances import ACK, BODY, MISS, OPEN, REPLY, STALLED, SUBMIT
from aurosim.dataplane.mechanics.run_queue import JOB_TASK
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.on_simpy.phases import Phase, Place, ahead, boxcars
from aurosim.dataplane.plan import Plan
from aurosim.units import NS_PER_MS

ENDPOINTS = ("the cluster endpoint", "the reader endpoint", "the global endpoint")
PASSES = {SUBMIT: "commit, pass 1 of 3", ACK: "commit, pass 2 of 3", REPLY: "commit, pass 3 of 3"}


def ms(ns: int) -> str:
    """A time in ms, to the microsecond; shorter ones in ns."""
    return f"{ns / NS_PER_MS:,.3f} ms" if ns >= 1000 or ns == 0 else f"{ns} ns"


def counted(count: int, noun: str) -> str:
    """`1 page`, `3 pages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def cause(outcome: int) -> str:
    """An error in words."""
    return Outcome(outcome).told


class Words:
    """Says what the records of a state mean, with the names of the plan."""

    def __init__(self, state: Any, plan: Plan, workload: int) -> None:
        self.S, self.plan, self.w = state, plan, workload
        self.load = plan.workloads[workload]

    # --- names ---------------------------------------------------------------------------
    def client(self) -> str:
        return f"client {self.load.name}"

    def instance(self, i: int) -> str:
        return self.plan.instances[i].name if i != NONE else "-"

    def group(self, g: int) -> str:
        """A protection group by its number in the volume."""
        return f"group {self.S.group[g].index}"

    def segment(self, g: int, member: int) -> str:
        return f"segment {member} of {self.group(g)} (AZ {AZS[zone_of(member)]})"

    def statement(self, number: int) -> str:
        """A statement by its kind and its turn."""
        if number == CONNECT:
            return "connect"
        if number == VALIDATE:
            return "the question whether it lives"
        kind = StatementKind(self.load.statements[number].kind).name.lower()
        count = len(self.load.statements)
        return f"{kind} ({number + 1} of {count})" if count > 1 else kind

    def endpoint(self) -> str:
        return ENDPOINTS[self.load.role]

    # --- what it waits for ---------------------------------------------------------------
    def waits_for(self, x: int, now: Phase, at_ns: int) -> str:
        """What the request waits for in this phase."""
        slot = self.S.slot[x]
        left = "" if now.event == NONE else ms(now.event.when - at_ns)
        if now.place == Place.TRAVEL:
            return f"the network to {self.instance(slot.instance)}: {left}"
        if now.place == Place.PAUSE:
            return f"its time to be sent: {left}" if now.event.when > at_ns else ""
        if now.place == Place.ERROR:
            what = "reset" if slot.code == Outcome.CONNECTION_RESET else "error"
            return f"the {what}'s way to the client: {left}"
        if now.place == Place.SILENCE:
            if slot.progress != NONE and slot.progress.when < slot.deadline_ns:
                return f"its TCP to give up: {left}"
            if slot.deadline_ns == NEVER:
                return "nothing that would ever end it"
            return f"the client's own timeout: {ms(slot.deadline_ns - at_ns)}"
        return self._at_instance(self.S.job[slot.job], slot.job, now, left)

    def _at_instance(self, job: Any, j: int, now: Phase, left: str) -> str:
        server = self.S.instance[job.instance]
        cluster = self.S.cluster[server.cluster]
        if now.place == Place.CPU:
            more = f", {ms(job.left_ns)} after this slice" if job.left_ns > 0 else ""
            return f"its {self.work(job)}: {left}{more}"
        if now.place == Place.QUEUE:
            before = ahead(self.S, job.instance, (j << 2) | JOB_TASK)
            return f"a vCPU: {server.busy} of {server.vcpu} busy, {before} before it"
        if now.place == Place.READ:
            pages, copy = counted(job.misses, "page"), self.segment(job.group, job.member)
            return f"{pages} from {copy}: {left}"
        if now.place == Place.NO_COPY:
            return "a copy of its pages that can be reached: there is none"
        if now.place == Place.LOG_FULL:
            return f"room in the log: no LSN may be {cluster.lsn_limit:,} ahead of VDL"
        return self._quorum(job, cluster)

    def _quorum(self, job: Any, cluster: Any) -> str:
        own = [b for b in boxcars(self.S, job.tx) if not self.S.boxcar[b].durable]
        groups = ", ".join(dict.fromkeys(self.group(self.S.boxcar[b].group) for b in own))
        needs = f"; its redo needs a write quorum in {groups}" if own else ""
        return f"VDL to reach LSN {job.lsn:,}, it is at {cluster.vdl:,}{needs}"

    @staticmethod
    def work(job: Any) -> str:
        """What a statement's burst is for."""
        if job.step == OPEN:
            return "CPU (opening the connection)"
        if job.step == MISS:
            return f"CPU (taking {counted(job.misses, 'page')} in)"
        return f"CPU ({PASSES.get(job.step, 'the statement')})"

    # --- what happened -------------------------------------------------------------------
    def left_cpu(self, job: Any, was: Phase, now: Phase, sliced: bool) -> str:
        """A burst has ended and the statement is still at its instance, or fails there."""
        if sliced and now.place == Place.CPU:
            return "its time slice is over; nobody else waits, so it goes on"
        if sliced:
            return "its time slice is over: back to the end of the run queue"
        if now.place in (Place.READ, Place.NO_COPY):
            asked = self.S.statement[job.plan].pages
            which = "its page is" if asked == 1 else f"{job.misses} of its {asked} pages are"
            return f"has run; {which} not in the buffer"
        if now.place == Place.LOG_FULL:
            return "has run; its redo finds no room in the log"
        if now.place == Place.ERROR:
            return "has run; is told that the volume is full"
        if now.place == Place.SILENCE:
            return "its answer leaves too late to be back by the client's timeout"
        if now.place == Place.COMMIT:
            return f"writes its commit record into the log, LSN {job.lsn:,}"
        if was.step in (BODY, MISS, STALLED) and now.step == SUBMIT:
            return f"has run; {self.redo(job)}"
        return "the second of three passes of its commit is over"

    def redo(self, job: Any) -> str:
        """The redo that a statement has left in the log."""
        plan = self.S.statement[job.plan]
        return f"{counted(plan.modifies, 'redo record')} in the log, up to LSN {job.lsn:,}"

    def sent(self, b: int) -> str:
        """A boxcar leaves for the segments of its group."""
        boxcar = self.S.boxcar[b]
        there = [m for m in range(MEMBERS) if boxcar.ack_ns[m] < NEVER]
        return f"its redo in {self._boxcar(boxcar)} leaves for {_members(there)}"

    def _boxcar(self, boxcar: Any) -> str:
        return f"{self.group(boxcar.group)} (boxcar {boxcar.number})"

    def awaited(self, b: int, at_ns: int) -> str:
        """When a boxcar that has left has its quorum."""
        boxcar = self.S.boxcar[b]
        if boxcar.event == NONE:
            return "a write quorum: too few segments are there"
        return f"a write quorum: {ms(boxcar.quorum_at_ns - at_ns)}"

    def acknowledged(self, b: int, at_ns: int) -> str:
        """A boxcar has its write quorum."""
        boxcar = self.S.boxcar[b]
        heard = [m for m in range(MEMBERS) if boxcar.ack_ns[m] <= at_ns]
        heard.sort(key=lambda m: (boxcar.ack_ns[m], m))
        return f"its redo in {self._boxcar(boxcar)} is durable: {_members(heard)} answered"


def status(number: int) -> str:
    """How a database process that has died is found."""
    closed = "its host tells every client by a reset"
    return closed if number != Status.DARK else "nobody is told: host or network is gone"


def _members(members: list[int]) -> str:
    if len(members) == MEMBERS:
        return "all six segments"
    return f"segments {', '.join(map(str, members))}" if members else "no segment"

