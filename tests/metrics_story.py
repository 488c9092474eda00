"""A small cluster and rows written by hand, for tests of metrics. Times are given in seconds.

Workload 0, `browse`, reads from the reader endpoint; workload 1, `orders`, writes through the
cluster endpoint: BEGIN, SELECT, RANGE, INSERT, DELETE, COMMIT. `orders` times out after 5 s a
statement and gives up after 7 s. db-1 is the writer at the start, db-2 a reader; both have 2 vCPUs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import (
    CONNECT,
    NO_STATEMENT,
    ROLE_READER,
    ROLE_WRITER,
    ROW,
    ClusterView,
    Final,
    InstanceView,
    Observation,
    Outcome,
    StatementKind,
    WorkloadView,
)
from aurosim.dataplane.plan import (
    ClusterPlan,
    Costs,
    InstancePlan,
    Plan,
    StatementPlan,
    WorkloadPlan,
)
from aurosim.metrics.recorder import Recorder
from tests.pictures import pictures

S = 1_000_000_000
MS = 1_000_000
BROWSE, ORDERS = 0, 1
DB_1, DB_2 = 0, 1
ORDER = (
    StatementKind.BEGIN, StatementKind.SELECT, StatementKind.RANGE, StatementKind.INSERT,
    StatementKind.DELETE, StatementKind.COMMIT,
)  # fmt: skip
Rows = npt.NDArray[np.void]


def ns(seconds: float) -> int:
    return round(seconds * S)


def statement(kind: StatementKind, autocommit: bool = False) -> StatementPlan:
    return StatementPlan(kind, 0, 1000, 0.0, 1, 0, 0, autocommit)


def workload(
    name: str, role: int, statements: Sequence[StatementPlan], processes: int = 1
) -> WorkloadPlan:
    return WorkloadPlan(
        name=name, cluster=0, arrivals_key=np.uint64(1), requests_key=np.uint64(2), rate=None,
        slots=4, queue_limit=0, role=role, instance=0, statements=tuple(statements), think_law=0,
        think_mean_ns=0, table=0, access_law=0, access_a=0.0, access_b=0.0,
        hop_ns=(MS // 2, MS // 2), connect_timeout_ns=2 * S, statement_timeout_ns=5 * S,
        dns_cache_ns=S, attempts=1, backoff_ns=0, backoff_max_ns=0, jitter=False,
        start_spread_ns=0, give_up_ns=7 * S, processes=processes,
    )  # fmt: skip


def plan(end_s: float = 20, autocommit: bool = False, processes: int = 1) -> Plan:
    """The cluster of the story, where orders have so many processes; with `autocommit`, orders are
    single writes without COMMIT."""
    orders = [statement(kind) for kind in ORDER]
    if autocommit:
        orders = [statement(StatementKind.SELECT), statement(StatementKind.INSERT, True)]
    costs = Costs(S, 1, 1, 1, 0.0, 1, 1, 0.0, 1, 0.0, 1, 1.0, 64, 1, 0.0, 0.0, 1, 1, 1, 1, 1, 1)
    all_ok = np.ones(64, np.bool_)
    cluster = ClusterPlan(
        "main", np.uint64(3), np.uint64(4), DB_1, 2, np.zeros((2, 6), np.int32), 6, all_ok, all_ok,
        ((0,) * 3,) * 3, 10**7, costs,
    )  # fmt: skip
    return Plan(
        end_ns=ns(end_s),
        clusters=(cluster,),
        instances=(
            InstancePlan("db-1", 0, 0, 2, 1.0, 100, 10, True, 1, 2),
            InstancePlan("db-2", 0, 1, 2, 1.0, 100, 10, True, 1, 2),
        ),
        tables=(),
        workloads=(
            workload("browse", ROLE_READER, [statement(StatementKind.SELECT)]),
            workload("orders", ROLE_WRITER, orders, processes),
        ),
    )


def recorder(
    warm_up_s: float = 0,
    end_s: float = 20,
    threshold_s: float = 1,
    autocommit: bool = False,
    processes: int = 1,
) -> Recorder:
    made = plan(end_s, autocommit, processes)
    return Recorder(made, ns(warm_up_s), ns(end_s), ns(threshold_s))


def row(
    end_s: float,
    *,
    due_s: float | None = None,
    start_s: float | None = None,
    workload: int = ORDERS,
    kind: StatementKind = StatementKind.COMMIT,
    statement: int | None = None,
    outcome: Outcome = Outcome.OK,
    final: Final = Final.NOT,
    instance: int = DB_1,
    stale_s: float = 0,
    process: int = 0,
    expiry_s: float = 0,
) -> Rows:
    """One row, of a process of its workload. Unless said, it was due and sent when it ended."""
    if statement is None:
        special = {StatementKind.CONNECT: CONNECT, StatementKind.NONE: NO_STATEMENT}
        place = ORDER.index(kind) if workload == ORDERS and kind in ORDER else 0
        statement = special.get(kind, place)
    made = np.zeros(1, ROW)
    made[0] = (
        workload + process, workload, instance, kind, outcome, final, 1, statement, 0,
        ns(end_s if due_s is None else due_s), ns(end_s if start_s is None else start_s),
        ns(end_s), ns(expiry_s), ns(stale_s),
    )  # fmt: skip
    return made


def good(
    end_s: float, due_s: float | None = None, workload: int = ORDERS, process: int = 0,
    instance: int = DB_1,
) -> Rows:  # fmt: skip
    """The last row of a request that succeeded."""
    kind = StatementKind.COMMIT if workload == ORDERS else StatementKind.SELECT
    return row(
        end_s, due_s=due_s, workload=workload, kind=kind, final=Final.GOOD, process=process,
        instance=instance,
    )  # fmt: skip


def bad(
    end_s: float, due_s: float | None = None, outcome: Outcome = Outcome.STATEMENT_TIMEOUT,
    process: int = 0,
) -> Rows:  # fmt: skip
    """The last row of a request that failed."""
    return row(end_s, due_s=due_s, outcome=outcome, final=Final.BAD, process=process)


def block(*rows: Rows) -> Rows:
    return np.concatenate(rows) if rows else np.zeros(0, ROW)


def observation(at_s: float, **changes: object) -> Observation:
    """A quiet cluster at a time. `changes` may replace `instances`, `clusters`, `workloads`."""
    quiet = InstanceView(
        0, 1, 0, 0, 0, 0, (0, 0, 0, 0), 0, 0, vcpu=2, max_connections=100,
        vcpu_ns=2 * ns(at_s), there_ns=ns(at_s),
    )  # fmt: skip
    cluster = ClusterView(DB_1, 0, 0, 0, 0, groups=2)
    load = WorkloadView(0, 0, 0, 0, 0)
    now = Observation(ns(at_s), (quiet, quiet), (cluster,), (load, load), 0, 0, 0)
    return replace(now, **changes)  # type: ignore[arg-type]


def look(made: Recorder, seen: Observation, *volumes: Sequence[int]) -> None:
    """The recorder gets a picture, with how the volumes stood: columns of `levels.VOLUME`."""
    made.look(pictures(seen), np.array([volumes]) if volumes else None)


def finish(
    made: Recorder, seen: Observation, still: Sequence[object] = (), *volumes: Sequence[int]
) -> None:
    """The recorder closes its books at a last picture."""
    stood = np.array([volumes]) if volumes else None
    made.finish(pictures(seen), still, stood)  # type: ignore[arg-type]


def run(made: Recorder, *rows: Rows, open_due_s: Sequence[float] = ()) -> Recorder:
    """Feeds all rows in one block and closes the books, with requests of orders still open."""
    from aurosim.dataplane.contract import OpenRequest

    made.rows(block(*rows))
    still = [OpenRequest(ORDERS, ORDERS, 100 + n, ns(due)) for n, due in enumerate(open_due_s)]
    close(made, still)
    return made


def close(made: Recorder, still: Sequence[object] = ()) -> None:
    """Looks at every boundary of the run and finishes."""
    for at_ns in made.moments_ns.tolist():
        look(made, observation(at_ns / S))
    finish(made, observation(made.end_ns / S), still)


def outages(made: Recorder, workload: int = ORDERS) -> list[tuple[float, float | None]]:
    """The outages of a workload, in seconds; None ends one that is open."""
    return [
        (o.start_ns / S, None if o.end_ns is None else o.end_ns / S)
        for o in made.outages
        if o.workload == workload
    ]


def plainly(
    finals: list[tuple[int, int, bool]], end: int, warm_up: int, limits: tuple[int, int, int]
) -> list[tuple[int, int | None]]:
    """The definition, said over all requests at once: (due, end, good) in any order."""
    threshold, shortest, unanswered = limits
    answers = sorted({e for _, e, g in finals if g and e > 0})
    found = []
    for a, b in zip([0, *answers], [*answers, None], strict=True):
        stop = end if b is None else b
        if stop - a <= shortest:
            continue
        first, last, own = [], [], False
        for due, ended, fine in finals:
            within = min(ended, stop) - max(due, a)
            if within < 0 or (fine and within <= unanswered):
                continue
            if a <= due < stop or (b is None and due == stop):
                own = True
            elif not (due < a and a < ended and (ended < stop or (fine and ended == b))):
                continue
            first.append(max(due, a))
            last.append(min(ended, stop))
        if not own:
            continue
        start, until = max(min(first), warm_up), max(last)
        asked = [d for d, e, g in finals if g and e == b]
        if asked and min(asked) - until <= threshold:
            until = stop
        if until - start > shortest:
            found.append((start, b))
    return found
