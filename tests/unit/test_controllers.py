"""A controller is one file: here a class, put into the table for a test, and a run follows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
import pytest

from aurosim import api
from aurosim.control import plane as control_plane
from aurosim.control.context import Context
from aurosim.control.controllers import CONTROLLERS
from aurosim.control.fleet import Fleet
from aurosim.control.instances import Instances
from aurosim.report import cluster_figures
from aurosim.units import NS_PER_S
from tests.unit.control_stage import Story, play

GIB = 1 << 30


class Elastic:
    """Does what a test says at some times, in seconds; ``absent`` come later, if at all."""

    def __init__(self, *steps: tuple[float, Callable[[Fleet], None]], absent: str = "") -> None:
        self.todo, self.names = steps, absent.split()

    def absent(self, scenario: Any) -> Collection[str]:
        return self.names

    def steps(self, scenario: Any, fleet: Fleet) -> Any:
        for at_s, act in self.todo:
            yield fleet.wait(round(at_s * NS_PER_S) - fleet.now)
            act(fleet)


@pytest.fixture
def controlled() -> Iterator[Callable[[Elastic], None]]:
    """The line in the table."""
    before = list(CONTROLLERS)

    def register(controller: Elastic) -> None:
        CONTROLLERS[:] = [*before, controller]

    yield register
    CONTROLLERS[:] = before


def joins(name: str, takes_s: float) -> Callable[[Fleet], None]:
    return lambda fleet: fleet.join(fleet.named(name), "scale out", round(takes_s * NS_PER_S))


def leaves(name: str) -> Callable[[Fleet], None]:
    return lambda fleet: fleet.leave(fleet.named(name), "scale in")


def told(story: Story, index: int) -> list[tuple[int, str]]:
    """When (s) the data plane was told what about an instance, statuses told by their names."""
    return [
        (each[0] // NS_PER_S, " ".join(map(str, (each[1], *each[3:]))))
        for each in story.plane.told
        if len(each) > 2 and each[2] == index and each[1] in ("stop", "start", "join", "leave")
    ]


def spans(story: Story, kind: str) -> list[tuple[Any, ...]]:
    """Start, end, subject and detail of each event of a kind, in s."""
    def in_s(ns: int | None) -> float | None:
        return None if ns is None else ns / NS_PER_S

    return [
        (in_s(e.start_ns), in_s(e.end_ns), e.subject, e.detail) for e in story.events(kind)
    ]


# --- the control plane ---------------------------------------------------------------------------
def test_who_joins_is_made_named_by_the_reader_endpoint_and_may_be_promoted(controlled) -> None:
    """db-2 (tier 0) is the best reader once it is there; before, only db-3 is."""
    controlled(Elastic((100, joins("db-2", 30)), absent="db-2"))
    story = play("{at: 200 s, failover: {}}")
    assert told(story, 1)[:2] == [(100, "join"), (130, "start UP")]
    assert story.plane.told[1][1:] == ("publish", "reader", (2,))
    assert (130 * NS_PER_S, "publish", "reader", (1, 2)) in story.plane.told
    assert spans(story, "join") == [(100, 130, "db-2", "")]
    assert story.main.failovers[0].to == "db-2"


def test_nobody_promotes_restarts_or_strikes_who_is_not_there(controlled) -> None:
    controlled(Elastic(absent="db-2 db-3"))
    story = play(
        "{at: 10 s, host_failure: db-2, for: 5 s}",
        "{at: 20 s, host_failure: db-3}",
        "{at: 30 s, crash: {what: instance, instance: db-2}}",
        "{at: 40 s, reboot: db-3}",
        "{at: 50 s, az_outage: b, for: 20 s}",
        "{at: 100 s, failover: {}}",
        "{at: 110 s, failover: db-2}",
        lag_ns={1: 10**12, 2: 10**12},
    )
    assert told(story, 1) == told(story, 2) == []
    for kind, name in (
        ("host_failure", "db-2"), ("host_failure", "db-3"), ("crash", "db-2"), ("reboot", "db-3"),
    ):  # fmt: skip
        (detail,) = [s[3] for s in spans(story, f"fault:{kind}") if s[2] == name]
        assert detail == f"no effect: {name} is not there"
    assert [s[3] for s in spans(story, "fault:az_outage")] == ["no effect on db-2: not there"]
    assert [s[3] for s in spans(story, "fault:failover")] == [
        "refused: no healthy reader", "refused: db-2 isn't healthy",
    ]  # fmt: skip
    assert story.main.restarts == [] == story.main.failovers


def test_a_dark_az_keeps_away_who_comes_meanwhile(controlled) -> None:
    """Made at 60, in an AZ that is dark until 100: it boots (30 s) and restarts as all there do."""
    controlled(Elastic((50, joins("db-2", 10)), absent="db-2"))
    story = play(
        "{at: 20 s, az_outage: b, for: 80 s}",
        model="{host_boot: 30 s, crash_restart_low: 4 s, crash_restart_high: 4 s}",
    )
    assert told(story, 1) == [(50, "join"), (130, "start CLOSED"), (134, "start UP")]
    assert spans(story, "join") == [(50, 134, "db-2", "")]


def test_an_az_that_is_back_first_does_not_hurry_who_is_still_made(controlled) -> None:
    controlled(Elastic((50, joins("db-2", 300)), absent="db-2"))
    story = play("{at: 20 s, az_outage: b, for: 80 s}")
    assert told(story, 1) == [(50, "join"), (350, "start UP")]


def test_who_leaves_while_it_is_down_does_not_come_back(controlled) -> None:
    """Its host fails at 10 and would be replaced; it leaves at 15. Its next life, from 20 on, has
    nothing to do with that host."""
    controlled(Elastic((15, leaves("db-2")), (20, joins("db-2", 5))))
    story = play("{at: 10 s, host_failure: db-2}")
    assert told(story, 1) == [
        (10, "stop DARK cold"), (15, "leave"), (20, "join"), (25, "start UP"),
    ]  # fmt: skip
    assert spans(story, "restart") == [(10, 15, "db-2", "it left")]
    assert story.main.restarts[0].end_ns is None
    assert spans(story, "leave") == [(15, 15, "db-2", "")]


def test_who_leaves_before_it_is_made_was_never_there(controlled) -> None:
    again = joins("db-2", 60)
    controlled(Elastic((10, again), (20, leaves("db-2")), (30, again), absent="db-2"))
    story = play()
    assert told(story, 1) == [(10, "join"), (20, "leave"), (30, "join"), (90, "start UP")]
    assert spans(story, "join") == [(10, 20, "db-2", "it left"), (30, 90, "db-2", "")]


def test_the_reader_endpoint_forgets_who_left_and_falls_back_to_the_writer(controlled) -> None:
    controlled(Elastic((10, leaves("db-2")), (20, leaves("db-3"))))
    published = [each for each in play().plane.told if each[1:3] == ("publish", "reader")]
    assert [(at_ns // NS_PER_S, names) for at_ns, _, _, names in published] == [
        (0, (1, 2)), (10, (2,)), (20, (0,)),
    ]  # fmt: skip


def test_what_cannot_be_is_refused_and_told(controlled) -> None:
    controlled(Elastic((10, leaves("db-1")), (20, joins("db-2", 5)), (30, leaves("db-3")),
                       (40, leaves("db-3"))))  # fmt: skip
    story = play()
    assert spans(story, "leave") == [
        (10, 10, "db-1", "refused: it is the writer, or is to be"),
        (30, 30, "db-3", ""),
        (40, 40, "db-3", "refused: it is not there"),
    ]
    assert spans(story, "join") == [(20, 20, "db-2", "refused: it is there")]


def test_a_larger_reader_is_promoted_before_a_smaller_one(controlled) -> None:
    """Both of tier 1 in this file; memory decides, as it is then and not as it was."""
    both = """
    - {name: db-1, class: db.r6g.2xlarge, az: a}
    - {name: db-2, class: db.r6g.2xlarge, az: b}
    - {name: db-3, class: db.r6g.2xlarge, az: c}"""
    grow = (5, lambda fleet: fleet.resize(fleet.named("db-3"), "grow", memory_bytes=128 * GIB,
                                          max_connections=5000))  # fmt: skip
    controlled(Elastic(grow))
    story = play("{at: 10 s, failover: {}}", instances=both)
    assert story.main.failovers[0].to == "db-3"
    assert play("{at: 10 s, failover: {}}", instances=both).main.failovers[0].to == "db-3"
    controlled(Elastic())
    assert play("{at: 10 s, failover: {}}", instances=both).main.failovers[0].to == "db-2"


# --- the watch for readers that are late ---------------------------------------------------------
BEHIND = """
name: behind
run: {duration: 120 s}
model: {reader_lag_restart: 3 s, apply_cpu: 100 ms}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload:
  - name: writes
    arrivals: {rate: 50/s}
    transaction: [{kind: update_index}]
    data: &few {working_set: 1 MiB}
  - name: reads
    endpoint: reader-1
    arrivals: {rate: 5/s}
    transaction: [{kind: select}]
    data: *few
"""


def looks_at_every_check(context: Context, instances: Instances) -> Iterator[Any]:
    """The watch as it was before it slept: it looks whether or not anything can have changed."""
    durations = context.durations
    while True:
        yield context.env.timeout(durations.fixed("health_check_period"))
        for each, view in zip(
            context.topology.instances, context.plane.observe().instances, strict=True
        ):
            if each.healthy and view.lag_ns > durations.fixed("reader_lag_restart"):
                restart_ns = durations.drawn("crash_restart", each.name, each.deaths)
                instances.stop(each, "lag", restart_ns, lose_cache=False)


@pytest.mark.parametrize("plane", ["compiled", "simpy"])
def test_who_joins_and_falls_behind_restarts_as_if_someone_looked_at_every_check(
    controlled, plane, monkeypatch
) -> None:
    """The only reader is there from 40 on. Its cache is cold and a record of a page in it takes 100
    ms to apply: the more it reads, the less it keeps up."""
    controlled(Elastic((30, joins("reader-1", 10)), absent="reader-1"))
    slept = api.run(BEHIND, plane=plane).summary["clusters"]["main"]["restarts"]
    assert {each["cause"] for each in slept} == {"lag"}
    assert slept[0]["start_s"] > 43
    monkeypatch.setattr(control_plane, "restart_lagging_readers", looks_at_every_check)
    looked = api.run(BEHIND, plane=plane).summary["clusters"]["main"]["restarts"]
    assert slept == looked


# --- a run, its books and its page ---------------------------------------------------------------
TEXT = """
name: elastic
run: {duration: 100 s, warm_up: 10 s}
cluster:
  engine: aurora-mysql
  region: us-east-1
  instances:
    - {name: db-1, class: db.r6g.large, az: a}
    - {name: db-2, class: db.r6g.large, az: b}
    - {name: db-3, class: db.r6g.large, az: c}
workload:
  - name: reads
    endpoint: reader
    connections: 8
    think_time: 20 ms
    transaction: sysbench-point-select
    client: {dns_cache: 1 s, retry: {attempts: 20}}
  - name: writes
    connections: 4
    think_time: 50 ms
    transaction: sysbench-oltp-write-only
faults:
  - {at: 20 s, host_failure: db-3, for: 5 s}
"""


@pytest.mark.parametrize("plane", ["compiled", "simpy"])
def test_a_run_its_books_and_its_page_follow_a_controller(controlled, plane, tmp_path) -> None:
    """db-1 has 2 vCPUs until 30, 8 from then on. db-3 is there from 30 on, up from 40 on; db-2 is
    down in 45-60 and leaves at 70."""
    more = (30, lambda fleet: fleet.resize(fleet.named("db-1"), "grow", vcpu=8, max_connections=77))
    controlled(
        Elastic(more, (30, joins("db-3", 10)), (70, leaves("db-2")), absent="db-3")
    )
    away = "  - {at: 45 s, host_failure: db-2, for: 10 s}\n"
    run = api.run(TEXT + away, plane=plane, set={"model.host_boot": "1 s"})
    events, books = run.events, run.summary["clusters"]["main"]
    assert events[events.kind == "resize"].iloc[0].start_s == 30
    (join,) = events[events.kind == "join"].itertuples()
    assert (join.start_s, join.end_s, join.subject) == (30, 40, "db-3")
    (why,) = [w["text"] for w in run.summary["warnings"] if w["kind"] == "fault_without_effect"]
    assert why == "The fault host_failure (db-3) at 20 s had no effect: db-3 is not there."
    series = run.timeseries.set_index("time_s")
    vcpus = {
        "db-1": np.where(series.index < 30, 2, 8),
        "db-2": np.where(series.index < 70, 2, 0),
        "db-3": np.where(series.index < 30, 0, 2),
    }
    for name, had in vcpus.items():
        cpu = series[f"instances.{name}.cpu_ratio"]
        assert (cpu.isna() == (had == 0)).all(), "no share where there is nothing to have one of"
        assert (series[f"instances.{name}.connections"].isna() == (had == 0)).all()
        measured = series.index >= 10
        worked, could = (cpu.fillna(0) * had)[measured].sum(), had[measured].sum()
        assert books["instances"][name]["cpu_ratio"] == pytest.approx(worked / could)
        assert worked > 0
    down = series[(series.index >= 46) & (series.index < 55)]["instances.db-2.cpu_ratio"]
    assert (down == 0).all(), "down time stays"
    assert books["instances"]["db-1"]["connections_limit"] == 77
    late = series[series.index >= 75]
    assert late["workloads.reads.good_per_s"].min() > 0
    run.save(tmp_path / "run")
    subject = run._result
    assert cluster_figures.vcpus(subject, "db-2") == 2
    assert cluster_figures.vcpus(subject, "db-1") is None, "its line would be false before or after"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "db-3" in page and "NaN" not in page


def test_a_limit_that_a_controller_sets_has_postgresql_s_reserved_slots_in_it(controlled) -> None:
    """It says 12: clients have 7 of them, and as many after it has said something else."""
    def act(**size: int) -> Callable[[Fleet], None]:
        return lambda fleet: fleet.resize(fleet.named("writer"), "shrink", **size)

    controlled(Elastic((1, act(max_connections=12)), (1.5, act(vcpu=4))))
    done = api.run("""
        name: few
        run: {duration: 4 s}
        cluster: {engine: aurora-postgresql, writer: {class: db.r6g.large}}
        workload:
          - name: late
            connections: 40
            think_time: 100 ms
            transaction: [{kind: select}]
            data: {working_set: 1 MiB}
            client: {pool: {reuse: per_request}, retry: {attempts: 1}}
    """)
    writer = done.summary["clusters"]["main"]["instances"]["writer"]
    assert writer["connections_limit"] == 12
    late = done.timeseries.set_index("time_s")["instances.writer.connections"]
    assert late[late.index >= 2].max() <= 7
    details = done.events[done.events.kind == "resize"].detail.tolist()
    assert [each.split(", ")[-1] for each in details] == ["12 connections"] * 2


COMING_AND_GOING = """\
name: coming
question: Who is there when?
run: {duration: 100 s}
cluster:
  engine: aurora-mysql
  instances:
    - {name: db-1, class: db.r6g.large}
    - {name: db-2, class: db.r6g.large, leaves: 70 s}
    - {name: db-3, class: db.r6g.large, joins: 40 s}
workload:
  - name: reads
    endpoint: reader
    arrivals: {rate: 200/s}
    transaction: [{kind: select}]
    client: {processes: 10, pool: {size: 1, max_lifetime: 5 s}}
"""


def test_instances_come_and_go_when_the_scenario_says_so() -> None:
    """db-3 answers nobody before 40 s and soon its share; db-2 nobody from 70 s on."""
    run = api.run(COMING_AND_GOING)
    events = run.events[["kind", "subject", "start_s", "end_s"]].to_numpy().tolist()
    assert ["join", "db-3", 40.0, 40.0] in events and ["leave", "db-2", 70.0, 70.0] in events
    series = run.timeseries.set_index("time_s").fillna(0)
    left, came = series["instances.db-2.cpu_ratio"], series["instances.db-3.cpu_ratio"]
    assert came.loc[:39].max() == 0 < came.loc[46:].min()
    assert left.loc[:69].min() > 0 == left.loc[71:].max()
