"""After everything is well again in a random world: everyone is back within their own timers."""

from __future__ import annotations

from aurosim.dataplane.contract import CONNECT, NEVER, ROLE_WRITER, Reuse
from aurosim.dataplane.mechanics.clients.silence import PROBES
from aurosim.dataplane.plan import Plan, WorkloadPlan
from tests.properties.witness import NONE, Witness
from tests.properties.world import FAULTS_UNTIL_NS, FLAP_MOST_NS
from tests.unit.plane_stage import Row

NO_GIVING_UP = 924_600  # where a world says nothing of TCP, it resends for longer than it lasts
STEP_NS = 50


def everyone_is_back(witness: Witness) -> None:
    """All is well from `FAULTS_UNTIL_NS` on. Once a name's old answer can be in no cache any more,
    whoever connects is led to whom the name names. And the world goes on until each request that
    was due by its end has ended: within its client's own timers, but for who waits for an answer
    that its host has acknowledged before it fell silent, without any timer of his own."""
    for row in witness.rows:
        names_lead_where_they_should(row, witness)
    plane, plan = witness.plane, witness.world.plan
    patience_ns = [own_timers_ns(plan, each) for each in plan.workloads]
    end_ns = plan.end_ns
    for at_ns in range(end_ns + STEP_NS, end_ns + max(patience_ns) + 2 * STEP_NS, STEP_NS):
        left = old_requests(witness, end_ns)
        if not left:
            return
        late = [w for w in left if at_ns - STEP_NS > end_ns + patience_ns[w]]
        assert not late, f"requests of {late} are open {at_ns - end_ns} after the end"
        plane.advance(at_ns)


def names_lead_where_they_should(row: Row, witness: Witness) -> None:
    """A connection asked for late is asked of an instance that its name has named last."""
    load = witness.world.plan.workloads[row.workload]
    if row.statement != CONNECT or load.role < 0 or load.reuse == Reuse.PER_REQUEST:
        return
    kept_ns = load.dns_cache_ns + load.resolver_ttl_ns + FLAP_MOST_NS
    if load.role == ROLE_WRITER and row.start_ns > FAULTS_UNTIL_NS + kept_ns:
        state = witness.plane.state
        named = {int(state.record[load.cluster, load.role, 0])}
        assert row.instance in named, f"led to {row.instance}, not to {named}: {row}"


def own_timers_ns(plan: Plan, load: WorkloadPlan) -> int:
    """How long all attempts of a client and of those who wait before it may take."""
    answer_ns = load.statement_timeout_ns
    if answer_ns == NEVER:
        answer_ns = max(plan.clusters[load.cluster].costs.tcp_give_up_ns % NO_GIVING_UP, STEP_NS)
    asked_ns = load.validation_timeout_ns if load.validate_after_ns < NEVER else 0
    each_ns = load.connect_timeout_ns + asked_ns + load.login_retry_ns + load.backoff_max_ns
    each_ns += len(load.statements) * answer_ns
    return load.attempts * each_ns * (1 + (load.queue_limit if load.rate is not None else 0))


def old_requests(witness: Witness, end_ns: int) -> set[int]:
    """The workloads that have requests of before the end which are open and not hung for ever, nor
    wait for connections that all are."""
    state, left = witness.plane.state, set()
    for process in state.process:
        slots = state.slot[process.first_slot : process.first_slot + process.slots]
        hung = [
            slot.open and slot.hush == PROBES and slot.dead_ns == slot.deadline_ns == NEVER
            for slot in slots
        ]
        due_ns = [s.due_ns for s, so in zip(slots, hung, strict=True) if s.open and not so]
        if process.waiting != NONE and not all(hung):
            due_ns.append(state.waiter[process.waiting].due_ns)
        if any(ns <= end_ns for ns in due_ns):
            left.add(process.workload)
    return left
