"""Storage and readers of the data plane, each answer worked out by hand (ticks of 1 ns)."""

from __future__ import annotations

import numpy as np
import pytest

from aurosim.cluster.quorum import at_least, table
from aurosim.dataplane import laws
from aurosim.dataplane.contract import Recovery, Status
from tests.unit.plane_stage import (
    ALL,
    AUTOCOMMIT,
    BEGIN,
    COMMIT,
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

# --- the quorum ---------------------------------------------------------------------------


def test_four_of_six_is_the_fourth_smallest_acknowledgement() -> None:
    """Members answer after 10 and a delay of their own: 0, 5, 1, 9, 3, 7; the fourth is 5."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=10)))
    for member, delay_ns in enumerate((0, 5, 1, 9, 3, 7)):
        slow(stage, member, delay_ns=delay_ns)
    stage.to(100)
    assert acknowledged(stage) == [(15, 2)]


@pytest.mark.parametrize(("taken", "quorum_ns"), [(4, 40), (3, 30), (5, 50), (6, 60)])
def test_the_table_decides_what_a_quorum_is(taken, quorum_ns) -> None:
    """The members answer after 30, 10, 60, 20, 50 and 40."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(write_ok=table(at_least(taken))))
    for member, delay_ns in enumerate((30, 10, 60, 20, 50, 40)):
        slow(stage, member, delay_ns=delay_ns)
    assert acknowledged(stage.to(100)) == [(quorum_ns, 2)]


@pytest.mark.parametrize("member", range(6))
def test_each_member_answers_after_a_time_of_its_own(member) -> None:
    """A quorum that only this member makes: its draws for the write's boxcar, the group's first,
    and for the commit's, the second, of which the later counts."""
    just_it = np.array([bool(mask >> member & 1) for mask in range(256)])
    main = cluster(cost=costs(ack_median_ns=100, ack_sigma=0.5), write_ok=just_it)
    drawn_ns = [
        laws.ack_services_ns(100, 0.5, main.storage_key, 0, boxcar)[member] for boxcar in (0, 1)
    ]
    stage = Stage([workload([AUTOCOMMIT])], main=main).to(1000)
    assert acknowledged(stage) == [(max(drawn_ns), 2)]


def test_distance_counts_there_and_back() -> None:
    """Writer in AZ a, 6 to another AZ: two acknowledge at 10, the other four at 22."""
    stage = Stage(
        [workload([AUTOCOMMIT])], main=cluster(az_hop=6, cost=costs(ack_median_ns=10))
    ).to(100)
    assert acknowledged(stage) == [(22, 2)]


def test_a_node_takes_boxcars_one_after_the_other() -> None:
    """Each occupies every node for 7 from its arrival: the write's till 7, the commit's till 14."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(node_occupancy_ns=7))).to(50)
    assert acknowledged(stage) == [(14, 2)]


# --- boxcars ------------------------------------------------------------------------------


def test_a_boxcar_opens_with_its_first_record_and_closes_when_its_sender_gets_a_vcpu() -> None:
    """Three autocommits of 5 on one vCPU. At 5 the first leaves LSN 1; its sender gets the vCPU
    before anyone else writes, and so does that of its commit, LSN 2. The second writes LSN 3 at 10,
    but the third stands before its sender in the queue, and at 15 adds LSN 4 to the open boxcar.
    Their commits, LSN 5 and 6, share one in the same way."""
    stage = Stage(
        [workload([write(cpu=5, autocommit=True)], slots=3)],
        main=cluster(cost=costs(ack_median_ns=50)),
    )
    seen = [(at, stage.to(at).volume) for at in (5, 6, 15, 16)]
    assert [(at, now.batches_in_flight, now.next_lsn - 1, now.redo_bytes) for at, now in seen] == [
        (5, 0, 0, 0), (6, 2, 2, 100), (15, 2, 3, 200), (16, 4, 6, 300),
    ]  # fmt: skip
    stage.to(200)
    assert acknowledged(stage) == [(55, 2), (65, 5), (65, 6)]
    assert stage.volume.storage_writes == 4 * 6


def test_each_record_goes_to_the_group_of_its_page() -> None:
    """The dispatcher stands while a statement leaves six records and its commit one: as many
    boxcars wait as there are groups among the seven pages drawn."""
    seen = set()
    for seed in range(12):
        load = workload([write(modifies=6, autocommit=True)], requests_key=np.uint64(seed))
        stage = Stage([load], main=cluster(groups=8))
        stage.plane.dispatcher(0, False)
        stage.to(1).plane.dispatcher(0, True)
        groups = set(stage.homes(0, 0))
        assert stage.to(2).volume.storage_writes == 6 * len(groups)
        seen.add(len(groups))
    assert len(seen) > 2


def test_several_boxcars_fly_at_once_and_none_waits_for_an_acknowledgement() -> None:
    stage = Stage(
        [workload([BEGIN, *[write(cpu=1)] * 5, COMMIT])], main=cluster(cost=costs(ack_median_ns=99))
    ).to(10)
    assert stage.volume.batches_in_flight == 6


# --- VDL is a point of the volume ---------------------------------------------------------


def two_groups(*, slots: int = 8, **cost) -> Stage:
    """Autocommits of one record each; which group is drawn. Nothing is sent before ``to``."""
    return Stage(
        [workload([AUTOCOMMIT], slots=slots, think_mean_ns=10**6, statement_timeout_ns=10**6)],
        [instance(vcpu=slots)],
        cluster(groups=2, cost=costs(**cost)),
    )


def test_a_commit_waits_for_an_earlier_record_of_another_group() -> None:
    """Group 1 answers 100 later; from its first record on, group 0's commits wait for it."""
    stage = slow(two_groups(ack_median_ns=10), *range(6), delay_ns=100, group=1).to(1000)
    only_0 = [row for row in stage.rows if set(stage.homes(0, row.request)) == {0}]
    late = [row for row in only_0 if row.end_ns == 110]
    assert late, "no commit that lies in group 0 alone waited for group 1"
    first_of_1 = min(row.lsn for row in stage.rows if row not in only_0)
    assert all(row.lsn > first_of_1 - 2 for row in late)
    assert {row.end_ns for row in stage.rows} <= {10, 110}


@pytest.mark.parametrize(("name", "commit_in"), [("w", 1), ("u", 0)])
def test_a_statement_with_records_in_two_groups_waits_for_both(name, commit_in) -> None:
    """Its eight records lie in both; group 1 answers 100 later, wherever the commit lies."""
    stage = Stage(
        [workload([write(modifies=8, autocommit=True)], name=name)],
        main=cluster(groups=2, cost=costs(ack_median_ns=10)),
    )
    slow(stage, *range(6), delay_ns=100, group=1).to(1000)
    *write_in, own = stage.homes(0, 0)
    assert set(write_in) == {0, 1} and own == commit_in
    assert acknowledged(stage) == [(110, 9)]


def test_an_az_and_a_segment_stop_all_commits_of_the_volume_but_no_read() -> None:
    """AZ a dark and one segment of group 1 lost: 3 of 6. After the repair they finish in order."""
    reads = workload([statement(cpu=3)], name="reads", think_mean_ns=20)
    writes = workload([AUTOCOMMIT], name="writes", slots=16, think_mean_ns=10**6,
                      statement_timeout_ns=10**6, start_spread_ns=40)  # fmt: skip
    stage = Stage(
        [reads, writes], [instance(vcpu=1)], cluster(groups=2, cost=costs(ack_median_ns=5))
    )
    stage.plane.zone(0, 0, False)
    stage.to(10)
    healthy = len(stage.of(1))
    assert stage.volume.commits_waiting + healthy > 0
    stage.plane.segment_lost(0, 1, 0b000100)
    stage.to(500)
    before = len(stage.of(1))
    waiting = stage.volume.commits_waiting
    assert before < 16 and waiting == 16 - before
    assert len(stage.of(0)) > 15  # reads go on
    stage.to(1000)
    assert len(stage.of(1)) == before
    stage.plane.segment_repaired(0, 1, 0b000100)
    stage.to(1001)
    done = stage.of(1)[before:]
    assert [row.end_ns for row in done] == [1000] * waiting
    assert [row.lsn for row in done] == sorted(row.lsn for row in done)


def test_the_az_alone_stops_nothing() -> None:
    stage = two_groups(ack_median_ns=5)
    stage.plane.zone(0, 0, False)
    stage.to(100)
    assert len(stage.rows) == 8
    assert stage.volume.storage_writes % 4 == 0  # four copies each


def test_what_no_segment_got_is_sent_again_after_the_repair() -> None:
    """All six lost while the boxcar is on its way; repaired at 30, it needs 20 again."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20))).to(10)
    stage.plane.segment_lost(0, 0, ALL)
    assert stage.volume.storage_writes == 12
    stage.to(30)
    assert stage.rows == []
    stage.plane.segment_repaired(0, 0, ALL)
    assert stage.volume.storage_writes == 24
    stage.to(100)
    assert acknowledged(stage) == [(50, 2)]


def test_what_a_segment_holds_reaches_the_repaired_one_at_once() -> None:
    """Three hold it, at 20; the fourth, repaired at 30, acknowledges one hop of 4 later."""
    stage = Stage(
        [workload([AUTOCOMMIT])], main=cluster(az_hop=4, cost=costs(ack_median_ns=20))
    )
    stage.plane.segment_lost(0, 0, 0b111000)
    stage.to(40)
    assert stage.volume.vdl == 0
    stage.plane.segment_repaired(0, 0, 0b100000)
    stage.to(100)
    assert acknowledged(stage) == [(44, 2)]
    assert stage.volume.storage_writes == 6  # nothing was sent again


def test_a_loss_takes_back_what_was_not_yet_enough() -> None:
    """Four acknowledge at 20, 21, 22, 23; the first is lost at 15: the fifth, at 24, decides."""
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20)))
    for member in range(6):
        slow(stage, member, delay_ns=member)
    stage.to(15)
    stage.plane.segment_lost(0, 0, 1)
    stage.to(100)
    assert acknowledged(stage) == [(24, 2)]


# --- the dispatcher, the limit ------------------------------------------------------------


def test_without_the_dispatcher_nothing_is_sent_and_nothing_is_lost() -> None:
    stage = Stage([workload([AUTOCOMMIT])], main=cluster(cost=costs(ack_median_ns=20)))
    stage.plane.dispatcher(0, False)
    stage.to(50)
    assert (stage.volume.storage_writes, stage.volume.commits_waiting) == (0, 1)
    stage.plane.dispatcher(0, True)
    stage.to(100)
    assert acknowledged(stage) == [(70, 2)]
    assert stage.volume.storage_writes == 6  # the write and its commit in one boxcar


def test_a_crash_while_the_dispatcher_stands_loses_what_was_not_sent() -> None:
    stage = Stage([workload([AUTOCOMMIT])])
    stage.plane.dispatcher(0, False)
    stage.to(50)
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(0, 2, 0)
    stage.plane.dispatcher(0, True)
    assert stage.to(100).volume.storage_writes == 0


def test_the_next_writers_redo_does_not_join_what_was_not_sent() -> None:
    """The old life's boxcar, LSN 1 and 2, is still open at 50. The next request comes after a pause
    of 10 and a thought of 10 and writes LSN 3 and 4: two boxcars, at 70."""
    stage = Stage([workload([AUTOCOMMIT], think_mean_ns=10)])
    stage.plane.dispatcher(0, False)
    stage.to(50).plane.stop(0, Status.CLOSED)
    stage.plane.fence(0)
    assert stage.plane.recover(0) == Recovery(0, 2, 0)
    stage.plane.promote(0, 0)
    stage.plane.start(0)
    assert acknowledged(stage.to(75)) == [(70, 4)]
    assert stage.volume.storage_writes == 2 * 6


def test_at_the_allocation_limit_writes_stall_and_go_on_in_order() -> None:
    """Limit 2: of eight transactions two write at 0, the others when VDL moves, in turn. COMMIT
    records are not held up."""
    stage = Stage(
        [workload([BEGIN, write()], slots=8, think_mean_ns=10**6)],
        [instance(vcpu=8)],
        cluster(cost=costs(ack_median_ns=20), lsn_allocation_limit=2),
    ).to(1)
    assert (stage.volume.next_lsn, stage.server().queue) == (3, 0)
    stage.to(19)
    assert stage.server().wait_ns[3] == 6 * 19
    stage.to(500)
    assert [row.request for row in stage.rows if row.final] == list(range(8))
    assert [row.lsn for row in stage.rows if row.final] == list(range(1, 9))
    assert [row.end_ns for row in stage.rows if row.final] == [0, 0, 20, 20, 40, 40, 60, 60]


def test_a_small_write_does_not_overtake_a_large_one_at_the_limit() -> None:
    """Limit 4: a takes 3 LSNs, b (4) has to wait for VDL, at 20, and c (1), which would fit, waits
    behind b: until VDL has passed b's, at 40."""
    plans = [
        workload([BEGIN, write(cpu=n, modifies=records)], name=name)
        for n, (name, records) in enumerate((("a", 3), ("b", 4), ("c", 1)))
    ]
    stage = Stage(
        plans, [instance(vcpu=3)], cluster(cost=costs(ack_median_ns=20), lsn_allocation_limit=4)
    ).to(100)
    assert [[row.lsn for row in stage.of(n) if row.final] for n in range(3)] == [[3], [7], [8]]
    assert [stage.of(n)[-1].end_ns for n in range(3)] == [0, 20, 40]
