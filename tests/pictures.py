"""Pictures of observations that a test makes up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aurosim.dataplane.contract import Observation, Pictures
from aurosim.dataplane.observation import CLUSTER, INSTANCE, MOMENT, WORKLOAD


def pictures(*seen: Observation) -> Pictures:
    """A row for each."""

    def table(views: list[Sequence[Any]], columns: Any) -> Any:
        names = columns.names
        rows = [[tuple(getattr(each, name) for name in names) for each in row] for row in views]
        return np.array(rows, columns)

    moments = [tuple(getattr(each, name) for name in MOMENT.names or ()) for each in seen]
    return Pictures(
        np.array(moments, MOMENT), table([each.instances for each in seen], INSTANCE),
        table([each.clusters for each in seen], CLUSTER),
        table([each.workloads for each in seen], WORKLOAD),
    )  # fmt: skip
