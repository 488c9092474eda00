"""How far a mean may lie from theory: batch means, control variates, and the family's arithmetic.

The response times of neighbouring requests are not independent, so a run is cut into batches far
longer than a busy period (at load 0.5 correlation fades within some 12 mean service times), and
the batches' means are taken for independent (A. Law, "Simulation Modeling and Analysis", 5th ed.,
section 9.5.3). Their mean is corrected by controls: quantities of the same batch whose exact
expectation is known. The estimate is the intercept of the regression on the centred controls, its
error the regression's (S. Lavenberg, P. Welch, Management Science 27(3), 1981, 322-335).

Every check of the family has the same share of the false-alarm rate, ALPHA. Each also says by how
much the smallest wrongness it must catch would move its mean, and is refused if it would see that
with a chance below POWER. Seeds are fixed, so a check once passed passes for ever, until the code
changes.

**Caution.** What controls leave over is mostly little and seldom much (long busy periods), so the
studentised mean has heavier tails than t, the more so the stronger the controls. So they look back
8 requests and no further, and every margin is CAUTION times what t says; docs/verification.md has
the study of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from tests.verification.theory import Floats

FALSE_ALARM = 1e-3
POWER = 0.99
CHECKS = (
    "mean response of M/M/1",
    "distribution of the response of M/M/1",
    "mean response of M/M/4",
    "mean response of M/D/1",
    "mean response of M/E4/1 with processor sharing",
    "mean response of the interactive network with two servers",
    "distribution of the 4th of 6 acknowledgements",
    "mean response of M/M/2",
    "mean response of M/E4/1",
    "mean response of M/H2/1",
    "mean response of M/H2/1 with processor sharing",
    "response of long requests with processor sharing",
    "mean response of the machine repairman",
    "mean of the 4th of 6 acknowledgements",
)
"""The family: the first half runs in `make test`, all of it in `make test-long`."""
SHORT = CHECKS[: len(CHECKS) // 2]
ALPHA = FALSE_ALARM / len(CHECKS)
"""1e-3 / 14 = 7.1e-5, by Bonferroni's inequality; two-sided that is about 4 standard errors."""


CAUTION = 1.5


def critical(freedom: int) -> float:
    """How many standard errors off theory is a failure."""
    return CAUTION * float(stats.t.isf(ALPHA / 2.0, freedom))


@dataclass(frozen=True)
class Estimate:
    """A mean, its standard error, and the degrees of freedom of that error."""

    value: float
    error: float
    freedom: int


@dataclass(frozen=True)
class Verdict:
    """A check's outcome; `agrees` and `has_power` are what a test asserts."""

    check: str
    value: float
    expected: float
    margin: float
    smallest_wrongness: float
    seen_beyond: float

    @property
    def agrees(self) -> bool:
        """Whether what was measured is within the margin of theory."""
        return abs(self.value - self.expected) <= self.margin

    @property
    def has_power(self) -> bool:
        """Whether the smallest wrongness would be seen with a chance of POWER."""
        return self.smallest_wrongness >= self.seen_beyond


def batched(values: npt.ArrayLike, size: int) -> Floats:
    """Means of batches of `size`, along the last axis."""
    array = np.asarray(values, np.float64)
    batches = array.shape[-1] // size
    return array[..., : batches * size].reshape(*array.shape[:-1], batches, size).mean(axis=-1)


def controlled(values: npt.ArrayLike, controls: Sequence[npt.ArrayLike], size: int) -> Estimate:
    """The mean of `values`, corrected by `controls`, each of expectation 0."""
    y = batched(values, size)
    x = batched(np.array(controls), size) if len(controls) else np.empty((0, len(y)))
    design = np.vstack([np.ones(len(y)), x]).T
    freedom = len(y) - design.shape[1]
    assert freedom >= 20, f"{len(y)} batches for {len(x)} controls"
    found, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    assert rank == design.shape[1], "controls that are one and the same"
    rest = y - design @ found
    spread = np.linalg.inv(design.T @ design)[0, 0]
    return Estimate(float(found[0]), float(np.sqrt(rest @ rest / freedom * spread)), freedom)


def compare(check: str, found: Estimate, expected: float, wrong: float) -> Verdict:
    """Theory expects `expected`; the smallest wrongness to be caught would make it `wrong`."""
    assert check in CHECKS, check
    missed = float(stats.t.isf(1.0 - POWER, found.freedom))
    return Verdict(
        check, found.value, expected, critical(found.freedom) * found.error,
        abs(wrong - expected), (critical(found.freedom) + missed) * found.error,
    )  # fmt: skip
