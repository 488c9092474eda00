"""A control plane's records by hand, and the scenario they belong to; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from aurosim import scenario as language
from aurosim.control.events import Event, Failover, Repair, Restart, Takeover
from tests.metrics_story import ns

TEXT = """
name: by-hand
run: {duration: 20 s, warm_up: 2 s}
cluster:
  engine: aurora-mysql
  region: eu-west-1
  storage: {size: 20 GiB}
  instances:
    - {name: db-1, class: db.r6g.large}
    - {name: db-2, class: db.r6g.large}
workload:
  - {name: orders, arrivals: {rate: 10/s}, transaction: sysbench-oltp-write-only}
  - {name: browse, endpoint: reader, arrivals: {rate: 10/s}, transaction: sysbench-point-select}
expect:
EXPECT
"""


def scenario(*lines: str, shows: tuple[str, ...] = ()) -> language.Scenario:
    """The scenario of the story, with these `expect:` lines, and with these of `shows:`."""
    listed = "\n".join(f"  - {line}" for line in lines) or "  []"
    lesson = "\nshows:\n" + "\n".join(f"  - {line}" for line in shows) if shows else ""
    return language.loads(TEXT.replace("EXPECT", listed).rstrip() + lesson, "by-hand.yaml")


@dataclass
class Control:
    """What the control plane wrote down."""

    events: list[Event] = field(default_factory=list)
    failovers: list[Failover] = field(default_factory=list)
    restarts: list[Restart] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    write_unavailable_s: float = 0
    read_unavailable_s: float = 0
    role: str = "primary"
    regional_failovers: list[Takeover] = field(default_factory=list)
    switchovers: list[Takeover] = field(default_factory=list)

    @property
    def clusters(self) -> list[Control]:
        """The one cluster there is."""
        return [self]

    def write_unavailable_ns(self, now_ns: int) -> int:
        return ns(self.write_unavailable_s)

    def read_unavailable_ns(self, now_ns: int) -> int:
        return ns(self.read_unavailable_s)


def failover(
    start_s: float, promoted_s: float | None = None, moved_s: float | None = None
) -> Failover:
    promoted = None if promoted_s is None else ns(promoted_s)
    moved = None if moved_s is None else ns(moved_s)
    lost = ns(start_s)
    return Failover("host_failure", lost, lost, None, promoted, moved, None, "db-1", "db-2")
