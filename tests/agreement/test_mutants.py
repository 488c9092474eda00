"""The comparison of the two ways of running bites: wrong arrays are told from plain objects."""

from __future__ import annotations

import pytest

from tests.agreement.mutants import ARRAYS, by_worlds


@pytest.mark.parametrize("name", sorted(set(ARRAYS) - {"none"}))
def test_wrong_arrays_are_told_from_plain_objects(name: str) -> None:
    said = by_worlds(name)
    assert said.returncode == 1 and "differ" in said.stdout, said.stdout + said.stderr


def test_the_right_arrays_uncompiled_are_not() -> None:
    said = by_worlds("none", 2, worlds=4)
    assert said.returncode == 0, said.stdout + said.stderr
