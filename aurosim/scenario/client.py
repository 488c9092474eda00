"""The client side of a workload: pool, time limits, retries, DNS cache, driver.

Users feel a failover through these: the database is back in seconds, plain clients when their DNS
cache, their dead sockets
and their retries let them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from aurosim.catalog.drivers import DRIVERS
from aurosim.scenario.cluster import Az
from aurosim.scenario.fields import Duration, PositiveDuration, Spec, word
from aurosim.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    Driver = str
else:
    Driver = Literal[tuple(DRIVERS)]
MAX_POOL = 100_000
MAX_QUEUE = 1_000_000
MAX_ATTEMPTS = 63
POOL = 50
QUEUE_PER_CONNECTION = 10


class RetrySpec(Spec):
    """What a client does after a failure. Attempt k + 1 waits up to backoff x 2^(k-1)."""

    attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] = Field(
        default=1, description="How often a request is tried in all; 1 is no retry. At most 63."
    )
    backoff: Duration = Field(
        default=50 * NS_PER_MS,
        description="The wait before the second attempt; it doubles from then on. A closed "
        "load's connection also waits so, once more, after a request that failed in the end.",
    )
    max_backoff: Duration = Field(default=2 * NS_PER_S, description="The longest wait.")
    jitter: Annotated[Literal["full", "none"], word("full", "none")] = Field(
        default="full",
        description="`full`: each wait is drawn from 0 to its length; `none`: it is its length.",
    )

    @property
    def total_backoff(self) -> int:
        """The longest sum of all waits, in ns."""
        return sum(min(self.backoff << k, self.max_backoff) for k in range(self.attempts - 1))


class ClientSpec(Spec):
    """The clients of one workload. They survive every fault: an Availability Zone is only where
    they are, for distance.
    """

    az: Az | None = Field(
        default=None, description="Where they are; with the first instance where it is not said."
    )
    region: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="With `clusters`: the AWS region they are in; their cluster's where it is not "
        "said.",
    )
    pool: Annotated[int, Field(ge=1, le=MAX_POOL)] | None = Field(
        default=None, description="Open load: connections kept; 50 where it is not said."
    )
    queue: Annotated[int, Field(ge=0, le=MAX_QUEUE)] | None = Field(
        default=None,
        description=(
            "Open load: requests that may wait for a connection; 10 for each connection where it "
            "is not said."
        ),
    )
    connect_timeout: PositiveDuration = Field(
        default=2 * NS_PER_S, description="How long opening a connection may take."
    )
    statement_timeout: PositiveDuration = Field(
        default=30 * NS_PER_S, description="How long a statement may take."
    )
    dns_cache: Duration | None = Field(
        default=None,
        description=(
            "How long a looked-up address is kept; the records' time to live where it is not said."
        ),
    )
    driver: Annotated[Driver, word(*DRIVERS)] = Field(
        default="plain",
        description="; ".join(f"`{word}`: {knows}" for word, knows in DRIVERS.items()) + ".",
    )
    retry: RetrySpec = Field(default_factory=RetrySpec, description="Retries after a failure.")
    give_up: PositiveDuration | None = Field(
        default=None,
        description="A request older than this at the end of the run counts as bad; "
        "where it is not said: attempts x (connect_timeout + statement_timeout) + the longest "
        "waits between them.",
    )
