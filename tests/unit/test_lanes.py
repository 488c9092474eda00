"""Draws taken several at once are those taken one by one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from aurosim.compiled import jit
from aurosim.dataplane import lanes
from aurosim.randomness import Word, uniform


@jit
def six(key: Word, draw: Word, entity: Word) -> tuple[float, float, float, float, float, float]:
    """The compiled way."""
    return lanes.six_uniforms(key, draw, entity)


def words(count: int) -> list[tuple[np.uint64, int, int]]:
    """Keys over all 64 bits, with draws and entities as large as they come and beyond."""
    luck = random.Random(9)
    edges = [(np.uint64(0), 0, 0), (np.uint64(2**64 - 1), 2**40 - 1, 2**62), (np.uint64(1), 255, 1)]
    return edges + [
        (np.uint64(luck.getrandbits(64)), luck.getrandbits(40), luck.getrandbits(62))
        for _ in range(count)
    ]


@pytest.mark.parametrize(("key", "draw", "entity"), words(50))
def test_each_lane_is_the_draw_of_its_number(key: np.uint64, draw: int, entity: int) -> None:
    assert six(key, draw, entity) == tuple(
        uniform(key, draw + member * lanes.MEMBER_STEP, entity) for member in range(6)
    )


def test_uncompiled_they_are_the_same() -> None:
    for key, draw, entity in words(20):
        assert lanes.six_uniforms(key, draw, entity) == six(key, draw, entity)


def test_narrow_and_unsigned_words_are_taken_for_what_they_are() -> None:
    key = np.uint64(2**63 + 5)
    wanted = six(key, 3, 4)
    assert six(key, np.uint64(3), np.uint64(4)) == wanted
    assert six(key, np.int32(3), np.uint8(4)) == wanted
