"""Endpoints: DNS names and which instances their records name.

The *cluster endpoint* names the writer. The *reader endpoint* names the available readers, or the
writer when there is none. A *custom endpoint* names those of its members that are available,
readers only or anyone. An *instance endpoint* always names its instance. Source: facts section 3
(AUG-2023:Aurora.Overview.Endpoints.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aurosim.cluster.instance import Instance, Role

Record = tuple[int, ...]


class Members(Protocol):
    """A custom endpoint: the instances that may stand in its record."""

    @property
    def instances(self) -> tuple[int, ...]: ...
    @property
    def readers_only(self) -> bool: ...


@dataclass
class Endpoints:
    """The published records, as instance indexes."""

    cluster: Record
    reader: Record
    custom: list[Record] = field(default_factory=list)

    def instance(self, index: int) -> Record:
        """The record of an instance's own endpoint, which never changes."""
        return (index,)


def reader_record(instances: Sequence[Instance], writer: int) -> Record:
    """What the reader endpoint should name: the readers listed as available, else the writer."""
    readers = (each.index for each in instances if each.role is Role.READER and each.listed)
    return tuple(readers) or (writer,)


def custom_record(instances: Sequence[Instance], endpoint: Members, writer: int) -> Record:
    """What a custom endpoint should name: its members listed as available, else the writer."""
    members = (
        each.index
        for each in instances
        if each.index in endpoint.instances
        and each.listed
        and (each.role is Role.READER or not endpoint.readers_only)
    )
    return tuple(members) or (writer,)
