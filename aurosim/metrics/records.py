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


class ControlRecords(Protocol):
    """The control plane at the end of a run."""

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
