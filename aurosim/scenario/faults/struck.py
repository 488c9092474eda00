"""What a fault finds where it strikes, and what it may do there; the control plane has it all.

A fault's file says what it does in these words and imports nothing of the control plane, which is
above it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Protocol

Steps = Generator[Any, Any, None]
Instance = Any
"""A `cluster.instance.Instance`."""


class Event(Protocol):
    """What is told of a strike: whom it hit, and how it went where that needs a word."""

    subject: str
    detail: str


class Times(Protocol):
    """How long things take, by the catalog."""

    def fixed(self, name: str) -> int:
        """The time of an entry, in ns."""

    def drawn(self, name: str, subject: str, number: int) -> int:
        """A time between an entry's low and high, in ns, the `number`-th for `subject`."""

    def noticed(self, subject: str, at_ns: int) -> int:
        """When health checks know that `subject`, silent from `at_ns` on, is down."""


class Hosts(Protocol):
    """Instances going down and coming back. A `token` is a reason for a host to be away."""

    def stop(self, instance: Instance, cause: str, restart_ns: int, lose_cache: bool) -> None:
        """The process dies and restarts in place."""

    def lose_host(self, instance: Instance, token: str, cause: str) -> None:
        """The host goes dark."""

    def return_host(self, instance: Instance, token: str) -> None:
        """The host may boot."""

    def replace_host(self, instance: Instance, token: str) -> None:
        """There is a new host, on which all is ready."""

    def until_running(self, instance: Instance) -> Steps:
        """Waits until the instance accepts statements."""


class Copies(Protocol):
    """The copies of the volume: six of every protection group, two in each AZ."""

    def darken(self, az: int) -> None:
        """Those of an AZ are out of reach."""

    def lighten(self, az: int) -> None:
        """One outage of an AZ is over."""

    def lose(self, group: int, segments: Sequence[int], for_ns: int | None, event: Event) -> Steps:
        """Segments are lost; over when they are back."""

    def slow(
        self, group: int, segments: Sequence[int], delay_ns: int, for_ns: int, event: Event
    ) -> Steps:
        """The nodes of segments answer late; over when they do no more."""


class Struck(Protocol):
    """The cluster that a fault strikes."""

    @property
    def name(self) -> str:
        """The cluster's name."""

    @property
    def now(self) -> int:
        """The time, in ns."""

    @property
    def leads(self) -> bool:
        """Whether the cluster is the primary."""

    @property
    def news(self) -> Any:
        """What to yield to wait until something has changed."""

    @property
    def instances(self) -> Sequence[Instance]:
        """Its instances."""

    @property
    def writer(self) -> Instance:
        """The one that accepts writes, None while there is none."""

    def heir(self) -> Instance:
        """The reader that a failover promotes, None where no reader is healthy."""

    def alone(self, instance: Instance) -> bool:
        """Whether it is the writer, or is to be, and nobody could follow it."""

    @property
    def durations(self) -> Times:
        """How long things take here."""

    @property
    def hosts(self) -> Hosts:
        """Its instances, going down and coming back."""

    @property
    def copies(self) -> Copies:
        """Its volume."""

    @property
    def plane(self) -> Any:
        """The data plane with its commands (`dataplane.contract`)."""

    def wait(self, for_ns: int) -> Any:
        """What to yield to wait for some time."""

    def token(self, word: str) -> str:
        """A name that no other strike has."""

    def named(self, name: str, event: Event) -> Instance:
        """The instance of this name, or whoever is the writer; the event tells who that is."""

    def hand_over(self, to: Instance, cause: str) -> Generator[Any, Any, bool]:
        """The writer stops in order, and another follows it; False if it could not, in the end."""


class Links(Protocol):
    """The regions of a global database and their links, clusters told by their number."""

    def outage(self, number: int, for_ns: int, cause: str) -> Steps:
        """A region is dark for some time."""

    def partition(self, number: int, for_ns: int) -> Steps:
        """No redo gets from or to a region for some time."""

    def slow(self, number: int, delay_ns: int, bytes_per_s: float | None, for_ns: int) -> Steps:
        """Redo travels slowly to a secondary for some time."""


class Globe(Protocol):
    """All regions at once."""

    @property
    def regions(self) -> Links:
        """Which are dark, which links are cut or slow."""

    def switch_over(self, to: int, event: Any) -> Steps:
        """The primary moves to another region in order, unless that is refused."""

    def fail_over(self, to: int, event: Any) -> Steps:
        """A secondary becomes the primary with what it holds, unless that is refused."""
