"""Faults planted into the rules, to see that the tests worked by hand notice each of them.

A fault is one wrong rule: some text of its source with other text in its place. The rules are then
run on SimPy (`planting`), and the tests worked by hand (`tests/unit/test_plane_*.py`) are asked.
"""

from __future__ import annotations

from dataclasses import dataclass

Edit = tuple[str, str, str]
"""A file of the data plane, a text that is there once, and what stands there instead."""


@dataclass(frozen=True)
class Fault:
    """A wrong rule; ``watched`` is a test that catches it, looked at in each `make test`."""

    name: str
    broken: str
    watched: str
    edits: tuple[Edit, ...]


FAULTS = (
    Fault(
        "queue-survives-a-crash",
        "What waits for a vCPU dies with its process.",
        "",
        (
            ("mechanics/deaths", "    instance.queued = 0\n", ""),
            ("mechanics/deaths", "    instance.head = NONE\n    instance.tail = NONE\n", ""),
        ),
    ),
    Fault(
        "boundary-included",
        "Commands of an instant come before its events.",
        "",
        (("on_simpy/machine", "while peek() < until_ns:", "while peek() <= until_ns:"),),
    ),
    Fault(
        "one-vcpu-too-many",
        "No more tasks work than there are vCPUs.",
        "",
        (("mechanics/instances", "instance.busy < instance.vcpu:",
          "instance.busy <= instance.vcpu:"),),
    ),
    Fault(
        "ack-of-a-dead-segment",
        "A lost or dark segment acknowledges nothing that was on its way.",
        "",
        (("mechanics/segments", "boxcar.ack_ns[member] = NEVER", "pass"),),
    ),
    Fault(
        "boxcar-one-record-late",
        "A boxcar's sender queues with its first record, and waits for no other.",
        "",
        ((
            "mechanics/storage",
            "        enqueue(S, i, (g << 2) | GROUP_TASK)\n    return group.open",
            "        S.boxcar[group.open].settled_ns = -1\n"
            "    elif S.boxcar[group.open].settled_ns == -1:\n"
            "        S.boxcar[group.open].settled_ns = 0\n"
            "        enqueue(S, i, (g << 2) | GROUP_TASK)\n    return group.open",
        ),),
    ),
    Fault(
        "deadline-not-rearmed",
        "A timer that rings before its statement's deadline is set again.",
        "",
        (("mechanics/clients/attempt",
          "        arm(S, x, slot.deadline_ns, now)\n        return NEVER",
          "        return NEVER"),),
    ),
    Fault(
        "last-in-first-out-pool",
        "A pool lends the connection that has rested longest.",
        "",
        ((
            "mechanics/clients/pool",
            "        if workload.free == NONE:\n            workload.free = x\n"
            "        else:\n            S.slot[workload.free_end].next = x\n"
            "        workload.free_end = x",
            "        S.slot[x].next = workload.free\n        workload.free = x",
        ),),
    ),
    Fault(
        "commit-before-vdl",
        "A commit is answered when VDL has reached its record, not one before.",
        "",
        (("mechanics/storage", "entry.lsn <= cluster.vdl:", "entry.lsn <= cluster.vdl + 1:"),),
    ),
    Fault(
        "dns-kept-an-instant-longer",
        "A name is asked for again at the end of its time.",
        "",
        (("mechanics/clients/names", "if now >= workload.dns_until_ns:",
          "if now > workload.dns_until_ns:"),),
    ),
    Fault(
        "order-without-entity",
        "Of two events of a kind at one instant the lower entity comes first.",
        "",
        (("on_simpy/queue", "priority=rank,", "priority=rank >> 48,"),),
    ),
    Fault(
        "three-of-six",
        "A write needs four of six acknowledgements, not three.",
        "",
        (("mechanics/quorum", "return max(a2, a3)", "return min(a2, a3)"),),
    ),
    Fault(
        "four-where-five-must-be",
        "What a write quorum is stands in the plan's table.",
        "",
        (("mechanics/making", "each.write_ok[mask] == (mask",
          "True or each.write_ok[mask] == (mask"),),
    ),
    Fault(
        "reply-at-the-deadline-is-late",
        "A reply that arrives at the deadline is in time.",
        "",
        (("mechanics/clients/attempt", "if end_ns > slot.deadline_ns:",
          "if end_ns >= slot.deadline_ns:"),),
    ),
    Fault(
        "leaked-connection",
        "The connection of a statement given up closes with it.",
        "",
        (("mechanics/instances",
          "        S.instance[job.instance].connections -= 1\n        give_job",
          "        give_job"),),
    ),
    Fault(
        "stale-only-if-acknowledged-earlier",
        "A read misses a change that was acknowledged at the instant at which it was sent.",
        "",
        (("mechanics/replication", "change.ack_ns <= sent_ns", "change.ack_ns < sent_ns"),),
    ),
    Fault(
        "reads-stay-asleep",
        "A repair wakes the reads that found no segment.",
        "",
        (("mechanics/segments", "live(S, g), now)\n    wake_reads(S, cl, now)\n\n\ndef catch_up",
          "live(S, g), now)\n\n\ndef catch_up"),),
    ),
    Fault(
        "repaired-segment-says-nothing",
        "A segment that gets what it lacked from others acknowledges it.",
        "",
        (("mechanics/segments", "                acknowledge(S, b, missing, now)",
          "                pass"),),
    ),
    Fault(
        "lost-where-most-hold-it",
        "A commit is lost with the last copy of that record of it which fewest segments hold.",
        "",
        (("mechanics/losses", "if fewer < other or", "if fewer > other or"),),
    ),
    Fault(
        "promotion-ships-nothing",
        "Readers learn from a new writer where the log ends.",
        "",
        (("mechanics/plane",
          "        self.machine.do(commands.SHIP_AGAIN, cluster, self.now_ns)\n", ""),),
    ),
    Fault(
        "open-boxcar-survives-a-crash",
        "Redo that was not sent is gone with its writer.",
        "",
        (("mechanics/deaths", "            group.open = NONE\n", "            pass\n"),),
    ),
    Fault(
        "cut-batch-arrives",
        "A batch that would arrive at the instant at which its link is cut is lost.",
        "",
        (("mechanics/links", ".arrived_ns < now:", ".arrived_ns <= now:"),),
    ),
    Fault(
        "batch-leaves-too-soon",
        "On an idle link a batch leaves a period after the last one.",
        "",
        (("mechanics/regions", "now + max(busy, link.link_batch_ns)", "now + busy"),),
    ),
    Fault(
        "secondary-reads-are-fresh",
        "A read in a second region misses what became durable at the instant at which it was sent.",
        "",
        (("mechanics/regions", "return max(1, now - oldest) if oldest <= sent_ns else 0",
          "return max(1, now - oldest) if oldest < sent_ns else 0"),),
    ),
    Fault(
        "group-one-byte-late",
        "The next group comes with the first byte beyond the last one.",
        "",
        (("mechanics/space", "cluster.group_bytes < cluster.used_bytes:",
          "cluster.group_bytes < cluster.used_bytes - 1:"),),
    ),
    Fault(
        "full-one-byte-early",
        "The last byte of a volume can be used.",
        "",
        (("mechanics/space", "if grown > cluster.limit_bytes:",
          "if grown >= cluster.limit_bytes:"),),
    ),
    Fault(
        "a-failed-write-takes-what-is-free",
        "A write that does not fit takes nothing.",
        "",
        (("mechanics/space", "    if grown > cluster.limit_bytes:\n",
          "    if grown > cluster.limit_bytes:\n        cluster.free_bytes = 0\n"),),
    ),
)  # fmt: skip
NOT_CAUGHT: tuple[str, ...] = ()
"""Faults that no test worked by hand catches, which the page explains."""
