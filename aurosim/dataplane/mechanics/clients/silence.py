"""A host that has gone silent, as its clients' TCP sees it.

What was sent shortly before the silence or into it is not acknowledged: it is resent, with pauses
that double, until TCP gives up; a host that answers again resets the first resend after that. What
was acknowledged has nothing to be resent: only probes of keepalive find out, where there are any.
A statement's own timeout ends either. Who asks for a connection has only the time limit for that.

Source: RFC 9293 (3.8.3, connection failures), RFC 6298 (5); the numbers are Linux's, as the
catalog has them.
"""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import CONNECT, NEVER, Kind, Outcome
from aurosim.dataplane.mechanics.clients.slots import entity
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, cancel, push

FAILURE_RANK = int(Kind.FAILURE) << 48
TIMED_OUT, RESET = int(Outcome.CONNECTION_TIMED_OUT), int(Outcome.CONNECTION_RESET)
NOTHING, RESENDS, PROBES = 0, 1, 2
"""What a client's TCP does about a statement without an answer."""


def plan_failure(S: State, x: int, code: int, at_ns: int) -> None:
    """The client learns then that its connection is gone."""
    slot = S.slot[x]
    cancel(S, slot.progress)
    slot.code = code
    slot.progress = push(S, at_ns, FAILURE_RANK | entity(S, x), x)


def gives_up_ns(S: State, x: int) -> int:
    """For how long TCP resends a slot's statement, counted from its sending."""
    slot = S.slot[x]
    cluster = S.cluster[S.instance[slot.instance].cluster]
    return min(S.workload[slot.workload].user_timeout_ns, cluster.tcp_give_up_ns)


def probes_for_ns(S: State, w: int) -> int:
    """For how long a client's keepalive asks in vain, counted from its first question: so often, or
    until the first question after the user timeout."""
    workload = S.workload[w]
    interval_ns = workload.keepalive_interval_ns
    if workload.user_timeout_ns == NEVER:
        return workload.keepalive_count * interval_ns
    left_ns = workload.user_timeout_ns - workload.keepalive_idle_ns
    return max(1, -(-left_ns // interval_ns)) * interval_ns


def unacknowledged(S: State, x: int) -> None:
    """What the slot has sent gets no answer, and is resent."""
    slot = S.slot[x]
    if slot.statement != CONNECT:
        slot.hush = RESENDS
        plan_failure(S, x, TIMED_OUT, slot.send_ns + gives_up_ns(S, x))


def begins(S: State, x: int, now: int) -> bool:
    """The host to which this connection leads has gone silent. Until then it has answered every
    probe, one for each time that nothing else was heard. True when what the client has planned has
    to be planned again, since its keepalive may find out before."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    probed = workload.keepalive_idle_ns < NEVER
    if slot.hush == RESENDS:
        unacknowledged(S, x)  # the host had answered for a moment
        return False
    sent = slot.open and slot.send_ns <= now
    if sent and slot.progress != NONE:
        return False  # on its way: it will arrive in silence; or an error is on its way back
    if sent and slot.send_ns > now - S.cluster[S.instance[slot.instance].cluster].tcp_ack_delay_ns:
        unacknowledged(S, x)
        return False
    slot.hush = PROBES if sent else NOTHING
    if probed:
        idle_ns = workload.keepalive_idle_ns
        heard_ns = slot.send_ns if sent else slot.used_ns
        first_ns = heard_ns + -(-max(now - heard_ns, 1) // idle_ns) * idle_ns
        slot.dead_ns = first_ns + probes_for_ns(S, slot.workload)
        if sent:
            plan_failure(S, x, TIMED_OUT, slot.dead_ns)
    return probed and slot.open and not sent


def ends(S: State, x: int, now: int) -> None:
    """The host answers again, and knows nothing of this connection: whatever the client's TCP sends
    next is reset."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    cluster = S.cluster[S.instance[slot.instance].cluster]
    back_ns = 2 * S.hop[slot.workload, slot.instance]
    if slot.hush == RESENDS:
        at_ns = slot.send_ns + laws.next_resend_ns(
            cluster.tcp_first_resend_ns, cluster.tcp_longest_resend_ns, now - slot.send_ns
        )
        if at_ns < slot.send_ns + gives_up_ns(S, x):
            plan_failure(S, x, RESET, at_ns + back_ns)
    elif now < slot.dead_ns < NEVER:
        first_ns = slot.dead_ns - probes_for_ns(S, slot.workload)
        at_ns = laws.next_probe_ns(first_ns, workload.keepalive_interval_ns, now)
        if at_ns < slot.dead_ns:
            slot.dead_ns = at_ns + back_ns
            if slot.hush == PROBES:
                plan_failure(S, x, RESET, slot.dead_ns)
