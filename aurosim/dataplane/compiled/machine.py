"""The compiled way of running the rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from aurosim.dataplane.compiled import loop
from aurosim.dataplane.compiled.arrays import (
    POOLS,
    TOP,
    Arrays,
    free_fields,
    grown,
    make_arrays,
    widened,
)
from aurosim.dataplane.compiled.handle import expected
from aurosim.dataplane.contract import LAG, Pictures, Sink
from aurosim.dataplane.mechanics import state as names_of
from aurosim.dataplane.mechanics.commands import RESIZE
from aurosim.dataplane.mechanics.initial_state import SEEN
from aurosim.dataplane.mechanics.plane import Names, Plane
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.plan import Plan

JOB_RINGS = ("commit", "stalled", "reads")
"""Rings of jobs: with a place for every job they never run over."""
TABLES = {**names_of.TABLES, "top": TOP}


class CompiledMachine:
    """Arrays and the two compiled functions."""

    def __init__(self, plan: Plan, rows: Sink, lags: Sink) -> None:
        self.row_sink, self.lag_sink = rows, lags
        self.state = make_arrays(plan)
        self.instances, self.clusters = len(plan.instances), len(plan.clusters)
        self.margin_alone = self._margin_alone()
        look_at_layout(self.state)

    # --- running -------------------------------------------------------------------------
    def advance(self, until_ns: int, most: int) -> bool:
        """Answer every event strictly before ``until_ns``; False when ``most`` came first, no place
        was left for a picture, or there is a warning."""
        end = self.events_done() + most
        while (left := end - self.events_done()) > 0:
            code = loop.run(self.state, until_ns, left, self.margin_alone)
            if code != loop.LOW:
                return bool(code == loop.DONE)
            self.make_room(self.margin())
        return False

    def do(
        self, what: int, a: int, now: int, *, b: int = 0, c: int = 0, amount: float = 0.0
    ) -> int:
        """Do a command and return its answer, with room for all it may do."""
        if what == RESIZE:
            self.margin_alone = self._margin_alone(more_vcpus=b)
        self.make_room_for_a_command()
        return int(loop.command(self.state, what, int(a), int(b), c, float(amount), now))

    # --- room ----------------------------------------------------------------------------
    def _margin_alone(self, more_vcpus: int = 0) -> int:
        """What a few events may take from a pool beside their senders: one may let every vCPU
        start, and a chunk leave for every reader."""
        vcpus = int(self.state.instance["vcpu"].sum()) + more_vcpus
        return loop.CHECK_EVERY * (
            2 * vcpus + self.instances + self.clusters
            + 4 * int(self.state.top[0]["records_most"]) + 64
        )  # fmt: skip

    def margin(self) -> int:
        """What a few events may take from a pool, with the groups and the stalled there are now."""
        top, clusters = self.state.top[0], self.state.cluster
        senders = min(int(clusters["groups"].sum()), int(top["senders_most"]))
        stalled = int((clusters["stalled_end"] - clusters["stalled_first"]).sum())
        return (
            self.margin_alone + loop.CHECK_EVERY * senders + stalled * int(top["records_most"])
        )

    def make_room_for_a_command(self) -> None:
        """A command may plan anew for every client (two events each), send every boxcar in use
        again, let every job read again, and bring every batch that has left to every reader."""
        top = self.state.top[0].item()
        free = dict(zip(TOP.dtype.names or (), top, strict=True))
        used = {pool: len(getattr(self.state, pool)) - free[f"free_{pool}s"] for pool in POOLS}
        batches = int(self.state.cluster["batches_flying"].sum())
        margin = self.margin() + (1 + self.instances) * batches
        need = {pool: margin for pool in POOLS}
        need["event"] += 2 * len(self.state.slot) + used["boxcar"] + used["job"]
        short = any(free[f"free_{pool}s"] < least for pool, least in need.items())
        lags = len(self.state.lag) - free["lags"] < used["chunk"] + margin
        if short or lags or free["rows"] > len(self.state.row) - loop.FEW:
            self.make_room(margin, need)

    def make_room(self, margin: int, need: dict[str, int] | None = None) -> None:
        """Flush what is full, double what runs low."""
        top = self.state.top[0]
        self.flush()
        for pool in POOLS:
            least = max((need or {}).get(pool, margin), loop.FEW)
            while self.state.top[0][free_fields(pool)[1]] < least:
                self.state = grown(self.state, pool)
        for ring in JOB_RINGS:
            while getattr(self.state, ring).shape[1] < len(self.state.job):
                self.state = widened(self.state, ring)
        lags = len(self.state.chunk) + margin  # it may be that all are applied at once
        if len(self.state.lag) < 2 * lags:
            lag = np.zeros(4 * lags, LAG).view(np.recarray)
            self.state = self.state._replace(lag=lag)
        if len(self.state.far) < len(self.state.event):
            far = np.zeros(len(self.state.event), np.int64)
            far[: len(self.state.far)] = self.state.far
            self.state = self.state._replace(far=far)
        for cluster in self.state.cluster:
            if cluster["log_end"] - cluster["log_first"] > self.state.log.shape[1] - margin:
                self.state = widened(self.state, "log")
            if cluster["watch_end"] - cluster["watch_first"] > self.state.watch.shape[1] - loop.FEW:
                self.state = widened(self.state, "watch")
            room = self.state.change.shape[1] - loop.CHECK_EVERY * int(top["writes_most"])
            if cluster["changes_end"] - cluster["changes_first"] > room:
                self.widen_changes()
        assert top["rows"] == 0

    def widen_changes(self) -> None:
        """More room for changes that some reader has not applied, and a wider table of hashes."""
        self.state = widened(self.state, "change")
        clusters, size = self.state.change.shape
        table = np.full((clusters, size), NONE, np.int64)
        self.state = self.state._replace(change_table=table)
        for k in range(clusters):
            loop.command(self.state, loop.HASH_CHANGES, k, 0, 0, 0.0, 0)

    # --- looking -------------------------------------------------------------------------
    def table(self, name: str) -> list[Any]:
        """The records of a table as plain objects."""
        return {**TABLES, **POOLS}[name].objects(getattr(self.state, name))

    def open_slots(self, first: int, end: int) -> list[tuple[int, int]]:
        """The requests that these slots have, and when they are due."""
        slots = np.asarray(self.state.slot)[first:end]
        found: list[tuple[int, int]] = slots[["request", "due_ns"]][slots["open"]].tolist()
        return found

    def watch(self, tables: dict[str, Any]) -> None:
        """Moments at which pictures are wanted, and places for them."""
        self.state = self.state._replace(**tables)

    def look(self, place: int, now: int) -> None:
        """A picture in a place."""
        loop.command(self.state, loop.PICTURE, place, 0, 0, 0.0, now)

    def seen(self) -> Pictures:
        """The pictures in all places."""
        return Pictures(*(np.asarray(getattr(self.state, name)) for name in SEEN))

    def events_done(self) -> int:
        """Events answered since the start."""
        return int(self.state.top[0]["events"])

    def rows_done(self) -> int:
        """Statements finished since the start, handed out or not."""
        top = self.state.top[0]
        return int(top["rows_before"] + top["rows"])

    # --- handing out ---------------------------------------------------------------------
    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""
        top = self.state.top[0]
        rows, lags = int(top["rows"]), int(top["lags"])
        top["rows"] = top["lags"] = 0
        if rows:
            top["rows_before"] += rows
            self.row_sink(np.asarray(self.state.row[:rows]))
        if lags:
            self.lag_sink(np.asarray(self.state.lag[:lags]))

    def close(self) -> None:
        """Let go of the arrays and the sinks."""
        del self.state, self.row_sink, self.lag_sink


def look_at_layout(state: Arrays) -> None:
    """Compiled code must find the arrays where it looks for them: with one word wrong it would run
    on with whatever stands there."""
    found = loop.command(state, loop.LAYOUT, 0, 0, 0, 0.0, 0)
    if found != expected(state):
        raise RuntimeError(
            "The compiled data plane does not find its arrays where numba puts them. Try"
            " `--plane simpy`, or install the numba that aurosim names."
        )


def compiled_plane(plan: Plan, rows: Sink, lags: Sink, names: Names) -> Plane:
    """The compiled data plane."""
    return Plane(CompiledMachine(plan, rows, lags), plan, names)
