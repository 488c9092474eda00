"""Each pair of commands at one instant, in both orders, in a world where much is under way.

Random scripts seldom put two given commands at one instant while the right thing is in flight, and
just there the prototypes disagreed. Nothing may break, and where the two have nothing to do with
each other the rows may not depend on the order.
"""

from __future__ import annotations

from itertools import product

import pytest

from aurosim.dataplane.contract import ROLE_READER, ROLE_WRITER, Status
from aurosim.dataplane.plan import Plan, TablePlan
from tests.properties import witness
from tests.properties.world import END_NS, World, mending
from tests.unit import plane_stage as stage

MENDED_NS = 60

COMMANDS = {
    "close the writer": ("stop", (0, Status.CLOSED, False)),
    "darken the writer": ("stop", (0, Status.DARK, True)),
    "close a reader": ("stop", (1, Status.CLOSED, False)),
    "start the writer": ("start", (0, Status.UP)),
    "the same writer opens": ("restore", (0,)),
    "a reader is promoted": ("restore", (1,)),
    "stop the dispatcher": ("dispatcher", (0, False)),
    "resume the dispatcher": ("dispatcher", (0, True)),
    "lose four segments": ("segment_lost", (0, 0b011110)),
    "lose one segment": ("segment_lost", (1, 0b000001)),
    "repair them": ("segment_repaired", (0, 0b011110)),
    "an AZ goes dark": ("zone", (1, False)),
    "the AZ is back": ("zone", (1, True)),
    "a slow node": ("node_delay", (3, 40)),
    "the name moves": ("publish", (ROLE_WRITER, (1,))),
    "the writer shrinks": ("resize", (0, 1, 5, 4)),
    "the writer grows": ("resize", (0, 6, 40, 100)),
    "the writer leaves": ("leave", (0,)),
    "the reader leaves": ("leave", (1,)),
    "the reader joins": ("enter", (1,)),
}
APART = [
    ("close the writer", "close a reader"),
    ("close the writer", "lose four segments"),
    ("close the writer", "lose one segment"),
    ("close the writer", "an AZ goes dark"),
    ("close the writer", "stop the dispatcher"),
    ("darken the writer", "lose four segments"),
    ("darken the writer", "an AZ goes dark"),
    ("lose four segments", "an AZ goes dark"),
    ("lose four segments", "lose one segment"),
    ("the writer leaves", "the reader leaves"),
    ("the writer leaves", "lose four segments"),
    ("the writer leaves", "an AZ goes dark"),
    ("the reader leaves", "the writer shrinks"),
    ("the reader leaves", "lose one segment"),
    ("the reader joins", "the writer shrinks"),
    *((first, second) for first in ("a slow node", "the name moves") for second in COMMANDS),
]
DEPEND = {("a slow node", "the AZ is back"), ("a slow node", "repair them"),
          ("a slow node", "resume the dispatcher")}  # fmt: skip
"""A copy is sent again as the node is when it leaves."""


def plan() -> Plan:
    writes = stage.workload(
        [stage.BEGIN, stage.write(2, 3), stage.statement(cpu=1, pages=1), stage.COMMIT],
        name="a", instances=2, slots=6, think_mean_ns=3, hop_ns=(1, 2), attempts=3,
        statement_timeout_ns=40, connect_timeout_ns=20, start_spread_ns=15, jitter=True,
    )  # fmt: skip
    reads = stage.workload(
        [stage.statement(cpu=2, pages=2), stage.AUTOCOMMIT], name="b", instances=2, slots=3,
        rate=stage.open_rate(per_s=2e8, end_ns=END_NS), queue_limit=5, role=ROLE_READER,
        attempts=2, dns_cache_ns=9, statement_timeout_ns=25,
    )  # fmt: skip
    costs = stage.costs(
        ack_median_ns=8, ack_sigma=0.5, page_read_median_ns=4, miss_cpu_ns=1, commit_cpu_ns=3,
        lag_ship_ns=4, apply_cpu_ns=2, time_slice_ns=2,
    )  # fmt: skip
    servers = (
        stage.instance(name="x", vcpu=2, warm=False, buffer_pages=20, connect_cpu_ns=1),
        stage.instance(name="y", az=1, vcpu=1, buffer_pages=20),
    )
    volume = stage.cluster(2, 1, costs)
    return Plan(END_NS, (volume,), servers, (TablePlan("t", 30, 5),), (writes, reads))


def play(*names: str, at_ns: int, before: str | None = None) -> witness.Witness:
    script = [(10, *COMMANDS[before])] if before else []
    script += [(at_ns, *COMMANDS[name]) for name in names]
    drawn = plan()
    script += mending(drawn, MENDED_NS, 0)
    seen = witness.Witness(World(0, drawn, (((0,), (1,)),), tuple(script)))
    witness.check_rows(seen)
    return seen


@pytest.mark.parametrize("first", COMMANDS)
def test_no_pair_breaks_anything(first: str) -> None:
    for second in COMMANDS:
        try:
            play(first, second, at_ns=31)
        except Exception as wrong:
            raise AssertionError(f"{first}, then {second}: {wrong}") from wrong


@pytest.mark.long
@pytest.mark.parametrize("before", COMMANDS)
def test_no_three_break_anything(before: str) -> None:
    for first, second in product(COMMANDS, COMMANDS):
        try:
            play(first, second, at_ns=31, before=before)
        except Exception as wrong:
            raise AssertionError(f"{before}; {first}, then {second}: {wrong}") from wrong


@pytest.mark.parametrize(("first", "second"), sorted(set(APART) - DEPEND))
def test_what_has_nothing_to_do_with_each_other_has_no_order(first: str, second: str) -> None:
    one, other = play(first, second, at_ns=31), play(second, first, at_ns=31)
    assert one.rows == other.rows
    assert one.last.clusters == other.last.clusters
