"""Random faulty worlds on the data plane on SimPy, and what must hold in all of them.

A failure prints the seed; `python -m tests.properties.test_swarm SEED` plays that world again.
"""

from __future__ import annotations

import sys

import pytest

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.mechanics.clients import attempt
from aurosim.dataplane.mechanics.drivers import plain
from tests.properties import back, witness
from tests.properties.world import draw

WORLDS, LONG_WORLDS = 300, 6000
SHARES = 12


def check(seed: int) -> witness.Witness:
    """Plays the world of ``seed``; raises with the seed when something is wrong."""
    world = draw(seed)
    try:
        seen = witness.Witness(world)
        witness.check_rows(seen)
        back.everyone_is_back(seen)
    except Exception as wrong:
        raise AssertionError(
            f"world {seed}: {type(wrong).__name__}: {wrong}\n"
            f"play it again: python -m tests.properties.test_swarm {seed}"
        ) from wrong
    return seen


@pytest.mark.parametrize("share", range(SHARES))
def test_what_must_hold_holds(share: int) -> None:
    for seed in range(share, WORLDS, SHARES):
        check(seed)


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_what_must_hold_holds_in_many_worlds(share: int) -> None:
    for seed in range(WORLDS + share, LONG_WORLDS, SHARES):
        check(seed)


def test_an_answer_that_is_kept_for_ever_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that never ask again go on connecting to whom the name named before."""
    asked = plain.resolve

    def kept(S, x: int, now: int) -> int:
        process = S.process[S.slot[x].process]
        process.answer_until_ns = NEVER if process.lookups else 0
        return asked(S, x, now)

    monkeypatch.setattr(plain, "resolve", kept)
    with pytest.raises(AssertionError, match="led to"):
        for seed in range(WORLDS):
            seen = witness.Witness(draw(seed))
            for row in seen.rows:
                back.names_lead_where_they_should(row, seen)


def test_a_timer_that_ends_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set again whenever it rings, so that clients wait on."""

    def again(S, x: int, now: int) -> int:
        slot = S.slot[x]
        slot.timer = False
        if slot.deadline_ns < NEVER:
            attempt.arm(S, x, max(slot.deadline_ns, now + 1), now)
        return NEVER

    monkeypatch.setattr(attempt, "deadline", again)
    with pytest.raises(AssertionError, match="are open"):
        for seed in range(WORLDS):
            back.everyone_is_back(witness.Witness(draw(seed)))


if __name__ == "__main__":
    found = check(int(sys.argv[1]))
    sys.stdout.write(f"{found.world}\n{len(found.rows)} rows, all well\n")
