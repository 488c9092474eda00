"""What happens to a cluster over time: faults, health checks, failover, repair. SimPy, read aloud.

A few events per simulated second, so SimPy's own timeouts are allowed here: what is due at one
instant happens in the order in which it was scheduled, and the faults are scheduled first, in the
order of time, kind and name. Nothing polls: a fault computes which health check will notice it.
"""

from aurosim.control.events import Event, EventLog, Failover, Repair, Restart
from aurosim.control.plane import Control

__all__ = ["Control", "Event", "EventLog", "Failover", "Repair", "Restart"]
