"""How busy each instance was in its busiest minutes: a mean over a day hides the hour that hurts.

The measured time is cut into windows of 60 s from the end of warm-up; where it is under 10 min, a
window is a tenth of it. How much vCPU time an instance used in a window is the difference of two
readings of what it had used so far, so it is exact. The last window counts only if it is whole, so
that a minute cut short by the end of the run, or by an interruption, is neither busy nor calm; one
in which the instance was absent all the time is no window of its.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aurosim.dataplane.contract import Pictures
from aurosim.dataplane.plan import Plan
from aurosim.units import NS_PER_S

Int64s = npt.NDArray[np.int64]
WINDOW_NS = 60 * NS_PER_S
WINDOWS_LEAST = 10
"""A measured time too short for so many windows of 60 s is cut into as many shorter ones."""


def window_ns(warm_up_ns: int, end_ns: int) -> int:
    """The width of a window of a run that is asked to measure from `warm_up_ns` to `end_ns`."""
    return min(WINDOW_NS, (end_ns - warm_up_ns) // WINDOWS_LEAST)


class Peaks:
    """Readings of `busy_ns` and `vcpu_ns` at the edges of the windows, a row for each edge.

    It holds 16 bytes for each instance and simulated minute, whatever the requests.
    """

    def __init__(self, plan: Plan, warm_up_ns: int, end_ns: int) -> None:
        self._start_ns = warm_up_ns
        self.width_ns = window_ns(warm_up_ns, end_ns)
        windows = (end_ns - warm_up_ns) // self.width_ns if self.width_ns else 0
        self._busy_ns = np.zeros((windows + 1, len(plan.instances)), np.int64)
        self._vcpu_ns = np.zeros_like(self._busy_ns)
        self._edges = 0 if warm_up_ns else 1  # at the very start nobody has worked yet

    @property
    def edges_ns(self) -> Int64s:
        """When `take` wants to see the instances."""
        return self._start_ns + self.width_ns * np.arange(self._edges, len(self._busy_ns))

    def take(self, seen: Pictures) -> None:
        """Reads the instances at the edges among these pictures; others are passed over."""
        if not self.width_ns:
            return
        edge, off_ns = np.divmod(seen.at_ns - self._start_ns, self.width_ns)
        due = (off_ns == 0) & (edge >= self._edges) & (edge < len(self._busy_ns))
        if due.any():
            self._busy_ns[edge[due]] = seen.instances["busy_ns"][due]
            self._vcpu_ns[edge[due]] = seen.instances["vcpu_ns"][due]
            self._edges = int(edge[due][-1]) + 1

    def cpu(self, instance: int) -> tuple[float | None, float | None]:
        """Share of an instance's vCPU time used: in its busiest window, and the 95th percentile
        of its windows (nearest rank). None where no window is whole.
        """
        used_ns = np.diff(self._busy_ns[: self._edges, instance])
        whole_ns = np.diff(self._vcpu_ns[: self._edges, instance])
        shares = np.sort(used_ns[whole_ns > 0] / whole_ns[whole_ns > 0])
        if not len(shares):
            return None, None
        return float(shares[-1]), float(shares[rank(len(shares))])


def rank(count: int) -> int:
    """The place, from 0, of the 95th percentile among `count` sorted values: the nearest rank."""
    return -(-95 * count // 100) - 1
