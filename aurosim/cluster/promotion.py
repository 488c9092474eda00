"""Which reader a failover promotes.

The lowest promotion tier first, then the largest instance, then the name. Aurora breaks the last
tie arbitrarily; aurosim by name, so that a run can be told in advance. A reader that isn't healthy
is passed over, whatever its tier. Source: AUG-2023 and FAQ (facts section 3).
"""

from __future__ import annotations

from collections.abc import Iterable

from aurosim.cluster.instance import Instance, Role


def preference(instance: Instance) -> tuple[int, int, int, str]:
    """The place in the queue: tier, then memory and vCPUs (large first), then name."""
    return instance.tier, -instance.memory_bytes, -instance.vcpu, instance.name


def choose(instances: Iterable[Instance]) -> Instance | None:
    """The reader to promote, None when no reader is healthy."""
    able = [each for each in instances if each.role is Role.READER and each.healthy]
    return min(able, key=preference, default=None)
