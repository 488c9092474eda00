"""A growing volume, each answer worked out by hand (ticks of 1 ns, few bytes)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurosim.dataplane.contract import Status
from tests.unit.plane_stage import BEGIN, COMMIT, K, O, Stage, growing, instance, slow, workload
from tests.unit.plane_stage import statement as say

pytestmark = pytest.mark.usefixtures("way")


def insert(grows, cpu=0, **more):
    """One round trip that inserts and commits."""
    return say(K.INSERT, cpu, modifies=1, redo=100, autocommit=True, grows=grows, **more)


def delete(frees):
    return say(K.DELETE, modifies=1, redo=100, autocommit=True, grows=-frees)


UPDATE = say(K.UPDATE_INDEX, modifies=1, redo=100, autocommit=True)


def stage(statements, used, limit, unit=10, **more) -> Stage:
    return Stage([workload(statements, **more)], main=growing(used, limit, unit))


def size(at: Stage) -> tuple[int, int, int]:
    return at.volume.used_bytes, at.volume.free_bytes, at.volume.groups


def test_the_next_group_exists_with_the_first_byte_beyond_the_last_one() -> None:
    """7 bytes in one group of 10; three more fill it, the next insert of 3 needs another."""
    inserts = stage([insert(3)], 7, 100, think_mean_ns=50)
    assert size(inserts) == (7, 0, 1)
    assert size(inserts.to(1)) == (10, 0, 1)
    assert size(inserts.to(51)) == (13, 0, 2)
    assert [row.outcome for row in inserts.rows] == [O.OK, O.OK]


def test_one_statement_may_need_several_groups() -> None:
    assert size(stage([insert(35)], 7, 100).to(1)) == (42, 0, 5)


def test_the_statement_that_needs_the_group_may_put_redo_there() -> None:
    """Its record is drawn over both groups: of sixteen inserts some leave it in the new one, whose
    nodes are slow, so that it is not durable at once."""
    found = set()
    for seed in range(16):
        inserts = [BEGIN, replace(insert(3), autocommit=False)]
        one = stage(inserts, 9, 100, requests_key=np.uint64(seed))
        found.add(slow(one, *range(6), group=1).to(1).volume.vdl)
    assert found == {0, 1}


def test_the_last_byte_fits_and_the_one_after_it_does_not() -> None:
    inserts = stage([insert(3)], 4, 10, think_mean_ns=50).to(120)
    assert [(row.start_ns, row.outcome) for row in inserts.rows] == [
        (0, O.OK), (50, O.OK), (100, O.VOLUME_FULL),
    ]  # fmt: skip
    assert size(inserts) == (10, 0, 1)


def test_the_error_travels_back_when_the_statements_own_work_is_done() -> None:
    """Distance 2: connecting takes 0 to 4; the insert arrives at 6, works 5, and is told at 13."""
    full = stage([insert(1, cpu=5)], 10, 10, hop=2).to(100)
    assert full.told() == [(0, 4, O.OK), (4, 13, O.VOLUME_FULL)]
    assert full.rows[0].lsn == 0 and full.volume.next_lsn == 1, "it wrote nothing"
    assert full.server().connections == 1, "and its connection goes back to its pool"


def test_it_is_tried_again_like_any_error_and_each_time_in_vain() -> None:
    """Backoff 10, then 20: at 0, 10 and 30."""
    full = stage([insert(1)], 10, 10, attempts=3).to(100)
    assert [(row.end_ns, row.outcome, row.attempt) for row in full.rows] == [
        (0, O.VOLUME_FULL, 0), (10, O.VOLUME_FULL, 1), (30, O.VOLUME_FULL, 2),
    ]  # fmt: skip


def test_a_full_volume_takes_updates_reads_and_commits() -> None:
    statements = [BEGIN, say(), replace(UPDATE, autocommit=False), COMMIT]
    full = stage(statements, 10, 10).to(10)
    assert [row.outcome for row in full.rows] == [O.OK] * 4


def test_a_write_that_needs_less_than_is_left_still_fits() -> None:
    """3 bytes are left: 4 fail, and 2 after that do not."""
    mixed = Stage(
        [workload([insert(4)], name="a"), workload([insert(2)], name="b")],
        main=growing(7, 10, 10),
    ).to(1)
    assert [row.outcome for row in mixed.of(0)] == [O.VOLUME_FULL]
    assert [row.outcome for row in mixed.of(1)] == [O.OK]
    assert size(mixed) == (9, 0, 1)


def test_what_a_delete_frees_is_taken_first_and_the_volume_never_shrinks() -> None:
    """Full at 10. Free 4; take 3 of them; the next 3 find 1 free and no byte beyond."""
    full = stage([delete(4), insert(3), insert(3)], 10, 10)
    full.to(1)
    assert [row.outcome for row in full.rows] == [O.OK, O.OK, O.VOLUME_FULL]
    assert size(full) == (10, 1, 1), "what failed left the one byte alone"


def test_a_partly_free_need_raises_the_size_by_the_rest() -> None:
    """Free 4, then take 6: four of the free ones and two new."""
    assert size(stage([delete(4), insert(6)], 9, 100).to(1)) == (11, 0, 2)


def test_no_more_is_free_than_was_ever_used() -> None:
    assert size(stage([delete(50)], 9, 100).to(1)) == (9, 9, 1)


def test_deleting_and_inserting_as_sysbench_does_keeps_the_size() -> None:
    churn = stage([BEGIN, delete(5), insert(5), COMMIT], 9, 100, slots=5, think_mean_ns=1)
    assert len(churn.to(300).rows) > 1000
    assert churn.volume.used_bytes == 9


@pytest.mark.parametrize("end", ["timeout", "crash"])
def test_space_stays_taken_whatever_becomes_of_the_transaction(end) -> None:
    """The insert replies at 0; the select after it never comes to its end."""
    transaction = [BEGIN, replace(insert(3), autocommit=False), say(cpu=500), COMMIT]
    one = stage(transaction, 9, 100, statement_timeout_ns=100).to(50)
    assert size(one) == (12, 0, 2)
    if end == "crash":
        one.plane.stop(0, Status.CLOSED)
        one.plane.fence(0)
        assert one.plane.recover(0).truncated_records == 0
        one.plane.promote(0, 0)
        one.plane.start(0)
    one.to(700)
    assert size(one) == (12, 0, 2)


def test_a_group_made_while_two_azs_are_dark_has_no_quorum() -> None:
    """AZs b and c are dark when an insert needs the second group: two segments answer there as in
    the first, nothing becomes durable, until b is back."""
    one = stage([insert(3)], 9, 100, statement_timeout_ns=200)
    one.plane.zone(0, 1, False)
    one.plane.zone(0, 2, False)
    one.to(50)
    assert size(one) == (12, 0, 2) and one.volume.vdl == 0
    one.plane.zone(0, 1, True)
    one.to(60)
    assert one.volume.vdl == 2, "four of six"


def test_a_segment_of_a_new_group_can_be_lost_and_repaired() -> None:
    one = stage([insert(3)], 9, 100, think_mean_ns=50).to(1)
    one.plane.segment_lost(0, 1, 0b000111)
    assert one.plane.recover(0) is not None, "three of six can be read"
    one.plane.segment_lost(0, 1, 0b001000)
    assert one.plane.recover(0) is None, "the read quorum is asked of the new group, too"


def test_a_statement_that_its_client_gave_up_fails_alone() -> None:
    """Given up at 20, done at 50: no row more, and its connection closes."""
    one = stage([insert(1, cpu=50)], 10, 10, statement_timeout_ns=20, think_mean_ns=10**6)
    assert [row.outcome for row in one.to(100).rows] == [O.UNKNOWN_OUTCOME]
    assert (one.server().connections, one.server().busy_ns) == (0, 50)


def test_an_error_that_arrives_at_the_deadline_is_in_time() -> None:
    """Work 8, distance 1, sent at 2: told at 12, just when the statement's 10 are over."""
    one = stage([insert(1, cpu=8)], 10, 10, hop=1, statement_timeout_ns=10).to(50)
    assert one.told()[-1] == (2, 12, O.VOLUME_FULL)


def test_of_two_writes_at_one_instant_the_first_takes_the_last_byte() -> None:
    """Two vCPUs, both done at 5: the event of the lower request comes first."""
    one = Stage(
        [workload([insert(1, cpu=5)], slots=2)], [instance(vcpu=2)], main=growing(9, 10, 10)
    ).to(6)
    assert {row.request: (row.end_ns, row.outcome) for row in one.rows} == {
        0: (5, O.OK), 1: (5, O.VOLUME_FULL),
    }  # fmt: skip


def test_a_stalled_write_has_its_space_and_does_not_ask_again() -> None:
    """At most one LSN ahead of VDL; the first commit takes 20. The second waits for the log since 0
    and took the last 2 bytes then, so the third, which comes later, finds none."""
    main = replace(
        growing(6, 10, 10), lsn_allocation_limit=1,
        costs=replace(growing(6, 10, 10).costs, ack_median_ns=20),
    )  # fmt: skip
    one = Stage([workload([insert(2)], slots=3)], main=main).to(1)
    assert size(one) == (10, 0, 1)
    assert [row.outcome for row in one.to(500).rows] == [O.VOLUME_FULL, O.OK, O.OK]
