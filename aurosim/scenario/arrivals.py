"""Open load: how requests arrive, whatever the cluster does with them.

A rate profile gives the mean over time; arrivals are Poisson around it. The kinds are those that
load tools know: a constant
rate, linear stages (as k6 has them), the curve of a day, a burst, and a measured trace.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field, Tag

from aurosim.scenario.fields import HOLE, Duration, Name, PositiveDuration, Rate, Spec, one_of, word
from aurosim.units import NS_PER_DAY


class StageSpec(Spec):
    """One stage: the rate goes in a straight line from the last one to `rate` over `for`."""

    for_: PositiveDuration = Field(alias="for", description="How long the ramp takes.")
    rate: Rate = Field(description="The rate at the end of the stage.")


class DailySpec(Spec):
    """The curve of a day: mean + (peak - mean) cos(2 pi (t - peak_at) / period)."""

    mean: Rate = Field(description="The mean rate over a period.")
    peak: Rate = Field(
        description=(
            "The highest rate; at most twice the mean, so that the lowest is not below zero."
        )
    )
    peak_at: Duration = Field(
        default=0, description="When the peak is, counted from the start of the run."
    )
    period: PositiveDuration = Field(
        default=NS_PER_DAY,
        description=(
            "From peak to peak. Less than `24 h` plays the day faster: rates stay, but queues have "
            "less time to build up, and latencies and availability look better than they are "
            "([traces](#traces))."
        ),
    )

    def rate_at(self, at_ns: int) -> float:
        """The curve at a time of the run, per second."""
        phase = 2 * math.pi * ((at_ns - self.peak_at) % self.period) / self.period
        return max(0.0, self.mean + (self.peak - self.mean) * math.cos(phase))


class BurstSpec(Spec):
    """A steady rate with one burst."""

    rate: Rate = Field(description="The rate before and after the burst.")
    to: Rate = Field(description="The rate during the burst.")
    at: Duration = Field(description="When the burst begins, counted from the start of the run.")
    for_: PositiveDuration = Field(alias="for", description="How long the burst lasts.")


class TraceSpec(Spec):
    """A measured series of request counts or rates: a CSV file with the columns
    `timestamp,value`, any other CSV by its columns' names, or what CloudWatch's
    `get-metric-statistics` and `get-metric-data` give, as it is (see [traces](#traces)).
    """

    file: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        description="The file; a relative path counts from the folder of the scenario."
    )
    statistic: Annotated[Literal["sum", "average"] | None, word("sum", "average")] = Field(
        default=None,
        description=(
            "What a value is: `sum`, requests counted in the period (whole numbers), or "
            "`average`, requests per second. May be unsaid where the file says it "
            "(`get-metric-statistics`)."
        ),
    )
    metric: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None,
        description=(
            "What was measured, where the file does not say it: `CommitThroughput`, `requests`. "
            "Of several series in a file it picks one, by its Id, its Label or a word of it."
        ),
    )
    unit: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="requests", description="What is counted, for the report."
    )
    period: PositiveDuration | None = Field(
        default=None,
        description=(
            "The time from one value to the next. A CSV needs it; of what CloudWatch gives it "
            "follows from the timestamps."
        ),
    )
    column: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None,
        description="The column of a CSV that holds the values, by its name; otherwise `value`.",
    )
    time_column: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None,
        description=(
            "The column that holds the timestamps; otherwise `timestamp`, `time`, `date` or "
            "`datetime`, else the first."
        ),
    )
    scale: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=1.0, description="Every value is multiplied by this."
    )
    statements_per_request: Annotated[float, Field(gt=0, le=1e6)] | None = Field(
        default=None,
        description=(
            "Every value is divided by this: for a metric that counts statements, like `Queries`, "
            "which must say it. A request is a whole transaction."
        ),
    )
    gaps: Annotated[
        Literal["refuse", "interpolate", "zero"], word("refuse", "interpolate", "zero")
    ] = Field(
        default="refuse",
        description="What missing values are: an error, points on a straight line, or zero.",
    )
    compress: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=1.0,
        description=(
            "The trace runs this many times faster: rates stay, the time between values shrinks, "
            "and with it the time a queue has to build up, so that latencies and availability "
            "look better than they are ([traces](#traces))."
        ),
    )


class OwnWritesSpec(Spec):
    """Each request reads the row that a request of another workload has just committed."""

    of: Name = Field(
        description="The workload whose writes are read, on the same table. Each of its requests "
        "that ends well is followed by one of this workload, all of whose reads are of the row it "
        "wrote last."
    )
    after: Duration = Field(
        default=0, description="How long after the commit was acknowledged the read is asked for."
    )


class RateArrivals(Spec):
    """A constant rate."""

    kind: ClassVar[str] = "rate"
    rate: Rate = Field(description="Requests that arrive per unit of time.")


class StagedArrivals(Spec):
    """Linear ramps one after the other; the last rate is held."""

    kind: ClassVar[str] = "stages"
    stages: Annotated[list[Annotated[StageSpec, HOLE]], Field(min_length=1, max_length=1000)] = (
        Field(description="The ramps, in order.")
    )
    start_rate: Rate = Field(default=0.0, description="The rate at the start of the first ramp.")


class DailyArrivals(Spec):
    """The curve of a day."""

    kind: ClassVar[str] = "daily"
    daily: DailySpec = Field(description="Mean, peak and period of the curve.")


class BurstArrivals(Spec):
    """A steady rate with one burst."""

    kind: ClassVar[str] = "burst"
    burst: BurstSpec = Field(description="The two rates and the time of the burst.")


class TraceArrivals(Spec):
    """A measured series."""

    kind: ClassVar[str] = "trace"
    trace: TraceSpec = Field(description="The file and how to read it.")


class OwnWritesArrivals(Spec):
    """Reads of what another workload has just written."""

    kind: ClassVar[str] = "own_writes"
    own_writes: OwnWritesSpec = Field(description="Whose writes, and how long after.")


Arrivals = Annotated[
    Annotated[RateArrivals, Tag("<rate>")]
    | Annotated[StagedArrivals, Tag("<stages>")]
    | Annotated[DailyArrivals, Tag("<daily>")]
    | Annotated[BurstArrivals, Tag("<burst>")]
    | Annotated[TraceArrivals, Tag("<trace>")]
    | Annotated[OwnWritesArrivals, Tag("<own_writes>")],
    *one_of("arrivals", ("rate", "stages", "daily", "burst", "trace", "own_writes")),
]
