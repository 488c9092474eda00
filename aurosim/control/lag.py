"""A reader too far behind is taken for dead and restarts (facts section 5, fault injection pages).

The only thing in the control plane that looks again and again: it looks at load, which no
arithmetic foretells. It does so as often as health checks come, and only while there are readers.
Readers of a secondary cluster are left alone: most of their lag is the link's.
"""

from __future__ import annotations

from aurosim.cluster.instance import Role
from aurosim.control.context import Context, Standing
from aurosim.control.instances import Instances, Steps

CAUSE = "lag"


def restart_lagging_readers(context: Context, instances: Instances) -> Steps:
    """Restarts in place each reader whose lag is beyond `reader_lag_restart`."""
    durations = context.durations
    period_ns = max(durations.fixed("health_check_period"), 1)
    limit_ns = durations.fixed("reader_lag_restart")
    while True:
        yield context.env.timeout(period_ns)
        if context.standing is not Standing.PRIMARY:
            continue
        seen = context.plane.observe().instances
        for instance in context.topology.instances:
            late = seen[instance.index].lag_ns > limit_ns
            if late and instance.role is Role.READER and instance.healthy:
                restart_ns = durations.drawn("crash_restart", instance.name, instance.deaths)
                instances.stop(instance, CAUSE, restart_ns, lose_cache=False)
