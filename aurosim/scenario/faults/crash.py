"""A crash of an instance, the dispatcher or a node, as by Aurora's ALTER SYSTEM CRASH.

All of them restart in place and never fail over (facts section 9).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from aurosim.scenario.faults.fault import ClusterFault, said
from aurosim.scenario.faults.struck import Event, Instance, Steps, Struck
from aurosim.scenario.faults.targets import WRITER, Target
from aurosim.scenario.fields import Name, short, word

FORM = "`crash: instance` (or dispatcher, node), which is the writer's"
CRASHES = ("instance", "dispatcher", "node")
_CRASH_WORD = word(*CRASHES)


def _what_crashes(value: Any) -> Any:
    """A word of ALTER SYSTEM CRASH; who names an instance is told where its name goes."""
    try:
        return _CRASH_WORD.func(value)
    except ValueError as error:
        named = isinstance(value, str) and re.fullmatch("[a-z0-9-]{1,64}", value)
        if not named or "Did you mean" in str(error):
            raise
        way = f"`crash: {{what: instance, instance: {value}}}`"
        if value == WRITER:
            way = "`crash: instance`: that is the writer's"
        raise ValueError(f"{error} If it names an instance, say {way}.") from None


class CrashTarget(Target):
    """A part of a database server that dies and restarts in place."""

    what: Annotated[Literal["instance", "dispatcher", "node"], BeforeValidator(_what_crashes)] = (
        Field(description="`instance`, `dispatcher` or `node`, as in ALTER SYSTEM CRASH.")
    )
    instance: Name = Field(
        default=WRITER, description="On which instance; the writer where it is not said."
    )

    @property
    def subject(self) -> str:
        """The instance as it is named."""
        return self.instance


class Crash(ClusterFault):
    """A process of the database dies and restarts in place, without failover."""

    kind: ClassVar[str] = "crash"
    for_: ClassVar[None] = None
    crash: Annotated[CrashTarget, *said(FORM, short("what", *CRASHES))] = Field(
        description="What crashes; the word alone means on the writer."
    )

    @property
    def cause(self) -> str:
        """What crashes, too."""
        return f"{self.kind} {self.crash.what}"

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """What crashes restarts; a node takes its page cache along."""
        instance = cluster.named(self.crash.instance, event)
        if not instance.host_up:
            event.detail = "no effect: its host is away"
            return
        if self.crash.what == "dispatcher":
            yield from _dispatcher(cluster, instance, event)
            return
        if self.crash.what == "node":
            restart_ns = cluster.durations.fixed("node_restart")
        else:
            restart_ns = cluster.durations.drawn("crash_restart", instance.name, instance.deaths)
        lose_cache = self.crash.what == "node"
        cluster.hosts.stop(instance, self.cause, restart_ns, lose_cache)
        yield from cluster.hosts.until_running(instance)


def _dispatcher(cluster: Struck, instance: Instance, event: Event) -> Steps:
    """Sending to the volume stops for a while; connections stay [assumption]."""
    death = instance.deaths
    if instance is not cluster.writer:
        event.detail = "no effect: only a writer has a dispatcher at work"
        return
    instance.dispatchers_down += 1
    cluster.plane.dispatcher(instance.index, False)
    yield cluster.wait(cluster.durations.fixed("dispatcher_restart"))
    if instance.deaths == death:  # else the process went down and took the dispatcher along
        instance.dispatchers_down -= 1
        if not instance.dispatchers_down:
            cluster.plane.dispatcher(instance.index, True)
