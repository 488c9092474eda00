"""The name of a folder of results says what was set; other values never have the same name."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as some

from aurosim.report.naming import MOST, with_values


def test_it_says_what_was_set_as_it_was_said() -> None:
    def named(**overrides: str) -> str:
        return with_values("x-seed1", {k.replace("__", "."): v for k, v in overrides.items()})

    assert named() == named(run__seed="3") == "x-seed1"
    assert named(cluster__readers__count="1") == "x-seed1-readers.count=1"
    assert named(workload__orders__client__pool="4", run__duration="20 s") == (
        "x-seed1-run.duration=20s-orders.client.pool=4"
    )


def test_the_order_in_which_values_are_set_is_no_difference() -> None:
    assert with_values("x", {"a": "1", "b": "2"}) == with_values("x", {"b": "2", "a": "1"})


def test_what_a_file_name_cannot_say_is_told_apart_by_letters() -> None:
    values = ("[0,2]", "[0.2]", "[0, 2, 4]", "/etc", "..", "a" * 200, "a" * 201, "0-2", "$(x)", "")
    names = [with_values("x", {"faults.0.at": value}) for value in values]
    assert all(one.lower() != other.lower() for one, other in combinations(names, 2))
    assert all(len(name) < len("x-") + MOST + 8 for name in names)
    assert names[0].startswith("x-faults.0.at=-0-2-")


@given(some.dictionaries(some.text(min_size=1), some.text(), min_size=1))
def test_any_text_makes_the_name_of_one_folder(overrides: dict[str, str]) -> None:
    name = with_values("x", overrides)
    assert name == "x" or name.startswith("x-")
    assert not set(name) & set("/\\\0\n\r :*?<>|\"'$[]{}") and name.isascii()
