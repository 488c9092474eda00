"""Acknowledged transactions, watched until their copies have settled."""

from __future__ import annotations

from aurosim.dataplane.mechanics.fields import MEMBERS
from aurosim.dataplane.mechanics.records import drop_tx
from aurosim.dataplane.mechanics.replication import acknowledge_change
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE, at, put, replace

ALL_MEMBERS = (1 << MEMBERS) - 1
UNSETTLED, WHOLE, PARTIAL = 0, 1, 2


def acknowledged(S: State, j: int, t: int, now: int, end_ns: int) -> None:
    """The client is told that its transaction is committed."""
    job = S.job[j]
    cl = S.instance[job.instance].cluster
    cluster = S.cluster[cl]
    watch(S, cl, t, now)
    if cluster.watched:
        k = S.tx[t].keys
        while k != NONE:
            acknowledge_change(S, cl, S.key[k].key, job.lsn, end_ns)
            k = S.key[k].next


def watch(S: State, cl: int, t: int, now: int) -> None:
    """A transaction was acknowledged: watch it until nothing of it is on its way."""
    cluster = S.cluster[cl]
    put(S.watch, cl, cluster.watch_first, cluster.watch_end, t)
    cluster.watch_end += 1
    S.tx[t].holds += 1
    while cluster.watch_first < cluster.watch_end:
        first = at(S.watch, cl, cluster.watch_first)
        state = settled(S, S.tx[first].boxcars, now)
        if state == UNSETTLED:
            break
        cluster.watch_first += 1
        if state == WHOLE:
            settle_whole(S, S.tx[first].boxcars)
        else:
            settle(S, S.tx[first].boxcars, now)
        drop_tx(S, first)


def settled(S: State, c: int, now: int) -> int:
    """Whether something of these boxcars is on its way, all copies are there, or some missing."""
    state = WHOLE
    while c != NONE:
        boxcar = S.boxcar[S.cell[c].boxcar]
        if boxcar.settled_ns > now:
            return UNSETTLED
        if boxcar.missing:
            state = PARTIAL
        c = S.cell[c].next
    return state


def settle_whole(S: State, c: int) -> None:
    """All copies of this transaction are there: one more in each of its groups."""
    top = S.top[0]
    top.stamp += 1
    while c != NONE:
        g = S.boxcar[S.cell[c].boxcar].group
        if S.group[g].stamp != top.stamp:
            S.group[g].stamp = top.stamp
            S.settled[ALL_MEMBERS, g] += 1
        c = S.cell[c].next


def holders(S: State, b: int, now: int) -> int:
    """The members that hold a boxcar now, a mask."""
    mask = 0
    for member in range(MEMBERS):
        if S.boxcar[b].persist_ns[member] <= now:
            mask |= 1 << member
    return mask


def copies(mask: int) -> int:
    """How many members a mask names."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


def settle(S: State, first: int, now: int) -> None:
    """Nothing of this transaction is on its way: keep only a number in each of its groups, with the
    fewest holders that one of its boxcars has there."""
    top = S.top[0]
    top.stamp += 1
    c = first
    while c != NONE:
        b = S.cell[c].boxcar
        group = S.group[S.boxcar[b].group]
        mask = holders(S, b, now)
        if group.stamp != top.stamp:
            group.stamp = top.stamp
            group.fewest = mask
        elif mask != group.fewest:
            fewer, other = copies(mask), copies(group.fewest)
            if fewer < other or (fewer == other and mask < group.fewest):
                group.fewest = mask
        c = S.cell[c].next
    c = first
    while c != NONE:
        g = S.boxcar[S.cell[c].boxcar].group
        if S.group[g].stamp == top.stamp:
            S.group[g].stamp = 0
            S.settled[S.group[g].fewest, g] += 1
        c = S.cell[c].next


def count_lost(S: State, cl: int, now: int) -> None:
    """Count acknowledged commits that no segment holds, unless a live writer can send them."""
    cluster = S.cluster[cl]
    if cluster.writer >= 0:
        return
    kept = cluster.watch_first
    for place in range(cluster.watch_first, cluster.watch_end):
        t = at(S.watch, cl, place)
        if all_held(S, S.tx[t].boxcars, now):
            replace(S.watch, cl, kept, t)
            kept += 1
        else:
            cluster.lost_commits += 1
            drop_tx(S, t)
    cluster.watch_end = kept
    for g in range(cluster.first_group, cluster.first_group + cluster.groups):
        if S.settled[0, g] > 0:
            cluster.lost_commits += S.settled[0, g]
            S.settled[0, g] = 0


def all_held(S: State, c: int, now: int) -> bool:
    """Whether some segment holds each boxcar of a list."""
    while c != NONE:
        if holders(S, S.cell[c].boxcar, now) == 0:
            return False
        c = S.cell[c].next
    return True


def move_settled(S: State, g: int, lost: int, regained: int, there: int) -> None:
    """Members of ``g`` lost what was kept as numbers, or regained it from one that is there."""
    for mask in range(1, ALL_MEMBERS + 1):
        commits = S.settled[mask, g]
        if commits == 0:
            continue
        moved = mask & ~lost
        if moved & there:
            moved |= regained
        if moved != mask:
            S.settled[moved, g] += commits
            S.settled[mask, g] = 0
