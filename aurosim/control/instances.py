"""Instances going down and coming back, and the health checks that notice.

A *process* that dies (crash, reboot) closes its connections and restarts in place, its page cache
kept, since the cache lives outside the process. A *host* that goes away says nothing to anyone and
takes the cache along; when it may be back it boots first. Whoever was a reader comes back as a
reader; the holder of the writer's seat becomes *ready*, and `writer.py` opens it. Readers keep
running while there is no writer (Aurora MySQL from 2.10, PostgreSQL from 14.7; facts section 3).
An *absent* instance joins with a host of its own, and leaves with it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from aurosim.cluster.instance import Instance, Process, Role
from aurosim.control.context import Context, Standing
from aurosim.control.events import Event, Restart
from aurosim.dataplane.contract import Status

Steps = Generator[Any, Any, None]


class Instances:
    """The instances of one cluster. `writer_lost` is called when the open writer goes down."""

    def __init__(self, context: Context, writer_lost: Callable[[Instance], None]) -> None:
        self._context = context
        self._writer_lost = writer_lost
        self._down: dict[int, tuple[Restart, Event]] = {}
        self._back_ns: dict[int, int] = {}
        self._noticed_ns: dict[int, int] = {}
        self._joining: dict[int, Event] = {}

    def cause(self, instance: Instance) -> str:
        """Why an instance is down."""
        return self._down[instance.index][0].cause

    def noticed_ns(self, instance: Instance) -> int:
        """When health checks last knew that an instance was down."""
        return self._noticed_ns[instance.index]

    def stop(self, instance: Instance, cause: str, restart_ns: int, lose_cache: bool) -> None:
        """The process dies and restarts in place after `restart_ns`; no failover.

        One that was restarting anyway doesn't come back earlier for having died again.
        """
        assert instance.host_up
        if instance.process is Process.DOWN:
            left_ns = self._back_ns.get(instance.index, 0) - self._context.now
            restart_ns = max(restart_ns, left_ns)
        self._die(instance, Status.CLOSED, cause, lose_cache)
        self._come_back(instance, restart_ns)

    def lose_host(self, instance: Instance, token: str, cause: str) -> None:
        """The host goes dark, or has one more reason (`token`) to be so."""
        was_up = instance.host_up
        instance.away.add(token)
        if was_up:
            self._die(instance, Status.DARK, cause, lose_cache=True)

    def return_host(self, instance: Instance, token: str) -> None:
        """One reason for being dark is gone: the host boots, as dark as before. Once it has booted
        after the last of them, its process starts and recovers as after a crash, no sooner.
        """
        self._context.env.process(self._boot(instance, token))

    def replace_host(self, instance: Instance, token: str) -> None:
        """The instance gets a new host, on which all is ready unless something else darkens it. One
        that has left since needs none."""
        if token not in instance.away:
            return
        instance.away.remove(token)
        if instance.host_up:
            if self._context.topology.seated(instance):
                self._context.plane.start(instance.index, Status.CLOSED)
            self._come_back(instance, 0)

    def _boot(self, instance: Instance, token: str) -> Steps:
        context = self._context
        yield context.env.timeout(context.durations.fixed("host_boot"))
        if token not in instance.away:
            return  # it left meanwhile, and what it has now is another host
        instance.away.remove(token)
        if instance.host_up:
            # the draw that a crash would have had instead of this death
            restart_ns = context.durations.drawn(
                "crash_restart", instance.name, instance.deaths - 1
            )
            context.plane.start(instance.index, Status.CLOSED)
            self._come_back(instance, restart_ns)

    def join(self, instance: Instance, cause: str, takes_ns: int) -> None:
        """An absent instance is there from now on; its host comes `takes_ns` later, ready."""
        context, token = self._context, f"join {instance.deaths}"
        instance.process = Process.DOWN
        instance.away.add(token)
        context.plane.join(instance.index)
        self._joining[instance.index] = context.begin("join", instance.name, cause)
        context.env.process(self._make_host(instance, token, takes_ns))

    def _make_host(self, instance: Instance, token: str, takes_ns: int) -> Steps:
        yield self._context.env.timeout(takes_ns)
        self.replace_host(instance, token)

    def leave(self, instance: Instance, cause: str) -> None:
        """The instance is no longer there; it does not hold the writer's seat. What went on about
        it is over."""
        context = self._context
        assert not context.topology.seated(instance)
        context.plane.leave(instance.index)
        instance.leave()
        going_on = [self._joining.pop(instance.index, None)]
        if instance.index in self._down:
            going_on.append(self._down.pop(instance.index)[1])
        for event in going_on:
            if event is not None:
                event.detail = "it left"
                context.end(event)
        context.end(context.begin("leave", instance.name, cause))
        context.publish_readers()
        context.tell()

    def running(self, instance: Instance, role: Role) -> None:
        """The instance accepts statements in this role from now on."""
        context = self._context
        context.plane.start(instance.index, Status.UP)
        instance.run(role)
        if instance.index in self._down:
            restart, event = self._down.pop(instance.index)
            restart.end_ns = context.now
            context.end(event)
        if instance.index in self._joining:
            context.end(self._joining.pop(instance.index))
        if role is Role.READER:
            context.publish_readers()
        context.tell()

    def until_running(self, instance: Instance) -> Steps:
        """Waits until the instance accepts statements."""
        while instance.index in self._down:
            yield self._context.news

    def _die(self, instance: Instance, status: Status, cause: str, lose_cache: bool) -> None:
        context, was_writer = self._context, self._context.topology.writer is instance
        if status == Status.CLOSED:
            context.close(instance.index, lose_cache=lose_cache)
        else:
            context.plane.stop(instance.index, status, lose_cache=lose_cache)
        instance.die()
        if instance.index not in self._down:
            restart = Restart(instance.name, cause, context.now, None)
            event = context.begin("restart", instance.name, cause)
            context.restarts.append(restart)
            self._down[instance.index] = restart, event
        for record in self._down[instance.index]:
            record.cause = cause
        context.env.process(self._watch(instance))
        if was_writer:
            self._writer_lost(instance)
        context.tell()

    def _come_back(self, instance: Instance, after_ns: int) -> None:
        self._back_ns[instance.index] = self._context.now + after_ns
        self._context.env.process(self._restart(instance, instance.deaths, after_ns))

    def _restart(self, instance: Instance, death: int, after_ns: int) -> Steps:
        yield self._context.env.timeout(after_ns)
        while instance.deaths == death and self._context.standing is Standing.OUT:
            yield self._context.news  # there is no volume yet that it could open
        if instance.deaths != death or not instance.host_up:
            return  # it went down again meanwhile, and that has a restart of its own
        if self._context.topology.seated(instance):
            instance.ready = True
            self._context.tell()
        else:
            self.running(instance, Role.READER)

    def _watch(self, instance: Instance) -> Steps:
        """Health checks notice, unless it is back by then."""
        context, death = self._context, instance.deaths
        noticed_ns = context.durations.noticed(instance.name, context.now)
        yield context.env.timeout(noticed_ns - context.now)
        if instance.deaths != death or instance.process is not Process.DOWN:
            return
        self._noticed_ns[instance.index] = context.now
        instance.listed = False
        instance.known_lost = not instance.host_up
        context.publish_readers()
        context.tell()
