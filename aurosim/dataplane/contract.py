"""What a data plane is to the rest of aurosim, and what its order of events rests on.

The same commands lead to the same finished-statement rows, row for row, however the rules are run
(compiled, or on SimPy). This page holds all that must be the same for that: time, the kinds of
events and their order at one instant, how an entity is packed into a number, the row, the outcomes,
the draws, the commands and the observation. It changes only together with the rules, the agreement
tests and a page in docs/decisions.

**Time** is an integer number of nanoseconds from the start of the run.

**Order.** An event is ``(time, kind, entity)`` and the queue sorts by just that. Two pending
events with equal keys cannot be told apart, or one of them is cancelled. A kind's number is its
turn within an instant.

**Fewest events.** What an undisturbed client does between two statements (the reply travels
back, the client thinks, the next request travels out) changes no row but through the moment the
next request arrives, so it is *one* event, ARRIVE. A crash that finds a client in between
replaces that event by what the client would have noticed (see ``reset`` below). A boxcar's six
acknowledgements are one event, QUORUM, at the moment the write quorum is met; the loss of a
segment computes it again.

**Regions.** A secondary cluster has no writer: redo that is durable in its source's volume goes to
it in batches over one link, LINK_SEND when a batch leaves and LINK_APPLY when the secondary's
volume has it. LSNs are the source's.

**Ties.** Commands of an instant come before its events. A reply that arrives at the deadline is
in time. A reset that reaches a client at the instant it would have sent comes first.

**A statement** is one round trip of a client: BEGIN, each read or write, COMMIT. Opening a
connection is a row too, with ``statement == CONNECT``, but is not counted as a statement; a
request refused by its own full waiting room is a row with ``statement == NO_STATEMENT``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aurosim.catalog.outcomes import Outcome as Outcome
from aurosim.catalog.statement import READ_KINDS as READ_KINDS
from aurosim.catalog.statement import StatementKind as StatementKind
from aurosim.catalog.volume import MEMBERS_MAX as MEMBERS_MAX
from aurosim.dataplane.observation import (
    WAITS as WAITS,
)
from aurosim.dataplane.observation import (
    ClusterView as ClusterView,
)
from aurosim.dataplane.observation import (
    InstanceView as InstanceView,
)
from aurosim.dataplane.observation import (
    Observation as Observation,
)
from aurosim.dataplane.observation import (
    OpenRequest as OpenRequest,
)
from aurosim.dataplane.observation import (
    Pictures as Pictures,
)
from aurosim.dataplane.observation import (
    Recovery as Recovery,
)
from aurosim.dataplane.observation import (
    RecoveryPoint as RecoveryPoint,
)
from aurosim.dataplane.observation import (
    WorkloadView as WorkloadView,
)
from aurosim.units import NEVER as NEVER

MAX_EVENTS_PER_ADVANCE = 2**18


class Kind(IntEnum):
    """Events of the data plane in their order at one instant; steps of 16 leave room."""

    QUORUM = 32  # a boxcar has its write quorum          entity: storage(cluster, group, boxcar)
    LINK_SEND = 36  # a batch of redo leaves for a secondary   entity: storage(cluster, 0, batch)
    LINK_APPLY = 40  # a batch is in the secondary's volume    entity: storage(cluster, 0, batch)
    READ_DONE = 48  # pages came back from storage         entity: statement
    CHUNK = 64  # a chunk of redo may be applied at a reader   entity: chunk(instance, number)
    CPU_DONE = 80  # a burst or time slice ends             entity: statement
    APPLY_DONE = 96  # the same for redo being applied       entity: chunk(instance, number)
    ARRIVE = 112  # a statement reaches its instance       entity: statement
    CLOSE = 128  # the instance sees a connection closed    entity: statement
    FAILURE = 144  # an error or a reset reaches the client  entity: statement
    RETURN = 160  # an open load's connection comes back to its pool   entity: statement
    SEND = 176  # a client starts an attempt, or goes on after a wait   entity: statement
    DUE = 192  # the next request of an open load is due   entity: workload
    OWN_WRITE = 196  # who reads what was committed a while ago is due   entity: statement
    DEADLINE = 208  # a slot's one re-armed timer            entity: slot(workload, slot)
    PATIENCE = 212  # the first of a waiting room has waited long enough   entity: process
    REST = 216  # an idle connection may have lived or rested long enough  entity: slot


class Reuse(IntEnum):
    """Which of its idle connections a pool lends."""

    LAST_IN = 0  # the one that rests for the shortest time
    FIRST_IN = 1  # the one that rests for the longest
    PER_REQUEST = 2  # none: each request opens its own and closes it


# --- entities: 48 bits -------------------------------------------------------------------
WORKLOADS_MAX = 2**8
REQUESTS_MAX = 2**34
ATTEMPTS_MAX = 2**6
GROUPS_MAX = 2**15
BOXCARS_MAX = 2**26
LINK_WAITING_MOST = 1024  # batches that wait to leave; more redo joins the last of them
LINK_FLYING_MOST = 512  # batches that have left and are not applied; then none leaves

# What an event is about, its entity, is one number of 48 bits:
# a statement: 8 bits of workload, 34 of request, 6 of attempt. One statement of an attempt is
#   pending at a time, and an abandoned one and the next attempt of its request differ.
# a slot, a connection of the pool, or a process: 8 bits of workload, 40 of its number there.
# a boxcar: 4 bits of cluster, 15 of group, 26 of its number in the group, modulo; 3 are free.
# a chunk: 16 bits of instance, 32 of its number in that reader's stream, modulo.


def priority(kind: int, entity: int) -> int:
    """The second half of the total order, as one number for SimPy's queue."""
    return (kind << 48) | entity


# --- requests ----------------------------------------------------------------------------
# An open load numbers its requests as they fall due. A closed request is (connection, turn),
# packed as turn * connections + connection. The connection that slot s of an open load's pool
# opens before its first request has a number of its own, REQUESTS_MAX - 1 - s. A load that reads
# what another has written has that one's numbers.


# --- statements --------------------------------------------------------------------------
VALIDATE = 253  # the pool asks whether a connection lives; never in a row
NO_STATEMENT = 254
CONNECT = 255


class Final(IntEnum):
    """Whether a row is the last of its request, and how the request ended."""

    NOT = 0
    GOOD = 1
    BAD = 2


ROW = np.dtype(
    [
        ("process", np.int32),  # its place among all workloads' processes
        ("workload", np.int16),
        ("instance", np.int16),  # where it ran or was sent; -1 none
        ("kind", np.int8),  # StatementKind
        ("outcome", np.int8),  # Outcome
        ("final", np.int8),  # Final
        ("attempt", np.int8),
        ("statement", np.int32),  # index in the transaction, CONNECT or NO_STATEMENT
        ("request", np.int64),
        ("due_ns", np.int64),  # the request's intended arrival
        ("start_ns", np.int64),  # the client sends
        ("end_ns", np.int64),  # the client has the answer, or gives up waiting
        # of the commit record, or of the last redo record; 0 none. Of a connection: until when the
        # cached answer holds that led to its instance; 0 where no name did
        ("lsn", np.int64),
        ("stale_ns", np.int64),  # reads on a reader: how far behind what it missed was; 0 fresh
    ],
    align=True,
)
ROWS_PER_BLOCK = 2**15
"""Rows handed out at a time, 2 MiB. Handing out a block takes 0.4 ms in Python whatever its size,
which was a fifth of a run when a block was an eighth of this."""

LAG = np.dtype([("instance", np.int32), ("at_ns", np.int64), ("lag_ns", np.int64)], align=True)
"""One chunk of redo applied at a reader, and how long after the writer's VDL had passed it; or a
batch applied to a secondary's volume, whose ``instance`` is ``lag_row(instances, cluster)``: of the
oldest record in it."""


def lag_row(instances: int, cluster: int) -> int:
    """Where lag samples of a secondary cluster's volume are counted: behind all instances."""
    return instances + cluster

Sink = Callable[[npt.NDArray[np.void]], None]
"""Takes a block of finished rows (or of LAG samples), in order; it is reused after the call."""


# --- draws -------------------------------------------------------------------------------
# A draw is philox(stream key, draw number, entity). Streams by name:
#   workload/<name>/arrivals     draw: arrival number, entity 0
#   workload/<name>/requests     draw: statement index << 8 | Purpose, entity: request
#   cluster/<name>/storage       draw: member << 8 | copy, entity: group << 32 | boxcar number
#   cluster/<name>/replication   draw: chunk number, entity: instance
#   cluster/<name>/link          draw: batch number, entity 0
#   control/...                  draws of the control plane
# A retry keeps its request's draws.
class Purpose(IntEnum):
    """What a draw of a request is for; the low eight bits of its draw number."""

    CPU = 0
    KEY = 1
    TOUCH = 2  # whether the pages are in the buffer, and which page gives way
    READ = 3  # the time of the storage reads; + number of the try, modulo 16
    PLACE = 32  # the protection groups of the redo records, four a draw, at most 32
    THINK = 40
    START = 41  # the random step at which a connection starts
    FIRST = 42  # what is left of the thought in which a closed load's client is found
    PROCESS = 43  # which process a request goes to
    HOLD = 44  # how long the application keeps the connection besides its statements
    # of a process or a connection; + number of the lookup, or of the opening, above these bits
    NAME = 45  # which of a record's instances a lookup is answered
    FLAP = 46  # whether a lookup is answered the old record
    LIFETIME = 47  # by how much a connection's lifetime is shorter
    AGE = 48  # how old a connection is at the start
    BACKOFF = 64  # + attempt


PAST = 1 << 40
"""Lookups before the start are numbered from here."""
RESOLVER = 1 << 40
"""A resolver for all of a workload's processes asks as one of them would, with this number."""


# --- instances ---------------------------------------------------------------------------
class Status(IntEnum):
    """How an instance answers."""

    UP = 0
    OPENING = 1  # the process listens but the database isn't open: ``unavailable``
    CLOSED = 2  # the host is up, the process is not: resets and refusals
    DARK = 3  # host or network is gone: no answer at all
    ABSENT = 4  # not there, not yet or no longer: no answer either, and nobody counts it


class Wait(IntEnum):
    """What an active session spends its time on (average active sessions)."""

    CPU = 0  # on a vCPU, or runnable
    COMMIT = 1  # waiting for VDL
    READ = 2  # waiting for a page from storage
    LOG = 3  # stalled at the LSN allocation limit


assert len(Wait) == WAITS


# --- commands in, observation out -------------------------------------------------------
class DataPlane(Protocol):
    """Commands in, observation out. Commands act at once, at the time of the last ``advance``."""

    warned: bool  # whether `advance`, when it last came back early, did so for a warning

    @property
    def now_ns(self) -> int:
        """The time at which the last ``advance`` ended."""

    def advance(self, until_ns: int, max_events: int = MAX_EVENTS_PER_ADVANCE) -> bool:
        """Run every event strictly before ``until_ns``; False when ``max_events`` ran first, as
        many pictures were taken as are kept, or there is a warning."""

    # looking
    def observe(self) -> Observation:
        """The state now."""

    def picture(self) -> Pictures:
        """The same as a single picture."""

    def watch(self, moments_ns: npt.NDArray[np.int64]) -> None:
        """Take a picture at each of these times, which ascend and lie ahead: after every event
        strictly before it, and before every command of that instant."""

    def look(self) -> None:
        """Take a picture of how it is now as well, as soon as it goes on."""

    def pictures(self) -> Pictures:
        """The pictures taken since this was last asked; good until the next ``advance``."""

    def rows_done(self) -> int:
        """Rows finished since the start, handed out or not."""

    def events_done(self) -> int:
        """Events answered since the start, cancelled ones included; a measure of speed only."""

    def flush(self) -> None:
        """Hand the rows and lag samples collected so far to their sinks."""

    def open_requests(self) -> list[OpenRequest]:
        """Requests due and not ended, in the order of workload and request."""

    def close(self) -> None:
        """Let go of the arrays and the sinks: the last thing asked of a plane. Its parts know each
        other, so that otherwise only a full garbage collection would free them."""

    # instances
    def stop(self, instance: int, status: Status, *, lose_cache: bool = False) -> None:
        """The database process dies now.

        ``status`` CLOSED: its host tells every client by a reset, one network hop later. DARK:
        nobody is told. A stopped writer's unsent redo is gone; what was sent may still persist.
        """

    def start(self, instance: int, status: Status = Status.UP) -> None:
        """The process is back (CLOSED, OPENING or UP), in a new epoch and with no connections."""

    def dispatcher(self, instance: int, running: bool) -> None:
        """Stop or resume the writer's sending of redo to the volume."""

    # size and presence
    def resize(
        self, instance: int, vcpu: int, buffer_pages: int, max_connections: int
    ) -> None:
        """The instance has this size from now on, absent or not. Where it shrinks, bursts end on
        the vCPUs they have and connections stay; no new ones begin until there is room. Pages
        beyond the buffer go at once."""

    def leave(self, instance: int) -> None:
        """The instance is no longer there: it stops, its host telling every client, and is ABSENT,
        without a cache, until it joins again."""

    def join(self, instance: int) -> None:
        """An absent instance is there from now on, DARK and with an empty cache until it starts."""

    # roles
    def fence(self, cluster: int) -> None:
        """The volume epoch is bumped: no writer, its boxcars in flight are refused from now on."""

    def recover(self, cluster: int) -> Recovery | None:
        """Find the end of the log by read quorum and cut the rest; None without a read quorum."""

    def promote(self, cluster: int, instance: int) -> None:
        """``instance`` is the writer from now on. Others that are UP follow its redo stream."""

    def warn(self, cluster: int, lag_ns: int) -> None:
        """Come back early, once, when a reader of the cluster has applied redo later than this."""

    # names
    def publish(
        self, cluster: int, role: int, instances: tuple[int, ...], flap_ns: int = 0
    ) -> None:
        """The endpoint's DNS record now names these (role: ROLE_WRITER, ROLE_READER, or the global
        endpoint's ROLE_GLOBAL, which belongs to cluster 0). For ``flap_ns`` from now on a lookup
        may still be answered what it named first until now."""

    # regions
    def link(self, cluster: int, connected: bool) -> None:
        """The way from its source to a secondary is cut or mended. What is on its way when it is
        cut is lost there, and sent again once it is mended."""

    def link_speed(self, cluster: int, delay_ns: int, bytes_per_s: float) -> None:
        """Batches for a secondary take ``delay_ns`` longer from now on and get onto the link at
        this rate; one that is getting onto it starts anew."""

    def detach(self, cluster: int) -> RecoveryPoint:
        """The secondary stops following. What has reached it is applied now, the rest it never
        gets."""

    def attach(self, cluster: int, source: int) -> None:
        """A cluster without a writer follows ``source`` from now on, over a link that is connected,
        and holds already all that is durable there."""

    # storage
    def segment_lost(self, cluster: int, group: int, members: int) -> None:
        """The data of these members (a bit mask) is gone."""

    def segment_repaired(self, cluster: int, group: int, members: int) -> None:
        """These members hold again all that some live segment of the group holds."""

    def zone(self, cluster: int, az: int, reachable: bool) -> None:
        """All storage of one AZ (0, 1, 2) goes dark or comes back, its data intact."""

    def node_delay(self, node: int, delay_ns: int) -> None:
        """A storage node answers later by this much from now on; 0 mends it."""


ROLE_WRITER = 0
ROLE_READER = 1
ROLE_GLOBAL = 2
ROLE_CUSTOM = 3
"""The first of a cluster's custom endpoints; the others follow it."""
CUSTOM_MOST = 5
ROLES = ROLE_CUSTOM + CUSTOM_MOST
