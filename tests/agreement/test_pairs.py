"""Each pair of commands at one instant, in both orders, in a world where much is under way.

The worlds and the commands are those of `tests/properties/test_pairs.py`; here the two planes have
to tell the same of them.
"""

from __future__ import annotations

from itertools import product

import pytest

from tests.agreement.agree import compare
from tests.properties.test_pairs import COMMANDS, MENDED_NS, plan
from tests.properties.world import World, mending

INSTANTS_NS = (31, 35, 42)


def play(*names: str, at_ns: int, before: str | None = None) -> None:
    drawn = plan()
    script = [(10, *COMMANDS[before])] if before else []
    script += [(at_ns, *COMMANDS[name]) for name in names]
    script += mending(drawn, MENDED_NS, 0)
    told = f"{f'{before} at 10; ' if before else ''}{', then '.join(names)} at {at_ns}"
    compare(World(0, drawn, (((0,), (1,)),), tuple(script)), told)


@pytest.mark.parametrize("first", COMMANDS)
def test_pairs_at_one_instant(first: str) -> None:
    for second in COMMANDS:
        play(first, second, at_ns=31)


@pytest.mark.long
@pytest.mark.parametrize("first", COMMANDS)
def test_pairs_at_more_instants(first: str) -> None:
    for second, at_ns in product(COMMANDS, INSTANTS_NS):
        play(first, second, at_ns=at_ns)


@pytest.mark.long
@pytest.mark.parametrize("before", COMMANDS)
def test_pairs_after_another_command(before: str) -> None:
    for first, second in product(COMMANDS, COMMANDS):
        play(first, second, at_ns=31, before=before)
