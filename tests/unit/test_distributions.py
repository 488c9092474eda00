"""Durations, rows and arrivals follow the laws that their docstrings state.

Statistical checks use fixed seeds; their false-alarm rate is the share of seeds that would fail.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from aurosim.dataplane import distributions as laws
from aurosim.randomness import stream_key, uniform

KEY = stream_key(1, "laws under test")
MEAN_NS = 1_000_000.0


def test_normal_quantile_is_exact_to_15_digits():
    tails = 10.0 ** -np.arange(1, 17)
    shares = [*tails, *(1 - tails[:15]), *np.linspace(0.001, 0.999, 999), 2.0**-53, 1 - 2.0**-53]
    for p in map(float, shares):
        assert laws.normal_quantile(p) == pytest.approx(float(special.ndtri(p)), rel=4e-15, abs=0)


def two_phases(cv: float):
    p = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    return lambda x: 1 - p * np.exp(-2 * p * x) - (1 - p) * np.exp(-2 * (1 - p) * x)


def lognormal(cv: float):
    s = math.sqrt(math.log(1 + cv**2))
    return stats.lognorm(s, scale=math.exp(-s * s / 2)).cdf


CDFS = {
    "exponential": (laws.LAW_EXPONENTIAL, 0.0, stats.expon().cdf),
    "lognormal, cv 0.3": (laws.LAW_LOGNORMAL, 0.3, lognormal(0.3)),
    "lognormal, cv 2": (laws.LAW_LOGNORMAL, 2.0, lognormal(2.0)),
    "erlang, 1 phase": (laws.LAW_ERLANG, 1.0, stats.gamma(1).cdf),
    "erlang, 5 phases": (laws.LAW_ERLANG, 5.0, stats.gamma(5, scale=1 / 5).cdf),
    "erlang, 64 phases": (laws.LAW_ERLANG, 64.0, stats.gamma(64, scale=1 / 64).cdf),
    "hyperexponential, cv 1": (laws.LAW_HYPEREXPONENTIAL, 1.0, stats.expon().cdf),
    "hyperexponential, cv 3": (laws.LAW_HYPEREXPONENTIAL, 3.0, two_phases(3.0)),
}


def sample(law: int, shape: float, count: int = 50_000) -> np.ndarray:
    draws = [laws.draw_ns(law, MEAN_NS, shape, KEY, 0, i) for i in range(count)]
    return np.array(draws) / MEAN_NS


@pytest.mark.parametrize("name", CDFS)
def test_durations_follow_their_law(name):
    """Kolmogorov-Smirnov, false alarm 1e-4 each. With 50,000 draws it sees a distribution function
    that is off by 0.01 somewhere; the planted fault is a mean off by 4 %, which moves all of these
    laws by more than that."""
    law, shape, cdf = CDFS[name]
    draws = sample(law, shape)
    assert stats.kstest(draws, cdf).pvalue > 1e-4
    assert stats.kstest(draws * 1.04, cdf).pvalue < 1e-4


def test_a_lognormal_by_its_median():
    """False alarm 1e-4; sees 0.01 of the distribution function, as above."""
    draws = np.array([laws.lognormal_median_ns(5e5, 0.7, KEY, 1, i) for i in range(50_000)])
    cdf = stats.lognorm(0.7, scale=5e5).cdf
    assert stats.kstest(draws, cdf).pvalue > 1e-4
    assert stats.kstest(draws * 1.04, cdf).pvalue < 1e-4


def test_durations_are_rounded_once_and_bounded():
    assert [laws.round_ns(x) for x in (-3.0, 0.0, 0.49, 0.5, 1.4, math.nan)] == [0, 0, 0, 1, 1, 0]
    assert laws.round_ns(1e300) == laws.round_ns(math.inf) == laws.LONGEST_NS
    assert laws.draw_ns(laws.LAW_CONSTANT, 1234.0, 0.0, KEY, 5, 6) == 1234
    assert laws.draw_ns(laws.LAW_LOGNORMAL, 1234.0, 0.0, KEY, 5, 6) == 1234
    for law, shape, _ in CDFS.values():
        assert laws.draw_ns(law, 0.0, shape, KEY, 5, 6) == 0
    with pytest.raises(AssertionError):
        laws.draw_ns(99, 1.0, 1.0, KEY, 5, 6)


def test_further_words_of_an_erlang_are_nobody_elses_draw():
    last = laws.DRAW_LIMIT - 1
    pairs = [(draw, k) for draw in (0, 1, last) for k in range(32)]
    assert len({draw | k << 59 for draw, k in pairs}) == len(pairs)
    assert max(draw | k << 59 for draw, k in pairs) == 2**64 - 1


# --- rows ------------------------------------------------------------------------------------

ACCESS = {
    "uniform": (laws.ACCESS_UNIFORM, 0.0, 0.0),
    "zipf 0.8": (laws.ACCESS_ZIPF, 0.8, 0.0),
    "zipf 1": (laws.ACCESS_ZIPF, 1.0, 0.0),
    "zipf 1.3": (laws.ACCESS_ZIPF, 1.3, 0.0),
    "special": (laws.ACCESS_SPECIAL, 0.01, 0.75),
    "pareto": (laws.ACCESS_PARETO, 0.2, 0.0),
}
ROWS = 1000
EDGES = [0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 800, 1000]


def p_hits(ranks: np.ndarray, law: int, a: float, b: float) -> float:
    """The chance of hits at least this far from what `hit_fraction` says (chi-square)."""
    shares = np.diff([laws.hit_fraction(law, edge / ROWS, ROWS, a, b) for edge in EDGES])
    return float(stats.chisquare(np.histogram(ranks, EDGES)[0], shares * len(ranks)).pvalue)


@pytest.mark.parametrize("name", ACCESS)
def test_the_hit_fraction_is_that_of_the_rows_drawn(name):
    """Chi-square in 12 classes, false alarm 1e-4 each. With 100,000 rows it sees 1 % of the
    accesses moved into or out of one class; the planted fault sends 2 % of them to row 0."""
    law, a, b = ACCESS[name]
    ranks = [laws.key_rank(law, ROWS, a, b, uniform(KEY, 2, i)) for i in range(100_000)]
    assert p_hits(np.array(ranks), law, a, b) > 1e-4
    moved = np.array([0 if i % 50 == 0 else r for i, r in enumerate(ranks)])
    assert p_hits(moved, law, a, b) < 1e-4


@pytest.mark.parametrize("name", ACCESS)
@pytest.mark.parametrize("rows", [1, 2, 7, 2**33])
def test_ranks_stay_within_the_rows(name, rows):
    law, a, b = ACCESS[name]
    edges = [2.0**-53, 1e-9, 0.5, 0.75, math.nextafter(0.75, 0), 1 - 2.0**-53]
    ranks = [laws.key_rank(law, rows, a, b, u) for u in edges]
    assert all(0 <= rank < rows for rank in ranks)
    assert laws.hit_fraction(law, 0.0, rows, a, b) == 0
    assert laws.hit_fraction(law, 1.0, rows, a, b) == 1


@pytest.mark.parametrize("name", ACCESS)
@pytest.mark.parametrize("row", [1, 9, 10, 11, 500, 999])
def test_the_hit_fraction_is_the_exact_inverse_of_the_row(name, row):
    law, a, b = ACCESS[name]
    edge = laws.hit_fraction(law, row / ROWS, ROWS, a, b)
    ranks = [laws.key_rank(law, ROWS, a, b, edge * (1 + d)) for d in (-1e-9, 1e-9)]
    assert ranks == [row - 1, row]


def test_access_laws_at_the_points_people_know():
    hit = laws.hit_fraction
    assert hit(laws.ACCESS_PARETO, 0.2, ROWS, 0.2, 0.0) == pytest.approx(0.8)
    assert hit(laws.ACCESS_SPECIAL, 0.01, ROWS, 0.01, 0.75) == pytest.approx(0.75)
    assert hit(laws.ACCESS_UNIFORM, 0.3, ROWS, 0.0, 0.0) == 0.3
    assert hit(laws.ACCESS_ZIPF, 0.3, ROWS, 0.0, 0.0) == pytest.approx(0.3)
    assert hit(laws.ACCESS_ZIPF, 0.05, 1000, 1.0, 0.0) == pytest.approx(math.log(51, 1001))
    near_one = [hit(laws.ACCESS_ZIPF, 0.05, 1000, 1 + d, 0.0) for d in (-2e-6, 0.0, 2e-6)]
    assert near_one == pytest.approx([near_one[1]] * 3, rel=1e-4)
    everything_hot = [laws.key_rank(laws.ACCESS_SPECIAL, 10, 1.0, 0.5, u) for u in (0.05, 0.55)]
    assert everything_hot == [0, 5]


# --- arrivals --------------------------------------------------------------------------------

S = 1_000_000_000


def profile(*segments: tuple[int, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts, rate0, rate1 = zip(*segments, strict=True)
    return np.array(starts, np.int64), np.array(rate0, float), np.array(rate1, float)


def test_arrivals_at_a_constant_rate_and_on_a_ramp():
    constant = profile((0, 250.0, 250.0))
    assert laws.next_arrival_ns(7, 0.5, *constant, 10 * S, 0) == (7 + 2_000_000, 0)
    ramp_up = profile((0, 0.0, 1000.0))  # area 50 t^2 within 10 s
    assert laws.next_arrival_ns(0, 50.0, *ramp_up, 10 * S, 0) == (S, 0)
    assert laws.next_arrival_ns(S, 150.0, *ramp_up, 10 * S, 0) == (2 * S, 0)
    ramp_down = profile((0, 1000.0, 0.0))  # all but 50 (10 - t)^2
    assert laws.next_arrival_ns(0, 4950.0, *ramp_down, 10 * S, 0) == (9 * S, 0)
    assert laws.next_arrival_ns(0, 5000.0, *ramp_down, 10 * S, 0) == (10 * S, 0)


def test_arrivals_skip_silence_and_end():
    rates = profile((S, 0.0, 0.0), (3 * S, 10.0, 10.0), (3 * S, 9.0, 9.0), (4 * S, 0.0, 0.0))
    assert laws.next_arrival_ns(0, 90.0, *profile((0, 9.0, 9.0)), 10 * S, 0) == (10 * S, 0)
    assert laws.next_arrival_ns(0, 4.5, *rates, 10 * S, 0) == (3_500_000_000, 2)
    assert laws.next_arrival_ns(0, 9.1, *rates, 10 * S, 0) == (10 * S + 1, 3)
    assert laws.next_arrival_ns(10 * S, 1e-9, *rates, 10 * S, 3) == (10 * S + 1, 3)


def area(rates: tuple[np.ndarray, ...], end_ns: int, until_ns: int) -> Fraction:
    """The exact area under the profile from 0 until a time."""
    starts = [*map(int, rates[0]), end_ns]
    total = Fraction(0)
    for k, (start, stop) in enumerate(zip(starts[:-1], starts[1:], strict=True)):
        length = min(until_ns, stop) - start
        if length > 0:
            r0, r1 = Fraction(float(rates[1][k])), Fraction(float(rates[2][k]))
            total += (r0 + (r1 - r0) * length / (stop - start) / 2) * length / S
    return total


rate = st.one_of(st.just(0.0), st.floats(0.01, 50_000))
lengths = st.one_of(st.just(0), st.integers(1_000_000, 100 * S))


@given(
    st.lists(st.tuples(lengths, rate, rate), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(1e-6, 1.1),
)
def test_the_area_up_to_the_next_arrival_is_what_was_drawn(segments, start, share):
    edges = np.cumsum([0, *(length for length, _, _ in segments)])
    rates = profile(*((int(t), a, b) for t, (_, a, b) in zip(edges, segments, strict=False)))
    end_ns = int(edges[-1])
    now_ns = int(start * end_ns)
    before, total = area(rates, end_ns, now_ns), area(rates, end_ns, end_ns)
    e, slack = share * float(total - before) or 1.0, 1e-12 * float(total)
    at_ns, segment = laws.next_arrival_ns(now_ns, e, *rates, end_ns, 0)
    if at_ns > end_ns:
        assert at_ns == end_ns + 1
        assert total - before <= e + slack
    else:
        assert now_ns <= at_ns and edges[segment] <= at_ns <= edges[segment + 1]
        assert area(rates, end_ns, max(at_ns - 1, now_ns)) - before <= e + slack
        assert area(rates, end_ns, min(at_ns + 1, end_ns)) - before >= e - slack


def test_arrivals_are_a_poisson_process_of_that_rate():
    """The areas between arrivals are unit exponentials: Kolmogorov-Smirnov, false alarm 1e-4. With
    about 23,000 arrivals it sees a distribution function off by 0.015; the planted fault is a rate
    5 % too high."""
    rates = profile((0, 0.0, 1000.0), (10 * S, 0.0, 0.0), (20 * S, 1000.0, 2000.0))
    at_ns, segment, times = 0, 0, []
    while True:
        e = laws.unit_exponential(KEY, len(times), 0)
        at_ns, segment = laws.next_arrival_ns(at_ns, e, *rates, 32 * S, segment)
        if at_ns > 32 * S:
            break
        times.append(at_ns)
    gaps = np.diff([float(area(rates, 32 * S, t)) for t in times])
    assert 22_000 < len(times) < 24_000
    assert stats.kstest(gaps, stats.expon().cdf).pvalue > 1e-4
    assert stats.kstest(gaps * 1.05, stats.expon().cdf).pvalue < 1e-4
