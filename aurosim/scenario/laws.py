"""Laws of random quantities as a scenario says them: CPU bursts, think time, which rows are
touched.

`shape` is the one number beside the mean that a law may have, so that whoever builds from it need
not ask which.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, Tag

from aurosim.scenario.fields import Duration, PositiveDuration, Ratio, Spec, by_law, short
from aurosim.units import NS_PER_DAY, NS_PER_H

# No draw of a law in these bounds leaves 64 bits of nanoseconds.
Cv = Annotated[float, Field(gt=0, le=20)]
Short = Annotated[PositiveDuration, Field(le=NS_PER_H)]
MAX_PHASES = 64
"""What the draws of one Erlang value can tell apart (dataplane/distributions)."""

Long = Annotated[PositiveDuration, Field(le=NS_PER_DAY)]


class ConstantLaw(Spec):
    """Always the mean."""

    law: Literal["constant"] = Field(description="The word `constant`.")
    mean: Annotated[Duration, Field(le=NS_PER_DAY)] = Field(description="The value.")
    shape: ClassVar[float] = 0.0


class ExponentialLaw(Spec):
    """Exponential: no memory."""

    law: Literal["exponential"] = Field(
        default="exponential", description="The word; think time without a law has this one."
    )
    mean: Long = Field(description="The mean.")
    shape: ClassVar[float] = 0.0


class LognormalLaw(Spec):
    """Lognormal, given by mean and coefficient of variation."""

    law: Literal["lognormal"] = Field(description="The word `lognormal`.")
    mean: Short = Field(description="The mean.")
    cv: Cv = Field(description="Standard deviation over mean, above 0.")

    @property
    def shape(self) -> float:
        """The coefficient of variation."""
        return self.cv


class ErlangLaw(Spec):
    """Erlang: the sum of `shape` exponentials."""

    law: Literal["erlang"] = Field(description="The word `erlang`.")
    mean: Short = Field(description="The mean.")
    shape: Annotated[int, Field(ge=1, le=MAX_PHASES)] = Field(
        description="How many exponentials; a whole number."
    )


class HyperexponentialLaw(Spec):
    """Hyperexponential with two balanced branches: more variable than exponential."""

    law: Literal["hyperexponential"] = Field(description="The word `hyperexponential`.")
    mean: Short = Field(description="The mean.")
    cv: Annotated[float, Field(gt=1, le=20)] = Field(
        description="Standard deviation over mean, above 1."
    )

    @property
    def shape(self) -> float:
        """The coefficient of variation."""
        return self.cv


_BURSTS = ("constant", "exponential", "lognormal", "erlang", "hyperexponential")

Burst = Annotated[
    Annotated[ConstantLaw, Tag("<constant>")]
    | Annotated[ExponentialLaw, Tag("<exponential>")]
    | Annotated[LognormalLaw, Tag("<lognormal>")]
    | Annotated[ErlangLaw, Tag("<erlang>")]
    | Annotated[HyperexponentialLaw, Tag("<hyperexponential>")],
    *by_law("a CPU burst", _BURSTS),
    short("mean", law="constant"),
]

Think = Annotated[
    Annotated[ConstantLaw, Tag("<constant>")] | Annotated[ExponentialLaw, Tag("<exponential>")],
    *by_law("think time", ("constant", "exponential"), unsaid="exponential"),
    short("mean", law="constant"),
]

NO_TIME = ConstantLaw.model_construct(law="constant", mean=0)


class UniformAccess(Spec):
    """Every row alike."""

    law: Literal["uniform"] = Field(description="The word `uniform`.")


class ZipfAccess(Spec):
    """The k-th most wanted row is wanted in proportion to 1 / k ^ exponent."""

    law: Literal["zipf"] = Field(description="The word `zipf`.")
    exponent: Annotated[float, Field(gt=0, le=10)] = Field(
        default=0.99, description="The exponent; YCSB's default is 0.99."
    )


class SpecialAccess(Spec):
    """SysBench's `special`: a hot part of the rows takes most of the hits."""

    law: Literal["special"] = Field(description="The word `special`.")
    hot: Ratio = Field(default=0.01, description="The share of rows that are hot (SysBench: 1 %).")
    hits: Ratio = Field(
        default=0.75, description="The share of accesses that go to them (SysBench: 75 %)."
    )


class ParetoAccess(Spec):
    """SysBench's `pareto`: a share 1 - h of the accesses goes to a share h of the rows, and so on
    within.
    """

    law: Literal["pareto"] = Field(description="The word `pareto`.")
    h: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        default=0.2, description="The parameter h (SysBench: 0.2)."
    )


_ACCESSES = ("uniform", "zipf", "special", "pareto")

Access = Annotated[
    Annotated[UniformAccess, Tag("<uniform>")]
    | Annotated[ZipfAccess, Tag("<zipf>")]
    | Annotated[SpecialAccess, Tag("<special>")]
    | Annotated[ParetoAccess, Tag("<pareto>")],
    *by_law("access", _ACCESSES),
    short("law", *_ACCESSES),
]
