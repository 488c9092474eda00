"""Names: where an endpoint leads to, through a process's cache of its resolver's answers.

Only connecting looks a name up. The reader endpoint, which names several, answers one of them at
random to each question, and a process keeps the answer until its cache expires.
"""

from __future__ import annotations

from aurosim.dataplane import laws
from aurosim.dataplane.contract import NEVER, PAST, RESOLVER, Reuse
from aurosim.dataplane.mechanics.state import State
from aurosim.dataplane.mechanics.words import ZERO

PER_REQUEST = int(Reuse.PER_REQUEST)


def resolve(S: State, x: int, now: int) -> int:
    """The instance the endpoint's name leads to, through the process's cache."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    if workload.role < 0:
        return workload.instance
    if slot.connects == 0 and workload.reuse != PER_REQUEST:
        return answered_before(S, x, slot.past, now)
    process = S.process[slot.process]
    if now >= process.answer_until_ns:
        if workload.resolver_ttl_ns > 0:
            process.answer = resolver_answers(S, slot.workload, now)
        else:
            process.answer = answered_now(S, slot.workload, process.number, process.lookups, now)
            process.lookups += 1
        process.answer_until_ns = min(now + workload.dns_cache_ns, NEVER)
    return process.answer


def resolver_answers(S: State, w: int, now: int) -> int:
    """What a resolver answers to all who ask it, as long as its own answer is good."""
    workload = S.workload[w]
    if now >= workload.resolved_until_ns:
        workload.resolved = answered_now(S, w, RESOLVER, workload.resolved_lookups, now)
        workload.resolved_lookups += 1
        workload.resolved_until_ns = now + workload.resolver_ttl_ns
    return workload.resolved


def answered_now(S: State, w: int, process: int, lookup: int, now: int) -> int:
    """What a lookup is answered now: one address of the record, or what it named before."""
    workload = S.workload[w]
    cluster, role, key = workload.cluster, workload.role, workload.requests_key
    if now < S.flap_until[cluster, role] and laws.flaps(key, process, lookup):
        return S.before[cluster, role]
    count = S.record_count[cluster, role]
    if count == 1:
        return S.record[cluster, role, ZERO]
    return S.record[cluster, role, laws.named(count, key, process, lookup)]


def answered_before(S: State, x: int, past: int, now: int) -> int:
    """Where a connection leads that was opened before the start, by a lookup of then."""
    slot = S.slot[x]
    return answered_now(S, slot.workload, S.process[slot.process].number, PAST + past, now)


def led_until_ns(S: State, x: int) -> int:
    """When the cached answer expires that led a connection to its instance, or when the process
    asked anew since; 0 where no name led there."""
    slot = S.slot[x]
    workload = S.workload[slot.workload]
    if workload.role < 0:
        return ZERO
    process = S.process[slot.process]
    if process.answer == slot.instance:
        return process.answer_until_ns
    return max(process.answer_until_ns - workload.dns_cache_ns, ZERO)
