"""Where compiled code looks for the arrays of a state is where they are, or nothing runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aurosim import compiled
from aurosim.dataplane.compiled import handle, loop, machine
from aurosim.dataplane.compiled.arrays import make_arrays
from tests.properties.world import draw


def look(state: Any, *_: object) -> int:
    return handle.seen(handle.held(state))


def compiled_look() -> Any:
    """Compiled anew, and nowhere kept."""
    flags = {**compiled.FLAGS, "_nrt": False}
    return compiled._njit(**flags)(look)


def one_word_off(context: Any, builder: Any, held: Any, start: Any, number: int) -> Any:
    """The description of an array, read a word before where it stands."""
    word, described = handle._places(context, held.arrays)[number]
    return builder.load(handle._address(builder, start, max(word - 1, 0), described))


@pytest.fixture
def state() -> Any:
    return make_arrays(draw(3).plan)


def test_what_is_noted_is_what_is_read(state: Any) -> None:
    assert compiled_look()(state) == handle.expected(state)


def test_one_word_wrong_is_seen_before_anything_runs(
    state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "_load", one_word_off)
    monkeypatch.setattr(loop, "command", compiled_look())
    with pytest.raises(RuntimeError, match="does not find its arrays"):
        machine.look_at_layout(state)


def test_another_description_of_an_array_is_refused_by_the_compiler(
    state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "WORDS_BEFORE_SHAPE", 6)
    with pytest.raises(Exception, match="does not know this numba"):
        compiled_look()(state)


def test_the_same_arrays_in_another_order_are_told_apart(state: Any) -> None:
    swapped = state._replace(stalled=state.reads, reads=state.stalled)
    assert handle.expected(swapped) != handle.expected(state)


def nodes_delay(state: Any, g: int, node: int) -> int:
    S = handle.held(state)
    S.node_delay[node] += 1
    return np.int64(S.group[g].index) + S.node[g, 0] + S.node_delay[node]


@pytest.mark.parametrize(("g", "node"), [(-1, 0), (0, -1), (1 << 40, 0), (0, 1 << 40)])
def test_a_table_has_no_item_before_its_first_nor_behind_its_last(
    state: Any, g: int, node: int
) -> None:
    asked = compiled._njit(**compiled.FLAGS, _nrt=False)(nodes_delay)
    state.node_delay[0] = 41
    last = len(state.group) - 1
    found = asked(state, last, 0)
    assert found == state.group[last]["index"] + state.node[last, 0] + 42
    with pytest.raises(IndexError):
        asked(state, g, node)
    assert state.node_delay.sum() == (43 if node == 0 else 42), "written where nothing is"
