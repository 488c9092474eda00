"""One request's way, event by event: the rules run as they stand, and before and after each event
the request's own records are looked at. Nothing is changed, so the run is the same without it.

What the rules do in one event is told as it happens to the request: a reply that is on its way, and
the statement sent when it is back, are told once their time has come.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from aurosim.dataplane.contract import (
    CONNECT,
    NO_STATEMENT,
    ROW,
    Final,
    Outcome,
    StatementKind,
    Status,
)
from aurosim.dataplane.laws import process_of
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.on_simpy.finding import Found, Search
from aurosim.dataplane.on_simpy.phases import AT_INSTANCE, Phase, Place, boxcars, phase
from aurosim.dataplane.on_simpy.telling import Words, cause, counted, ms, status
from aurosim.dataplane.plan import Plan

NAMES = ROW.names or ()
NO_EVENT = NONE


class Line(NamedTuple):
    """Something that happens to the request."""

    at_ns: int
    waited_ns: int
    """How long it had waited for that: since the line before, or for redo since it was sent."""
    event: str
    where: str
    waits_for: str
    attempt: int
    """From 1; 0 before the first."""
    beside: bool
    """Whether it is about its redo alone: the waits of the other lines add up to its whole time."""


class Trace:
    """Watches for one request, the ``number``-th of its workload that falls due (from 1) or the
    first due from ``from_ns`` on, and writes its lines; ``over`` once it has ended."""

    def __init__(
        self, plan: Plan, workload: int, number: int | None = None, from_ns: int | None = None
    ) -> None:
        self.plan, self.w = plan, workload
        self.number, self.from_ns = number, from_ns
        self.lines: list[Line] = []
        self.found: Found | None = None
        self.row: dict[str, int] | None = None
        """The row with which it ended."""
        self.over = False
        self.S: Any = None

    def attach(self, state: Any) -> None:
        """From now on, over this state."""
        self.S = state
        self.search = Search(state, self.w, self.number, self.from_ns)
        self.words = Words(state, self.plan, self.w)
        self.load = state.workload[self.w]
        self.x, self.place = NONE, NONE  # its slot, or how many waited before it at first
        self.was = Phase(Place.POOL)
        self.dns_until_ns = NONE
        self.sent: tuple[int, int, int] | None = None  # the statement last told as sent
        self.coming: list[dict[str, int]] = []  # answers on their way to the client
        self.told_ns = 0
        self.redo: dict[int, int] = {}  # its boxcars: when each left; NONE: durable
        self.rows_before = 0

    # --- around each event ---------------------------------------------------------------
    def before(self, kind: int, subject: int, now: int) -> None:
        """An event, or a command (NO_EVENT), is about to be answered."""
        if self.found is None:
            self.found = self.search.before(kind, subject, now)
            if self.found is None:
                return
            self._falls_due(self.found)
        self.rows_before = len(self.S.row)
        if self.x == NONE:
            return
        self.dns_until_ns = self.S.process[self.S.slot[self.x].process].answer_until_ns
        self._catch_up(now)
        self._look()

    def after(self, now: int, stopped: int = NONE, how: int = NONE) -> None:
        """It has been answered; or a command was done, which may have stopped an instance."""
        if self.found is None:
            self.search.after()
            return
        if self.x == NONE and not self._gets_a_slot(now):
            return
        own = [
            row for row in (
                dict(zip(NAMES, each, strict=True)) for each in self.S.row[self.rows_before :]
            )
            if row["workload"] == self.w and row["request"] == self.found.request
        ]  # fmt: skip
        self._is_durable(now)
        is_now = phase(self.S, self.x, self.found.request)
        if stopped != NONE and stopped == self.was_at:
            self._stops(stopped, how, is_now, now)
        elif own:
            for row in own:
                self._ends(row, is_now, now)
        elif is_now != self.was:
            self._goes_on(is_now, now)
        self._leaves(now)
        self.was = is_now
        if is_now.place == Place.TRAVEL and is_now.statement == CONNECT:
            self._connects(is_now, now)

    def end(self, now: int, said: str) -> None:
        """The run is over, as is ``said``: a request that has not ended stays open."""
        if self.found is not None and not self.over:
            if self.x != NONE:
                self._catch_up(now)
            self._say(now, f"{said}: the request is still open", self.words.client(), "")

    # --- saying --------------------------------------------------------------------------
    def _say(
        self, at_ns: int, event: str, where: str, waits_for: str, since_ns: int | None = None
    ) -> None:
        """A line; what happens beside its way (``since_ns``) is not what it waited for."""
        waited_ns = at_ns - (self.told_ns if since_ns is None else since_ns)
        attempt = 0 if self.x == NONE else self.S.slot[self.x].attempt + 1
        beside = since_ns is not None
        self.lines.append(Line(at_ns, waited_ns, event, where, waits_for, attempt, beside))
        if since_ns is None:
            self.told_ns = at_ns

    def _here(self) -> str:
        return self.words.instance(self.S.slot[self.x].instance)

    def _waits(self, is_now: Phase, now: int) -> str:
        return "" if is_now.place == Place.OVER else self.words.waits_for(self.x, is_now, now)

    # --- falling due, the pool -----------------------------------------------------------
    def _falls_due(self, found: Found) -> None:
        self.told_ns = found.due_ns
        self.x = found.slot
        self._say(found.due_ns, f"request {found.count:,} falls due", self.words.client(), "")
        if found.slot != NONE:
            self.was = phase(self.S, self.x, found.request)
            self._look()
            if self.was.place == Place.TRAVEL and self.was.statement == CONNECT:
                # it asked in the event that booked it: whether the name was kept is not known
                self.was_connected = False
                self._connects(self.was, found.due_ns, "DNS says:")

    def _look(self) -> None:
        """Remember how its slot and job are before an event."""
        slot = self.S.slot[self.x]
        self.was_connected, self.was_at = slot.connected, slot.instance
        self.job = self.S.job[slot.job]
        self.was_left_ns = self.job.left_ns

    def _gets_a_slot(self, now: int) -> bool:
        """Whether a request of an open load has its connection by now."""
        assert self.found is not None
        request, where = self.found.request, self.words.client()
        before = self._before_it(request)
        if self.place != NONE and before != NONE:
            return False
        for x in self.search.slots:
            slot = self.S.slot[x]
            if slot.open and slot.request == request:
                self.x = x
                kind = "an open connection" if slot.connected else "a place, not connected yet,"
                self._say(now, f"gets {kind} of its pool", where, "")
                self.was = Phase(Place.POOL)
                self._look()
                return True
        if before != NONE:
            self.place = before
            size = self.S.process[self._process_of(request)].slots
            self._say(
                now, f"all {counted(size, 'connection')} of its pool are in use",
                where, f"a connection: {counted(before, 'request')} before it",
            )  # fmt: skip
            return False
        row = dict(zip(NAMES, self.S.row[-1], strict=True))
        assert row["request"] == request and row["statement"] == NO_STATEMENT
        self._fails(row)
        return False

    def _process_of(self, request: int) -> int:
        load = self.load
        if load.processes == 1:
            return int(load.first_process)
        return int(load.first_process + process_of(load.processes, load.requests_key, request))

    def _before_it(self, request: int) -> int:
        """How many wait before it in its process's waiting room; NONE: it does not."""
        number, before = self.S.process[self._process_of(request)].waiting, 0
        while number != NONE:
            waiter = self.S.waiter[number]
            if waiter.request == request:
                return before
            number, before = waiter.next, before + 1
        return NONE

    # --- sending -------------------------------------------------------------------------
    def _catch_up(self, now: int) -> None:
        """Answers that are back by now, and the statement that the client has sent since."""
        while self.coming and self.coming[0]["end_ns"] <= now:
            self._is_back(self.coming.pop(0))
        if self.over or self.was.place not in (Place.TRAVEL, Place.ERROR):
            return
        slot = self.S.slot[self.x]
        key = (slot.attempt, slot.statement, slot.connects)
        if key == self.sent or slot.send_ns > now or slot.statement == CONNECT:
            return
        self.sent = key
        left = ms(self.was.event.when - slot.send_ns)
        self._say(
            slot.send_ns, f"sends {self.words.statement(slot.statement)}", self.words.client(),
            f"the network to {self._here()}: {left}" if self.was.place == Place.TRAVEL
            else f"the reset of its connection: {left}",
        )  # fmt: skip

    def _connects(self, is_now: Phase, now: int, answer: str = "") -> None:
        """It asks for a connection, having looked the name up; ``answer``: how that was."""
        slot = self.S.slot[self.x]
        key = (slot.attempt, slot.statement, slot.connects)
        if key == self.sent:
            return
        self.sent = key
        where, name = self.words.client(), self._here()
        if self.was_connected:
            self._say(now, "finds its connection dead", where, "")
        if self.load.role >= 0:
            answer = answer or self._dns(now)
            self._say(now, f"{answer} {self.words.endpoint()} is {name}", where, "")
        self._say(now, f"asks {name} for a connection", where, self._waits(is_now, now))

    def _dns(self, now: int) -> str:
        if now >= self.dns_until_ns:
            return "asks DNS:"
        return f"has DNS's answer from before, for {ms(self.dns_until_ns - now)} more:"

    # --- at the instance -----------------------------------------------------------------
    def _goes_on(self, is_now: Phase, now: int) -> None:
        """Something has happened that is no end of a statement."""
        was, here = self.was, self._here()
        waits = self._waits(is_now, now)
        if was.place == Place.TRAVEL and is_now.place != Place.TRAVEL:
            what = self.words.statement(was.statement)
            if is_now.place == Place.ERROR:
                said = cause(self.S.slot[self.x].code)
                self._say(now, f"{what} is refused: {said}", here, waits)
            elif is_now.place == Place.SILENCE:
                self._say(now, f"{what} is lost: {here} is gone without a word", here, waits)
            elif is_now.place in AT_INSTANCE:
                at_once = " and gets a vCPU at once" if is_now.place == Place.CPU else ""
                self._say(now, f"{what} arrives{at_once}", here, waits)
        elif was.place == Place.QUEUE and is_now.place == Place.CPU:
            self._say(now, "gets a vCPU", here, waits)
        elif was.place == Place.CPU:
            sliced = self.was_left_ns > 0
            self._say(now, self.words.left_cpu(self.job, was, is_now, sliced), here, waits)
        elif was.place == Place.READ:
            lost = is_now.place in (Place.READ, Place.NO_COPY)
            arrived = f"{counted(self.job.misses, 'page')} here from storage"
            said = "its copy is gone meanwhile: asks another" if lost else arrived
            self._say(now, said, here, waits)
        elif was.place == Place.NO_COPY:
            self._say(now, "a copy is there again: asks it", here, waits)
        elif was.place == Place.LOG_FULL:
            self._say(now, f"there is room again: {self.words.redo(self.job)}", here, waits)
        elif was.place == Place.COMMIT:
            self._say(now, "VDL has passed its commit record", here, waits)
        elif was.place == Place.PAUSE and is_now.attempt > 0:
            self._say(now, f"tries again: attempt {is_now.attempt + 1}", self.words.client(), "")

    def _own(self) -> list[int]:
        """The boxcars that its transaction's redo is in."""
        slot = self.S.slot[self.x]
        return boxcars(self.S, slot.tx if slot.tx != NONE else self.S.job[slot.job].tx)

    def _is_durable(self, now: int) -> None:
        """Redo of its own that has just got its quorum; this may move VDL."""
        for b in self._own():
            if self.S.boxcar[b].durable and self.redo.get(b, NONE) >= 0:
                said = self.words.acknowledged(b, now)
                self._say(now, said, self._volume(b), "", since_ns=self.redo[b])
                self.redo[b] = NONE

    def _leaves(self, now: int) -> None:
        """Redo of its own that has just left the writer."""
        own = self._own()
        self.redo = {b: when for b, when in self.redo.items() if b in own}
        for b in own:
            if self.S.boxcar[b].copies and b not in self.redo:
                self.redo[b] = now
                where, waits = self._volume(b), self.words.awaited(b, now)
                self._say(now, self.words.sent(b), where, waits, since_ns=now)

    def _volume(self, b: int) -> str:
        cl = self.S.group[self.S.boxcar[b].group].cluster
        return f"volume of {self.plan.clusters[cl].name}"

    def _stops(self, i: int, how: int, is_now: Phase, now: int) -> None:
        """The instance that it is connected to dies."""
        name = self.words.instance(i)
        lost = ", and with it what it was doing" if self.was.place in AT_INSTANCE else ""
        waits = self._waits(is_now, now)
        word = "leaves" if how == Status.ABSENT else "dies"
        self._say(now, f"{name} {word}{lost}; {status(how)}", name, waits)

    # --- answers -------------------------------------------------------------------------
    def _ends(self, row: dict[str, int], is_now: Phase, now: int) -> None:
        """A statement has ended for the client, or will when its answer is back."""
        if row["outcome"] != Outcome.OK:
            self._fails(row, is_now, now)
            return
        plan, number = self.words.load.statements, row["statement"]
        done = "the connection is open" if number == CONNECT else "has run"
        if row["lsn"] and number != CONNECT:
            commits = plan[number].autocommit or plan[number].kind == StatementKind.COMMIT
            done = "is committed" if commits else f"has run; {self.words.redo(self.job)}"
        way_ns = row["end_ns"] - now
        trips = self.S.instance[row["instance"]].connect_trips - 1 if number == CONNECT else 0
        more = f" and {counted(trips, 'round trip')} more to log in" if trips else ""
        waits = f"the network back{more}: {ms(way_ns)}"
        self._say(now, f"{done}; its answer leaves", self.words.instance(row["instance"]), waits)
        self.coming.append(row)
        if row["final"]:
            self._is_back(self.coming.pop())

    def _is_back(self, row: dict[str, int]) -> None:
        took = ms(row["end_ns"] - row["start_ns"])
        what = (
            "is connected" if row["kind"] == StatementKind.CONNECT
            else f"the answer to {self.words.statement(row['statement'])} is back"
        )  # fmt: skip
        if row["stale_ns"]:
            what += f" (stale: what it missed was {ms(row['stale_ns'])} old)"
        if not row["final"]:
            self._say(row["end_ns"], f"{what}, after {took}", self.words.client(), "")
            return
        self._over(row, f"{what}, after {took}: the request is done")

    def _fails(self, row: dict[str, int], is_now: Phase | None = None, now: int = 0) -> None:
        said = cause(row["outcome"])
        if row["final"]:
            self._over(row, f"{said}: the request has failed")
            return
        assert is_now is not None
        backoff = ms(is_now.event.when - now)
        of = f"attempt {row['attempt'] + 1} of {self.load.attempts}"
        self._say(
            row["end_ns"], f"{said}: {of} has failed", self.words.client(),
            f"its backoff: {backoff}",
        )  # fmt: skip

    def _over(self, row: dict[str, int], said: str) -> None:
        self.row, self.over = row, True
        self._say(row["end_ns"], said, self.words.client(), "")

    @property
    def outcome(self) -> str:
        """How it ended: a word of the summary's errors, `ok`, or `open`."""
        return Outcome(self.row["outcome"]).name.lower() if self.row else "open"

    @property
    def good(self) -> bool:
        """Whether it ended well."""
        return self.row is not None and self.row["final"] == Final.GOOD
