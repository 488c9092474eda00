"""The volume under control: lost segments and their repair, dark AZs, slow nodes.

A lost segment is copied anew from its peers, all lost ones at once: `segment_repair` for a full
10 GiB (S17 section 2.2: 10 s on a 10 Gbps link), in proportion for a group that isn't full. The
copy needs a read quorum of its group, since without one nobody knows what is missing (S17 section
2.1), and the AZ it lies in. A copy in whose last moment either is missing begins again when both
are there [assumption]. A loss that says for how long is undone then, if any live segment of the
group can serve as source.

Time without a write quorum in some group, and time without any live segment in some group, are
added up here, to the nanosecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aurosim.catalog.volume import COPIES
from aurosim.cluster.quorum import members_of
from aurosim.cluster.volume import Volume, VolumeView
from aurosim.control.context import Context
from aurosim.control.events import Event, Repair
from aurosim.control.instances import Steps
from aurosim.scenario.faults import struck


def no_such_group(groups: int) -> str:
    """What an event says of a fault at a group that the volume has not grown to."""
    return f"no effect: the volume has {groups} protection group{'s' * (groups > 1)}"


@dataclass
class Unavailability:
    """Time during which the volume could not do something, and the span that goes on."""

    kind: str
    past_ns: int = 0
    span: Event | None = None

    def note(self, context: Context, available: bool, detail: str) -> None:
        """The volume can or cannot do it from now on."""
        if not available and self.span is None:
            self.span = context.begin(self.kind, "volume", "storage", detail)
        elif available and self.span is not None:
            self.past_ns += context.now - self.span.start_ns
            context.end(self.span)
            self.span = None

    def total_ns(self, now_ns: int) -> int:
        """All such time up to now."""
        return self.past_ns + (now_ns - self.span.start_ns if self.span is not None else 0)


@dataclass
class Storage:
    """The volume of one cluster, and what was promised of it and not kept. `nodes` says which node
    holds a segment, by group and member.
    """

    context: Context
    nodes: npt.NDArray[np.int32]
    writes: Unavailability = field(init=False)
    reads: Unavailability = field(init=False)

    def __post_init__(self) -> None:
        self.writes = Unavailability("volume.write_unavailable")
        self.reads = Unavailability("volume.read_unavailable")
        self._changed = self.context.env.event()

    def view(self) -> VolumeView:
        """The volume's health now."""
        return self.grown().view()

    def grown(self) -> Volume:
        """The volume with the groups it has by now: the data plane makes them as it needs them."""
        now = self.context.plane.observe().clusters[self.context.cluster]
        self.context.volume.grow(now.used_bytes, now.groups)
        return self.context.volume

    def darken(self, az: int) -> None:
        """The storage of an AZ goes dark, its data intact."""
        if self.context.volume.darken(az):
            self.context.plane.zone(self.context.cluster, az, False)
            self._change()

    def lighten(self, az: int) -> None:
        """One outage of an AZ's storage ends."""
        if self.context.volume.lighten(az):
            self.context.plane.zone(self.context.cluster, az, True)
            self._change()

    def lose(
        self, group: int, segments: Sequence[int], for_ns: int | None, event: struck.Event
    ) -> Steps:
        """Segments are lost; returns when all of them are repaired. Those lost before stay so."""
        context, groups = self.context, self.grown().groups
        if group >= groups:
            event.detail = no_such_group(groups)
            return
        new = context.volume.lose(group, sum(1 << each for each in set(segments)))
        if not new:
            event.detail = "no effect: lost already"
            return
        context.plane.segment_lost(context.cluster, group, new)
        self._change()
        repairs = [
            context.env.process(self._repair(group, member, for_ns))
            for member in members_of(new)
        ]
        yield context.env.all_of(repairs)

    def slow(
        self,
        group: int,
        segments: Sequence[int],
        delay_ns: int,
        for_ns: int,
        event: struck.Event,
    ) -> Steps:
        """The nodes of segments answer later for some time; of several delays at a node the
        largest.
        """
        volume, plane = self.grown(), self.context.plane
        if group >= volume.groups:
            event.detail = no_such_group(volume.groups)
            return
        nodes = sorted({int(self.nodes[group, each]) for each in segments})
        for node in nodes:
            plane.node_delay(node, volume.slow(node, delay_ns))
        yield self.context.env.timeout(for_ns)
        for node in nodes:
            plane.node_delay(node, volume.mend(node, delay_ns))

    def _repair(self, group: int, member: int, for_ns: int | None) -> Steps:
        context = self.context
        repair = Repair(group, member, context.now, None, None)
        context.repairs.append(repair)
        event = context.begin("repair", f"group {group} segment {member}", "segment_loss")
        if for_ns is None:
            yield from self._copy(repair)
        else:
            yield context.env.timeout(for_ns)
            while not (context.volume.live(group) and context.volume.host_reachable(member)):
                yield self._changed
        context.volume.restore(group, 1 << member)
        context.plane.segment_repaired(context.cluster, group, 1 << member)
        repair.end_ns = context.now
        context.end(event)
        self._change()

    def _copy(self, repair: Repair) -> Steps:
        context, volume = self.context, self.grown()
        full_ns = context.durations.fixed("segment_repair")
        takes_ns = max(round(full_ns * volume.fill_ratio(repair.group)), 1)
        copied = False
        while not copied:
            while not volume.repairable(repair.group, repair.member):
                yield self._changed
            repair.copy_ns = context.now
            yield context.env.timeout(takes_ns)
            copied = volume.repairable(repair.group, repair.member)

    def _change(self) -> None:
        view = self.view()
        below = f"{view.groups_below_write_quorum} groups below the write quorum"
        self.writes.note(self.context, view.write_available, below)
        self.reads.note(self.context, view.read_available, f"no live segment of {COPIES}")
        told, self._changed = self._changed, self.context.env.event()
        told.succeed()
        self.context.tell()
