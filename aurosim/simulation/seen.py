"""What was seen of the data plane on the way: kept for a while, then checked and digested together.

How the volumes stand is the control plane's to say, and does not change while the data plane runs:
so each stretch of pictures gets it before the control plane goes on.
"""

from __future__ import annotations

import numpy as np

from aurosim.control import Control
from aurosim.dataplane.contract import DataPlane, Pictures
from aurosim.dataplane.plan import Plan
from aurosim.metrics.levels import VOLUME
from aurosim.metrics.recorder import Recorder
from aurosim.simulation import invariants

KEPT = 1024
"""Pictures that are digested together, and the most that come at once."""


class Seen:
    """The pictures of a run, from the data plane to the invariants and the recorder."""

    def __init__(
        self, plan: Plan, plane: DataPlane, control: Control, recorder: Recorder
    ) -> None:
        self._plan, self._plane = plan, plane
        self._control, self._recorder = control, recorder
        things = (len(plan.instances), len(plan.clusters), len(plan.workloads))
        self._kept = Pictures.empty(2 * KEPT, *things)
        self._volumes = np.zeros((2 * KEPT, len(plan.clusters), len(VOLUME)), np.int64)
        self._count = 0
        self._keep(plane.picture())
        plane.watch(recorder.moments_ns)

    @property
    def last(self) -> Pictures:
        """The last picture."""
        return self._kept.rows(slice(self._count - 1, self._count))

    def take(self) -> None:
        """Take what the data plane has seen since; before the control plane goes on."""
        self._keep(self._plane.pictures())
        if self._count > KEPT:
            self._digest()

    def finish(self) -> None:
        """Close the books with a last picture."""
        self._keep(self._plane.picture())
        self._digest()
        self._recorder.finish(self.last, self._plane.open_requests(), self._volumes[:1])

    def _keep(self, seen: Pictures) -> None:
        """Copy pictures, whose places are used again, and how the volumes stood."""
        end = self._count + len(seen.moments)
        self._kept.put(self._count, seen)
        for k, cluster in enumerate(self._control.clusters):
            groups, volumes = seen.clusters["groups"][:, k], self._volumes[self._count : end, k]
            for count in set(groups.tolist()):
                view = cluster.volume_view(count)
                volumes[groups == count] = [getattr(view, name) for name in VOLUME]
        self._count = end

    def _digest(self) -> None:
        """Look at all that is kept: what must always hold, then what the recorder wants. The first
        picture was the last one before, and the last one stays."""
        seen, last = self._kept.rows(slice(self._count)), self.last
        invariants.check(seen, self._plan)
        self._recorder.look(seen.rows(slice(1, None)), self._volumes[1 : self._count])
        self._kept.put(0, last)
        self._volumes[0] = self._volumes[self._count - 1]
        self._count = 1
