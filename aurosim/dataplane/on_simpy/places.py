"""Places for pictures, as plain objects until somebody asks for the arrays.

Rules take a picture field by field, and a field of a numpy record is slow to write.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np

from aurosim.dataplane.mechanics.fields import Layout


@cache
def layout(dtype: np.dtype[np.void]) -> Layout:
    """The plain class of a view's columns."""
    return Layout("View", dtype)


class Places:
    """A table of views by ``[place]`` or ``[place, number]``, made when they are first written."""

    def __init__(self, table: Any) -> None:
        self.table = np.asarray(table)
        self.layout = layout(self.table.dtype)
        self.values = attrgetter(*(self.table.dtype.names or ()))
        self.views: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, at: Any) -> Any:
        view = self.views.get(at)
        if view is None:
            view = self.views[at] = self.layout.new()
        return view

    def filled(self) -> Any:
        """The table, with all that was written since it was last asked for."""
        for at, view in self.views.items():
            self.table[at] = self.values(view)
        self.views.clear()
        return self.table
