"""A database instance as the control plane knows it: role, process, host.

The *process* accepts statements, or is being opened as the writer, or is down; or the instance is
*absent*, not yet or no longer there. The *host* is away while anything keeps it away: its own
failure, the outage of its AZ, or both at once; an AZ that is dark keeps an absent one away too, if
it comes meanwhile. An instance
is *listed* while the control plane believes that readers may be sent to it, and *known lost* from
the moment health checks have noticed that its host is away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What an instance is for."""

    WRITER = "writer"
    READER = "reader"


class Process(StrEnum):
    """What the database process of an instance does."""

    RUNNING = "running"  # accepts statements
    OPENING = "opening"  # stopped, being made the writer
    DOWN = "down"
    ABSENT = "absent"


OF_A_PLACE = ("az ", "region ")
"""How the reasons begin that keep any host of a place away, whoever has it."""


@dataclass
class Instance:
    """One instance. `index` is its place in the plan, `az` 0 to 2, `tier` its promotion tier."""

    name: str
    index: int
    az: int
    tier: int
    vcpu: int
    memory_bytes: int
    role: Role = Role.READER
    process: Process = Process.RUNNING
    listed: bool = True
    known_lost: bool = False
    ready: bool = False
    """Down, but able to open at once (it holds the writer's seat and its restart is over)."""
    deaths: int = 0
    """How often the process went down: who waits for a restart sees whether it is still its own."""
    dispatchers_down: int = 0
    """Crashes of the dispatcher (what writes to the volume) that are not over."""
    away: set[str] = field(default_factory=set)
    """What keeps the host away, empty while it is up."""

    @property
    def there(self) -> bool:
        """Whether it belongs to the cluster now, up or down."""
        return self.process is not Process.ABSENT

    @property
    def host_up(self) -> bool:
        """Whether the host is there."""
        return self.there and not self.away

    @property
    def healthy(self) -> bool:
        """Whether it accepts statements."""
        return self.process is Process.RUNNING

    def die(self) -> None:
        """The process goes down."""
        self.process = Process.DOWN
        self.ready = False
        self.dispatchers_down = 0
        self.deaths += 1

    def leave(self) -> None:
        """It is no longer there, and neither is its host."""
        self.die()
        self.process = Process.ABSENT
        self.listed = self.known_lost = False
        self.away = {each for each in self.away if each.startswith(OF_A_PLACE)}

    def run(self, role: Role) -> None:
        """The process accepts statements in this role from now on."""
        assert self.host_up, f"{self.name} runs without a host"
        self.process, self.role = Process.RUNNING, role
        self.listed, self.known_lost, self.ready = True, False, False
