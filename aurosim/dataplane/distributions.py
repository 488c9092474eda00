"""The laws of chance: how long, which row, when next. Each formula exists once, here.

Both planes call the same compiled functions, so they agree to the last bit; only `math.exp`,
`math.log` and `math.sqrt` are used, for which compiled code and Python agree. A duration is
computed in floating point and rounded once, here, to whole nanoseconds. Parameters are checked
where the plan is built: `0 <= mean_ns <= LONGEST_NS`, shapes as in the table.

| law              | shape                               | variance of x / mean |
|------------------|-------------------------------------|----------------------|
| constant         | none                                | 0                    |
| exponential      | none                                | 1                    |
| lognormal        | coefficient of variation, >= 0      | shape^2              |
| erlang           | number of phases k, 1 to 64         | 1 / k                |
| hyperexponential | coefficient of variation, >= 1      | shape^2              |

Sources: A. Law, "Simulation Modeling and Analysis", 5th ed., 2015, section 8.3 (inversion,
composition); W. Whitt, "Approximating a point process by a renewal process I", Operations Research
30 (1982), section 3 (hyperexponential with balanced means); M. Wichura, "Algorithm AS 241: the
percentage points of the normal distribution", Applied Statistics 37 (1988) 477-484.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from aurosim.compiled import jit, kernel_jit
from aurosim.randomness import Word, uniform, uniform_pair

Int64s = npt.NDArray[np.int64]
Float64s = npt.NDArray[np.float64]

LAW_CONSTANT = 0
LAW_EXPONENTIAL = 1
LAW_LOGNORMAL = 2
LAW_ERLANG = 3
LAW_HYPEREXPONENTIAL = 4

ERLANG_MOST_PHASES = 64
DRAW_LIMIT = 1 << 59
"""Draw numbers stay below this: an Erlang draw uses the five bits above for its further words."""

LONGEST_NS = 1 << 62
"""No duration is longer (146 years), so that adding one to a time cannot overflow."""

_SUBDRAW_SHIFT = np.uint64(59)

_NORMAL_CELLS = 4096
_OUTER = 1.0 / 64.0
_NORMAL = np.array(
    [0.0, *(NormalDist().inv_cdf(k / _NORMAL_CELLS) for k in range(1, _NORMAL_CELLS)), 0.0]
)
"""Quantiles of the normal law at equal steps (the ends are not used)."""


@jit
def round_ns(x: float) -> int:
    """A duration to whole nanoseconds, between 0 and `LONGEST_NS`: the only rounding there is."""
    if not x > 0.0:
        return 0
    if x >= LONGEST_NS:
        return LONGEST_NS
    return int(x + 0.5)


@jit
def unit_exponential(key: Word, draw: Word, entity: Word) -> float:
    """An exponential number of mean 1, greater than 0: the area up to the next arrival."""
    return -math.log(uniform(key, draw, entity))


@jit
def _normal_tail(r: float) -> float:
    """The quantile by the square root `r` of -log of the tail beyond it (AS 241, both tails)."""
    if r <= 5.0:
        r -= 1.6
        return (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
                     + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
                   + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
                 + 4.63033784615654529590e0) * r + 1.42343711074968357734e0) / (
            ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
                 + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
               + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
             + 2.05319162663775882187e0) * r + 1.0)
    r -= 5.0
    return (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                 + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
               + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
             + 5.46378491116411436990e0) * r + 6.65790464350110377720e0) / (
        ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
             + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
           + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
         + 5.99832206555887937690e-1) * r + 1.0)


@jit
def normal_quantile(p: float) -> float:
    """The standard normal number below which a share `p` lies, 0 < p < 1 (AS 241, 16 digits)."""
    q = p - 0.5
    if abs(q) > 0.425:
        tail = _normal_tail(math.sqrt(-math.log(p if q < 0.0 else 1.0 - p)))
        return -tail if q < 0.0 else tail
    r = 0.180625 - q * q
    return q * (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
                     + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
                   + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
                 + 1.3314166789178437745e2) * r + 3.3871328727963666080e0) / (
        ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
             + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
           + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
         + 4.2313330701600911252e1) * r + 1.0)


@jit
def normal(u: float) -> float:
    """A standard normal number from a uniform one: `normal_quantile` to within 2e-5, several times
    faster. Straight lines between 4,096 points; exact in the outer sixty-fourths."""
    if u < _OUTER or u > 1.0 - _OUTER:
        return normal_quantile(u)
    x = u * _NORMAL_CELLS
    k = int(x)
    return float(_NORMAL[k] + (x - k) * (_NORMAL[k + 1] - _NORMAL[k]))


@jit
def lognormal_ns(mean_ns: float, sigma: float, key: Word, draw: Word, entity: Word) -> int:
    """A lognormal duration in ns by its mean and the deviation `sigma` of its logarithm."""
    z = normal(uniform(key, draw, entity))
    return round_ns(mean_ns * math.exp(sigma * z - 0.5 * sigma * sigma))


@jit
def _erlang(mean_ns: float, phases: int, key: Word, draw: Word, entity: Word) -> float:
    """The sum of `phases` exponentials; each two come from one call of the generator."""
    total = 0.0
    for pair in range((phases + 1) // 2):
        further = np.uint64(draw) | (np.uint64(pair) << _SUBDRAW_SHIFT)
        u, v = uniform_pair(key, further, entity)
        total -= math.log(u * v) if 2 * pair + 1 < phases else math.log(u)
    return mean_ns * total / phases


@jit
def _hyperexponential(mean_ns: float, cv: float, key: Word, draw: Word, entity: Word) -> float:
    """Two exponentials of which each contributes half of the mean (balanced means)."""
    u, v = uniform_pair(key, draw, entity)
    p = 0.5 * (1.0 + math.sqrt((cv * cv - 1.0) / (cv * cv + 1.0)))
    share = p if u < p else 1.0 - p
    return -math.log(v) * mean_ns / (2.0 * share)


@jit
def draw_ns(law: int, mean_ns: float, shape: float, key: Word, draw: Word, entity: Word) -> int:
    """A duration in ns from a law with this mean; `shape` as in the table above.

    `draw` is below `DRAW_LIMIT`. The same (key, draw, entity) gives the same underlying chance.
    """
    if law == LAW_CONSTANT:
        return round_ns(float(mean_ns))
    if law == LAW_EXPONENTIAL:
        return round_ns(mean_ns * unit_exponential(key, draw, entity))
    if law == LAW_LOGNORMAL:
        sigma = math.sqrt(math.log(1.0 + shape * shape))
        return lognormal_ns(mean_ns, sigma, key, draw, entity)
    if law == LAW_ERLANG:
        return round_ns(_erlang(mean_ns, int(shape), key, draw, entity))
    assert law == LAW_HYPEREXPONENTIAL
    return round_ns(_hyperexponential(mean_ns, shape, key, draw, entity))


@jit
def lognormal_at(median_ns: float, sigma: float, u: float) -> int:
    """The quantile at `u`, in ns, of a lognormal law by its median and `sigma` as below."""
    return round_ns(median_ns * math.exp(sigma * normal(u)))


@jit
def lognormal_median_ns(
    median_ns: float, sigma: float, key: Word, draw: Word, entity: Word
) -> int:
    """A lognormal duration in ns by its median and the deviation `sigma` of its logarithm."""
    return lognormal_at(median_ns, sigma, uniform(key, draw, entity))


# --- which row -------------------------------------------------------------------------------
#
# Rows are numbered from the hottest, 0. A law is an inverse: the share F(x) of accesses that go to
# the hottest share x of the rows is stated below, and the row of a uniform number u is the one in
# which F reaches u. That inversion *is* the law simulated, and `hit_fraction` is its F.
#
# | law     | a             | b                | F(x), with n rows                              |
# |---------|---------------|------------------|------------------------------------------------|
# | uniform |               |                  | x                                              |
# | zipf    | exponent >= 0 |                  | area of t^-a from 1 to 1 + n x, over 1 to 1 + n |
# | special | hot share     | accesses of them | linear from 0 to b at a, and from there to 1   |
# | pareto  | h, 0 < h < 1  |                  | x^(ln(1-h) / ln h), thus F(h) = 1 - h          |
#
# Zipf is the continuous power law cut into whole rows: rank r gets the area from r to r + 1
# instead of r^-a, which spreads the first few ranks a little. Exponents within 1e-6 of 1 are
# taken as 1. Special rounds the hot share to whole rows, at least one.
# Special and Pareto are those of SysBench 1.0 (sb_rand.c: --rand-spec-pct = 100 a,
# --rand-spec-res = 100 b, --rand-pareto-h = h, where the row is n u^(ln h / ln(1-h))).

ACCESS_UNIFORM = 0
ACCESS_ZIPF = 1
ACCESS_SPECIAL = 2
ACCESS_PARETO = 3


@jit
def _zipf_area(x: float, exponent: float) -> float:
    """The area under t^-exponent from 1 to `x`."""
    power = 1.0 - exponent
    if abs(power) < 1e-6:
        return math.log(x)
    return (math.exp(power * math.log(x)) - 1.0) / power


@jit
def _zipf_edge(area: float, exponent: float) -> float:
    """The x up to which the area under t^-exponent, from 1, is `area`."""
    power = 1.0 - exponent
    if abs(power) < 1e-6:
        return math.exp(area)
    return math.exp(math.log(1.0 + power * area) / power)


@jit
def _hot_rows(rows: int, share: float) -> int:
    return min(max(int(rows * share + 0.5), 1), rows)


@jit
def key_rank(law: int, rows: int, a: float, b: float, u: float) -> int:
    """The row, 0 (hottest) to `rows` - 1, that the uniform number `u` in (0, 1) asks for."""
    if law == ACCESS_UNIFORM:
        rank = int(u * rows)
    elif law == ACCESS_ZIPF:
        rank = int(_zipf_edge(u * _zipf_area(1.0 + rows, a), a)) - 1
    elif law == ACCESS_SPECIAL:
        hot = _hot_rows(rows, a)
        if hot == rows:
            rank = int(u * rows)
        elif u < b:
            rank = min(int(u / b * hot), hot - 1)
        else:
            rank = hot + int((u - b) / (1.0 - b) * (rows - hot))
    else:
        assert law == ACCESS_PARETO
        rank = int(rows * math.exp(math.log(u) * math.log(a) / math.log(1.0 - a)))
    return min(max(rank, 0), rows - 1)


@jit
def hit_fraction(law: int, x: float, rows: int, a: float, b: float) -> float:
    """The share of accesses that go to the hottest share `x` of the rows, both 0 to 1.

    A cache that holds the hottest `x * rows` rows has this hit ratio.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if law == ACCESS_UNIFORM:
        return float(x)
    if law == ACCESS_ZIPF:
        return _zipf_area(1.0 + x * rows, a) / _zipf_area(1.0 + rows, a)
    if law == ACCESS_SPECIAL:
        hot = _hot_rows(rows, a) / rows
        if x <= hot:
            return x / hot * (b if hot < 1.0 else 1.0)
        return b + (x - hot) / (1.0 - hot) * (1.0 - b)
    assert law == ACCESS_PARETO
    return math.exp(math.log(x) * math.log(1.0 - a) / math.log(a))


# --- when next -------------------------------------------------------------------------------


@jit
def _reach_s(e: float, rate_per_s: float, slope_per_s2: float) -> float:
    """When the area under a rate that starts here with this slope is `e`, in seconds.

    The root of slope/2 t^2 + rate t - e, in the form that does not subtract like from like.
    """
    root = math.sqrt(max(rate_per_s * rate_per_s + 2.0 * slope_per_s2 * e, 0.0))
    return 2.0 * e / (rate_per_s + root)


@kernel_jit
def next_arrival_ns(
    now_ns: int,
    e: float,
    starts_ns: Int64s,
    rate0_per_s: Float64s,
    rate1_per_s: Float64s,
    end_ns: int,
    segment: int,
) -> tuple[int, int]:
    """The next arrival after one at `now_ns`, and the segment it lies in, to be passed back.

    It comes when the expected number of arrivals since `now_ns` reaches `e`, a unit exponential
    (Poisson process by inversion; Law 2015, section 8.6.2). Segment k of the rate lasts from
    `starts_ns[k]` to the next start, the last to `end_ns`; the rate goes linearly from
    `rate0_per_s[k]` to `rate1_per_s[k]`. If none comes by `end_ns`, the time is `end_ns + 1`.
    Start with segment 0; `now_ns` before the first start begins there. Segments passed are not
    looked at again.
    """
    last = len(starts_ns) - 1
    while segment <= last:
        start_ns = int(starts_ns[segment])
        stop_ns = end_ns if segment == last else int(starts_ns[segment + 1])
        now_ns = max(now_ns, start_ns)
        if now_ns < stop_ns:
            slope = (rate1_per_s[segment] - rate0_per_s[segment]) / ((stop_ns - start_ns) * 1e-9)
            rate = max(rate0_per_s[segment] + slope * ((now_ns - start_ns) * 1e-9), 0.0)
            left_s = (stop_ns - now_ns) * 1e-9
            area = 0.5 * (rate + rate1_per_s[segment]) * left_s
            if e <= area:
                at_ns = now_ns + round_ns(_reach_s(e, rate, slope) * 1e9)
                return min(at_ns, stop_ns), segment
            e -= area
        segment += 1
    return end_ns + 1, last
