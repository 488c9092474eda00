"""What must hold in every world, looked at after each command and each step of time.

The plane on SimPy is looked into: its counters are compared with what its own queue and lists hold.
Then, at the end, the rows alone: each request's story must make sense, and the times in them must
add up to the area under the number of requests in the system (Little's law, to the nanosecond).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aurosim.dataplane.contract import (
    CONNECT,
    NEVER,
    NO_STATEMENT,
    ROW,
    Final,
    Kind,
    Outcome,
    Pictures,
    StatementKind,
    Status,
)
from aurosim.dataplane.mechanics import losses
from aurosim.dataplane.mechanics.clients.connection import server_epoch
from aurosim.dataplane.mechanics.clients.silence import PROBES
from aurosim.dataplane.mechanics.words import at
from aurosim.dataplane.on_simpy.machine import simpy_plane
from aurosim.dataplane.plan import Plan
from aurosim.simulation import invariants
from tests.properties.player import play
from tests.properties.world import World
from tests.unit.plane_stage import Row

END = NEVER
NONE = -1


def listed(S, c: int) -> list[int]:
    """The boxcars of a list of cells."""
    found = []
    while c != NONE:
        found.append(S.cell[c].boxcar)
        c = S.cell[c].next
    return found


def at_work(S) -> list:
    """The statements that instances have."""
    return [job for job in S.job if job.active]


NO_CONNECTION = (Outcome.CLIENT_QUEUE_FULL, Outcome.POOL_TIMEOUT)


class Witness:
    """Plays a world on SimPy and looks on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[Row] = []
        self.lags: list[tuple[int, int, int]] = []
        self.plane = simpy_plane(world.plan, self._rows, self._lags, world.records)
        self.lives: list[list[list[int]]] = [
            [[0, END]] if each.there else [] for each in world.plan.instances
        ]
        self.applied = [0] * len(world.plan.instances)
        self.acknowledged_lsn = 0
        self.pictures = [self.plane.picture().rows([0])]  # an index copies
        with self._watching_acknowledgements():
            try:
                self.player = play(world, self.plane, self.look)
            finally:  # a broken invariant is told before what may have come of it
                invariants.check(Pictures.joined(self.pictures), world.plan)
        self.last = self.plane.observe()

    def _rows(self, block) -> None:
        assert block.dtype == ROW
        self.rows += [Row(*map(int, row.tolist())) for row in block]

    def _lags(self, block) -> None:
        self.lags += [tuple(map(int, row.tolist())) for row in block]

    @contextmanager
    def _watching_acknowledgements(self) -> Iterator[None]:
        """The rule by which a client is told of its commit is looked at meanwhile."""
        acknowledged = losses.acknowledged

        def checked(S, j, t, now, end_ns) -> None:
            lsn, cluster = S.job[j].lsn, S.cluster[S.instance[S.job[j].instance].cluster]
            assert 0 < lsn <= cluster.vdl, f"LSN {lsn} acknowledged at VDL {cluster.vdl}"
            durable = [S.boxcar[b].durable for b in listed(S, S.tx[t].boxcars)]
            assert all(durable), "acknowledged and not durable"
            self.acknowledged_lsn = max(self.acknowledged_lsn, lsn)
            acknowledged(S, j, t, now, end_ns)

        losses.acknowledged = checked
        try:
            yield
        finally:
            losses.acknowledged = acknowledged

    def look(self, what: str) -> None:
        try:
            self._look()
        except AssertionError as wrong:
            raise AssertionError(f"after {what}: {wrong}") from wrong

    def _look(self) -> None:
        self.pictures.append(self.plane.picture().rows([0]))
        now = self.pictures[-1].observation()
        for n, view in enumerate(now.instances):
            life = self.lives[n][-1] if self.lives[n] else [0, 0]
            if view.status == Status.UP and life[1] != END:
                self.lives[n].append([now.now_ns, END])
            elif life[1] == END and (view.status != Status.UP):
                life[1] = now.now_ns
            elif view.status == Status.UP and view.epoch != len(self.lives[n]) - 1:
                life[1] = now.now_ns  # died and came back within one command
                self.lives[n].append([now.now_ns, END])
            assert view.applied_lsn >= 0 and view.lag_ns >= 0
        state = self.plane.state
        pending_is_what_is_counted(state)
        boxcars_are_counted(state)
        for p in range(len(state.process)):
            slots_are_kept(state, p)
        connections_have_owners(state, self.world.plan)


def moments(S) -> list:
    """What waits in SimPy's queue."""
    return [entry[3] for entry in S.queue.env._queue]


def pending_is_what_is_counted(S) -> None:
    """Each counter of pending, cancelled and abandoned things equals what is there."""
    top, waiting = S.top[0], moments(S)
    kinds = Counter(Kind(moment.kind) for moment in waiting if moment.subject != NONE)
    assert len(waiting) == S.queue.pending
    assert sum(moment.subject == NONE for moment in waiting) == top.cancelled
    chunks = sum(moment.kind == Kind.CHUNK for moment in waiting)
    assert chunks == top.chunks, f"{top.chunks} chunks counted, {chunks} in flight"
    orphans = sum(job.slot == NONE for job in at_work(S))
    closings = kinds[Kind.CLOSE]
    assert orphans + closings == top.abandoned, (
        f"{top.abandoned} abandoned counted: {orphans} at work, {closings} closings"
    )
    running = kinds[Kind.CPU_DONE] + kinds[Kind.APPLY_DONE]
    assert running == sum(instance.busy for instance in S.instance)
    assert kinds[Kind.DEADLINE] == sum(slot.timer for slot in S.slot)
    assert kinds[Kind.REST] == sum(slot.watched for slot in S.slot)
    assert kinds[Kind.PATIENCE] == sum(process.patience for process in S.process)


def ring(S, name: str, owner: int, first: int, end: int) -> list:
    return [at(getattr(S, name), owner, place) for place in range(first, end)]


def boxcars_are_counted(S) -> None:
    for cl, cluster in enumerate(S.cluster):
        groups = S.group[cluster.first_group : cluster.first_group + cluster.groups]
        flying = [b for group in groups for b in in_flight(S, group)]
        assert cluster.flying == len(flying)
        assert not any(S.boxcar[b].durable for b in flying)
        log = ring(S, "log", cl, cluster.log_first, cluster.log_end)
        lsns = [entry.lsn for entry in log]
        assert lsns == sorted(lsns) and (not lsns or lsns[0] > cluster.vdl)
        durable = [
            all(S.boxcar[b].durable for b in listed(S, entry.boxcars)[: entry.count])
            for entry in log
        ]
        assert not durable or cluster.writer < 0 or not durable[0], "VDL could be further"
        commits = ring(S, "commit", cl, cluster.commits_first, cluster.commits_end)
        waiting = [commit.lsn for commit in commits]
        assert waiting == sorted(waiting) and (not waiting or waiting[0] > cluster.vdl)
        if cluster.writer >= 0:
            limit = cluster.lsn_limit
            writes = sum(entry.records for entry in log if entry.is_write)
            assert writes <= max(limit, 5), f"{writes} records outstanding where {limit} may be"


def in_flight(S, group) -> list[int]:
    """A group's boxcars in flight."""
    found, b = [], group.flying
    while b != NONE:
        found.append(b)
        b = S.boxcar[b].flying_next
    return found


def chained(S, x: int, end: int) -> list[int]:
    """The slots of a list that rests, of which the last is ``end``."""
    found = []
    while x != NONE:
        found.append(x)
        assert S.slot[x].next != NONE or x == end
        x = S.slot[x].next
    return found


def slots_are_kept(S, p: int) -> None:
    """Each connection of the pool is resting, or at work with something that will wake it: but for
    what was acknowledged by a host that has gone silent, and has nothing that would find out."""
    load = S.process[p]
    idle = chained(S, load.free, load.free_end) + chained(S, load.unopened, load.unopened_end)
    resting = Counter(idle)
    assert not resting or max(resting.values()) == 1
    for x in range(load.first_slot, load.first_slot + load.slots):
        slot = S.slot[x]
        rests = bool(resting[x])
        job = S.job[slot.job]
        served = job.active and job.slot == x
        awake = slot.progress != NONE or slot.deadline_ns < NEVER or served
        assert rests != (slot.open or awake), f"slot {slot.number}: rests {rests}, awake {awake}"
        hung = slot.hush == PROBES
        stuck = f"slot {slot.number} is open and nothing will happen to it"
        assert not slot.open or awake or hung, stuck
        assert slot.deadline_ns == NEVER or slot.timer, f"slot {slot.number} has no timer"
        if slot.progress != NONE:
            assert slot.progress.subject == x and slot.progress.callbacks is not None
    waiting, number = [], load.waiting
    while number != NONE:
        waiting.append(S.waiter[number].due_ns)
        number = S.waiter[number].next
    assert waiting == sorted(waiting) and len(waiting) == load.waiters
    assert not (waiting and idle), "one waits while a connection rests"


def connections_have_owners(S, plan: Plan) -> None:
    """Every connection an instance counts is some client's, or being closed."""
    owned: Counter = Counter()
    for x, slot in enumerate(S.slot):
        if slot.instance >= 0 and server_epoch(S, x) == S.instance[slot.instance].epoch:
            owned[slot.instance] += 1
    for job in at_work(S):
        owned[job.instance] += job.slot == NONE
    for moment in moments(S):
        if moment.kind == Kind.CLOSE and moment.subject != NONE:
            job = S.job[moment.subject]
            owned[job.instance] += job.epoch == S.instance[job.instance].epoch
    for i, server in enumerate(S.instance):
        if server.status == Status.UP:
            assert owned[i] == server.connections, (
                f"{plan.instances[i].name}: {server.connections} connections, {owned[i]} owned"
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
    for row in rows:
        process = witness.plane.state.process[row.process]
        assert process.workload == row.workload
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
        assert row.outcome in NO_CONNECTION and row.final == Final.BAD
        limit = workload.borrow_timeout_ns
        assert row.outcome == Outcome.CLIENT_QUEUE_FULL or row.end_ns - row.due_ns >= limit
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
        Outcome.UNKNOWN_OUTCOME, *NO_CONNECTION,
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
