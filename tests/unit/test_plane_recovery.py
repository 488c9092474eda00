"""Recovery and loss, each answer worked out by hand (ticks of 1 ns)."""

from __future__ import annotations

import pytest

from aurosim.dataplane.contract import Recovery, Status
from tests.unit.plane_stage import (
    ALL,
    AUTOCOMMIT,
    BEGIN,
    COMMIT,
    O,
    Stage,
    acknowledged,
    cluster,
    costs,
    instance,
    slow,
    statement,
    workload,
    write,
)

pytestmark = pytest.mark.usefixtures("way")

# --- recovery and loss --------------------------------------------------------------------


def recovered(stage: Stage) -> Recovery | None:
    stage.plane.fence(0)
    return stage.plane.recover(0)


def test_recovery_keeps_what_a_live_segment_holds_and_cuts_from_the_first_hole() -> None:
    """Three writes at 1, 2, 3, each 20 on its way: at 22 the third is on no segment yet."""
    stage = Stage(
        [workload([BEGIN, *[write(cpu=1)] * 3])], main=cluster(cost=costs(ack_median_ns=20))
    )
    slow(stage, 2, 3, 4, 5)  # only members 0 and 1 are quick: no quorum
    stage.to(22)
    stage.plane.stop(0, Status.DARK)
    assert stage.volume.vdl == 0
    assert recovered(stage) == Recovery(2, 1, 0)
    assert stage.volume.next_lsn == 4


def test_recovery_waits_for_a_read_quorum_in_every_group() -> None:
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(groups=2)).to(5)
    stage.plane.stop(0, Status.DARK)
    stage.plane.zone(0, 0, False)
    stage.plane.segment_lost(0, 1, 0b000100)
    assert stage.plane.recover(0) is not None  # 3 of 6 in group 1
    stage.plane.segment_lost(0, 1, 0b001000)
    assert stage.plane.recover(0) is None
    stage.plane.zone(0, 0, True)
    assert stage.plane.recover(0) is not None


def loss(*, slow_nodes: bool, writer: bool) -> Stage:
    """Commits, then at one instant the four quick segments (and the writer) of group 0 are lost."""
    stage = Stage(
        [workload([AUTOCOMMIT], slots=4, think_mean_ns=7)],
        [instance(vcpu=4)],
        cluster(groups=2, cost=costs(ack_median_ns=3)),
    )
    if slow_nodes:
        slow(stage, 4, 5, delay_ns=10**6)
    stage.to(200)
    if not writer:
        stage.plane.stop(0, Status.DARK)
    stage.plane.segment_lost(0, 0, 0b001111)
    return stage


def test_two_slow_nodes_and_four_lost_segments_lose_what_only_these_held() -> None:
    """Every commit with a record in group 0, counted here from rows and places."""
    stage = loss(slow_nodes=True, writer=False)
    assert stage.plane.recover(0) is None
    assert len(stage.rows) > stage.volume.lost_commits == stage.acknowledged_in(0) > 10


def test_with_no_slow_node_nothing_is_lost() -> None:
    stage = loss(slow_nodes=False, writer=False)
    assert stage.plane.recover(0) is None and stage.volume.lost_commits == 0


def test_with_the_writer_alive_nothing_is_lost_until_it_dies() -> None:
    stage = loss(slow_nodes=True, writer=True)
    assert stage.volume.lost_commits == 0
    stage.plane.stop(0, Status.DARK)
    assert stage.volume.lost_commits == stage.acknowledged_in(0) > 10


def test_the_writer_first_or_the_segments_first_is_the_same() -> None:
    first = loss(slow_nodes=True, writer=False).volume.lost_commits
    second = loss(slow_nodes=True, writer=True)
    second.plane.stop(0, Status.DARK)
    assert second.volume.lost_commits == first


def test_a_commit_is_lost_with_the_record_that_fewest_held() -> None:
    """Its write is on all six at 0; AZ a goes dark; the commit record, at 20, is on the other four.
    When those are lost, AZ a has the write alone."""
    stage = Stage([workload([BEGIN, write(), statement(cpu=20), COMMIT])]).to(10)
    stage.plane.zone(0, 0, False)
    assert acknowledged(stage.to(100)) == [(20, 2)]
    stage.plane.stop(0, Status.DARK)
    assert stage.volume.lost_commits == 0
    stage.plane.segment_lost(0, 0, 0b111100)
    assert stage.volume.lost_commits == 1


def test_a_lost_commit_is_counted_once() -> None:
    stage = loss(slow_nodes=True, writer=False)
    lost = stage.volume.lost_commits
    stage.plane.segment_lost(0, 0, ALL)
    stage.plane.fence(0)
    stage.plane.segment_repaired(0, 0, ALL)
    recovery = stage.plane.recover(0)
    assert recovery is not None and recovery.lost_commits == 0
    assert stage.volume.lost_commits == lost


def test_what_is_on_its_way_when_the_volume_is_fenced_is_refused() -> None:
    """The copies would persist at 20; fenced at 10, they don't; not fenced, they would be kept."""
    for fenced_ns, found in ((10, Recovery(0, 2, 0)), (30, Recovery(2, 0, 0))):
        stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20))).to(10)
        stage.plane.stop(0, Status.DARK)
        stage.to(fenced_ns).plane.fence(0)
        assert stage.to(30).plane.recover(0) == found


def test_an_az_that_goes_dark_keeps_its_data_but_gets_nothing_more() -> None:
    """Only AZ a is quick: it has the boxcar at 20. Dark, it cannot be asked; back, it can."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20)))
    slow(stage, 2, 3, 4, 5).to(25)
    stage.plane.zone(0, 0, False)
    stage.plane.stop(0, Status.DARK)
    stage.plane.zone(0, 0, True)
    assert recovered(stage) == Recovery(2, 0, 0)
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20)))
    slow(stage, 2, 3, 4, 5).to(15)
    stage.plane.zone(0, 0, False)
    stage.to(25).plane.stop(0, Status.DARK)
    stage.plane.zone(0, 0, True)
    assert recovered(stage) == Recovery(0, 2, 0)


def test_an_acknowledgement_that_a_dark_az_cannot_give_is_waited_for() -> None:
    """Members 4 and 5 are lost, so all of AZ a and b are needed; a is dark from 10 to 50."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20)))
    stage.plane.segment_lost(0, 0, 0b110000)
    stage.to(10).plane.zone(0, 0, False)
    stage.to(50)
    assert stage.rows == []
    stage.plane.zone(0, 0, True)
    assert [(row.end_ns, row.outcome) for row in stage.to(60).rows] == [(50, O.OK)]


def test_a_live_writer_is_not_fenced() -> None:
    """It would go on queueing boxcars that nobody takes."""
    stage = Stage([workload([AUTOCOMMIT])]).to(5)
    with pytest.raises(AssertionError, match="stop the writer"):
        stage.plane.fence(0)


def test_what_comes_after_a_hole_is_cut_although_it_is_held() -> None:
    """The first write is sent at 1 to slow nodes, the second at 2 to mended ones."""
    stage = Stage(
        [workload([BEGIN, *[write(cpu=1)] * 2])], main=cluster(cost=costs(ack_median_ns=20))
    )
    slow(stage, *range(6)).to(2)
    slow(stage, *range(6), delay_ns=0).to(30)
    assert (stage.volume.vdl, stage.volume.next_lsn) == (0, 3)
    stage.plane.stop(0, Status.DARK)
    assert recovered(stage) == Recovery(0, 2, 0)


def test_copies_that_come_after_the_acknowledgement_count() -> None:
    """Members 4 and 5 have both records at 103, the others at 3, when the commit is known."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=3)))
    assert acknowledged(slow(stage, 4, 5, delay_ns=100).to(500)) == [(3, 2)]
    stage.plane.stop(0, Status.DARK)
    stage.plane.segment_lost(0, 0, 0b001111)
    assert stage.volume.lost_commits == 0
    stage.plane.segment_lost(0, 0, 0b110000)
    assert stage.volume.lost_commits == 1


@pytest.mark.parametrize("how", ["repaired", "back"])
def test_who_returns_gets_what_an_open_transaction_wrote(how) -> None:
    """AZ a misses the write of 0, on all six else: its segments were lost, or dark. At 10 they are
    there again and get it from the others, which are lost after the commit at 50."""
    stage = Stage([workload([BEGIN, write(), statement(cpu=50), COMMIT])])
    if how == "back":
        stage.plane.zone(0, 0, False)
        stage.to(10).plane.zone(0, 0, True)
    else:
        stage.to(10).plane.segment_lost(0, 0, 0b000011)
        stage.plane.segment_repaired(0, 0, 0b000011)
    assert acknowledged(stage.to(100)) == [(50, 2)]
    stage.plane.stop(0, Status.DARK)
    stage.plane.segment_lost(0, 0, 0b111100)
    assert stage.volume.lost_commits == 0
    stage.plane.segment_lost(0, 0, 0b000011)
    assert stage.volume.lost_commits == 1
