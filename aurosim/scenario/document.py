"""The scenario as a whole: what is run, on which cluster, under which load, with which faults, and
what should come out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr

from aurosim import catalog
from aurosim.scenario.cluster import ClusterSpec
from aurosim.scenario.cure import CureSpec
from aurosim.scenario.expect import ExpectLine
from aurosim.scenario.faults import FaultSpec
from aurosim.scenario.fields import HOLE, Duration, Name, PositiveDuration, Spec
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.model import ModelOverrides
from aurosim.scenario.workload import WorkloadSpec
from aurosim.units import NS_PER_S, format_duration

MAX_CLUSTERS = 11
MAX_WORKLOADS = 32
MAX_FAULTS = 1_000
MAX_EXPECTATIONS = 200
MAX_CURES = 8

Text = Annotated[str, Field(max_length=4000)]


UNSAID = 0
"""A duration that is not said: the loading puts the length of the traces in its place."""


class RunSpec(Spec):
    """How long and with which luck."""

    duration: PositiveDuration = Field(
        default_factory=lambda: UNSAID,
        description="Simulated time, warm-up included; where it is not said, the longest measured "
        "trace decides.",
    )
    warm_up: Duration = Field(
        default=0, description="Time at the start that the results leave out."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=1, description="Decides every draw; the same seed, the same run."
    )
    outage_threshold: PositiveDuration = Field(
        default=NS_PER_S,
        description="How long a workload that asks must go without a good request for it to be an "
        "outage; a request is unanswered after this and five times its own unloaded time.",
    )


@dataclass(frozen=True)
class Origin:
    """What a scenario was loaded from: the text as written, its name, what was set, its folder, and
    the numbers of the cures that were put in place, from 1.
    """

    text: str | bytes
    name: str
    overrides: Mapping[str, str]
    folder: Path
    cures: tuple[int, ...] = ()


class Scenario(Spec):
    """The whole file. What `aurosim.scenario.load` returns is resolved: nothing is left unsaid."""

    name: Name = Field(description="Its name, which names the output folder too.")
    question: Text | None = Field(default=None, description="The question that the run answers.")
    learn: Text | None = Field(default=None, description="What to take from it.")
    run: RunSpec = Field(default_factory=RunSpec, description="How long and with which luck.")
    model: ModelOverrides = Field(
        default_factory=dict,
        description="Entries of the catalog that this scenario overrides, by name; "
        "`none` switches off `time_slice`.",
    )
    cluster_: ClusterSpec | None = Field(
        default=None, alias="cluster", description="The cluster, where there is one."
    )
    clusters_: Annotated[
        list[Annotated[ClusterSpec, HOLE]], Field(max_length=MAX_CLUSTERS)
    ] = Field(
        default_factory=list,
        alias="clusters",
        description="In its place, the clusters of a global database: the primary, then 1 to 10 "
        "secondaries, each in a region of its own.",
    )
    workload: Annotated[
        list[Annotated[WorkloadSpec, HOLE]], Field(min_length=1, max_length=MAX_WORKLOADS)
    ] = Field(description="The groups of clients.")
    faults: Annotated[list[Annotated[FaultSpec, HOLE]], Field(max_length=MAX_FAULTS)] = Field(
        default_factory=list, description="What goes wrong, and when."
    )
    expect: Annotated[list[Annotated[ExpectLine, HOLE]], Field(max_length=MAX_EXPECTATIONS)] = (
        Field(
            default_factory=list,
            description=(
                "What you promise; a line that fails makes `aurosim run` leave with 99."
            ),
        )
    )
    shows: Annotated[list[Annotated[ExpectLine, HOLE]], Field(max_length=MAX_EXPECTATIONS)] = (
        Field(
            default_factory=list,
            description="What comes out as the file stands, and makes it a lesson: told in grey, "
            "and no verdict. Lines as in `expect:`.",
        )
    )
    cure: Annotated[list[Annotated[CureSpec, HOLE]], Field(max_length=MAX_CURES)] = Field(
        default_factory=list,
        description="What would mend the promises that break; `aurosim run X --cure` tries it.",
    )

    @property
    def clusters(self) -> list[ClusterSpec]:
        """The clusters, the primary first; of a file that says none, a hole."""
        if self.clusters_ is BROKEN or self.clusters_:
            return self.clusters_
        return [BROKEN if self.cluster_ is None else self.cluster_]

    @property
    def cluster(self) -> ClusterSpec:
        """The primary at the start, or the only one."""
        return self.clusters[0]

    @property
    def numbers(self) -> Mapping[str, catalog.Quantity]:
        """What stands in place of the catalog's entries once the scenario is resolved: what it
        overrides, else what its engine has of its own.
        """
        return catalog.engine(self.cluster.engine).model(self.model)

    @property
    def is_global(self) -> bool:
        """Whether there are secondaries."""
        return len(self.clusters) > 1

    # Where relative paths count from. No part of what the scenario says: two equal ones may stand
    # in two folders.
    _origin: Origin = PrivateAttr(default_factory=lambda: Origin("", "<text>", {}, Path(".")))

    @property
    def folder(self) -> Path:
        """The folder of the file it was loaded from, which a trace's relative path counts from."""
        return self._origin.folder

    # What each trace's file held when the scenario was loaded: a run reads no file.
    _traces: dict[str, bytes] = PrivateAttr(default_factory=dict)

    @property
    def traces(self) -> Mapping[str, bytes]:
        """The content of each trace's file, by workload, as it was when this was loaded."""
        return self._traces

    @property
    def origin(self) -> Origin:
        """What it was loaded from."""
        return self._origin

    def __repr__(self) -> str:
        """A line, for who looks at it in a notebook; `aurosim.scenario.dump` writes all of it."""
        workloads = ", ".join(str(getattr(each, "name", "?")) for each in self.workload)
        run = f"{format_duration(self.run.duration)}, seed {self.run.seed}"
        return f"<aurosim.Scenario {self.name}, {run}: {workloads}>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__
