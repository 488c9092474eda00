"""A workload: a group of clients that all do the same transaction.

Load is open or closed, said explicitly: `arrivals` come whatever the cluster does; `connections`
each send a request, wait
for it, think, and send the next.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aurosim.scenario.arrivals import Arrivals
from aurosim.scenario.client import ClientSpec
from aurosim.scenario.fields import Name, PositiveSize, Spec
from aurosim.scenario.laws import Access, Think, UniformAccess
from aurosim.scenario.transaction import Transaction

MAX_CONNECTIONS = 100_000
ENDPOINTS = ("cluster", "reader")
GLOBAL = "global"
"""The global writer endpoint: the writer of whichever cluster is the primary then."""


class DataSpec(Spec):
    """The rows a workload works on."""

    working_set: PositiveSize | None = Field(
        default=None,
        description="Bytes of the table it touches; where it is not said, what another "
        "workload says of the table, else the smaller of 1 GiB and the volume.",
    )
    access: Access = Field(
        default_factory=lambda: UniformAccess(law="uniform"),
        description="Which rows: a law, or its name.",
    )
    table: Name = Field(
        default="main", description="Workloads with the same table share its pages in the caches."
    )


class WorkloadSpec(Spec):
    """One workload."""

    name: Name = Field(description="Its name in the results.")
    cluster: Name | None = Field(
        default=None,
        description="With `clusters`: the name of the one whose endpoint it uses; the primary "
        "where it is not said.",
    )
    endpoint: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="cluster",
        description="`cluster` (the writer), `reader`, the name of a custom endpoint or of an "
        "instance; with `clusters` also `global`, the writer of whichever is the primary then.",
    )
    arrivals: Arrivals | None = Field(default=None, description="Open load: how requests arrive.")
    connections: Annotated[int, Field(ge=1, le=MAX_CONNECTIONS)] | None = Field(
        default=None, description="Closed load: how many connections."
    )
    think_time: Think | None = Field(
        default=None,
        description="Closed load: the pause between requests, none where it is not said. "
        "A bare duration is constant, a mean without a law exponential. Clients begin at a random "
        "point of it.",
    )
    transaction: Transaction = Field(
        description="What a request does: a preset's name or a list of statements."
    )
    data: DataSpec = Field(default_factory=DataSpec, description="The rows it works on.")
    client: ClientSpec = Field(default_factory=ClientSpec, description="How the clients behave.")

    @property
    def open(self) -> bool:
        """Whether requests arrive by themselves."""
        return self.arrivals is not None
