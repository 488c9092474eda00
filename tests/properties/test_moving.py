"""Whatever happens to a global database: when it is over, there is one primary and all are back.

A failure prints the seed; `python -m tests.properties.test_moving SEED` plays that script again.
"""

from __future__ import annotations

import sys

import pytest

from aurosim.control.takeover import Takeovers
from aurosim.control.writer import Writer
from aurosim.units import NS_PER_S
from tests.properties import moving
from tests.properties.moving import WITHIN_S, Played

SCRIPTS, LONG_SCRIPTS, SHARES = 60, 2000, 4


def check(seed: int) -> Played:
    """Plays the script of ``seed``; raises with the seed when something is wrong."""
    script = moving.draw(seed)
    try:
        played = Played(script)
        is_alive(played)
        gives_up_in_time(played)
        loses_no_more_than_it_says(played)
    except Exception as wrong:
        raise AssertionError(
            f"script {seed}: {type(wrong).__name__}: {wrong}\n"
            f"play it again: python -m tests.properties.test_moving {seed}\n{script.text}"
        ) from wrong
    return played


def is_alive(played: Played) -> None:
    """One primary within 20 minutes of quiet; everyone back in its role within a rebuild more."""
    script = played.script
    assert played.led_s is not None, f"no primary: {played.leaderless()}"
    assert played.led_s <= script.quiet_s + WITHIN_S, f"a primary at {played.led_s} s only"
    assert played.settled_s is not None, f"not back: {played.unsettled()}"


def gives_up_in_time(played: Played) -> None:
    """No switchover takes longer than it may, whatever its target does."""
    most_ns = played.script.give_up_s * NS_PER_S
    for event in played.control.events:
        if event.kind == "fault:switchover" and event.end_ns is not None:
            assert event.end_ns - event.start_ns <= most_ns, f"{event}"


def loses_no_more_than_it_says(played: Played) -> None:
    """Commits that a client was told of and that the primary lacks in the end were counted, by the
    recovery point of the failover that lost them."""
    control, told = played.control, played.commits()
    names = [each.name for each in played.members]
    moves = [*control.regional_failovers, *control.switchovers]
    moves = [each for each in moves if each.promoted_ns is not None]
    for move in sorted(moves, key=lambda each: each.start_ns):
        found = [
            (at_ns, point)
            for at_ns, cluster, point in played.points
            if cluster == names.index(move.to) and move.start_ns <= at_ns <= move.promoted_ns
        ]
        if not found:
            continue  # the old primary opened again, with all that it had
        at_ns, point = found[0]
        lost = [each for each in told if each[0] <= at_ns and each[2] > point.lsn]
        assert len(lost) <= move.missing_commits, f"{move}: {lost}"
        told = [each for each in told if each not in lost]
    for member, view in zip(played.members, played.last.clusters, strict=True):
        assert view.lost_commits == 0, f"{member.name} lost {view.lost_commits} commits"


@pytest.mark.parametrize("share", range(SHARES))
def test_all_come_back(share: int) -> None:
    for seed in range(share, SCRIPTS, SHARES):
        check(seed)


@pytest.mark.long
@pytest.mark.parametrize("share", range(4 * SHARES))
def test_all_come_back_in_many_scripts(share: int) -> None:
    for seed in range(SCRIPTS + share, LONG_SCRIPTS, 4 * SHARES):
        check(seed)


if __name__ == "__main__":
    found = check(int(sys.argv[1]))
    sys.stdout.write(f"{found.script.text}\n{found.led_s} s, {found.settled_s} s: all well\n")
