"""What the control plane writes down: events with a start and an end, failovers, restarts, repairs.

All times are ns; an end of None means that the thing was still going on when the run ended.

Kinds of events:
- `fault:<name>`: the whole of a fault, until what it hit is back or may boot; `detail` says if
  nothing was hit.
- `restart`: an instance is down, until it accepts statements again.
- `failover`: from the fault until the endpoint names the new writer. Its phases follow one another
  without a gap: `failover.detect` (until health checks know), `recreate` (nobody to promote, until
  an instance comes back), `failover.recover` (until a read quorum answers), `failover.promote`
  (until the new writer accepts statements), `failover.endpoint`; and `failover.restart` (the
  candidate's process crashed and restarts in place). Without a failover in the end, a recreated
  writer leaves `failover.detect` and `recreate`.
- `demotion`: the writer before a failover that was asked for is told to restart as a reader, until
  it accepts statements.
- `recover`: a writer that restarted in place waits for a read quorum.
- `repair`: one lost segment, until it is whole.
- `switchover`, `global_failover`: the primary moves to another region, from the asking until the
  global endpoint names its writer. Its phases: `switchover.catch_up` (until the secondaries hold
  everything), `.promote` and `.endpoint`.
- `region.rebuild`: a cluster that follows nobody is built anew, until it follows the primary.
- `join`: an instance is made, until it accepts statements; `leave`, `resize`: at one moment.
- `volume.write_unavailable`, `volume.read_unavailable`: see `storage.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Event:
    """Something that took time. `kind` is a word like `failover.detect` or `fault:az_outage`."""

    start_ns: int
    end_ns: int | None
    kind: str
    cluster: str
    subject: str
    cause: str
    detail: str = ""


@dataclass
class Failover:
    """The writer's seat given to another instance.

    `start_ns` is the instant of the fault or of the asking, `lost_ns` when there was no writer any
    more, `promoted_ns` when the new writer accepts statements, `endpoint_moved_ns` when the cluster
    endpoint's record names it, `completed_ns` when the event that tells so of one that was asked
    for. `to` is who was promoted in the end: a candidate that died on the way is in the events.
    """

    cause: str
    start_ns: int
    lost_ns: int
    detected_ns: int | None
    promoted_ns: int | None
    endpoint_moved_ns: int | None
    completed_ns: int | None
    from_: str
    to: str


@dataclass
class Takeover:
    """The primary of a global database moved to another region, in order or not.

    `start_ns` is when it was asked for, `lost_ns` since when the old primary had no writer (None:
    it had one then), `promoted_ns` when the new one accepts statements, `endpoint_moved_ns` when
    the global endpoint's record names it, `rejoined_ns` when the old primary follows the new.
    What the new primary lacked is counted in commits and bytes; `span_ns` is how long the oldest
    of it had been durable when the old primary stopped.
    """

    cause: str
    start_ns: int
    from_: str
    to: str
    lost_ns: int | None = None
    promoted_ns: int | None = None
    endpoint_moved_ns: int | None = None
    rejoined_ns: int | None = None
    writer: str = ""
    missing_commits: int = 0
    missing_bytes: int = 0
    span_ns: int = 0


@dataclass
class Restart:
    """An instance that went down and came back: `end_ns` is when it accepts statements again."""

    instance: str
    cause: str
    start_ns: int
    end_ns: int | None


@dataclass
class Repair:
    """A lost segment and its copying; `copy_ns` is when the last copy of it began."""

    group: int
    member: int
    start_ns: int
    copy_ns: int | None
    end_ns: int | None


@dataclass
class EventLog:
    """Events in the order of their start; of one start, in the order in which they were opened."""

    cluster: str
    _events: list[Event] = field(default_factory=list)

    def open(self, start_ns: int, kind: str, subject: str, cause: str, detail: str = "") -> Event:
        """Writes down that something began; `start_ns` may lie in the past."""
        event = Event(start_ns, None, kind, self.cluster, subject, cause, detail)
        place = bisect_right(self._events, start_ns, key=lambda each: each.start_ns)
        self._events.insert(place, event)
        return event

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, place: int) -> Event:
        return self._events[place]
