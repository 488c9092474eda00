"""Each interval against numbers that somebody else computed and published."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from aurosim.study import statistics as s

# Student's own: extra hours of sleep of ten patients with two drugs (Biometrika 6, 1908), with the
# intervals that R's `t.test` prints for them.
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_a_mean_has_students_interval() -> None:
    found = s.mean(DRUG_1, 0.95)
    assert found.estimate == pytest.approx(0.75)
    assert (found.low, found.high) == pytest.approx((-0.5297804, 2.0297804), abs=1e-6)
    assert found.method == "Student t"


def test_a_difference_of_pairs_is_sharper_than_one_of_strangers() -> None:
    found = s.difference(DRUG_1, DRUG_2, 0.95)
    assert found.interval.estimate == pytest.approx(1.58)
    ends = (found.interval.low, found.interval.high)
    assert ends == pytest.approx((0.7001142, 2.4598858), abs=1e-6)
    assert found.correlation == pytest.approx(0.7951702, abs=1e-6)
    # Sums of squares by hand: variances 3.200556 and 4.009000, of the differences 1.512889.
    assert found.variance_ratio == pytest.approx((3.200556 + 4.009) / 1.512889, rel=1e-5)


@pytest.mark.parametrize(
    ("yes", "every", "low", "high"),
    # R. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_a_share_has_wilsons_interval(yes: int, every: int, low: float, high: float) -> None:
    found = s.share([1.0] * yes + [0.0] * (every - yes), 0.95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
    assert found.note == f"{yes} of {every} replicates"


def test_many_events_have_both_ends_of_the_exact_interval() -> None:
    """10 events: 4.795 to 18.390 (Garwood's table, as reprinted in every textbook since)."""
    found = s.count([2.0] * 5, 0.95)
    assert (found.low, found.high) == pytest.approx((4.7954 / 5, 18.3904 / 5), abs=1e-4)
    assert found.estimate == 2.0


@pytest.mark.parametrize(("events", "most"), [(0, 2.9957), (3, 7.7537), (9, 15.7052)])
def test_fewer_than_ten_events_have_a_bound_from_above_and_say_so(events: int, most: float) -> None:
    """The same tables, one-sided 95 %: 3.00 for none, which is the rule of three."""
    found = s.count([float(events), 0.0, 0.0, 0.0], 0.95)
    assert found.low is None
    assert found.high == pytest.approx(most / 4, abs=1e-4)
    assert "fewer than 10: a bound from above only" in found.note


def test_counts_that_clump_are_called_too_uneven_for_poisson() -> None:
    assert "too narrow" in s.count([0.0] * 19 + [40.0], 0.95).note
    assert "too narrow" not in s.count([2.0, 1.0, 3.0, 2.0, 4.0, 1.0, 2.0, 3.0], 0.95).note


def test_one_replicate_and_equal_ones_have_no_interval() -> None:
    one, same, none = s.mean([3.0], 0.95), s.mean([3.0, 3.0, 3.0], 0.95), s.mean([], 0.95)
    assert (one.estimate, one.low, one.high) == (3.0, None, None)
    assert (same.estimate, same.low, same.high) == (3.0, None, None)
    assert none.estimate is None
    assert [each.note for each in (one, same, none)] == [
        "one replicate has no interval", "the same in all 3", "no replicate has this value",
    ]  # fmt: skip


def test_the_bootstrap_agrees_where_student_is_right_and_leans_where_values_do() -> None:
    normal = [float(x) for x in stats.norm.ppf([(k + 0.5) / 60 for k in range(60)])]
    student, boot = s.mean(normal, 0.95), s.mean(normal, 0.95, s.BOOTSTRAP)
    assert boot.method == "bootstrap BCa"
    assert (boot.low, boot.high) == pytest.approx((student.low, student.high), abs=0.02)
    skewed = [math.exp(2 * x) for x in normal]
    lean = s.mean(skewed, 0.95, s.BOOTSTRAP)
    assert lean.high - lean.estimate > 1.3 * (lean.estimate - lean.low)
    assert s.mean(skewed, 0.95, s.BOOTSTRAP) == lean


def test_a_bootstrap_of_few_says_that_it_is_too_narrow() -> None:
    assert "too narrow" in s.mean([1.0, 2.0, 4.0], 0.95, s.BOOTSTRAP).note


def held(chances: tuple[float, float, float, float], found: dict[tuple[int, ...], s.Interval]):
    """The exact chance that the interval holds the true difference of two paired shares."""
    both, only_a, only_b, _ = chances
    truth = (both + only_b) - (both + only_a)
    cells = stats.multinomial(sum(next(iter(found))), chances)
    return sum(
        cells.pmf(outcome) for outcome, each in found.items() if each.low <= truth <= each.high
    )


def test_a_difference_of_shares_holds_the_truth_as_often_as_it_says() -> None:
    """Every outcome of 16 pairs, weighted by its chance: no dice. Newcombe found his method's
    coverage between 0.93 and 0.99; ends that stop at half the way would have 0.4 to 0.7."""
    pairs = 16
    outcomes = [o for o in itertools.product(range(pairs + 1), repeat=4) if sum(o) == pairs]
    found, half = {}, {}
    for both, only_a, only_b, neither in outcomes:
        a = [1.0] * (both + only_a) + [0.0] * (only_b + neither)
        b = [1.0] * both + [0.0] * only_a + [1.0] * only_b + [0.0] * neither
        one = found[both, only_a, only_b, neither] = s.share_difference(a, b, 0.95).interval
        half[both, only_a, only_b, neither] = s.Interval(
            one.estimate, (one.low + one.estimate) / 2, (one.high + one.estimate) / 2, ""
        )
    worlds = [(0.6, 0.2, 0.1, 0.1), (0.45, 0.05, 0.05, 0.45), (0.3, 0.4, 0.1, 0.2)]
    assert all(0.93 < held(world, found) < 0.995 for world in worlds)
    assert all(held(world, half) < 0.85 for world in worlds)


def test_a_and_b_exchanged_turn_the_difference_round() -> None:
    a, b = [1.0] * 7 + [0.0] * 5, [1.0] * 3 + [0.0] * 9
    there, back = s.share_difference(a, b, 0.9).interval, s.share_difference(b, a, 0.9).interval
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_a_bootstrap_of_thousands_is_drawn_in_parts_and_says_the_same() -> None:
    values = stats.norm.rvs(size=3000, random_state=1).tolist()
    tracemalloc.start()
    found = s.mean(values, 0.95, s.BOOTSTRAP)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    # All at once it is 9999 x 3000 places and as many values, some 480 MB.
    assert peak_mb < 100
    whole = stats.bootstrap((values,), np.mean, n_resamples=s.RESAMPLES, rng=s.BOOTSTRAP_SEED)
    ends = (whole.confidence_interval.low, whole.confidence_interval.high)
    assert (found.low, found.high) == pytest.approx(ends, rel=1e-9)


def test_one_replicate_is_one_replicate() -> None:
    assert s.count([0.0], 0.95).note.startswith("no events in 1 replicate, fewer")
    assert s.count([12.0], 0.95).note.startswith("12 events in 1 replicate")
