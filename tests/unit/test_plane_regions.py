"""A second region by hand: when batches leave, arrive and are applied, and what a cut loses.

One autocommit write needs no time at its instance and its storage: a closed client that thinks 100
writes at 0, 100, 200, ... Its record and that of its commit pass VDL one after the other at that
instant, so on an idle link the second leaves 1 (the least period of a batch) behind the first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurosim.dataplane.contract import NEVER, ROLE_READER, Outcome, Status
from aurosim.dataplane.plan import LinkPlan, Plan, TablePlan
from tests.unit.plane_stage import (
    AUTOCOMMIT,
    Row,
    cluster,
    instance,
    make_plane,
    statement,
    workload,
)

pytestmark = pytest.mark.usefixtures("way")

HOP_NS = 30
SECONDARY = 1
VOLUME = 3
"""Where the secondary's lag is counted: behind two instances' places comes cluster 0's, then it."""


class World:
    """A primary with one writer, a secondary with one reader, and all that a plane says."""

    def __init__(self, *, reads=None, think_ns=100, **link) -> None:
        """``reads``: how far from its reader a client there is, and for how long it thinks."""
        numbers = {"batch_ns": 1, "bytes_per_s": 1e18, "jitter_sigma": 0.0, "apply_ns": 0, **link}
        way = LinkPlan(key=np.uint64(1), hop_ns=(HOP_NS, HOP_NS), **numbers)
        one = replace(cluster(), link=way)
        two = replace(
            one, name="two", writer=-1, source=0, nodes=one.nodes + one.node_count,
            first_node=one.node_count,
        )  # fmt: skip
        loads = [workload([AUTOCOMMIT], name="a", instances=2, think_mean_ns=think_ns)]
        if reads:
            hop_ns, rest_ns = reads
            read = workload(
                [statement(pages=1)], name="b", instances=2, hop=hop_ns, think_mean_ns=rest_ns,
                role=ROLE_READER, cluster=SECONDARY,
            )  # fmt: skip
            loads.append(read)
        servers = (instance(name="x"), replace(instance(name="y"), cluster=SECONDARY))
        self.plan = Plan(10**6, (one, two), servers, (TablePlan("t", 100, 10),), tuple(loads))
        self.rows: list[Row] = []
        self.lags: list[tuple[int, ...]] = []
        self.plane = make_plane(
            self.plan,
            lambda block: self.rows.extend(Row(*each) for each in block.tolist()),
            lambda block: self.lags.extend(block.tolist()),
            (((0,), (0,), (0,)), ((0,), (1,), (0,))),
        )

    def to(self, at_ns: int) -> World:
        while not self.plane.advance(at_ns):
            pass
        self.plane.flush()
        return self

    def volume_lags(self) -> list[tuple[int, int]]:
        """(when, lag) of each batch applied to the secondary's volume."""
        return [(at, lag) for who, at, lag in self.lags if who == VOLUME]

    def view(self):
        return self.plane.observe().clusters[SECONDARY]



def test_an_idle_link_takes_one_way() -> None:
    world = World().to(450)
    assert world.volume_lags() == [
        (at + lag, lag) for at in (0, 100, 200, 300, 400) for lag in (HOP_NS, HOP_NS + 1)
    ]


def test_applying_and_the_bytes_on_the_link_take_their_time() -> None:
    """1 byte a ns: the write's 100 bytes are on the link until 100, then its commit, which has none
    here; both arrive at 130 and take 20 each, one after the other."""
    world = World(apply_ns=20, bytes_per_s=1e9, think_ns=1000).to(900)
    assert world.volume_lags() == [(150, 150), (170, 170)]


def test_a_batch_waits_for_its_period_and_gathers_what_comes() -> None:
    """A batch every 250: the write of 0 alone, then its commit with the writes of 100 and 200, then
    those of 300 and 400, then those from 500 to 700. Each is as old as the first in it."""
    world = World(batch_ns=250).to(799)
    assert world.volume_lags() == [(30, 30), (280, 280), (530, 230), (780, 280)]


def test_what_is_missing_is_told() -> None:
    world = World(batch_ns=250).to(225)
    view = world.view()
    assert (view.behind_commits, view.behind_since_ns) == (3, 0)
    assert world.to(290).view().behind_since_ns == NEVER


def test_a_cut_loses_what_is_on_its_way_and_a_mended_link_sends_it_again() -> None:
    world = World().to(110)
    world.plane.link(SECONDARY, False)
    world.to(350)
    assert world.volume_lags() == [(30, 30), (31, 31)]
    assert world.view().behind_commits == 3
    world.plane.link(SECONDARY, True)
    world.to(390)
    # the write of 100 leaves again at once; its commit 1 behind it, with all that waited since
    assert world.volume_lags()[2:] == [(380, 280), (381, 281)]


def test_what_arrives_at_the_instant_of_the_cut_is_on_its_way() -> None:
    world = World().to(130)
    world.plane.link(SECONDARY, False)
    assert world.to(200).volume_lags() == [(30, 30), (31, 31)]


def test_a_slow_link_concerns_what_leaves_from_then_on() -> None:
    world = World().to(110)
    world.plane.link_speed(SECONDARY, 20, 1e18)
    assert world.to(260).volume_lags()[2:] == [(130, 30), (131, 31), (250, 50), (251, 51)]


def test_a_batch_that_is_getting_onto_the_link_starts_anew_at_another_speed() -> None:
    """100 bytes at 1 byte a ns; from 50 on at 0.01, which would take until 10,050; from 200 on at 1
    again: off the link at 300, there at 330. Those behind it follow one another at once: at 400 the
    commit of 0 with the write of 100, which joined it while it waited."""
    world = World(bytes_per_s=1e9).to(50)
    world.plane.link_speed(SECONDARY, 0, 1e7)
    world.to(200)
    assert world.volume_lags() == []
    world.plane.link_speed(SECONDARY, 0, 1e9)
    assert world.to(450).volume_lags()[:2] == [(330, 330), (430, 430)]


@pytest.mark.parametrize(("bytes_per_s", "apart_ns"), [(1e9, 100), (2e9, 50)])
def test_a_backlog_leaves_without_waiting_for_more(bytes_per_s, apart_ns) -> None:
    """Cut at 1 with a period of 50, so that a batch is full at 50 bytes or at 100, and a write has
    just so many: when the link is mended at 250, the writes of 0, 100 and 200 leave 100 bytes
    apart, and not a period apart, and none joins a full batch."""
    world = World(bytes_per_s=1e18, batch_ns=50).to(1)
    world.plane.link_speed(SECONDARY, 0, bytes_per_s)
    world.plane.link(SECONDARY, False)
    world.to(250)
    world.plane.link(SECONDARY, True)
    arrived = [at for at, _ in world.to(900).volume_lags()]
    assert arrived[:2] == [250 + apart_ns + HOP_NS, 250 + 2 * apart_ns + HOP_NS]


def test_who_stops_following_keeps_what_has_arrived_and_misses_the_rest() -> None:
    """Applying takes 40 a record: write and commit of 0 are in at 70 and 110, those of 100 at 170
    and 210; those of 200 are on their way at 220."""
    world = World(apply_ns=40).to(220)
    world.plane.link(SECONDARY, False)
    point = world.plane.detach(SECONDARY)
    assert (point.lsn, point.missing_commits, point.missing_since_ns) == (4, 1, 200)
    assert world.view().source == -1 and world.view().vdl == 4
    world.to(700)
    assert world.view().vdl == 4 and world.volume_lags()[-1] == (210, 110)


def test_arrived_and_not_yet_applied_is_applied_at_once() -> None:
    world = World(apply_ns=40).to(150)
    point = world.plane.detach(SECONDARY)
    assert (point.lsn, point.missing_commits) == (4, 0)
    assert world.to(151).volume_lags() == [(70, 70), (110, 110), (150, 50), (150, 50)]


def test_who_takes_over_goes_on_behind_its_log_and_the_old_one_can_follow() -> None:
    world = World().to(110)
    world.plane.stop(0, Status.DARK)
    world.plane.detach(SECONDARY)
    world.plane.fence(SECONDARY)
    assert world.plane.recover(SECONDARY) is not None
    world.plane.stop(1, Status.CLOSED)
    world.plane.promote(SECONDARY, 1)
    world.plane.start(1)
    view = world.view()
    assert (view.writer, view.vdl, view.next_lsn) == (1, 2, 3)
    world.plane.attach(0, SECONDARY)
    old = world.plane.observe().clusters[0]
    assert (old.source, old.vdl, old.behind_since_ns) == (SECONDARY, 2, NEVER)
    assert old.next_lsn == 5, "an LSN it has given, 3 and 4 at 100, is not given again"


def read_there(world: World) -> list[Row]:
    """The reads at the secondary."""
    return [row for row in world.rows if row.workload == 1 and row.statement == 0]


def test_a_write_at_a_secondary_is_refused() -> None:
    world = World().to(5)
    world.plane.publish(0, 0, (1,))
    world.plane.stop(0, Status.CLOSED)
    world.to(600)
    refused = [row for row in world.rows if row.outcome == Outcome.READ_ONLY]
    assert refused and all(row.instance == 1 for row in refused)


def test_the_primary_does_not_notice_its_secondary() -> None:
    alone, followed = World(batch_ns=10**6), World(apply_ns=5, bytes_per_s=1e6)
    followed.plane.link(SECONDARY, False)
    assert alone.to(5000).rows == followed.to(5000).rows


def test_reads_there_are_stale_while_anything_is_on_its_way() -> None:
    """With the link cut at 1, a read misses the write of 0 from the moment it is durable."""
    world = World(reads=(0, 7)).to(1)
    world.plane.link(SECONDARY, False)
    world.to(300)
    reads = [row for row in read_there(world) if row.outcome == Outcome.OK]
    stale = [(row.start_ns, row.stale_ns) for row in reads if row.stale_ns]
    assert len(stale) > 10
    assert all(age == max(1, start) for start, age in stale), stale[:5]


@pytest.mark.parametrize(("sent_ns", "stale_ns"), [(99, 0), (100, 5), (101, 6)])
def test_a_read_there_misses_what_became_durable_as_it_was_sent(sent_ns, stale_ns) -> None:
    """The write of 0 is there at 30, that of 100 at 130. A read arrives 5 after it was sent: the
    first, sent when the connection is open at 10, is 15 behind; the second, after a thought, misses
    the write of 100 if it was sent at 100 or later."""
    world = World(reads=(5, sent_ns - 20)).to(115)
    reads = read_there(world)
    assert [(row.start_ns, row.stale_ns) for row in reads] == [(10, 15), (sent_ns, stale_ns)]


@pytest.mark.parametrize(("left_ns", "missing_ns"), [(110, 100), (50, 50)])
def test_reads_there_grow_older_when_it_follows_no_more(left_ns, missing_ns) -> None:
    """Left at 110 it lacks the write of 100; left at 50 nothing, and so what comes after 50."""
    world = World(reads=(0, 7)).to(left_ns)
    world.plane.detach(SECONDARY)
    world.to(300)
    reads = [(row.start_ns, row.stale_ns) for row in read_there(world)]
    later = [(start, age) for start, age in reads if start > left_ns]
    assert len(later) > 20 and all(age == start - missing_ns for start, age in later)
