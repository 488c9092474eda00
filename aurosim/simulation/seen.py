"""What was seen of the data plane on the way: kept for a while, then checked and digested together.

How the volumes stand is the control plane's to say, which does not change while the data plane
runs: so each stretch of pictures gets it before the control plane goes on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aurosim.control import Control
from aurosim.dataplane.contract import DataPlane, Pictures
from aurosim.dataplane.plan import Plan
from aurosim.metrics.levels import VOLUME
from aurosim.metrics.recorder import Recorder
from aurosim.simulation import invariants

KEPT = 1024
"""Pictures that are digested together; a call costs about as much as a thousand of them."""
Int64s = npt.NDArray[np.int64]


class Seen:
    """The pictures of a run, from the data plane to the invariants and the recorder."""

    def __init__(
        self, plan: Plan, plane: DataPlane, control: Control, recorder: Recorder
    ) -> None:
        self._plan, self._plane = plan, plane
        self._control, self._recorder = control, recorder
        self._kept: list[Pictures] = []
        self._volumes: list[Int64s] = []
        self._count = 0
        self.last = plane.picture()
        plane.watch(recorder.moments_ns)

    def take(self) -> None:
        """Take what the data plane has seen since; before the control plane goes on."""
        self._keep(self._plane.pictures())
        if self._count >= KEPT:
            self._digest()

    def finish(self) -> None:
        """Close the books with a last picture."""
        self._keep(self._plane.picture())
        volumes = self._volumes[-1]
        self._digest()
        self._recorder.finish(self.last, self._plane.open_requests(), volumes)

    def _keep(self, seen: Pictures) -> None:
        if count := len(seen.moments):
            self._kept.append(Pictures.joined([seen]))  # the places are used again
            self._volumes.append(self._standing(seen.clusters["groups"]))
            self._count += count

    def _standing(self, groups: Int64s) -> Int64s:
        """How the volumes stand, with the groups that they had in each picture."""
        found = np.empty((*groups.shape, len(VOLUME)), np.int64)
        for k, cluster in enumerate(self._control.clusters):
            for count in set(groups[:, k].tolist()):
                view = cluster.volume_view(count)
                found[groups[:, k] == count, k] = [getattr(view, name) for name in VOLUME]
        return found

    def _digest(self) -> None:
        """Look at all that is kept: what must always hold, then what the recorder wants."""
        seen, volumes = Pictures.joined(self._kept), np.concatenate(self._volumes)
        self._kept, self._volumes, self._count = [], [], 0
        invariants.check(Pictures.joined([self.last, seen]), self._plan)
        self.last = seen.rows(slice(-1, None))
        self._recorder.look(seen, volumes)
