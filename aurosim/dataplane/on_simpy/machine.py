"""The SimPy way of running the rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.dataplane.contract import LAG, ROW, ROWS_PER_BLOCK, Pictures, Sink
from aurosim.dataplane.mechanics.commands import command
from aurosim.dataplane.mechanics.initial_state import SEEN, make_tables, watching
from aurosim.dataplane.mechanics.looking import full, look, take
from aurosim.dataplane.mechanics.loop import answer
from aurosim.dataplane.mechanics.plane import Names, Plane
from aurosim.dataplane.mechanics.records import new_job
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.on_simpy.places import Places
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
        self.watch(watching(plan))
        self.row_sink, self.lag_sink = rows, lags
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
        """Answer every event strictly before ``until_ns``; False when ``most`` came first, no place
        was left for a picture, or there is a warning."""
        env, top = self.queue.env, self.top
        peek, step = env.peek, env.step
        count, finished = 0, False
        while not finished:
            limit = min(until_ns, top.look_ns)
            while count < most and not top.warned and peek() < limit:
                step()
                count += 1
            if count == most or top.warned:
                top.now = env.now
                break
            top.now = limit
            finished = top.look_ns > until_ns
            if not finished:
                if full(self.state):
                    break
                self._count()
                take(self.state, limit)
        self.done += count
        if len(self.state.row) >= ROWS_PER_BLOCK or len(self.state.lag) >= ROWS_PER_BLOCK:
            self.flush()
        return finished

    def do(
        self, what: int, a: int, now: int, *, b: int = 0, c: int = 0, amount: float = 0.0
    ) -> int:
        """Do a command and return its answer."""
        return command(self.state, what, a, b, c, amount, now)

    # --- looking -------------------------------------------------------------------------
    def open_slots(self, first: int, end: int) -> list[tuple[int, int]]:
        """The requests that these slots have, and when they are due."""
        return [(each.request, each.due_ns) for each in self.state.slot[first:end] if each.open]

    def watch(self, tables: dict[str, Any]) -> None:
        """Moments at which pictures are wanted, and places for them."""
        for name, table in tables.items():
            setattr(self.state, name, Places(table) if name in SEEN else table.tolist())

    def look(self, place: int, now: int) -> None:
        """A picture in a place."""
        self._count()
        look(self.state, place, now)

    def seen(self) -> Pictures:
        """The pictures in all places."""
        return Pictures(*(getattr(self.state, name).filled() for name in SEEN))

    def _count(self) -> None:
        self.top.pending, self.top.rows = self.queue.pending, len(self.state.row)

    def table(self, name: str) -> list[Any]:
        """The records of a table: they are plain objects already."""
        found: list[Any] = getattr(self.state, name)
        return found

    def events_done(self) -> int:
        """Events answered since the start."""
        return self.done

    def rows_done(self) -> int:
        """Statements finished since the start, handed out or not."""
        return int(self.top.rows_before) + len(self.state.row)

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""
        rows, lags = self.state.row, self.state.lag
        if rows:
            self.top.rows_before += len(rows)
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
