"""What a report is about: the parts of a run's result that this room reads.

A protocol and not the class itself, so that a page can be made of anything that carries these
attributes: a finished run, a run stopped half way, or a small story told by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd


class Subject(Protocol):
    """A run as the report sees it; `aurosim.simulation.results.Result` is one. Read only.

    `timeseries`, `events`, `latency` and `processes` have the columns that docs/summary.md lists,
    with the unit in every name; `summary` is the content of summary.json.
    """

    @property
    def scenario(self) -> Any: ...
    @property
    def summary(self) -> Mapping[str, Any]: ...
    @property
    def timeseries(self) -> pd.DataFrame: ...
    @property
    def events(self) -> pd.DataFrame: ...
    @property
    def latency(self) -> pd.DataFrame: ...
    @property
    def processes(self) -> pd.DataFrame: ...
    @property
    def partial(self) -> bool: ...
