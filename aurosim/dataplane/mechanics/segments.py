"""What the control plane does to the copies of a volume: segments lost and repaired, an AZ dark and
back, the volume fenced, recovered, or given up for another's."""

from __future__ import annotations

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.mechanics.fields import MEMBERS
from aurosim.dataplane.mechanics.losses import ALL_MEMBERS, count_lost, holders, move_settled
from aurosim.dataplane.mechanics.records import drop_boxcar, drop_tx
from aurosim.dataplane.mechanics.regions import replicate
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.storage import copy, expect, live, pass_nothing, read
from aurosim.dataplane.mechanics.words import NONE, ZERO, at, wide


# --- one boxcar -------------------------------------------------------------------------------
def note(S: State, b: int) -> None:
    """When the last of what is on its way arrives, and whether a copy is missing."""
    boxcar = S.boxcar[b]
    boxcar.settled_ns = 0
    boxcar.missing = False
    for member in range(MEMBERS):
        if boxcar.persist_ns[member] < NEVER:
            boxcar.settled_ns = max(boxcar.settled_ns, boxcar.persist_ns[member])
        else:
            boxcar.missing = True


def forget(S: State, b: int, members: int, now: int, lost: bool) -> None:
    """``members`` lose what they hold (``lost``), or only what is still on its way to them."""
    boxcar = S.boxcar[b]
    for member in range(MEMBERS):
        if members >> member & 1 and (lost or boxcar.persist_ns[member] > now):
            boxcar.persist_ns[member] = NEVER
            boxcar.ack_ns[member] = NEVER
    note(S, b)


def regain(S: State, b: int, members: int, there: int, now: int) -> bool:
    """``members`` get it from a segment that is there and holds it; False when none does."""
    if not holders(S, b, now) & there:
        return False
    boxcar = S.boxcar[b]
    for member in range(MEMBERS):
        if members >> member & 1 and boxcar.persist_ns[member] > now:
            boxcar.persist_ns[member] = now
    note(S, b)
    return True


def is_kept(S: State, b: int, cl: int) -> bool:
    """Whether somebody still needs this durable boxcar of a cluster."""
    boxcar = S.boxcar[b]
    return boxcar.holds > 0 and boxcar.durable and S.group[boxcar.group].cluster == cl


# --- losing and regaining ---------------------------------------------------------------------
def lose(S: State, g: int, members: int, now: int) -> None:
    """The data of ``members`` is gone."""
    group = S.group[g]
    cl = wide(group.cluster)
    group.lost |= members
    b = group.flying
    while b != NONE:
        forget(S, b, members, now, True)
        expect(S, b, now)
        b = S.boxcar[b].flying_next
    for kept in range(len(S.boxcar)):
        if is_kept(S, kept, cl) and S.boxcar[kept].group == g:
            forget(S, kept, members, now, True)
    move_settled(S, g, members, ZERO, ZERO)
    count_lost(S, cl, now)


def repair(S: State, g: int, members: int, now: int) -> None:
    """``members`` hold again all that some segment of the group holds."""
    group = S.group[g]
    cl = wide(group.cluster)
    group.lost &= ~members
    there = members & ~S.cluster[cl].dark
    if there != 0:
        catch_up(S, g, there, now)
        for kept in range(len(S.boxcar)):
            if is_kept(S, kept, cl) and S.boxcar[kept].group == g:
                regain(S, kept, there & ~holders(S, kept, now), live(S, g), now)
    wake_reads(S, cl, now)


def catch_up(S: State, g: int, members: int, now: int) -> None:
    """``members`` are there again: gossip fills their holes in what is in flight, the writer sends
    the rest; and what was kept as numbers is theirs again."""
    there = live(S, g)
    b = S.group[g].flying
    while b != NONE:
        missing = members & ~holders(S, b, now)
        found = regain(S, b, missing, there, now)
        if S.cluster[S.group[g].cluster].writer >= 0:
            if found:
                acknowledge(S, b, missing, now)
            else:
                copy(S, b, missing, now)
        b = S.boxcar[b].flying_next
    move_settled(S, g, ZERO, members, there)


def acknowledge(S: State, b: int, members: int, now: int) -> None:
    """The writer hears from ``members`` one hop from now."""
    boxcar = S.boxcar[b]
    cl = wide(S.group[boxcar.group].cluster)
    az = S.cluster[cl].writer_az
    for member in range(MEMBERS):
        if members >> member & 1:
            boxcar.ack_ns[member] = now + S.az_hop[cl, az, member >> 1]
    expect(S, b, now)


def wake_reads(S: State, cl: int, now: int) -> None:
    """Segments are back: reads that had nowhere to go try again, in order."""
    cluster = S.cluster[cl]
    first, end = cluster.reads_first, cluster.reads_end
    cluster.reads_first = end
    for place in range(first, end):
        read(S, at(S.reads, cl, place), now)


def zone(S: State, cl: int, az: int, reachable: bool, now: int) -> None:
    """All segments of an AZ go dark with their data intact, or come back."""
    cluster = S.cluster[cl]
    members = 0b11 << (2 * az)
    if reachable:
        zone_back(S, cl, members, now)
        return
    cluster.dark |= members
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        b = S.group[g].flying
        while b != NONE:
            forget(S, b, members, now, False)
            expect(S, b, now)
            b = S.boxcar[b].flying_next
    for kept in range(len(S.boxcar)):
        if is_kept(S, kept, cl):
            forget(S, kept, members, now, False)


def zone_back(S: State, cl: int, members: int, now: int) -> None:
    """They are back, but for those that lost their data."""
    cluster = S.cluster[cl]
    cluster.dark &= ~members
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        there = members & ~wide(S.group[g].lost)
        if there != 0:
            catch_up(S, g, there, now)
    for kept in range(len(S.boxcar)):
        if is_kept(S, kept, cl):
            g = S.boxcar[kept].group
            there = members & ~wide(S.group[g].lost)
            if there != 0:
                regain(S, kept, there & ~holders(S, kept, now), live(S, g), now)
    wake_reads(S, cl, now)


def fence(S: State, cl: int, now: int) -> None:
    """The volume epoch is bumped: what the old writer still has on its way is refused."""
    cluster = S.cluster[cl]
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        b = S.group[g].flying
        while b != NONE:
            forget(S, b, ALL_MEMBERS, now, False)
            b = S.boxcar[b].flying_next


# --- recovering -------------------------------------------------------------------------------
def has_read_quorum(S: State, cl: int) -> bool:
    """Whether every group of the volume has one."""
    cluster = S.cluster[cl]
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        if not S.read_ok[cl, live(S, g)]:
            return False
    return True


def recover(S: State, cl: int, now: int) -> int:
    """Crash recovery: by read quorum, keep the log as far as it has no hole; cut the rest. Returns
    how many records were cut; NONE without a read quorum."""
    if not has_read_quorum(S, cl):
        return NONE
    cluster = S.cluster[cl]
    cut, whole = ZERO, True
    pass_nothing(S, cl)
    for place in range(cluster.log_first, cluster.log_end):
        entry = at(S.log, cl, place)
        whole = whole and readable(S, entry.boxcars, entry.count, now)
        if whole:
            cluster.vdl = entry.lsn
            cluster.passed += entry.records
            cluster.passed_writes += entry.is_write
            cluster.passed_commits += not entry.is_write
            cluster.passed_bytes += entry.bytes
        else:
            cut += entry.records
        drop_tx(S, entry.tx)
    cluster.log_first = cluster.log_end
    if cluster.passed > 0:
        cluster.passed_since_ns = now
        replicate(S, cl, now)
    land_all(S, cl)
    cluster.cut_lsn = cluster.next_lsn - 1
    count_lost(S, cl, now)
    return cut


def readable(S: State, c: int, count: int, now: int) -> bool:
    """Whether some segment that can be reached holds each of the first ``count`` boxcars."""
    for _ in range(count):
        b = S.cell[c].boxcar
        if not holders(S, b, now) & live(S, S.boxcar[b].group):
            return False
        c = S.cell[c].next
    return True


def land_all(S: State, cl: int) -> None:
    """Nothing is in flight any more."""
    cluster = S.cluster[cl]
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        group = S.group[g]
        b = group.flying
        while b != NONE:
            after = S.boxcar[b].flying_next
            drop_boxcar(S, b)
            b = after
        group.flying = NONE
        group.flying_end = NONE
    cluster.flying = 0


def discard(S: State, cl: int) -> None:
    """A cluster that is to follow another gets that one's data and log for its own."""
    cluster = S.cluster[cl]
    for place in range(cluster.log_first, cluster.log_end):
        drop_tx(S, at(S.log, cl, place).tx)
    cluster.log_first = cluster.log_end
    land_all(S, cl)
    for place in range(cluster.watch_first, cluster.watch_end):
        drop_tx(S, at(S.watch, cl, place))
    cluster.watch_first = cluster.watch_end
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        for mask in range(ALL_MEMBERS + 1):
            if S.settled[mask, g] != 0:
                S.settled[mask, g] = 0
