"""Which request is the N-th that falls due: found while the rules run.

An open load numbers its requests as they fall due. A closed load's are (connection, turn), booked
when the one before has ended; they are counted by when they are due, and those of one instant in
the order in which they were booked.
"""

from __future__ import annotations

import heapq
from typing import Any

from aurosim.dataplane.contract import Kind
from aurosim.dataplane.mechanics.words import NONE

AT_A_CLIENT = (Kind.FAILURE, Kind.RETURN, Kind.SEND, Kind.DEADLINE)
"""Events that are about a slot."""


class Found:
    """The request by the number it has in rows, when it is due, and its slot; NONE: not yet one."""

    def __init__(self, count: int, request: int, due_ns: int, slot: int) -> None:
        self.count, self.request, self.due_ns, self.slot = count, request, due_ns, slot


class Search:
    """Counts a workload's requests until it comes to the one asked for: the ``number``-th, or the
    first that is due at ``from_ns`` or later."""

    def __init__(self, state: Any, workload: int, number: int | None, from_ns: int | None) -> None:
        self.S, self.w = state, workload
        self.number, self.from_ns = number, from_ns
        self.count = 0
        self.record = state.workload[workload]
        self.slots = range(self.record.first_slot, self.record.first_slot + self.record.slots)
        self.booked: list[tuple[int, int, int, int]] = []
        self.seen: dict[int, int] = {}
        self.due = 0  # requests of this workload booked so far
        self.slot = NONE  # that the event under way is about
        self.of_a_closed_load = not self.record.open

    def before(self, kind: int, subject: int, now: int) -> Found | None:
        """An event is about to be answered; returns what was looked for if it is due by now."""
        if self.of_a_closed_load:
            self.slot = self._slot_of(kind, subject)
            return self._closed(now)
        if kind == Kind.DUE and subject == self.w:
            self.count += 1
            if self._is_it(now):
                return Found(self.count, self.record.next_request, now, NONE)
        return None

    def _slot_of(self, kind: int, subject: int) -> int:
        if kind == Kind.CPU_DONE:
            return int(self.S.job[subject].slot)
        return subject if kind in AT_A_CLIENT else NONE

    def _closed(self, now: int) -> Found | None:
        while self.booked and self.booked[0][0] <= now:
            due_ns, _, request, x = heapq.heappop(self.booked)
            self.count += 1
            if self._is_it(due_ns):
                return Found(self.count, request, due_ns, x)
        return None

    def after(self) -> None:
        """The event has been answered: has a closed load booked a request?"""
        if not self.of_a_closed_load or self.record.due == self.due:
            return
        self._book(self.slot)
        if self.record.due != self.due:  # not at the slot it was about: a command's doing
            for x in self.slots:
                self._book(x)

    def _book(self, x: int) -> None:
        if x not in self.slots:
            return
        slot = self.S.slot[x]
        if slot.open and self.seen.get(x) != slot.request:
            self.seen[x] = slot.request
            self.due += 1
            heapq.heappush(self.booked, (slot.due_ns, self.due, slot.request, x))

    def _is_it(self, due_ns: int) -> bool:
        if self.number is not None:
            return self.count == self.number
        assert self.from_ns is not None
        return due_ns >= self.from_ns

    def due_by(self, now: int) -> int:
        """How many fell due up to now."""
        return self.count + sum(each[0] <= now for each in self.booked)
