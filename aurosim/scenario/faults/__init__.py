"""What goes wrong, and when: the table of faults.

Names follow Aurora's own fault injection queries (crash of an instance, the dispatcher, a node: all
restart in place) and the fault injection service; `host_failure`, `az_outage`, lost segments and
slow nodes are what those cannot do. Each fault is a file of this folder: its word, what it strikes
at, how it is said, and what it does. A fault that finds nothing to strike (an instance that is dark
already, a failover without a reader) leaves an event that says so.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Annotated

from pydantic import Tag

from aurosim.scenario.faults.az_outage import AzOutage
from aurosim.scenario.faults.crash import Crash
from aurosim.scenario.faults.failover import Failover
from aurosim.scenario.faults.fault import Fault
from aurosim.scenario.faults.global_failover import GlobalFailover
from aurosim.scenario.faults.host_failure import HostFailure
from aurosim.scenario.faults.reboot import Reboot
from aurosim.scenario.faults.region_outage import RegionOutage
from aurosim.scenario.faults.region_partition import RegionPartition
from aurosim.scenario.faults.segment_loss import SegmentLoss
from aurosim.scenario.faults.slow_link import SlowLink
from aurosim.scenario.faults.slow_node import SlowNode
from aurosim.scenario.faults.switchover import Switchover
from aurosim.scenario.fields import one_of

FAULTS: tuple[type[Fault], ...] = (
    HostFailure,
    Crash,
    Failover,
    Reboot,
    AzOutage,
    SegmentLoss,
    SlowNode,
    RegionOutage,
    RegionPartition,
    SlowLink,
    Switchover,
    GlobalFailover,
)
"""Every fault there is. Checks, the language page and the schema follow from it."""
KINDS = tuple(fault.kind for fault in FAULTS)

if TYPE_CHECKING:
    FaultSpec = Fault
else:
    FaultSpec = Annotated[
        reduce(operator.or_, (Annotated[fault, Tag(f"<{fault.kind}>")] for fault in FAULTS)),
        *one_of("a fault", KINDS),
    ]
