"""A reader too far behind is taken for dead and restarts (facts section 5, fault injection pages).

Lag follows from load, which no arithmetic foretells, so the data plane warns of the first reader
that is too late. The next health check acts on it: a warning is news then. Other news makes checks
look as well, since a reader that is late may be healthy again, or its cluster the primary.
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
    period_ns = _period_ns(context)
    limit_ns = durations.fixed("reader_lag_restart")
    while True:
        if context.standing is Standing.PRIMARY:
            context.plane.warn(context.cluster, limit_ns)
        yield context.news
        yield context.env.timeout(-context.now % period_ns)
        if context.standing is not Standing.PRIMARY:
            continue
        seen = context.plane.observe().instances
        for instance in context.topology.instances:
            late = seen[instance.index].lag_ns > limit_ns
            if late and instance.role is Role.READER and instance.healthy:
                restart_ns = durations.drawn("crash_restart", instance.name, instance.deaths)
                instances.stop(instance, CAUSE, restart_ns, lose_cache=False)


def tell_at_next_check(context: Context, late_ns: int) -> None:
    """What came at `late_ns` is news at the first health check after it."""
    period_ns = _period_ns(context)
    check_ns = (late_ns // period_ns + 1) * period_ns
    check = context.env.timeout(check_ns - context.now)
    check.callbacks.append(lambda _: context.tell())


def _period_ns(context: Context) -> int:
    return max(context.durations.fixed("health_check_period"), 1)
