"""A host that goes silent, as TCP at its clients sees it; worked out by hand.

The numbers are the catalog's: what was sent less than 40 ms before the silence is resent after 0.2,
0.6, 1.4, 3, 6.2, 12.6, 25.4 ... s.
"""

from __future__ import annotations

import pytest

from aurosim.dataplane.contract import NEVER, ROLE_WRITER, Status
from aurosim.units import NS_PER_MS, NS_PER_S
from tests.unit.plane_stage import O, Stage, cluster, costs, instance, statement, workload

pytestmark = pytest.mark.usefixtures("way")
MS, S = NS_PER_MS, NS_PER_S
LINUX = costs(
    tcp_ack_delay_ns=40 * MS, tcp_first_resend_ns=200 * MS, tcp_longest_resend_ns=120 * S,
    tcp_give_up_ns=924_600 * MS,
)  # fmt: skip


class Silence:
    """One client whose only statement is sent at 0 and works for 3,600 s."""

    def __init__(self, silent_after_ns: int, **changed) -> None:
        given = {
            "think_mean_ns": 10**17, "statement_timeout_ns": NEVER, "connect_timeout_ns": 5 * S,
            "instances": 2, "start_spread_ns": 0,
        } | changed  # fmt: skip
        self.stage = Stage(
            [workload([statement(cpu=3600 * S)], **given)], [instance(), instance(name="b")],
            cluster(cost=LINUX),
        )  # fmt: skip
        self.sent_ns = 0
        self.stage.to(silent_after_ns)
        self.stage.plane.stop(0, Status.DARK)

    def back(self, after_ns: int) -> Silence:
        self.stage.to(self.sent_ns + after_ns)
        self.stage.plane.start(0, Status.CLOSED)
        return self

    def told(self) -> tuple[int, float] | None:
        """How the statement ended, and how many seconds after it was sent; None: not by 3,000 s."""
        rows = self.stage.to(3000 * S).rows
        return (rows[0].outcome, (rows[0].end_ns - self.sent_ns) / S) if rows else None


EARLIER, SHORTLY = 50 * MS, 39 * MS
PROBES = {"keepalive_idle_ns": 60 * S, "keepalive_interval_ns": 10 * S, "keepalive_count": 3}


def test_what_was_sent_shortly_before_is_resent_until_tcp_gives_up() -> None:
    assert Silence(SHORTLY).told() == (O.CONNECTION_TIMED_OUT, 924.6)


def test_what_was_sent_into_the_silence_is_resent_too() -> None:
    """The client connects, thinks for 30 s, and sends at 30 s what the host of before is to do."""
    plan = workload(
        [statement()], think_mean_ns=30 * S, statement_timeout_ns=NEVER, connect_timeout_ns=5 * S,
        instances=2,
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")], cluster(cost=LINUX)).to(10 * S)
    stage.plane.stop(0, Status.DARK)
    rows = stage.to(2000 * S).rows
    assert [(row.start_ns, row.end_ns, row.outcome) for row in rows[1:2]] == [
        (30 * S, 30 * S + 924_600 * MS, O.CONNECTION_TIMED_OUT)
    ]


def test_what_was_sent_earlier_was_acknowledged_and_nothing_ever_ends_it() -> None:
    assert Silence(EARLIER).told() is None
    assert Silence(EARLIER, user_timeout_ns=5 * S).told() is None
    assert Silence(EARLIER, statement_timeout_ns=30 * S).told() == (O.STATEMENT_TIMEOUT, 30)


def test_the_user_timeout_ends_what_is_resent() -> None:
    assert Silence(SHORTLY, user_timeout_ns=5 * S).told() == (O.CONNECTION_TIMED_OUT, 5)


@pytest.mark.parametrize(
    ("back_s", "free_s"), [(0.1, 0.2), (0.5, 0.6), (10, 12.6), (300, 324.6), (600, 684.6)]
)
def test_a_host_that_answers_again_resets_the_next_resend(back_s, free_s) -> None:
    """0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, 444.6, 564.6, 684.6 s."""
    got = Silence(SHORTLY).back(int(back_s * S)).told()
    assert got == (O.CONNECTION_RESET, free_s)


def test_a_host_that_answers_again_too_late_changes_nothing() -> None:
    assert Silence(SHORTLY).back(900 * S).told() == (O.CONNECTION_TIMED_OUT, 924.6)
    late = Silence(SHORTLY, user_timeout_ns=11 * S).back(10 * S)
    assert late.told() == (O.CONNECTION_TIMED_OUT, 11), "its next resend would be at 12.6"


def test_keepalive_finds_out_where_there_is_nothing_to_be_resent() -> None:
    """Idle for 60 s, then three questions 10 s apart in vain: 90 s after it was last heard of."""
    assert Silence(EARLIER, **PROBES).told() == (O.CONNECTION_TIMED_OUT, 90)
    assert Silence(EARLIER, **PROBES, user_timeout_ns=75 * S).told() == (
        O.CONNECTION_TIMED_OUT, 80,
    )  # the first question after it  # fmt: skip


def test_keepalive_does_not_help_while_there_is_something_to_be_resent() -> None:
    assert Silence(SHORTLY, **PROBES).told() == (O.CONNECTION_TIMED_OUT, 924.6)


@pytest.mark.parametrize(("back_s", "free_s"), [(10, 60), (65, 70), (71, 80), (85, 90)])
def test_a_host_that_answers_again_resets_the_next_question(back_s, free_s) -> None:
    got = Silence(EARLIER, **PROBES).back(back_s * S).told()
    assert got == ((O.CONNECTION_RESET if free_s < 90 else O.CONNECTION_TIMED_OUT), free_s)


def test_an_idle_connection_is_found_dead_by_keepalive_before_it_is_used() -> None:
    """It rests from 0 on; silent at 100 s. Asked and answered at 60 s, asked in vain at 120, 130
    and 140, dead at 150 s. Used at 149 s it is resent; at 151 s the error comes at once."""
    for think_s, end in ((149, 149 + 924.6), (151, 151)):
        plan = workload(
            [statement()], think_mean_ns=think_s * S, statement_timeout_ns=NEVER,
            connect_timeout_ns=5 * S, instances=2, **PROBES,
        )  # fmt: skip
        stage = Stage([plan], [instance(), instance(name="b")], cluster(cost=LINUX)).to(100 * S)
        stage.plane.stop(0, Status.DARK)
        row = stage.to(1200 * S).rows[1]
        assert row.start_ns == think_s * S and row.end_ns == round(end * S)


def test_who_asks_for_a_connection_has_only_its_time_limit() -> None:
    plan = workload(
        [statement()], think_mean_ns=30 * S, statement_timeout_ns=NEVER,
        connect_timeout_ns=127 * S, instances=2, attempts=2,
    )  # fmt: skip
    stage = Stage([plan], [instance(), instance(name="b")], cluster(cost=LINUX)).to(10 * S)
    stage.plane.stop(0, Status.CLOSED)
    stage.to(20 * S).plane.stop(0, Status.DARK)
    last = [row for row in stage.to(300 * S).connects if row.outcome != O.OK][0]
    assert (last.outcome, last.end_ns - last.start_ns) == (O.CONNECT_TIMEOUT, 127 * S)


def test_a_dead_connection_is_replaced_where_the_name_leads_by_then() -> None:
    """Free at 5 s by the user timeout, its next attempt goes to the new writer."""
    silence = Silence(SHORTLY, user_timeout_ns=5 * S, attempts=2, backoff_ns=1)
    silence.stage.plane.publish(0, ROLE_WRITER, (1,))
    silence.stage.to(10 * S)
    assert [row.instance for row in silence.stage.connects] == [0, 1]
