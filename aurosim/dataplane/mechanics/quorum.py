"""When a boxcar's acknowledgements make a write quorum."""

from __future__ import annotations

from aurosim.dataplane.contract import NEVER
from aurosim.dataplane.mechanics.fields import MEMBERS
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import NONE


def sort2(a: int, b: int) -> tuple[int, int]:
    """Two times in order."""
    return min(a, b), max(a, b)


def fourth(S: State, b: int) -> int:
    """The fourth of a boxcar's six acknowledgements, by a network of comparisons (Knuth, "The art
    of computer programming", vol. 3, section 5.3.4), since this is done for each boxcar."""
    ack = S.boxcar[b].ack_ns
    a0, a1 = sort2(ack[0], ack[1])
    a2, a3 = sort2(ack[2], ack[3])
    a4, a5 = sort2(ack[4], ack[5])
    a0, a2 = sort2(a0, a2)
    a3, a5 = sort2(a3, a5)
    a1, a4 = sort2(a1, a4)
    a0, a1 = sort2(a0, a1)
    a2, a3 = sort2(a2, a3)
    a4, a5 = sort2(a4, a5)
    a1, a2 = sort2(a1, a2)
    a3, a4 = sort2(a3, a4)
    return max(a2, a3)


def quorum_ns(S: State, b: int, cl: int) -> int:
    """When the acknowledgements first make a write quorum; NEVER if they don't."""
    if S.cluster[cl].any_four:
        return fourth(S, b)
    boxcar = S.boxcar[b]
    mask = 0
    while True:
        soonest, first = NEVER, NONE
        for member in range(MEMBERS):
            if not mask >> member & 1 and boxcar.ack_ns[member] < soonest:
                soonest, first = boxcar.ack_ns[member], member
        if first == NONE:
            return NEVER
        mask |= 1 << first
        if S.write_ok[cl, mask]:
            return soonest
