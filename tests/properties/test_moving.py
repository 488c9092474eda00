"""Whatever happens to a global database: when it is over, there is one primary and all are back.

A failure prints the seed; `python -m tests.properties.test_moving SEED` plays that script again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from aurosim.control.context import Standing
from aurosim.control.instances import Instances, Steps
from aurosim.control.plane import ClusterControl
from aurosim.control.takeover import Takeovers
from aurosim.units import NS_PER_S
from tests.properties import moving
from tests.properties.moving import WITHIN_S, Played

SCRIPTS, LONG_SCRIPTS, SHARES = 60, 2000, 16


def check(seed: int) -> Played:
    """Plays the script of ``seed``; raises with the seed when something is wrong."""
    script = moving.draw(seed)
    try:
        played = Played(script)
        is_alive(played)
        gives_up_in_time(played)
        played.lost = loses_no_more_than_it_says(played)
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


def loses_no_more_than_it_says(played: Played) -> int:
    """Commits that a client was told of and that the primary lacks in the end were counted, by the
    recovery point of the failover that lost them. Returns how many there are."""
    control, told, all_lost = played.control, played.commits(), 0
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
        all_lost += len(lost)
    for member, view in zip(played.members, played.last.clusters, strict=True):
        assert view.lost_commits == 0, f"{member.name} lost {view.lost_commits} commits"
    return all_lost


def test_all_come_back() -> None:
    lost = sum(check(seed).lost for seed in range(SCRIPTS))
    assert lost > 0, "no script lost a commit that a client was told of: nothing was tested"


@pytest.mark.long
@pytest.mark.parametrize("share", range(SHARES))
def test_all_come_back_in_many_scripts(share: int) -> None:
    for seed in range(SCRIPTS + share, LONG_SCRIPTS, SHARES):
        check(seed)


# --- what must be seen -----------------------------------------------------------------
def first_wrong() -> str:
    """What the first script in which something is wrong says."""
    for seed in range(SCRIPTS):
        try:
            check(seed)
        except AssertionError as wrong:
            return str(wrong)
    return ""


def test_a_hang_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: who is to open the writer of a new primary, and whose host was known to be lost, is
    passed over when it is back. So it was in 0.1.0."""
    restart = Instances._restart

    def passed_over(self: Instances, instance: Any, death: int, after_ns: int) -> Steps:
        context = self._context
        seated = context.topology.seated(instance)
        if not (seated and instance.known_lost and context.standing is Standing.ARRIVING):
            yield from restart(self, instance, death, after_ns)

    monkeypatch.setattr(Instances, "_restart", passed_over)
    assert "no primary" in first_wrong()


def test_a_phase_that_never_gives_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a switchover whose target holds everything waits for it for ever."""
    deadline = Takeovers._deadline

    def only_before(self: Takeovers, move: Any) -> Iterator[Any]:
        for event in deadline(self, move):
            yield event
            if move.opening:
                return

    monkeypatch.setattr(Takeovers, "_deadline", only_before)
    assert "fault:switchover" in first_wrong()


def test_a_commit_that_is_lost_and_not_counted_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Takeovers, "_note", lambda self, take, point: None)
    assert "missing_commits=0" in first_wrong()


def test_two_primaries_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: who is to be the primary says that it is, before its writer is open."""

    def hasty(self: ClusterControl) -> str:
        standing = self._context.standing
        return "primary" if self._context.leads else standing.replace("arriving", "primary")

    monkeypatch.setattr(ClusterControl, "role", property(hasty))
    assert "'primary', 'primary'" in first_wrong()


if __name__ == "__main__":
    found = check(int(sys.argv[1]))
    sys.stdout.write(f"{found.script.text}\n{found.led_s} s, {found.settled_s} s: all well\n")
