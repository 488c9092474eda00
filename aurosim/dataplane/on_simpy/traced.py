"""The SimPy way of running with a trace: each event and each command is looked at before and after.

Who asks for no trace runs `SimpyMachine` as it is and pays nothing for this.
"""

from __future__ import annotations

from aurosim.dataplane.contract import Sink, Status
from aurosim.dataplane.mechanics import commands
from aurosim.dataplane.mechanics.plane import Names, Plane
from aurosim.dataplane.mechanics.words import NONE
from aurosim.dataplane.on_simpy.machine import SimpyMachine
from aurosim.dataplane.on_simpy.queue import Moment
from aurosim.dataplane.on_simpy.trace import NO_EVENT, Trace
from aurosim.dataplane.plan import Plan


class TracedMachine(SimpyMachine):
    """The SimPy way of running, watched."""

    def __init__(self, plan: Plan, rows: Sink, lags: Sink, trace: Trace) -> None:
        super().__init__(plan, rows, lags)
        self.trace = trace
        trace.attach(self.state)

    def _answer(self, moment: Moment) -> None:
        if self.trace.over or moment.subject == NONE:
            super()._answer(moment)
            return
        self.trace.before(moment.kind, moment.subject, moment.when)
        super()._answer(moment)
        self.trace.after(moment.when)

    def do(
        self, what: int, a: int, now: int, *, b: int = 0, c: int = 0, amount: float = 0.0
    ) -> int:
        """Do a command and return its answer."""
        if self.trace.over:
            return super().do(what, a, now, b=b, c=c, amount=amount)
        self.trace.before(NO_EVENT, NONE, now)
        answer = super().do(what, a, now, b=b, c=c, amount=amount)
        how = {commands.STOP: b, commands.LEAVE: int(Status.ABSENT)}.get(what, NONE)
        self.trace.after(now, a if how != NONE else NONE, how)
        return answer


def traced_plane(plan: Plan, rows: Sink, lags: Sink, names: Names, trace: Trace) -> Plane:
    """The data plane on SimPy, watched for one request."""
    return Plane(TracedMachine(plan, rows, lags, trace), plan, names)
