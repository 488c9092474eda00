"""What happens to a cluster over time: faults, health checks, failover, repair. SimPy, read aloud.

A few events for each thing that happens, so SimPy's own timeouts are allowed here: what is under
way and due at one instant happens in the order in which it was scheduled, then the faults of that
instant strike in the order of kind and name. Nothing polls: a fault computes which health check
will notice it, and the data plane warns of a reader that is far behind.
"""

from aurosim.control.events import Event, EventLog, Failover, Repair, Restart, Takeover
from aurosim.control.plane import Control

__all__ = ["Control", "Event", "EventLog", "Failover", "Repair", "Restart", "Takeover"]
