"""What a fault may strike at: the mappings under a fault's own word.

The checks of `scenario.checks` go by these: whoever names an instance, a cluster, or segments names
one that there is.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aurosim.catalog.volume import COPIES
from aurosim.scenario.cluster import Az
from aurosim.scenario.fields import HOLE, Name, Spec

WRITER = "writer"
"""The word that names whoever is the writer when the fault strikes."""

Segment = Annotated[int, Field(ge=0, le=COPIES - 1)]
Segments = Annotated[list[Annotated[Segment, HOLE]], Field(min_length=1, max_length=COPIES)]
Group = Annotated[int, Field(ge=0, le=32767)]

OF_CLUSTER = "With `clusters`: of which; of the primary at that time where it is not said."


class Target(Spec):
    """What every target has."""

    @property
    def subject(self) -> str:
        """Whom it names, as the strike's event tells it."""
        return WRITER


class InstanceTarget(Target):
    """An instance of the cluster."""

    instance: Name = Field(description="Its name, or `writer` for whoever is the writer then.")

    @property
    def subject(self) -> str:
        """The instance as it is named."""
        return self.instance


class AzTarget(Target):
    """An Availability Zone."""

    az: Az = Field(description="a, b or c.")
    cluster: Name | None = Field(default=None, description=OF_CLUSTER)

    @property
    def subject(self) -> str:
        """Its letter."""
        return self.az


class SegmentsTarget(Target):
    """Segments of a protection group. AZ a holds 0 and 1, b 2 and 3, c 4 and 5."""

    group: Group = Field(description="Number of the protection group, from 0.")
    segments: Segments = Field(description="Which of its six segments.")
    cluster: Name | None = Field(default=None, description=OF_CLUSTER)

    @property
    def subject(self) -> str:
        """The group, and which of its segments."""
        return f"group {self.group} segments {', '.join(map(str, sorted(self.segments)))}"


class ClusterTarget(Target):
    """A cluster of a global database, and so the region it is in."""

    cluster: Name = Field(description="Its name.")

    @property
    def subject(self) -> str:
        """The cluster."""
        return self.cluster


class SecondaryTarget(ClusterTarget):
    """A secondary of a global database, and so the link by which it follows the primary."""


class SuccessorTarget(Target):
    """The secondary that becomes the primary."""

    to: Name = Field(description="The name of the secondary that becomes the primary.")

    @property
    def subject(self) -> str:
        """The secondary."""
        return self.to
