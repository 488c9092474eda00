"""A COMMIT whose answer never came: nobody knows whether it happened, so nobody sends it again."""

from __future__ import annotations

import numpy as np
import pytest

from aurosim.dataplane.contract import Final, Outcome, StatementKind
from tests.observed import Observed, Rows, observe

# For four seconds three nodes of six answer late: no commit is durable within its client's second.
LATE_COMMITS = """
name: late-commits
run: {duration: 16 s, warm_up: 1 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
workload:
  - name: orders
    arrivals: {rate: 30/s}
    transaction: [{kind: begin}, {kind: update_non_index}, {kind: commit}]
    client: {pool: 40, connect_timeout: 1 s, statement_timeout: 1 s,
             retry: {attempts: 3, backoff: 50 ms}}
  - name: counters
    arrivals: {rate: 20/s}
    transaction: sysbench-update-non-index
    client: {pool: 40, connect_timeout: 1 s, statement_timeout: 1 s,
             retry: {attempts: 3, backoff: 50 ms}}
faults:
  - {at: 5 s, slow_node: {group: 0, segments: [0, 2, 4], delay: 4 s}, for: 4 s}
"""


@pytest.fixture(scope="module")
def late() -> Observed:
    return observe(LATE_COMMITS)


def unknown(rows: Rows) -> Rows:
    return rows[rows["outcome"] == Outcome.UNKNOWN_OUTCOME]


def test_a_commit_that_timed_out_has_an_unknown_outcome(late: Observed) -> None:
    commits = late.of("orders")[late.of("orders")["kind"] == StatementKind.COMMIT]
    assert set(commits["outcome"]) == {Outcome.OK, Outcome.UNKNOWN_OUTCOME}
    waited = unknown(commits)
    assert len(waited) > 50
    assert (waited["end_ns"] - waited["start_ns"] == 1_000_000_000).all()


def test_so_has_a_write_that_commits_by_itself(late: Observed) -> None:
    assert len(unknown(late.of("counters"))) > 30
    assert set(unknown(late.of("counters"))["kind"]) == {StatementKind.UPDATE_NON_INDEX}


def test_it_is_the_end_of_its_request_and_never_tried_again(late: Observed) -> None:
    for workload in ("orders", "counters"):
        rows = late.of(workload)
        ended = unknown(rows)
        assert set(ended["final"]) == {Final.BAD}
        of_these = rows[np.isin(rows["request"], ended["request"])]
        last_ns = dict(zip(ended["request"].tolist(), ended["end_ns"].tolist(), strict=True))
        assert all(row["end_ns"] <= last_ns[int(row["request"])] for row in of_these)
        assert len(last_ns) == len(ended), "once for each request"
    errors = late.summary["workloads"]["orders"]["errors"]
    assert errors["unknown_outcome"] == len(unknown(late.of("orders")))


def test_what_can_be_tried_again_is(late: Observed) -> None:
    """The companion: the same clients retry a statement that is no COMMIT."""
    dead = LATE_COMMITS[: LATE_COMMITS.index("faults:")] + (
        "faults:\n  - {at: 5 s, crash: instance}\n"
    )
    rows = observe(dead).of("orders")
    assert rows["attempt"].max() == 2
    tried_again = rows[rows["attempt"] > 0]
    assert Outcome.UNKNOWN_OUTCOME not in set(
        rows[np.isin(rows["request"], tried_again["request"]) & (rows["attempt"] == 0)]["outcome"]
    )
