"""The control plane's commands as rules: all of them behind one function, which is how both ways of
running are asked for them (each door from Python into compiled code costs seconds to compile)."""

from __future__ import annotations

from aurosim.dataplane.mechanics import instances, links, process_stop, scaling, segments
from aurosim.dataplane.mechanics.clients import arrivals
from aurosim.dataplane.mechanics.run_queue import GROUP_TASK, enqueue
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.storage import pass_nothing, ship_all
from aurosim.dataplane.mechanics.words import NONE, ZERO

(
    START_CLIENTS, STOP, RUN_HELD, WATCH_READERS, SHIP_AGAIN, FENCE, RECOVER, DISCARD, LOSE, REPAIR,
    ZONE, CONNECT, CHANGE_SPEED, END_FOLLOWING, ATTACH, RESIZE, LEAVE, JOIN, ANSWER_AGAIN,
) = range(19)  # fmt: skip


def run_held(S: State, i: int, now: int) -> None:
    """The dispatcher runs again: its senders queue, and free vCPUs take what waits."""
    instance = S.instance[i]
    g = instance.held
    instance.held = NONE
    instance.held_end = NONE
    while g != NONE:
        after = S.group[g].next
        enqueue(S, i, (g << 2) | GROUP_TASK)
        g = after
    instances.dispatch(S, i, now)


def ship_again(S: State, cl: int, now: int) -> None:
    """The readers learn where the log ends."""
    pass_nothing(S, cl)
    S.cluster[cl].passed_since_ns = now
    ship_all(S, cl, now)


def command(S: State, what: int, a: int, b: int, c: int, amount: float, now: int) -> int:
    """Do one of the things above to ``a``; the answer, where there is one, else 0."""
    if what == START_CLIENTS:
        arrivals.start(S, a, b)
    elif what == STOP:
        process_stop.stop(S, a, b, now)
    elif what == RUN_HELD:
        run_held(S, a, now)
    elif what == WATCH_READERS:
        process_stop.watch_readers(S, a)
    elif what == SHIP_AGAIN:
        ship_again(S, a, now)
    elif what == FENCE:
        segments.fence(S, a, now)
    elif what == RECOVER:
        return segments.recover(S, a, now)
    elif what == DISCARD:
        segments.discard(S, a)
    elif what == LOSE:
        segments.lose(S, a, b, now)
    elif what == REPAIR:
        segments.repair(S, a, b, now)
    elif what == ZONE:
        segments.zone(S, a, b, c != 0, now)
    elif what == CONNECT:
        links.connect(S, a, b != 0, now)
    elif what == CHANGE_SPEED:
        links.change_speed(S, a, b, amount, now)
    elif what == END_FOLLOWING:
        links.end_following(S, a, now)
    elif what == ATTACH:
        links.attach(S, a, b, amount, now)
    elif what == RESIZE:
        scaling.resize(S, a, b, c, now)
    elif what == LEAVE:
        scaling.leave(S, a, now)
    elif what == JOIN:
        scaling.join(S, a, now)
    elif what == ANSWER_AGAIN:
        process_stop.answer_again(S, a, now)
    return ZERO
