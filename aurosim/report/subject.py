"""What a report is about: the parts of a run's result that this room reads.

A protocol and not the class itself, so that a page can be made of anything that carries these
attributes: a finished run, a run stopped half way, or a small story told by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aurosim.metrics.columns import Columns


class Tables(Protocol):
    """Columns by name, those that docs/summary.md lists, with the unit in every name."""

    @property
    def timeseries(self) -> Columns: ...
    @property
    def events(self) -> Columns: ...
    @property
    def latency(self) -> Columns: ...
    @property
    def processes(self) -> Columns: ...


class Subject(Protocol):
    """A run as the report sees it; `aurosim.simulation.results.Result` is one. Read only.

    `summary` is the content of summary.json.
    """

    @property
    def scenario(self) -> Any: ...
    @property
    def summary(self) -> Mapping[str, Any]: ...
    @property
    def tables(self) -> Tables: ...
    @property
    def partial(self) -> bool: ...
