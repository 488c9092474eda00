"""A coarse world told in fine ticks: the same cluster and commands, where ties are rare.

Every time is stretched by a prime and drawn from a law instead of being constant, so that two
things seldom happen at one instant: what coarse worlds reach only in crowds, fine ones reach alone.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.distributions import LAW_EXPONENTIAL, LAW_LOGNORMAL
from aurosim.dataplane.plan import ClusterPlan, RateProfile, StatementPlan, WorkloadPlan
from tests.properties.world import Command, World

STRETCH = 1009
Part = TypeVar("Part")


def finer(world: World) -> World:
    """The same world with every time stretched and every duration a draw."""
    plan = world.plan
    stretched = replace(
        plan,
        end_ns=_longer(plan.end_ns),
        clusters=tuple(_cluster(each) for each in plan.clusters),
        instances=tuple(_stretched(each) for each in plan.instances),
        workloads=tuple(_workload(each) for each in plan.workloads),
    )
    return replace(world, plan=stretched, script=tuple(_command(each) for each in world.script))


def _longer(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_longer(each) for each in value)
    return value if value >= NEVER else type(value)(value * STRETCH)


def _stretched(part: Part) -> Part:
    """All its times, by their names."""
    names = [f.name for f in fields(part) if f.name.endswith("_ns")]
    return replace(part, **{name: _longer(getattr(part, name)) for name in names})


def _statement(plan: StatementPlan) -> StatementPlan:
    law = LAW_LOGNORMAL if plan.pages else LAW_EXPONENTIAL
    return replace(_stretched(plan), cpu_law=law, cpu_shape=0.8)


def _workload(plan: WorkloadPlan) -> WorkloadPlan:
    rate = plan.rate
    if rate is not None:
        rate = RateProfile(
            rate.starts_ns, rate.rate0_per_s / STRETCH, rate.rate1_per_s / STRETCH,
            _longer(rate.end_ns),
        )  # fmt: skip
    statements = tuple(_statement(each) for each in plan.statements)
    laws = {"think_law": LAW_EXPONENTIAL, "hold_law": LAW_EXPONENTIAL}
    return replace(_stretched(plan), rate=rate, statements=statements, **laws)


def _cluster(plan: ClusterPlan) -> ClusterPlan:
    return replace(_stretched(plan), costs=_stretched(plan.costs))


def _command(command: Command) -> Command:
    at_ns, name, args = command
    if name == "node_delay":
        args = (args[0], _longer(args[1]))
    if name == "publish":
        args = (*args[:-1], _longer(args[-1]))
    return _longer(at_ns), name, args
