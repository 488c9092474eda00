"""Growth and a full volume at one instant with all else: both ways of running tell the same.

Random worlds seldom put the last byte, a new group, a deadline and a command at one instant; here
they are put there.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from aurosim.dataplane.contract import ROW, Outcome, StatementKind, Status
from aurosim.dataplane.on_simpy.machine import simpy_plane
from aurosim.dataplane.plan import Plan
from tests.agreement.agree import compare, tell
from tests.properties.world import World, mending
from tests.unit import plane_stage as stage

OUTCOME = (ROW.names or ()).index("outcome")
END_NS = 120


def crowd(cpu: int, takes: int, frees: int, limit: int, unit: int) -> Plan:
    """Two loads that insert and one that deletes, all in step: every burst takes ``cpu``, and four
    vCPUs let what has come together end together. The deadline falls on the answer."""
    insert = stage.statement(
        StatementKind.INSERT, cpu, modifies=2, redo=100, autocommit=True, grows=takes
    )
    delete = replace(insert, kind=int(StatementKind.DELETE), grows_bytes=-frees, modifies=1)
    loads = [
        stage.workload(
            each, name=name, slots=3, instances=2, think_mean_ns=7, attempts=3, hop_ns=(1, 2),
            statement_timeout_ns=2 + cpu, connect_timeout_ns=30, backoff_ns=2,
        )
        for name, each in (
            ("a", [insert]), ("b", [stage.BEGIN, replace(insert, autocommit=False), stage.COMMIT]),
            ("c", [delete]),
        )
    ]  # fmt: skip
    main = stage.growing(17, limit, unit, costs=stage.costs(lag_ship_ns=3, apply_cpu_ns=1))
    return Plan(
        END_NS, (main,), (stage.instance(vcpu=4), stage.instance(az=1, vcpu=2)),
        (stage.TablePlan("t", 30, 5),), tuple(loads),
    )  # fmt: skip


COMMANDS = {
    "nothing": (),
    "the writer closes": (("stop", (0, Status.CLOSED, False)),),
    "the writer goes dark": (("stop", (0, Status.DARK, True)),),
    "an AZ goes dark": (("zone", (2, False)),),
    "a new group loses segments": (("segment_lost", (2, 0b001111)),),
    "it loses and regains them": (
        ("segment_lost", (2, 0b001111)), ("segment_repaired", (2, 0b001111)),
    ),
    "a reader is promoted": (("stop", (0, Status.CLOSED, False)), ("restore", (1,))),
}  # fmt: skip


def play(plan: Plan, name: str, at_ns: int) -> World:
    script = [(at_ns, *command) for command in COMMANDS[name]] + mending(plan, 90, 0)
    return World(0, plan, (((0,), (1,)),), tuple(script))


@pytest.mark.parametrize("name", COMMANDS)
def test_both_planes_tell_the_same_of_the_last_byte(name: str) -> None:
    for cpu, limit, at_ns in product((0, 3), (17, 25, 31, 80), (20, 23, 33)):
        plan = crowd(cpu, 3, 4, limit, 5)
        compare(play(plan, name, at_ns), f"cpu {cpu}, limit {limit}, {name} at {at_ns}")


def test_these_worlds_grow_fill_and_free() -> None:
    """What the comparison is about does happen, on SimPy."""
    full = tell(play(crowd(3, 3, 1, 31, 5), "nothing", 20), simpy_plane)
    outcomes = {row[OUTCOME] for row in full.rows}
    assert {Outcome.OK, Outcome.VOLUME_FULL} <= outcomes
    sizes = [look[1].clusters[0] for look in full.looks]
    assert sizes[0].groups == 4 and sizes[-1].groups == 7, "17 of 5 each, then 31"
    assert sizes[-1].used_bytes > 31 - 3, "no insert fits"
    assert any(size.free_bytes for size in sizes)
