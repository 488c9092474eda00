"""Random faulty worlds on the data plane on SimPy, and what must hold in all of them.

A failure prints the seed; `python -m tests.properties.test_swarm SEED` plays that world again.
"""

from __future__ import annotations

import sys

import pytest

from tests.properties import witness
from tests.properties.world import draw

WORLDS, LONG_WORLDS = 300, 6000
SHARES = 12


def check(seed: int) -> witness.Witness:
    """Plays the world of ``seed``; raises with the seed when something is wrong."""
    world = draw(seed)
    try:
        seen = witness.Witness(world)
        witness.check_rows(seen)
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


if __name__ == "__main__":
    found = check(int(sys.argv[1]))
    sys.stdout.write(f"{found.world}\n{len(found.rows)} rows, all well\n")
