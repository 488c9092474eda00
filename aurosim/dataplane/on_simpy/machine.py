"""The SimPy way of running the rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.dataplane.contract import LAG, ROW, ROWS_PER_BLOCK, Sink
from aurosim.dataplane.mechanics.commands import command
from aurosim.dataplane.mechanics.initial_state import make_tables
from aurosim.dataplane.mechanics.loop import answer
from aurosim.dataplane.mechanics.plane import Names, Plane
from aurosim.dataplane.mechanics.records import new_job
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.on_simpy.queue import Moment, Queue
from aurosim.dataplane.plan import Plan


class SimpyMachine:
    """SimPy's queue, plain objects, and the rules as they stand."""

    def __init__(self, plan: Plan, rows: Sink, lags: Sink) -> None:
        self.queue = Queue()
        self.queue.answer = self._answer
        self.state = State(make_tables(plan), self.queue)
        for _ in self.state.slot:
            new_job(self.state)
        self.top = self.state.top[0]
        self.row_sink, self.lag_sink = rows, lags
        self.rows_flushed = 0
        self.done = 0

    def _answer(self, moment: Moment) -> None:
        """A moment has come, unless it was cancelled."""
        self.queue.pending -= 1
        subject = moment.subject
        if subject == NONE:
            self.top.cancelled -= 1
            return
        answer(self.state, moment.kind, subject, moment.when)

    def advance(self, until_ns: int, most: int) -> bool:
        """Answer every event strictly before ``until_ns``; False when ``most`` came first."""
        env = self.queue.env
        peek, step = env.peek, env.step
        top, count = self.top, 0
        while count < most and not top.warned and peek() < until_ns:
            step()
            count += 1
        finished = count < most and not top.warned
        self.done += count
        top.now = until_ns if finished else env.now
        if len(self.state.row) >= ROWS_PER_BLOCK or len(self.state.lag) >= ROWS_PER_BLOCK:
            self.flush()
        return finished

    def do(
        self, what: int, a: int, now: int, *, b: int = 0, c: int = 0, amount: float = 0.0
    ) -> int:
        """Do a command and return its answer."""
        return command(self.state, what, a, b, c, amount, now)

    # --- looking -------------------------------------------------------------------------
    def table(self, name: str) -> list[Any]:
        """The records of a table: they are plain objects already."""
        self.top.pending = self.queue.pending
        found: list[Any] = getattr(self.state, name)
        return found

    def ring(self, name: str, owner: int, first: int, end: int) -> list[Any]:
        """The records of a ring between two positions."""
        row = getattr(self.state, name)[owner]
        return [row[place & (len(row) - 1)] for place in range(first, end)]

    def booked(self, first: int, end: int, now: int) -> list[int]:
        """When the requests of these slots are due that are booked for later than ``now``."""
        slots = self.state.slot[first:end]
        return [slot.due_ns for slot in slots if slot.open and slot.due_ns > now]

    def events_done(self) -> int:
        """Events answered since the start."""
        return self.done

    def rows_done(self) -> int:
        """Statements finished since the start, handed out or not."""
        return self.rows_flushed + len(self.state.row)

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""
        rows, lags = self.state.row, self.state.lag
        if rows:
            self.rows_flushed += len(rows)
            self.row_sink(np.array(rows, dtype=ROW))
            rows.clear()
        if lags:
            self.lag_sink(np.array(lags, dtype=LAG))
            lags.clear()

    def close(self) -> None:
        """Let go of the state, the sinks, and all that has not happened."""
        self.queue.clear()
        del self.state, self.row_sink, self.lag_sink


def simpy_plane(plan: Plan, rows: Sink, lags: Sink, names: Names) -> Plane:
    """The data plane on SimPy."""
    return Plane(SimpyMachine(plan, rows, lags), plan, names)
