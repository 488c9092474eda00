"""One source of rules, two ways of running: what binds them together, and what may not."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

from aurosim import compiled
from aurosim.dataplane.compiled import rules
from aurosim.dataplane.compiled import words as of_arrays
from aurosim.dataplane.compiled.arrays import Arrays
from aurosim.dataplane.mechanics import fields, state, words
from aurosim.dataplane.mechanics.clients import attempt
from aurosim.dataplane.on_simpy.machine import simpy_plane
from tests.properties.world import draw

MECHANICS = Path(words.__file__).parent
NO_RULES = {"fields", "machine", "initial_state", "plane", "state", "words", "__init__"}
"""Files of `mechanics` that are not compiled."""


def own(module: object) -> dict[str, FunctionType]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__  # type: ignore[attr-defined]
    }


def parameters(function: object) -> list[str]:
    return list(inspect.signature(getattr(function, "py_func", function)).parameters)


def test_every_word_has_a_twin_with_the_same_parameters() -> None:
    for name, word in own(words).items():
        if name.startswith("_"):
            continue
        assert parameters(getattr(of_arrays, name)) == parameters(word), name


def test_every_file_of_rules_is_bound_and_keys_the_cache() -> None:
    files = {path for path in MECHANICS.rglob("*.py") if path.stem not in NO_RULES}
    files.add(MECHANICS / "drivers" / "__init__.py")  # which driver a workload asks is a rule
    assert {Path(module.__file__ or "") for module in rules.RULES} == files
    files |= {MECHANICS / f"{name}.py" for name in ("fields", "initial_state", "state", "words")}
    assert files <= set(compiled.compiled_sources())


def test_rules_are_plain_functions_and_their_twins_are_made_of_the_same_source() -> None:
    twin = rules.TWINS[attempt].send
    assert isinstance(attempt.send, FunctionType)
    assert twin.py_func.__code__ is attempt.send.__code__
    assert twin.py_func.__globals__["push"] is of_arrays.push
    assert type(twin.py_func.__globals__["NONE"]) is np.int64


def test_a_state_has_the_same_names_in_both_ways() -> None:
    plain = set(state.State.__annotations__) - {"queue", "free"}
    assert plain == set(Arrays._fields) - {"event", "buckets", "far"}


@pytest.mark.parametrize("record", [*state.TABLES.values(), *state.POOLS.values()])
def test_a_table_of_fields_makes_both_records(record: fields.Record) -> None:
    assert tuple(record.plain.__slots__) == record.dtype.names
    array = record.arrays(2)
    for place, name in enumerate(record.dtype.names or ()):
        array[1][name] = place % 2
    first, second = record.objects(array)
    for place, name in enumerate(record.plain.__slots__):
        assert np.all(np.array(getattr(second, name)) == place % 2), name
        assert not np.any(getattr(first, name)), name
    assert not hasattr(first, "__dict__") and str(second).startswith(f"{record.name}(")


def test_two_plain_records_share_nothing() -> None:
    one, other = fields.BOXCAR.new(), fields.BOXCAR.new()
    one.ack_ns[0] = 7
    assert other.ack_ns == [0] * fields.MEMBERS


def test_the_numbers_of_a_plain_state_are_pythons_own() -> None:
    """numpy's would make every rule slower, one after the other; keys of draws are words of 64
    bits and stay."""
    world = draw(5)
    plane = simpy_plane(world.plan, lambda _: None, lambda _: None, world.records)
    plane.advance(200)
    found = set()
    for name in (*state.TABLES, *state.POOLS):
        for record in getattr(plane.state, name):
            for field in record.__slots__:
                value = getattr(record, field)
                if isinstance(value, np.generic) and not field.endswith("_key"):
                    found.add(f"{name}.{field}")
    assert found == set()


def test_a_ring_that_widens_keeps_its_positions() -> None:
    ring = [0] * 16
    for place in range(10, 26):
        ring[place & 15] = place
    state.widen(ring, 10, 26)
    assert len(ring) == 32 and [ring[place & 31] for place in range(10, 26)] == list(range(10, 26))
