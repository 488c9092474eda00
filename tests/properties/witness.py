"""What must hold in every world, looked at after each command and each step of time.

The reference is looked into: its counters are compared with what its own queue and lists hold.
Then, at the end, the rows alone: each request's story must make sense, and the times in them must
add up to the area under the number of requests in the system (Little's law, to the nanosecond).
"""

from __future__ import annotations

from collections import Counter, defaultdict

from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    NO_STATEMENT,
    ROW,
    Final,
    Observation,
    Outcome,
    StatementKind,
    Status,
)
from aurosim.dataplane.plan import Plan
from aurosim.dataplane.reference.plane import ReferencePlane
from aurosim.simulation import invariants
from tests.properties.world import World, play
from tests.unit.plane_stage import Row

END = NEVER


class Witness:
    """Plays a world on the reference and looks on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[Row] = []
        self.lags: list[tuple[int, int, int]] = []
        self.plane = ReferencePlane(world.plan, self._rows, self._lags, world.records)
        self.lives: list[list[list[int]]] = [[[0, END]] for _ in world.plan.instances]
        self.applied = [0] * len(world.plan.instances)
        self.before: Observation | None = None
        self.acknowledged_lsn = 0
        self._watch_acknowledgements()
        self.player = play(world, self.plane, self.look)
        self.last = self.plane.observe()

    def _rows(self, block) -> None:
        assert block.dtype == ROW
        self.rows += [Row(*map(int, row.tolist())) for row in block]

    def _lags(self, block) -> None:
        self.lags += [tuple(map(int, row.tolist())) for row in block]

    def _watch_acknowledgements(self) -> None:
        for volume in self.plane.volumes:
            acknowledged = volume.acknowledged

            def checked(job, end_ns, volume=volume, acknowledged=acknowledged) -> None:
                assert 0 < job.lsn <= volume.vdl, f"LSN {job.lsn} acknowledged at VDL {volume.vdl}"
                boxcars = job.transaction.boxcars
                assert all(boxcar.durable for boxcar in boxcars), "acknowledged and not durable"
                self.acknowledged_lsn = max(self.acknowledged_lsn, job.lsn)
                acknowledged(job, end_ns)

            volume.acknowledged = checked

    def look(self, what: str) -> None:
        try:
            self._look()
        except AssertionError as wrong:
            raise AssertionError(f"after {what}: {wrong}") from wrong

    def _look(self) -> None:
        now = self.plane.observe()
        invariants.check(self.before, now, self.world.plan)
        for n, view in enumerate(now.instances):
            life = self.lives[n][-1]
            if view.status == Status.UP and life[1] != END:
                self.lives[n].append([now.now_ns, END])
            elif life[1] == END and (view.status != Status.UP):
                life[1] = now.now_ns
            elif view.status == Status.UP and view.epoch != len(self.lives[n]) - 1:
                life[1] = now.now_ns  # died and came back within one command
                self.lives[n].append([now.now_ns, END])
            assert view.applied_lsn >= 0 and view.lag_ns >= 0
        self.before = now
        pending_is_what_is_counted(self.plane)
        boxcars_are_counted(self.plane)
        for clients in self.plane.clients:
            slots_are_kept(clients)
        connections_have_owners(self.plane)


def pending_is_what_is_counted(plane: ReferencePlane) -> None:
    """Each counter of pending, cancelled and abandoned things equals what is there."""
    moments = [entry[3] for entry in plane.clock.env._queue]
    names = Counter(
        moment.callbacks[0].__name__ for moment in moments if moment.subject is not None
    )
    assert len(moments) == plane.clock.pending
    assert sum(moment.subject is None for moment in moments) == plane.clock.cancelled
    chunks = sum("Stream.arrive" in m.callbacks[0].__qualname__ for m in moments)
    assert chunks == plane.chunks, f"{plane.chunks} chunks counted, {chunks} in flight"
    orphans = sum(job.slot is None for server in plane.instances for job in server.jobs)
    assert orphans + names["close"] == plane.abandoned, (
        f"{plane.abandoned} abandoned counted: {orphans} at work, {names['close']} closings"
    )
    running = names["cpu_done"] + names["apply_done"]
    assert running == sum(server.busy for server in plane.instances)
    timers = sum(slot.timer for clients in plane.clients for slot in clients.slots)
    assert names["deadline"] == timers


def boxcars_are_counted(plane: ReferencePlane) -> None:
    for volume in plane.volumes:
        assert volume.flying == sum(len(group.flying) for group in volume.groups) >= 0
        assert not any(boxcar.durable for group in volume.groups for boxcar in group.flying)
        lsns = [entry[0] for entry in volume.log]
        assert lsns == sorted(lsns) and (not lsns or lsns[0] > volume.vdl)
        durable = [all(boxcar.durable for boxcar in entry[1]) for entry in volume.log]
        assert not durable or volume.writer < 0 or not durable[0], "VDL could be further"
        waiting = [lsn for lsn, _ in volume.commits]
        assert waiting == sorted(waiting) and (not waiting or waiting[0] > volume.vdl)
        if volume.writer >= 0:
            limit = volume.plan.lsn_allocation_limit
            writes = sum(redo.records for _, _, redo in volume.log if redo.writes)
            assert writes <= max(limit, 5), f"{writes} records outstanding where {limit} may be"


def slots_are_kept(clients) -> None:
    """Each connection of the pool is resting, or at work with something that will wake it."""
    resting = Counter(id(slot) for slot in (*clients.free, *clients.unopened))
    assert not resting or max(resting.values()) == 1
    for slot in clients.slots:
        rests = bool(resting[id(slot)])
        awake = slot.progress is not None or slot.deadline_ns < NEVER
        assert rests != (slot.open or awake), f"slot {slot.number}: rests {rests}, awake {awake}"
        assert not slot.open or awake, f"slot {slot.number} is open and nothing will happen to it"
        assert slot.deadline_ns == NEVER or slot.timer, f"slot {slot.number} has no timer"
        if slot.progress is not None:
            assert slot.progress.subject is slot and slot.progress.callbacks is not None
    idle = clients.free or clients.unopened
    assert not (clients.waiting and idle), "one waits while a connection rests"


def connections_have_owners(plane: ReferencePlane) -> None:
    """Every connection an instance counts is some client's, or being closed."""
    owned = Counter()
    for clients in plane.clients:
        for slot in clients.slots:
            if slot.instance >= 0 and slot.server_epoch() == plane.instances[slot.instance].epoch:
                owned[slot.instance] += 1
    for server in plane.instances:
        owned[server.index] += sum(job.slot is None for job in server.jobs)
    for entry in plane.clock.env._queue:
        handler = entry[3].callbacks[0]
        if handler.__name__ == "close" and entry[3].subject[0] == handler.__self__.epoch:
            owned[handler.__self__.index] += 1
    for server in plane.instances:
        if server.status == Status.UP:
            assert owned[server.index] == server.connections, (
                f"{server.plan.name}: {server.connections} connections, {owned[server.index]} owned"
            )


# --- the rows alone ------------------------------------------------------------------------


def check_rows(witness: Witness) -> None:
    """Raises AssertionError for rows that no run may leave."""
    plan, rows, now = witness.world.plan, witness.rows, witness.last
    assert now.rows == len(rows)
    for row in rows:
        row_makes_sense(row, plan)
        if row.outcome == Outcome.OK:
            served_in_one_life(row, plan, witness.lives[row.instance])
    stories = defaultdict(list)
    for row in rows:
        stories[row.workload, row.request].append(row)
    for story in stories.values():
        story_makes_sense(story, plan.workloads[story[0].workload])
    everyone_is_accounted_for(witness, stories)
    lsns = [row.lsn for row in rows if row.lsn and row.kind == StatementKind.COMMIT]
    assert len(lsns) == len(set(lsns)), "two commits with one LSN"


def row_makes_sense(row: Row, plan: Plan) -> None:
    workload = plan.workloads[row.workload]
    assert row.due_ns <= row.start_ns <= row.end_ns, row
    limit = workload.statement_timeout_ns
    if row.statement == CONNECT:
        limit = workload.connect_timeout_ns
        assert row.kind == StatementKind.CONNECT
    elif row.statement == NO_STATEMENT:
        assert row.outcome == Outcome.CLIENT_QUEUE_FULL and row.final == Final.BAD
    else:
        assert row.kind == workload.statements[row.statement].kind
    assert row.end_ns - row.start_ns <= limit, row
    timeouts = (Outcome.STATEMENT_TIMEOUT, Outcome.CONNECT_TIMEOUT)
    assert row.outcome not in timeouts or row.end_ns - row.start_ns == limit, row
    assert not (row.outcome == Outcome.OK and row.final == Final.BAD)
    assert row.final != Final.GOOD or row.outcome == Outcome.OK
    if row.stale_ns:
        assert row.stale_ns > 0 and row.kind == StatementKind.SELECT


def served_in_one_life(row: Row, plan: Plan, lives: list[list[int]]) -> None:
    """From arrival to reply the instance was up without a break."""
    hop = plan.workloads[row.workload].hop_ns[row.instance]
    trips = plan.instances[row.instance].connect_trips if row.statement == CONNECT else 1
    arrived, replied = row.start_ns + hop, row.end_ns - hop - 2 * hop * (trips - 1)
    assert arrived <= replied, row
    assert any(up <= arrived and replied < down for up, down in lives), (row, lives)


def story_makes_sense(story: list[Row], workload) -> None:
    """One request: statements in order, attempts in order, one end, nothing after it."""
    assert [row.final != Final.NOT for row in story[:-1]] == [False] * (len(story) - 1), story
    assert all(a.end_ns <= b.start_ns for a, b in zip(story, story[1:], strict=False)), story
    assert len({row.due_ns for row in story}) == 1
    expected, attempt = 0, 0
    for row in story:
        if row.statement == NO_STATEMENT:
            assert len(story) == 1
            continue
        assert row.attempt == attempt < workload.attempts, story
        if row.statement == CONNECT:
            assert expected == 0, story
        else:
            assert row.statement == expected, story
        if row.outcome != Outcome.OK:
            expected, attempt = 0, attempt + 1
        elif row.statement != CONNECT:
            expected += 1
    last = story[-1]
    whole = last.outcome == Outcome.OK and last.statement == len(workload.statements) - 1
    assert (last.final == Final.GOOD) == whole, story
    unknown = [n for n, row in enumerate(story) if row.outcome == Outcome.UNKNOWN_OUTCOME]
    assert unknown in ([], [len(story) - 1]), "an unknown outcome was tried again"
    if last.final == Final.BAD and last.outcome not in (
        Outcome.UNKNOWN_OUTCOME, Outcome.CLIENT_QUEUE_FULL,
    ):  # fmt: skip
        assert attempt == workload.attempts, "given up before the last attempt"


def everyone_is_accounted_for(witness: Witness, stories) -> None:
    now_ns = witness.last.now_ns
    left = defaultdict(list)
    for request in witness.plane.open_requests():
        left[request.workload].append(request)
    for n, view in enumerate(witness.last.workloads):
        ends = [story[-1] for (w, _), story in stories.items() if w == n and story[-1].final]
        good = sum(row.final == Final.GOOD for row in ends)
        assert (len(ends), len(left[n])) == (view.ended, view.in_system)
        assert good + (len(ends) - good) + len(left[n]) == view.due
        area = sum(row.end_ns - row.due_ns for row in ends)
        area += sum(now_ns - request.due_ns for request in left[n])
        assert area == view.in_system_ns, f"Little's law: {area} ns and {view.in_system_ns} ns"
