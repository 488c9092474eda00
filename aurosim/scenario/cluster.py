"""The cluster as a scenario says it: engine, region, volume and instances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from aurosim import catalog
from aurosim.catalog import AZS
from aurosim.scenario.fields import HOLE, Duration, Name, PositiveDuration, PositiveSize, Spec, word
from aurosim.units import GIB, TIB


def _letter(value: Any) -> Any:
    """A zone's own name is refused with the letter that stands for it."""
    if isinstance(value, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+-[0-9][abc]", value):
        raise ValueError(f"is '{value}'; say a, b or c, whatever the region. Here: '{value[-1]}'.")
    return value


Az = Annotated[Literal["a", "b", "c"], word(*AZS), BeforeValidator(_letter)]
if TYPE_CHECKING:
    EngineName = str
else:
    EngineName = Literal[catalog.engines()]
ClassName = Annotated[str, Field(min_length=1, max_length=64)]

MAX_INSTANCES = 16
MAX_ENDPOINTS = 5
"""Custom endpoints of a cluster (user guide, "Amazon Aurora endpoint connections")."""
MAX_SLOTS = 100_000


class StorageSpec(Spec):
    """The cluster volume."""

    size: PositiveSize = Field(
        default=10 * GIB, description="Size of the data at the start; at most 128 TiB."
    )
    limit: PositiveSize = Field(
        default=128 * TIB,
        description="The size up to which the volume grows with its data, in steps of a protection "
        "group; then writes that need space fail. At most 128 TiB.",
    )
    type: Annotated[Literal["standard", "io-optimized"], word("standard", "io-optimized")] = Field(
        default="standard",
        description="The storage configuration, which decides how I/O is charged.",
    )
    lsn_allocation_limit: Annotated[int, Field(ge=1, le=10**15)] | None = Field(
        default=None,
        description="How many log records the writer may be ahead of what is durable before it "
        "stalls; as published where it is not said.",
    )


class InstanceSpec(Spec):
    """One database server."""

    name: Name = Field(
        description="Its name. Only the first may be called `writer`: faults mean by that word "
        "whoever is the writer then."
    )
    class_: ClassName = Field(alias="class", description="Instance class, like `db.r6g.2xlarge`.")
    az: Az | None = Field(
        default=None, description="Availability Zone; a, b, c in turn where it is not said."
    )
    promotion_tier: Annotated[int, Field(ge=0, le=15)] = Field(
        default=1,
        description="A failover prefers the lowest tier, then the largest class, then the name.",
    )
    vcpu: Annotated[int, Field(ge=1, le=256)] | None = Field(
        default=None, description="Number of vCPUs; that of the class where it is not said."
    )
    cache: (
        Annotated[Literal["warm", "cold", "served"], word("warm", "cold", "served")] | None
    ) = Field(
        default=None,
        description="The buffer cache at the start of the run: `warm` for every table, `cold`, or "
        "`served`, warm for the tables of the workloads whose endpoint leads to it; that where "
        "it is not said. With PostgreSQL's cluster cache management say `warm`.",
    )
    joins: PositiveDuration | None = Field(
        default=None,
        description="When a reader that is not there at the start is ready, with a cold cache; how "
        "long it took to make it is before that.",
    )
    leaves: PositiveDuration | None = Field(
        default=None,
        description="When it is taken away: its connections are reset. A writer stays.",
    )


class WriterShortSpec(Spec):
    """The short form's writer."""

    class_: ClassName = Field(alias="class", description="Instance class, like `db.r6g.2xlarge`.")
    az: Az = Field(
        default="a",
        description="Availability Zone of the writer; readers take the next ones in turn.",
    )


class ReadersShortSpec(Spec):
    """The short form's readers: reader-1, reader-2 and so on; in a secondary these names begin with
    the cluster's.
    """

    count: Annotated[int, Field(ge=0, le=MAX_INSTANCES)] = Field(
        description="How many readers; at most 15 beside a writer."
    )
    class_: ClassName | None = Field(
        default=None,
        alias="class",
        description="Their class; the writer's where it is not said, required in a secondary.",
    )


class EndpointSpec(Spec):
    """A custom endpoint: a name for some of the instances. A lookup is answered one of those that
    are there, at random; the writer where none is.
    """

    name: Name = Field(description="Its name, which a workload says as its `endpoint`.")
    members: Annotated[Literal["reader", "any"], word("reader", "any")] = Field(
        default="any",
        description="`reader`: only while it is a reader does an instance stand in the record; "
        "`any`: whatever it is.",
    )
    static: Annotated[list[Name], Field(min_length=1, max_length=MAX_INSTANCES)] | None = Field(
        default=None, description="The instances that may stand in it."
    )
    excluded: Annotated[list[Name], Field(min_length=1, max_length=MAX_INSTANCES)] | None = Field(
        default=None,
        description="In place of `static`, those that may not; all others may, and all of them "
        "where neither is said.",
    )

    def takes(self, instance: str) -> bool:
        """Whether an instance of this name may stand in its record."""
        if self.static is not None:
            return instance in self.static
        return instance not in (self.excluded or ())


class ClusterSpec(Spec):
    """One cluster. Say its servers as `instances`, or in short as `writer` and `readers`. A
    secondary has readers only, or no servers at all; its volume is as large as the primary's.
    """

    name: Name = Field(
        default="main", description="Its name in the results; required under `clusters`."
    )
    engine: Annotated[EngineName, word(*catalog.engines())] = Field(description="The database.")
    region: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="us-east-1",
        description="AWS region, which gives the distances between Availability Zones.",
    )
    storage: StorageSpec = Field(default_factory=StorageSpec, description="The cluster volume.")
    dns_ttl: Duration | None = Field(
        default=None,
        description="Time to live of the endpoints' DNS records; Aurora's where it is not said.",
    )
    endpoint_flap: Duration | None = Field(
        default=None,
        description="For how long after a failover a lookup of the endpoint may still be answered "
        "the old writer; drawn at each failover where it is not said.",
    )
    max_connections: Annotated[int, Field(ge=10, le=MAX_SLOTS)] | None = Field(
        default=None,
        description="`max_connections` in the parameter group of every instance; that of its "
        "class where it is not said.",
    )
    endpoints: Annotated[list[Annotated[EndpointSpec, HOLE]], Field(max_length=MAX_ENDPOINTS)] = (
        Field(default_factory=list, description="Custom endpoints; at most 5.")
    )
    instances: Annotated[list[Annotated[InstanceSpec, HOLE]], Field(max_length=MAX_INSTANCES)] = (
        Field(
            default_factory=list,
            description="The servers; the first is the writer at the start, but in a secondary.",
        )
    )
    writer: WriterShortSpec | None = Field(
        default=None, description="Short form: the writer, named `writer`."
    )
    readers: ReadersShortSpec | None = Field(default=None, description="Short form: the readers.")
