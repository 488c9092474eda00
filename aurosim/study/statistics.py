"""Intervals for what replicates say. Each replicate gives one number, and replicates are
independent: nothing here ever looks at the statements inside one.

- A mean: Student's t over replicates (A. Law, "Simulation Modeling and Analysis", 5th ed., section
  9.4), or the bootstrap (BCa: B. Efron, Journal of the ASA 82, 1987).
- A share of the replicates: Wilson's score interval (Journal of the ASA 22, 1927).
- A count of events: exact Poisson, from quantiles of the gamma law (F. Garwood, Biometrika 28,
  1936).
- A difference of two means: Student's t over the differences of pairs (Law, section 10.2).
- A difference of two shares: R. Newcombe's method 10 (Statistics in Medicine 17, 1998).

Fewer than ten events bear no interval with two ends: a bound from above is given, and said to be
one.

What is asked of SciPy is loaded where it is asked: all of `scipy.stats`, which only the bootstrap
needs, takes longer to load than a short study to run.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STUDENT: Final = "student"
BOOTSTRAP: Final = "bootstrap"
INTERVALS: Final = (STUDENT, BOOTSTRAP)

FEW_EVENTS: Final = 10
FEW_FOR_BOOTSTRAP: Final = 15
RESAMPLES: Final = 9999
MAX_DRAWN: Final = 1_000_000
"""Values drawn at once: it bounds the memory, not the result."""
BOOTSTRAP_SEED: Final = 20260101
"""Any number would do; a fixed one makes the same table of the same replicates."""
OVERDISPERSED: Final = 0.001
"""Chance at which counts of a Poisson law would be called too uneven by `uneven`."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its ends, in the unit of the values; None where there is no such end."""

    estimate: float | None
    low: float | None
    high: float | None
    method: str
    note: str = ""


NOTHING: Final = Interval(None, None, None, "none", "no replicate has this value")


def mean(values: Sequence[float], confidence: float, how: str = STUDENT) -> Interval:
    """The mean over replicates. One replicate has no interval, nor have equal ones."""
    if not values:
        return NOTHING
    array = np.asarray(values, dtype=np.float64)
    centre = float(array.mean())
    if len(array) == 1:
        return Interval(centre, None, None, "none", "one replicate has no interval")
    if (array == array[0]).all():
        # No spread is no proof of none: an interval without width would claim too much.
        return Interval(float(array[0]), None, None, "none", f"the same in all {len(array)}")
    if how == BOOTSTRAP:
        return _bootstrap(array, centre, confidence)
    return _student(array, centre, confidence)


def _student(array: Floats, centre: float, confidence: float) -> Interval:
    from scipy.special import stdtrit

    error = array.std(ddof=1) / len(array) ** 0.5
    tail = (1 - confidence) / 2, (1 + confidence) / 2
    low, high = stdtrit(len(array) - 1, tail) * error + centre
    return Interval(centre, float(low), float(high), "Student t")


def _bootstrap(array: Floats, centre: float, confidence: float) -> Interval:
    """BCa; the percentile interval where its acceleration cannot be computed."""
    from scipy import stats

    few = len(array) < FEW_FOR_BOOTSTRAP
    note = f"a bootstrap of fewer than {FEW_FOR_BOOTSTRAP} replicates is too narrow" if few else ""
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)
            found = stats.bootstrap(
                (array,), np.mean, confidence_level=confidence, n_resamples=RESAMPLES,
                method=method, rng=BOOTSTRAP_SEED, batch=max(1, MAX_DRAWN // len(array)),
            ).confidence_interval  # fmt: skip
        if math.isfinite(found.low) and math.isfinite(found.high):
            break
    return Interval(centre, float(found.low), float(found.high), f"bootstrap {method}", note)


def share(values: Sequence[float], confidence: float) -> Interval:
    """The share of replicates that say yes (1.0), by Wilson's score interval."""
    if not values:
        return NOTHING
    yes, every = round(sum(values)), len(values)
    low, high = _wilson(yes, every, confidence)
    return Interval(yes / every, low, high, "Wilson", f"{yes} of {every} replicates")


def _wilson(yes: int, every: int, confidence: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z, p = float(ndtri(0.5 + 0.5 * confidence)), yes / every
    around = 2 * (every + z**2)
    centre = (2 * every * p + z**2) / around
    half = z / around * math.sqrt(4 * every * p * (1 - p) + z**2)
    return 0.0 if yes == 0 else centre - half, 1.0 if yes == every else centre + half


def count(values: Sequence[float], confidence: float) -> Interval:
    """Events per replicate: exact Poisson on their total, one-sided where they are few."""
    if not values:
        return NOTHING
    from scipy.special import gammaincinv

    total, every = round(sum(values)), len(values)
    # The gamma law with k events, shape k and k + 1, has the limits of the Poisson mean.
    tail = 1 - confidence
    if total < FEW_EVENTS:
        high = float(gammaincinv(total + 1, confidence))
        events = "1 event" if total == 1 else f"{total or 'no'} events"
        note = f"{events} in {_runs(every)}, fewer than {FEW_EVENTS}: a bound from above only"
        return Interval(total / every, None, high / every, "exact Poisson, one-sided", note)
    low = float(gammaincinv(total, tail / 2)) / every
    high = float(gammaincinv(total + 1, 1 - tail / 2)) / every
    note = f"{total} events in {_runs(every)}"
    return Interval(total / every, low, high, "exact Poisson", note + uneven(values))


def _runs(every: int) -> str:
    return "1 replicate" if every == 1 else f"{every} replicates"


def uneven(values: Sequence[float]) -> str:
    """A warning where counts vary between replicates more than a Poisson law allows.

    Fisher's index of dispersion, the sum of (x - mean)^2 / mean, is chi-squared with n - 1 degrees
    of freedom if counts are Poisson; then this warns once in a thousand times.
    """
    from scipy.special import chdtrc

    array = np.asarray(values, dtype=np.float64)
    if len(array) < 2 or array.sum() == 0:
        return ""
    index = float(((array - array.mean()) ** 2).sum() / array.mean())
    if chdtrc(len(array) - 1, index) >= OVERDISPERSED:
        return ""
    times = index / (len(array) - 1)
    return f"; they vary {times:.1f} times as much as Poisson: the interval is too narrow"


@dataclass(frozen=True)
class Difference:
    """B minus A over pairs of replicates with the same seed.

    `correlation` is between the two of a pair; `variance_ratio` is how many times larger the
    variance would be if A and B had met different seeds: (var A + var B) / var (B - A). Both are
    None where one of the two does not vary.
    """

    interval: Interval
    correlation: float | None
    variance_ratio: float | None


def difference(a: Sequence[float], b: Sequence[float], confidence: float) -> Difference:
    """The mean of B - A over pairs, by Student's t. `a[k]` and `b[k]` have one seed."""
    assert len(a) == len(b), "a pair has two values"
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    found = mean((second - first).tolist(), confidence)
    return Difference(found, *_together(first, second))


def _together(a: Floats, b: Floats) -> tuple[float | None, float | None]:
    if len(a) < 2:
        return None, None
    var_a, var_b, var_d = (float(x.var(ddof=1)) for x in (a, b, b - a))
    correlation = float(np.corrcoef(a, b)[0, 1]) if var_a > 0 and var_b > 0 else None
    return correlation, (var_a + var_b) / var_d if var_d > 0 else None


def share_difference(a: Sequence[float], b: Sequence[float], confidence: float) -> Difference:
    """The difference of two shares over pairs: Newcombe's method 10.

    Wilson's limits of both shares are combined, with the correlation phi of the pairs.
    """
    assert len(a) == len(b), "a pair has two values"
    if not a:
        return Difference(NOTHING, None, None)
    first, second = share(a, confidence), share(b, confidence)
    p, q = first.estimate, second.estimate
    assert p is not None and q is not None
    phi, gap = _phi(a, b), q - p
    down = _hypotenuse(q - _end(second.low), _end(first.high) - p, phi)
    up = _hypotenuse(_end(second.high) - q, p - _end(first.low), phi)
    changed = sum(x != y for x, y in zip(a, b, strict=True))
    note = f"the answer differs in {changed} of {len(a)} pairs"
    interval = Interval(gap, gap - down, gap + up, "Newcombe, paired", note)
    return Difference(interval, *_together(np.asarray(a), np.asarray(b)))


def _end(value: float | None) -> float:
    assert value is not None, "Wilson's interval has both ends"
    return value


def _hypotenuse(x: float, y: float, phi: float) -> float:
    return math.sqrt(max(0.0, x * x + y * y - 2 * phi * x * y))


def _phi(a: Sequence[float], b: Sequence[float]) -> float:
    """The correlation of two columns of yes and no, with method 10's correction of its
    numerator where it is positive; 0 where a column does not vary."""
    pairs, every = list(zip(a, b, strict=True)), len(a)
    both = sum(1 for x, y in pairs if x and y)
    neither = sum(1 for x, y in pairs if not x and not y)
    only_a = sum(1 for x, y in pairs if x and not y)
    only_b = every - both - neither - only_a
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if margins == 0:
        return 0.0
    top = float(both * neither - only_a * only_b)
    top = max(top - every / 2, 0.0) if top > 0 else top
    return top / math.sqrt(margins)
