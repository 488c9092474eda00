"""Where compiled code looks for the arrays of a state is where they are, or nothing runs."""

from __future__ import annotations

from typing import Any

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
