"""One more reader changes nobody else's luck, and carries more reads.

Each draw is a function of the decision it is for, so an open workload meets the same traffic with
one reader or two: the same requests at the same nanoseconds, with the same work in each statement.
"""

from __future__ import annotations

import numpy as np
import pytest

from aurosim.dataplane import laws
from tests.observed import Observed, Rows, observe

TRAFFIC = """
name: traffic
run: {duration: 12 s, warm_up: 1 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - name: orders
    arrivals: {rate: 30/s}
    transaction: sysbench-oltp-write-only
    client: {pool: 10, statement_timeout: 1 s, connect_timeout: 1 s,
             retry: {attempts: 3, backoff: 50 ms}}
  - name: browsing
    endpoint: reader
    arrivals: {stages: [{for: 6 s, rate: 80/s}, {for: 6 s, rate: 20/s}], start_rate: 20/s}
    transaction: sysbench-point-select
    data: {access: zipf}
    client: {processes: 10, pool: 1, az: b}   # each asks for a reader of its own
  - name: dashboards
    endpoint: reader
    connections: 2
    think_time: 50 ms
    transaction: sysbench-point-select
faults:
  - {at: 5 s, crash: {what: instance, instance: writer}}
"""
OPEN = ("orders", "browsing")

Draws = dict[tuple[object, ...], object]


def one_more(text: str) -> str:
    return text.replace("readers: {count: 1}", "readers: {count: 2}")


def drawn(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[Observed, Draws]:
    """A run, and every draw of CPU time and of a row that its data plane asked for."""
    draws: Draws = {}
    for name in ("statement_cpu_ns", "key_of"):
        law = getattr(laws, name)

        def asked(*arguments: object, name: str = name, law=law) -> object:
            key, statement, request = arguments[-3:]
            draws[name, int(key), statement, request] = value = law(*arguments)
            return value

        monkeypatch.setattr(laws, name, asked)
    run = observe(text, plane="simpy")  # whose laws can be listened to
    monkeypatch.undo()
    return run, draws


def arrivals(rows: Rows) -> dict[int, int]:
    """When each finished request was due."""
    return dict(zip(rows["request"].tolist(), rows["due_ns"].tolist(), strict=True))


def test_one_more_reader_leaves_each_arrival_and_draw_of_open_load_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (one, drawn_with_one), (two, drawn_with_two) = (
        drawn(monkeypatch, text) for text in (TRAFFIC, one_more(TRAFFIC))
    )
    assert set(two.rows["instance"]) == {0, 1, 2}
    for workload in OPEN:
        before, after = arrivals(one.of(workload)), arrivals(two.of(workload))
        # which of the last few have ended by the end is a matter of microseconds
        assert before.keys() ^ after.keys() <= {max(before), max(after)}
        assert len(before) > 200
        assert all(before[request] == after[request] for request in before.keys() & after.keys())
    both = drawn_with_one.keys() & drawn_with_two.keys()
    assert len(both) > 1500
    assert [draw for draw in both if drawn_with_one[draw] != drawn_with_two[draw]] == []
    # the closed load may send more; every draw of the others is made in both
    turns = {key for _, key, _, _ in drawn_with_one.keys() ^ drawn_with_two.keys()}
    assert len(turns) <= 1


def test_what_the_writer_does_is_the_same_row_for_row() -> None:
    one, two = observe(TRAFFIC).of("orders"), observe(one_more(TRAFFIC)).of("orders")
    assert np.array_equal(one, two)
    assert one["attempt"].max() > 0, "retries are among them"


SATURATED = """
name: saturated
run: {duration: 4 s, warm_up: 1 s}
cluster:
  engine: aurora-mysql
  writer: {class: db.r6g.large}
  readers: {count: 1}
workload:
  - name: reports
    endpoint: reader
    connections: 40
    transaction: [{kind: select, cpu: {law: exponential, mean: 13 ms}}]
"""


def test_one_more_reader_carries_more_reads() -> None:
    one, two = observe(SATURATED), observe(one_more(SATURATED))
    before, after = (run.summary["workloads"]["reports"]["good_per_s"] for run in (one, two))
    # 2 vCPUs, 1.3 times as fast as the unit, and 13 ms each: 200 a second, and twice that
    assert before == pytest.approx(200, rel=0.1)
    assert after == pytest.approx(400, rel=0.1)
    assert one.cluster["instances"]["reader-1"]["cpu_ratio"] > 0.99
