"""Endpoints: DNS names and which instances their records name.

The *cluster endpoint* names the writer. The *reader endpoint* names the available readers, or the
writer when there is none. An *instance endpoint* always names its instance. Source: facts section 3
(AUG-2023:Aurora.Overview.Endpoints.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aurosim.cluster.instance import Instance, Role

Record = tuple[int, ...]


@dataclass
class Endpoints:
    """The published records, as instance indexes."""

    cluster: Record
    reader: Record

    def instance(self, index: int) -> Record:
        """The record of an instance's own endpoint, which never changes."""
        return (index,)


def reader_record(instances: Sequence[Instance], writer: int) -> Record:
    """What the reader endpoint should name: the readers listed as available, else the writer."""
    readers = (each.index for each in instances if each.role is Role.READER and each.listed)
    return tuple(readers) or (writer,)
