"""Times of the control plane: overrides win, and draws lie between their ends, each its own."""

from __future__ import annotations

import pytest

from aurosim import catalog
from aurosim.control.durations import Durations, ranges
from aurosim.errors import UsageError
from aurosim.units import NS_PER_S

SEEDS = range(400)


def drawn_s(name: str, **model: int) -> list[float]:
    return [Durations(model, seed).drawn(name, "db-1", 1) / NS_PER_S for seed in SEEDS]


@pytest.mark.parametrize("name", ranges())
def test_draws_fill_their_range_evenly(name: str) -> None:
    """Of 400 draws each quarter holds 100; a count 6 sigma off has a chance below 1e-7."""
    low, high = (catalog.duration_ns(f"{name}_{end}") / NS_PER_S for end in ("low", "high"))
    places = [(each - low) / (high - low) for each in drawn_s(name)]
    assert min(places) >= 0 and max(places) <= 1
    for quarter in range(4):
        count = sum(quarter / 4 <= place < (quarter + 1) / 4 for place in places)
        assert 48 <= count <= 152


def test_the_ranges_are_all_that_the_catalog_has() -> None:
    assert len(ranges()) == 15 and {"promote", "host_replace", "region_rebuild"} <= set(ranges())


def test_an_override_wins() -> None:
    model = {"node_restart": 7, "promote_low": 3, "promote_high": 3}
    durations = Durations(model, 1)
    assert durations.fixed("node_restart") == 7
    assert durations.drawn("promote", "writer", 1) == 3
    assert durations.fixed("reboot_restart") == catalog.duration_ns("reboot_restart")


def test_subject_number_name_and_seed_each_make_another_draw() -> None:
    durations = Durations({}, 1)
    draws = {
        durations.drawn("promote", "writer", 1),
        durations.drawn("promote", "writer", 2),
        durations.drawn("promote", "db-1", 1),
        Durations({}, 2).drawn("promote", "writer", 1),
    }
    assert len(draws) == 4
    assert all(type(each) is int for each in draws)


def test_a_range_upside_down_is_refused_with_its_names() -> None:
    with pytest.raises(UsageError, match="model.promote_low is longer than model.promote_high"):
        Durations({"promote_low": 11 * NS_PER_S}, 1)


@pytest.mark.parametrize("at_ns", [0, 1, 1_999_999_999, 2 * NS_PER_S, 12_345_678_901])
def test_a_check_notices_after_its_misses_and_a_timeout(at_ns: int) -> None:
    noticed_ns = Durations({}, 3).noticed("db-1", at_ns)
    assert 5 * NS_PER_S <= noticed_ns - at_ns < 7 * NS_PER_S
    phase = (noticed_ns - 5 * NS_PER_S) % (2 * NS_PER_S)
    assert phase == (Durations({}, 3).noticed("db-1", 0) - 5 * NS_PER_S) % (2 * NS_PER_S)


def test_instances_are_not_checked_in_step() -> None:
    assert len({Durations({}, 3).noticed(f"db-{n}", 0) for n in range(16)}) == 16
