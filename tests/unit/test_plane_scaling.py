"""Instances that change size, leave and join while clients work, by hand (ticks of 1 ns)."""

from __future__ import annotations

import pytest

from aurosim.dataplane.contract import Status
from aurosim.dataplane.distributions import ACCESS_SPECIAL
from aurosim.dataplane.plan import TablePlan
from tests.unit.plane_stage import (
    AUTOCOMMIT,
    O,
    Stage,
    cluster,
    costs,
    instance,
    statement,
    workload,
)

pytestmark = pytest.mark.usefixtures("way")
HUGE = 10**6


def size(stage: Stage, index: int = 0, vcpu=1, pages=1000, connections=100) -> None:
    stage.plane.resize(index, vcpu, pages, connections)


def ends(stage: Stage) -> list[int]:
    return [row.end_ns for row in stage.rows]


# --- vCPUs --------------------------------------------------------------------------------------
def test_bursts_end_on_the_vcpus_they_have_and_no_more_begin_than_there_are() -> None:
    """Two work from 0 to 20 and two wait; one vCPU goes at 10, so they follow one by one."""
    stage = Stage([workload([statement(cpu=20)], slots=4)], [instance(vcpu=2)]).to(10)
    size(stage, vcpu=1)
    assert (stage.server().busy, stage.server().vcpu) == (2, 1)
    assert ends(stage.to(100)) == [20, 20, 40, 60]


def test_a_time_slice_is_a_burst() -> None:
    """Both slices of 5 end at 10, with 10 left each; then they take turns on the vCPU that stays:
    one works in 10-15 and 20-25, the other in 15-20 and 25-30."""
    main = cluster(cost=costs(time_slice_ns=5))
    stage = Stage([workload([statement(cpu=20)], slots=2)], [instance(vcpu=2)], main).to(7)
    size(stage, vcpu=1)
    assert ends(stage.to(100)) == [25, 30]


def test_new_vcpus_take_at_once_what_waits() -> None:
    stage = Stage([workload([statement(cpu=20)], slots=4)]).to(5)
    size(stage, vcpu=3)
    assert ends(stage.to(100)) == [20, 25, 25, 40]


def test_what_it_could_have_worked_follows_its_size_and_its_presence() -> None:
    """2 vCPUs until 10, 1 until 30, absent until 50 (and larger from 40 on), 4 from then on; it is
    down from 20 to 30 and from 50 to 55, which is time in which it could have worked."""
    stage = Stage([workload([statement()])], [instance(vcpu=2)]).to(10)
    size(stage, vcpu=1)
    stage.to(20).plane.stop(0, Status.DARK)
    stage.to(30).plane.leave(0)
    size(stage.to(40), vcpu=4)
    assert (stage.server().vcpu_ns, stage.server().there_ns) == (40, 30)
    stage.to(50).plane.join(0)
    stage.to(55).plane.start(0)
    stage.to(60)
    assert (stage.server().vcpu_ns, stage.server().there_ns) == (40 + 4 * 10, 30 + 10)


# --- connections --------------------------------------------------------------------------------
def test_open_connections_stay_where_the_limit_falls_and_none_is_added() -> None:
    """A fourth client comes each 100 ticks: refused while 3 may be, let in when 4 may be. Then 2
    may be: all four work on, until a crash at 290 closes them and two get back."""
    stage = Stage(
        [
            workload([statement()], slots=3, think_mean_ns=50, name="a"),
            workload([statement()], think_mean_ns=90, name="b"),
        ],
        [instance(max_connections=3)],
    ).to(50)
    size(stage, connections=4)
    stage.to(150)
    assert [(row.end_ns, row.outcome) for row in stage.connects if row.workload == 1] == [
        (0, O.TOO_MANY_CONNECTIONS), (100, O.OK),
    ]  # fmt: skip
    size(stage, connections=2)
    stage.to(290)
    assert stage.server().connections == stage.server().connections_max == 4
    assert {row.outcome for row in stage.rows} == {O.OK}
    stage.plane.stop(0, Status.CLOSED)
    stage.plane.start(0)
    stage.to(1000)
    assert (stage.server().connections, stage.server().max_connections) == (2, 2)


# --- the buffer ---------------------------------------------------------------------------------
def reading(tables=(HUGE,), **changed) -> Stage:
    """One client for each table asks for a page every 10 ticks; the buffer holds all of them."""
    return Stage(
        [
            workload(
                [statement(pages=1)], think_mean_ns=10, table=n, name=f"w{n}", **changed
            )
            for n in range(len(tables))
        ],
        [instance(buffer_pages=sum(tables))],
        tables=[TablePlan(f"t{n}", pages, 10**6) for n, pages in enumerate(tables)],
    )  # fmt: skip


def test_pages_beyond_a_smaller_buffer_go_at_once_and_come_back_one_by_one() -> None:
    """Ten reads find their pages, ten of a buffer of one page do not, and neither do ten of one
    that is large again: it holds what was read since."""
    stage = reading().to(100)
    assert (stage.server().touches, stage.server().misses) == (10, 0)
    size(stage, pages=1)
    stage.to(200)
    assert (stage.server().touches, stage.server().misses) == (20, 10)
    size(stage, pages=HUGE)
    stage.to(300)
    assert (stage.server().touches, stage.server().misses) == (30, 20)


def test_each_table_loses_in_proportion_to_what_it_holds() -> None:
    """All keys asked for lie in the hot half of their table: just what is left of each of two."""
    hot = {"access_law": ACCESS_SPECIAL, "access_a": 0.5, "access_b": 1.0}
    stage = reading((HUGE, HUGE), **hot).to(100)
    size(stage, pages=HUGE)
    stage.to(200)
    assert (stage.server().touches, stage.server().misses) == (40, 0)


def test_a_larger_buffer_loses_nothing() -> None:
    stage = reading().to(100)
    size(stage, pages=2 * HUGE)
    assert stage.to(200).server().misses == 0


# --- leaving ------------------------------------------------------------------------------------
def pair(*statements, there=True, **cost) -> Stage:
    """A writer and a reader, and a client of each, two ticks away; the reader's asks for it by
    name."""
    own = {"instances": 2, "hop": 2, "think_mean_ns": 10}
    return Stage(
        [
            workload([AUTOCOMMIT], name="writes", **own),
            workload(statements or [statement()], name="z", role=-1, instance=1, **own),
        ],
        [instance(), instance(name="r", az=1, there=there, buffer_pages=HUGE)],
        cluster(cost=costs(**cost)),
        [TablePlan("t", HUGE, 1)],
    )


def test_who_leaves_tells_its_clients_and_answers_nobody_any_more() -> None:
    """The read sent at 4, at work in 6-56, is reset at 10 and heard of at 12. From 32 on
    (10 ticks of backoff, 10 of thought) the client asks for a connection, in vain for 1000."""
    stage = pair(statement(cpu=50)).to(10)
    stage.plane.leave(1)
    server = stage.server(1)
    assert (server.status, server.connections, server.busy) == (Status.ABSENT, 0, 0)
    stage.to(1100)
    told = [(row.start_ns, row.end_ns, row.outcome) for row in stage.all_rows if row.workload == 1]
    assert told[1:] == [(4, 12, O.CONNECTION_RESET), (32, 1032, O.CONNECT_TIMEOUT)]
    assert {row.outcome for row in stage.of(0)} == {O.OK}


def test_a_dark_host_that_leaves_tells_nobody() -> None:
    stage = pair(statement(cpu=50)).to(10)
    stage.plane.stop(1, Status.DARK)
    stage.plane.leave(1)
    assert stage.to(1100).of(1)[0].outcome == O.STATEMENT_TIMEOUT


def test_redo_goes_to_those_that_are_there() -> None:
    """A record and its commit are durable at 6, at 20 and at 34, each 30 ticks on its way. The
    reader goes at 20 and comes back in the same instant: what left at 6 is of no use to its new
    life, what leaves from now on is. From 55 on it is gone for good."""
    stage = pair(lag_ship_ns=30).to(20)
    stage.plane.leave(1)
    stage.plane.join(1)
    stage.plane.start(1)
    assert stage.server(1).applied_lsn == stage.volume.vdl == 2
    stage.to(55).plane.leave(1)
    assert stage.to(200).lags == [(1, 50, 30), (1, 50, 30)]


def test_a_writer_that_leaves_is_a_writer_that_stops() -> None:
    stage = pair(ack_median_ns=20).to(10)
    assert (stage.volume.writer, stage.volume.commits_waiting) == (0, 1)
    stage.plane.leave(0)
    assert (stage.volume.writer, stage.volume.commits_waiting) == (-1, 0)


# --- joining ------------------------------------------------------------------------------------
def test_who_joins_is_dark_until_it_starts() -> None:
    """Nobody answers from 0 on; at 500 it is there and still says nothing; from 1500 on its host
    refuses connections and from 2100 on it takes them."""
    stage = pair(there=False)
    assert stage.server(1).status == Status.ABSENT
    stage.to(500).plane.join(1)
    assert stage.server(1).status == Status.DARK
    stage.to(1500).plane.start(1, Status.CLOSED)
    stage.to(2100).plane.start(1)
    stage.to(2200)
    told = [(row.start_ns, row.end_ns, row.outcome) for row in stage.connects if row.workload == 1]
    # gives up after 1000, waits for 10 and thinks for 10; then refusals, each after 2 x 2
    assert told[:3] == [
        (0, 1000, O.CONNECT_TIMEOUT), (1020, 2020, O.CONNECT_TIMEOUT),
        (2040, 2044, O.CONNECTION_REFUSED),
    ]  # fmt: skip
    assert told[-1] == (2112, 2116, O.OK)


def test_who_joins_begins_at_the_end_of_the_log_and_follows_it() -> None:
    """Written every 14 ticks: of what was written before it started, at 1020, it misses nothing;
    of what follows it does, since redo takes 10,000. The first is acknowledged at 1016 + 14."""
    stage = pair(statement(pages=1), there=False, lag_ship_ns=10**4).to(1020)
    stage.plane.join(1)
    stage.plane.start(1)
    assert stage.server(1).applied_lsn == stage.volume.vdl == 2 * 73
    stage.to(1100)
    written = [row.end_ns for row in stage.of(0) if row.end_ns > 1020]
    stale = [(row.start_ns, row.end_ns - 2 - row.stale_ns) for row in stage.of(1) if row.stale_ns]
    first = [row.start_ns for row in stage.of(1) if row.outcome == O.OK][0]
    assert stale[0][1] == written[0] and first <= written[0] <= stale[0][0]


@pytest.mark.parametrize("there", [True, False])
def test_a_cache_begins_empty_whether_it_was_full_or_never_there(there: bool) -> None:
    stage = pair(statement(pages=1), there=there)
    if there:
        assert stage.to(500).server(1).misses == 0
        stage.plane.leave(1)
    before = stage.server(1).touches
    stage.plane.join(1)
    stage.plane.start(1)
    stage.to(2000)
    assert stage.server(1).misses == stage.server(1).touches - before > 10


def test_commands_are_for_those_that_are_there() -> None:
    stage = pair(there=False).to(10)
    for command in (
        lambda: stage.plane.stop(1, Status.CLOSED),
        lambda: stage.plane.start(1),
        lambda: stage.plane.leave(1),
        lambda: stage.plane.join(0),
        lambda: stage.plane.stop(0, Status.ABSENT),
    ):
        with pytest.raises(AssertionError):
            command()
    assert [stage.server(n).status for n in (0, 1)] == [Status.UP, Status.ABSENT]
