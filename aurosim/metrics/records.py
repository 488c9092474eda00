"""What the summary reads of the control plane, as protocols: the two rooms are siblings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class FailoverRecord(Protocol):
    """The writer's seat given to another instance; None for what did not happen yet."""

    @property
    def cause(self) -> str: ...
    @property
    def start_ns(self) -> int: ...
    @property
    def detected_ns(self) -> int | None: ...
    @property
    def promoted_ns(self) -> int | None: ...
    @property
    def endpoint_moved_ns(self) -> int | None: ...
    @property
    def from_(self) -> str: ...
    @property
    def to(self) -> str: ...


class RestartRecord(Protocol):
    """An instance that went down and came back."""

    @property
    def instance(self) -> str: ...
    @property
    def cause(self) -> str: ...
    @property
    def start_ns(self) -> int: ...
    @property
    def end_ns(self) -> int | None: ...


class RepairRecord(Protocol):
    """A lost segment and its copying."""

    @property
    def end_ns(self) -> int | None: ...


class TakeoverRecord(Protocol):
    """The primary of a global database moved to another region; None for what did not happen."""

    @property
    def start_ns(self) -> int: ...
    @property
    def lost_ns(self) -> int | None: ...
    @property
    def promoted_ns(self) -> int | None: ...
    @property
    def endpoint_moved_ns(self) -> int | None: ...
    @property
    def rejoined_ns(self) -> int | None: ...
    @property
    def from_(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def writer(self) -> str: ...
    @property
    def missing_commits(self) -> int: ...
    @property
    def missing_bytes(self) -> int: ...
    @property
    def span_ns(self) -> int: ...


class ClusterRecords(Protocol):
    """What happened to one cluster."""

    @property
    def role(self) -> str: ...
    @property
    def failovers(self) -> Sequence[FailoverRecord]: ...
    @property
    def restarts(self) -> Sequence[RestartRecord]: ...
    @property
    def repairs(self) -> Sequence[RepairRecord]: ...
    def write_unavailable_ns(self, now_ns: int) -> int:
        """Time up to now without a write quorum somewhere."""
    def read_unavailable_ns(self, now_ns: int) -> int:
        """Time up to now without a live segment somewhere."""


class ControlRecords(Protocol):
    """The control plane at the end of a run: its clusters in order, and moves between them."""

    @property
    def clusters(self) -> Sequence[ClusterRecords]: ...
    @property
    def regional_failovers(self) -> Sequence[TakeoverRecord]: ...
    @property
    def switchovers(self) -> Sequence[TakeoverRecord]: ...
