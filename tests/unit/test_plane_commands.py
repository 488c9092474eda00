"""Commands at one instant, in one order and the other, by hand (ticks of 1 ns)."""

from __future__ import annotations

from itertools import permutations

import pytest

from aurosim.dataplane.contract import ROLE_WRITER, Final, Recovery, Status
from aurosim.dataplane.plan import TablePlan
from tests.unit.plane_stage import (
    ALL,
    AUTOCOMMIT,
    O,
    Stage,
    acknowledged,
    cluster,
    costs,
    instance,
    statement,
    workload,
)

pytestmark = pytest.mark.usefixtures("way")


def two(**cost) -> Stage:
    """Two instances; a client two ticks away writes again and again, and tries three times."""
    return Stage(
        [workload([AUTOCOMMIT], instances=2, hop=2, think_mean_ns=10, attempts=3)],
        [instance(), instance(name="r", az=1)],
        cluster(cost=costs(**cost)),
    )


@pytest.mark.parametrize(
    ("statuses", "outcome", "end_ns"),
    [
        ((Status.CLOSED, Status.DARK), O.CONNECTION_RESET, 52),
        ((Status.DARK, Status.CLOSED), O.STATEMENT_TIMEOUT, 1004),
    ],
)
def test_a_process_that_died_first_tells_and_a_dark_host_does_not(statuses, outcome, end_ns):
    """What the clients hear is decided by the command that ends the process."""
    stage = Stage([workload([statement(cpu=500)], hop=2)]).to(50)
    for status in statuses:
        stage.plane.stop(0, status)
    stage.to(3000)
    assert [(row.end_ns, row.outcome) for row in stage.rows[:1]] == [(end_ns, outcome)]


def test_stopped_and_started_at_one_instant_is_another_life() -> None:
    stage = Stage([workload([statement(cpu=20)], hop=2, attempts=2)]).to(10)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    assert (stage.server().epoch, stage.server().connections, stage.server().busy) == (1, 0, 0)
    stage.to(100)
    # reset at 12; backoff 10; connects at 22; sends at 26, at work 28-48
    assert stage.told()[1:] == [
        (4, 12, O.CONNECTION_RESET), (22, 26, O.OK), (26, 50, O.OK),
    ]  # fmt: skip


def test_what_waited_for_a_vcpu_dies_with_its_process() -> None:
    """One is at work until 24 and one behind it when both are reset, at 12. They connect at 22 and
    send at 26: at work 28-48 and 48-68, with nobody before them."""
    stage = Stage([workload([statement(cpu=20)], hop=2, attempts=2, slots=2)]).to(10)
    assert (stage.server().busy, stage.server().queue) == (1, 1)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    assert (stage.server().busy, stage.server().queue) == (0, 0)
    good = [(row.request, row.end_ns) for row in stage.to(100).rows if row.final == Final.GOOD]
    assert good == [(0, 50), (1, 70)]


def test_a_dispatcher_stopped_and_resumed_at_one_instant_changes_nothing() -> None:
    plain, touched = two(ack_median_ns=20).to(50), two(ack_median_ns=20).to(50)
    touched.plane.dispatcher(0, False)
    touched.plane.dispatcher(0, True)
    assert plain.to(300).all_rows == touched.to(300).all_rows


def test_an_az_that_blinks_drops_what_was_on_its_way_and_it_is_sent_again() -> None:
    """Sent at 0, dropped and sent again at 10 by AZ a: 30; the other four acknowledge at 20."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20))).to(10)
    stage.plane.zone(0, 0, False)
    stage.plane.zone(0, 0, True)
    assert stage.volume.storage_writes == 16
    assert acknowledged(stage.to(50)) == [(20, 2)]
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20)))
    stage.plane.segment_lost(0, 0, 0b110000)
    stage.to(10).plane.zone(0, 0, False)
    stage.plane.zone(0, 0, True)
    assert acknowledged(stage.to(50)) == [(30, 2)]


@pytest.mark.parametrize("order", list(permutations(("promote", "start", "publish"))))
def test_the_last_steps_of_a_failover_have_no_order(order) -> None:
    """The writer is lost at 50 and replaced at 100, in whatever order the steps are given. The
    request due at 55 finds its connection dead, and is refused at 69 and 93; after a pause of 40
    the next is due at 143, connects until 147 and takes 2 + 3 + 2, as does each after it, 10 later.
    """
    stage = two(ack_median_ns=3).to(50)
    plane = stage.plane
    plane.stop(0, Status.CLOSED)
    stage.to(100)
    plane.stop(1, Status.CLOSED)
    plane.fence(0)
    assert plane.recover(0) == Recovery(stage.volume.vdl, 0, 0)
    steps = {
        "promote": lambda: plane.promote(0, 1),
        "start": lambda: plane.start(1),
        "publish": lambda: plane.publish(0, ROLE_WRITER, (1,)),
    }
    for step in order:
        steps[step]()
    assert stage.volume.writer == 1
    stage.to(200)
    good = [(row.start_ns, row.end_ns, row.instance) for row in stage.rows if row.final == 1]
    assert [row for row in good if row[0] >= 50] == [
        (147, 154, 1), (164, 171, 1), (181, 188, 1),
    ]  # fmt: skip
    assert [row.end_ns for row in stage.all_rows if row.outcome == O.CONNECTION_REFUSED] == [
        69, 93,
    ]  # fmt: skip


@pytest.mark.parametrize("repaired_first", [True, False])
def test_a_repair_and_a_promotion_at_one_instant(repaired_first) -> None:
    """Three segments hold the log. The new writer's first boxcar goes to six or to three, and in
    the second case again to the repaired ones; all are empty-handed for no longer than that."""
    stage = two(ack_median_ns=3)
    stage.to(30)
    stage.plane.segment_lost(0, 0, 0b111000)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(60)
    stage.plane.fence(0)
    assert stage.plane.recover(0) is not None
    if repaired_first:
        stage.plane.segment_repaired(0, 0, ALL)
    stage.plane.promote(0, 0)
    stage.plane.start(0)
    if not repaired_first:
        stage.plane.segment_repaired(0, 0, ALL)
    stage.to(300)
    assert stage.rows[-1].outcome == O.OK and stage.volume.commits_waiting <= 1
    assert stage.volume.lost_commits == 0


def test_the_log_goes_on_above_what_was_cut() -> None:
    """LSNs 1 and 2 are cut; the next write gets 3, and VDL passes over the gap."""
    stage = Stage(
        [workload([AUTOCOMMIT], think_mean_ns=10)], main=cluster(cost=costs(ack_median_ns=20))
    ).to(10)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(0, 2, 0)
    stage.plane.promote(0, 0)
    stage.plane.start(0)
    assert acknowledged(stage.to(55)) == [(50, 4)]
    assert stage.volume.vdl == 4


def test_a_second_recovery_finds_what_the_first_left() -> None:
    stage = Stage([workload([AUTOCOMMIT])]).to(10)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(2, 0, 0)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(2, 0, 0)


def test_readers_learn_from_the_new_writer_where_recovery_found_the_end() -> None:
    """LSNs 1 and 2 persist at 20, and nobody hears of it: the writer is dark from 10 on."""
    stage = Stage(
        [workload([AUTOCOMMIT], instances=3)],
        [instance(), instance(name="r"), instance(name="s")],
        cluster(cost=costs(ack_median_ns=20, lag_ship_ns=5)),
    ).to(10)
    stage.plane.stop(0, Status.DARK)
    stage.to(30)
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(2, 0, 0)
    stage.plane.promote(0, 1)
    stage.plane.start(1)
    assert stage.to(35).server(2).applied_lsn == 0
    assert stage.to(36).server(2).applied_lsn == 2


def test_a_crash_concerns_one_instance() -> None:
    """Reader 1 dies at 10, when both readers are at work: reader 2 is done at 50, as ever."""
    loads = [
        workload([statement(cpu=50)], name=name, instances=3, role=-1, instance=index)
        for index, name in ((1, "b"), (2, "c"))
    ]
    stage = Stage(loads, [instance(), instance(name="r"), instance(name="s")]).to(10)
    stage.plane.stop(1, Status.CLOSED)
    assert [stage.server(index).busy for index in (1, 2)] == [0, 1]
    stage.to(60)
    assert [(row.end_ns, row.outcome) for row in stage.rows] == [
        (10, O.CONNECTION_RESET), (50, O.OK),
    ]  # fmt: skip


def test_a_crash_leaves_other_readers_their_redo() -> None:
    """Two chunks of a record each, 30 of work: reader 2 is at the first when reader 1 dies."""
    stage = Stage(
        [workload([AUTOCOMMIT], instances=3)],
        [instance(), instance(name="r"), instance(name="s")],
        cluster(cost=costs(apply_cpu_ns=30)), tables=[TablePlan("t", 10, 1)],
    ).to(10)  # fmt: skip
    stage.plane.stop(1, Status.CLOSED)
    stage.to(100)
    assert [stage.server(index).busy_ns for index in (1, 2)] == [10, 60]
    assert (stage.server(2).applied_lsn, stage.server(2).busy) == (2, 0)
