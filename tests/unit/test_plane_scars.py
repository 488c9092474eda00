"""Faults that the data plane once had, each with the smallest run that shows it."""

from __future__ import annotations

import pytest

from aurosim.dataplane.contract import Recovery, Status
from aurosim.dataplane.plan import TablePlan
from tests.unit.plane_stage import (
    ALL,
    AUTOCOMMIT,
    BEGIN,
    COMMIT,
    O,
    Stage,
    cluster,
    costs,
    instance,
    statement,
    workload,
    write,
)

pytestmark = pytest.mark.usefixtures("way")


def test_a_transaction_that_changes_one_row_twice_is_forgotten_once() -> None:
    """The second forgetting looked for an entry that the first had removed."""
    stage = Stage(
        [workload([BEGIN, write(1), write(1), COMMIT], instances=2, think_mean_ns=5)],
        [instance(), instance(name="r")],
        cluster(cost=costs(lag_ship_ns=3)),
        tables=[TablePlan("t", 10, 1)],
    ).to(100)
    assert stage.server(1).applied_lsn > 6


def test_a_reader_that_dies_while_it_applies_redo_frees_its_vcpu_once() -> None:
    """The end of the burst still came, and left -1 vCPUs working."""
    stage = Stage(
        [workload([AUTOCOMMIT], instances=2)],
        [instance(), instance(name="r")],
        cluster(cost=costs(apply_cpu_ns=50)),
        tables=[TablePlan("t", 10, 10)],
    ).to(10)
    assert stage.server(1).busy == 1
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.start(1)
    assert stage.to(200).server(1).busy == 0
    assert stage.server(1).busy_ns == 10


@pytest.mark.parametrize("loss", ["segment", "zone"])
def test_a_boxcar_without_a_writer_gets_no_quorum(loss) -> None:
    """A loss computed the quorum again although nobody is there to hear it: VDL moved without a
    writer, or the moment came after recovery had thrown the boxcar away."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20))).to(10)
    assert stage.volume.batches_in_flight == 2  # the write's and its commit's
    stage.plane.stop(0, Status.DARK)
    if loss == "segment":
        stage.plane.segment_lost(0, 0, 1)
    else:
        stage.plane.zone(0, 0, False)
    stage.to(30)
    assert stage.volume.vdl == 0
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(2, 0, 0)  # all persisted, none heard: kept
    assert stage.to(100).volume.vdl == 2


def test_recovery_forgets_what_had_no_quorum_yet() -> None:
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20))).to(10)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.segment_lost(0, 0, 1)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(0, 2, 0)
    assert stage.to(100).volume.vdl == 0


def test_a_read_that_waits_for_a_segment_dies_with_its_instance() -> None:
    """The slot's next statement was taken for it and put into the run queue twice."""
    stage = Stage(
        [workload([statement(pages=1, cpu=1)], attempts=3)],
        [instance(warm=False, connect_cpu_ns=50)],
    )
    stage.plane.segment_lost(0, 0, ALL)
    stage.to(60)
    assert stage.server().wait_ns[2] > 0  # it waits for a page
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.to(90)  # the client is connecting again
    assert stage.server().busy == 1
    stage.plane.segment_repaired(0, 0, ALL)
    stage.to(95)
    assert (stage.server().busy, stage.server().queue) == (1, 0)
    stage.to(900)
    assert [row.outcome for row in stage.rows] == [O.CONNECTION_RESET, O.OK]
    assert stage.server().busy == 0


def test_the_allocation_limit_counts_from_where_recovery_cut() -> None:
    """The LSNs cut are not used again, and counted as outstanding for ever: no write passed."""
    stage = Stage(
        [workload([AUTOCOMMIT], think_mean_ns=7)],
        main=cluster(cost=costs(ack_median_ns=20), lsn_allocation_limit=2),
    ).to(10)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(0, 2, 0)
    stage.plane.promote(0, 0)
    stage.plane.start(0)
    stage.to(50)
    assert [row.outcome for row in stage.rows] == [O.UNKNOWN_OUTCOME, O.OK]
    assert (stage.volume.vdl, stage.volume.next_lsn) == (4, 5)


@pytest.mark.parametrize("limit", [1, 2])
def test_the_smallest_limits_let_writes_through(limit) -> None:
    """The limit was one LSN short, and a statement with more records than the limit never went."""
    stage = Stage(
        [workload([write(modifies=2, autocommit=True)], think_mean_ns=7)],
        main=cluster(lsn_allocation_limit=limit),
    ).to(50)
    assert len(stage.rows) > 3


def test_at_the_limit_only_as_many_go_on_as_there_is_room_for() -> None:
    """All went on when the first fitted, and whoever got a vCPU first took the room."""
    stage = Stage(
        [workload([AUTOCOMMIT], slots=4)],
        [instance(vcpu=4)],
        cluster(cost=costs(ack_median_ns=10, commit_cpu_ns=0), lsn_allocation_limit=1),
    ).to(200)
    done = sorted((row.end_ns, row.request) for row in stage.rows)
    assert [request for _, request in done] == [0, 1, 2, 3]
    assert len(done) == 4


def test_a_loss_between_durable_and_acknowledged_is_remembered() -> None:
    """Between VDL and the acknowledgement (and for the earlier statements of a transaction) nobody
    noted which segments were lost, so the commit was thought to have more copies than it had."""
    stage = Stage(
        [workload([BEGIN, write(), statement(cpu=50), COMMIT], slots=32)],
        [instance(vcpu=32)],
        cluster(groups=4),
    ).to(20)
    assert stage.volume.vdl == 32  # the writes are durable on six
    stage.plane.segment_lost(0, 0, 0b000011)  # four copies of those in group 0 are left
    stage.to(1000)
    assert len(stage.rows) == 128 and {row.outcome for row in stage.rows} == {O.OK}
    stage.plane.stop(0, Status.DARK)
    assert stage.volume.lost_commits == 0
    stage.plane.segment_lost(0, 0, 0b111100)
    assert stage.volume.lost_commits == stage.acknowledged_in(0) > 0


def test_an_old_connection_hears_nothing_of_a_later_process() -> None:
    """A connection whose server went dark was reset by the death of the server's next process."""
    stage = Stage([workload([statement(cpu=500)], hop=1)]).to(10)
    stage.plane.stop(0, Status.DARK)
    stage.plane.start(0)
    stage.to(20)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(2000)
    assert [row.outcome for row in stage.rows] == [O.STATEMENT_TIMEOUT]


def test_a_promoted_instance_that_never_opened_is_no_writer_after_its_stop() -> None:
    stage = Stage([workload([AUTOCOMMIT], instances=2)], [instance(), instance(name="r")]).to(5)
    stage.plane.stop(0, Status.DARK)
    stage.plane.stop(1, Status.CLOSED)
    stage.plane.fence(0)
    stage.plane.recover(0)
    stage.plane.promote(0, 1)
    stage.plane.stop(1, Status.DARK)
    assert stage.volume.writer == -1


def test_a_repair_copies_from_live_segments_only() -> None:
    """A dark segment's data was copied as if it could be reached."""
    stage = Stage([workload([AUTOCOMMIT])]).to(5)
    stage.plane.stop(0, Status.DARK)
    stage.plane.zone(0, 0, False)
    stage.plane.segment_lost(0, 0, 0b111100)
    stage.plane.segment_repaired(0, 0, 0b111100)
    assert stage.volume.lost_commits == 0
    stage.plane.segment_lost(0, 0, 0b000011)
    assert stage.volume.lost_commits == 1


def test_a_group_that_loses_all_six_loses_what_all_six_held() -> None:
    """Commits held by all six copies were counted no more."""
    stage = Stage(
        [workload([AUTOCOMMIT], think_mean_ns=10)], main=cluster(groups=4)
    ).to(500)
    stage.plane.stop(0, Status.DARK)
    stage.plane.segment_lost(0, 2, 0b011111)
    assert stage.volume.lost_commits == 0
    stage.plane.segment_lost(0, 2, 0b100000)
    assert len(stage.rows) > stage.volume.lost_commits == stage.acknowledged_in(2) > 0


def test_an_autocommitted_write_of_one_page_does_not_bind_its_commit_to_the_same_group() -> None:
    """Both drew the same block of places. The dispatcher stands while a request, one each 11 ns,
    leaves its two records: they go in one boxcar if their group is the same, else in two."""
    stage = Stage([workload([AUTOCOMMIT], think_mean_ns=10)], main=cluster(groups=8))
    sent = []
    for turn in range(64):
        stage.to(11 * turn).plane.dispatcher(0, False)
        before = stage.to(11 * turn + 1).volume.storage_writes
        stage.plane.dispatcher(0, True)
        sent.append((stage.to(11 * turn + 2).volume.storage_writes - before) // 6)
    assert set(sent) == {1, 2}
    assert 45 <= sent.count(2) <= 63  # 56 of 64 expected
