"""The client side of a workload: processes, pools, time limits, retries, DNS caches, driver.

Users feel a failover through these: the database is back in seconds, plain clients when their DNS
cache, their dead sockets
and their retries let them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from aurosim.catalog.drivers import DRIVERS
from aurosim.catalog.stacks import stacks
from aurosim.scenario.cluster import Az
from aurosim.scenario.fields import (
    Duration,
    ForeverOrDuration,
    NoneOrDuration,
    PositiveDuration,
    Spec,
    word,
)
from aurosim.scenario.laws import NO_TIME, Think
from aurosim.scenario.pool import Pool, PoolSpec
from aurosim.scenario.sockets import ResolverSpec, TcpSpec
from aurosim.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    Driver = str
    Stack = str
else:
    Driver = Literal[tuple(DRIVERS)]
    Stack = Literal[tuple(stacks())]
MAX_PROCESSES = 10_000
MAX_QUEUE = 1_000_000
MAX_ATTEMPTS = 63
POOL = 50
"""Connections of an open load that says nothing of them."""
PER_PROCESS = 10
"""Connections of a process where nothing is said."""
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
    stack: Annotated[Stack, word(*stacks())] | None = Field(
        default=None,
        description="A product whose defaults stand wherever this file says nothing else; "
        "`aurosim check` shows what they are, docs/assumptions.md on what they rest.",
    )
    processes: Annotated[int, Field(ge=1, le=MAX_PROCESSES)] | None = Field(
        default=None,
        description="Application processes (pods, workers, functions), each with a pool and a "
        "cache of names of its own; where it is not said, one for every 10 connections. A request "
        "of an open load goes to a process at random.",
    )
    pool: Pool = Field(
        default_factory=PoolSpec, description="The pool of each process; in short its `size`."
    )
    queue: Annotated[int, Field(ge=0, le=MAX_QUEUE)] | None = Field(
        default=None,
        description=(
            "Open load: requests that may wait for a connection, in each process; 10 for each of "
            "its connections where it is not said."
        ),
    )
    connect_timeout: NoneOrDuration = Field(
        default=2 * NS_PER_S,
        description="How long opening a connection may take; with `none` it is `connect_give_up`.",
    )
    statement_timeout: NoneOrDuration = Field(
        default=30 * NS_PER_S, description="How long a statement may take."
    )
    dns_cache: ForeverOrDuration | None = Field(
        default=None,
        description=(
            "How long a process keeps a looked-up address, or `forever`; the records' time to live "
            "where it is not said. Only opening a connection looks one up."
        ),
    )
    resolver: ResolverSpec = Field(
        default_factory=ResolverSpec, description="A resolver that the processes share."
    )
    tcp: TcpSpec = Field(default_factory=TcpSpec, description="When TCP gives a connection up.")
    hold: Think = Field(
        default_factory=lambda: NO_TIME,
        description="How long a request keeps its connection besides its statements, in equal "
        "parts after each of them: work of the application, which occupies the connection and "
        "its locks and no vCPU of the database. A bare duration is constant, a mean without a law "
        "exponential.",
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
        "waits between them, `none` being `connect_give_up` and `tcp_give_up`.",
    )

    @property
    def connections(self) -> int:
        """The connections of all processes of an open load, once it is resolved."""
        pool = self.pool
        assert self.processes is not None and (pool.size is not None or pool.total is not None)
        return pool.total or self.processes * (pool.size or 0)
