"""Wrong rules and wrong ways of running them, to see that the tests notice: one line changed.

A mutant is aurosim's source with some text replaced, in a folder of its own that is imported
instead. `RULES` are planted into the rules (or SimPy's queue), which run on SimPy against the tests
worked by hand; `ARRAYS` into what is compiled, which runs uncompiled on coarse worlds against the
same rules on SimPy. `none` is the source as it is.

    python -m tests.agreement.mutants NAME [--worlds 40]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = sorted(str(path) for path in ROOT.glob("tests/unit/test_reference_*.py"))
WORLDS = 40

Edit = tuple[str, str, str]
"""A file of the data plane, a text that is there once, and what stands there instead."""

RULES: dict[str, tuple[Edit, ...]] = {
    "none": (),
    "queue-survives-a-crash": (
        ("mechanics/deaths", "    instance.queued = 0\n", ""),
        ("mechanics/deaths", "    instance.head = NONE\n    instance.tail = NONE\n", ""),
    ),
    "boundary-included": (
        ("on_simpy/machine", "while peek() < until_ns:", "while peek() <= until_ns:"),
    ),
    "one-vcpu-too-many": (
        ("mechanics/instances", "instance.busy < instance.vcpu:",
         "instance.busy <= instance.vcpu:"),
    ),
    "ack-of-a-dead-segment": (
        ("mechanics/segments", "boxcar.ack_ns[member] = NEVER", "pass"),
    ),
    "boxcar-one-record-late": (
        (
            "mechanics/storage",
            "        enqueue(S, i, (g << 2) | GROUP_TASK)\n    return group.open",
            "        S.boxcar[group.open].settled_ns = -1\n"
            "    elif S.boxcar[group.open].settled_ns == -1:\n"
            "        S.boxcar[group.open].settled_ns = 0\n"
            "        enqueue(S, i, (g << 2) | GROUP_TASK)\n    return group.open",
        ),
    ),
    "deadline-not-rearmed": (
        ("mechanics/clients/attempt",
         "        arm(S, x, slot.deadline_ns, now)\n        return NEVER",
         "        return NEVER"),
    ),
    "last-in-first-out-pool": (
        (
            "mechanics/clients/pool",
            "        if workload.free == NONE:\n            workload.free = x\n"
            "        else:\n            S.slot[workload.free_end].next = x\n"
            "        workload.free_end = x",
            "        S.slot[x].next = workload.free\n        workload.free = x",
        ),
    ),
    "commit-before-vdl": (
        ("mechanics/storage", "entry.lsn <= cluster.vdl:", "entry.lsn <= cluster.vdl + 1:"),
    ),
    "dns-kept-an-instant-longer": (
        ("mechanics/clients/names", "if now >= workload.dns_until_ns:",
         "if now > workload.dns_until_ns:"),
    ),
    "order-without-entity": (
        ("on_simpy/queue", "priority=rank,", "priority=rank >> 48,"),
    ),
    "three-of-six": (
        ("mechanics/quorum", "return max(a2, a3)", "return min(a2, a3)"),
    ),
    "four-where-five-must-be": (
        ("mechanics/making", "each.write_ok[mask] == (mask",
         "True or each.write_ok[mask] == (mask"),
    ),
    "reply-at-the-deadline-is-late": (
        ("mechanics/clients/attempt", "if end_ns > slot.deadline_ns:",
         "if end_ns >= slot.deadline_ns:"),
    ),
    "leaked-connection": (
        ("mechanics/instances",
         "        S.instance[job.instance].connections -= 1\n        give_job",
         "        give_job"),
    ),
    "stale-only-if-acknowledged-earlier": (
        ("mechanics/replication", "change.ack_ns <= sent_ns", "change.ack_ns < sent_ns"),
    ),
    "reads-stay-asleep": (
        ("mechanics/segments", "live(S, g), now)\n    wake_reads(S, cl, now)\n\n\ndef catch_up",
         "live(S, g), now)\n\n\ndef catch_up"),
    ),
    "repaired-segment-says-nothing": (
        ("mechanics/segments", "                acknowledge(S, b, missing, now)",
         "                pass"),
    ),
    "lost-where-most-hold-it": (
        ("mechanics/losses", "if fewer < other or", "if fewer > other or"),
    ),
    "promotion-ships-nothing": (
        ("mechanics/plane",
         "        self.machine.do(commands.SHIP_AGAIN, cluster, self.now_ns)\n", ""),
    ),
    "open-boxcar-survives-a-crash": (
        ("mechanics/deaths", "            group.open = NONE\n", "            pass\n"),
    ),
    "cut-batch-arrives": (
        ("mechanics/links", ".arrived_ns < now:", ".arrived_ns <= now:"),
    ),
    "batch-leaves-too-soon": (
        ("mechanics/regions", "now + max(busy, link.link_batch_ns)", "now + busy"),
    ),
    "secondary-reads-are-fresh": (
        ("mechanics/regions", "return max(1, now - oldest) if oldest <= sent_ns else 0",
         "return max(1, now - oldest) if oldest < sent_ns else 0"),
    ),
    "group-one-byte-late": (
        ("mechanics/space", "cluster.group_bytes < cluster.used_bytes:",
         "cluster.group_bytes < cluster.used_bytes - 1:"),
    ),
    "full-one-byte-early": (
        ("mechanics/space", "if grown > cluster.limit_bytes:",
         "if grown >= cluster.limit_bytes:"),
    ),
    "a-failed-write-takes-what-is-free": (
        ("mechanics/space", "    if grown > cluster.limit_bytes:\n",
         "    if grown > cluster.limit_bytes:\n        cluster.free_bytes = 0\n"),
    ),
}  # fmt: skip
ARRAYS: dict[str, tuple[Edit, ...]] = {
    "none": (),
    "boundary-included": (
        ("compiled/queue", "if event.when >= until:", "if event.when > until:"),
    ),
    "order-without-entity": (
        ("compiled/queue", "other.when == when and other.rank > rank",
         "other.when == when and other.rank >> 48 > rank >> 48"),
    ),
    "ring-one-place-late": (
        ("compiled/words",
         "def put(ring: Any, owner: int, first: int, end: int, index: int) -> None:\n"
         "    ring[owner, end &",
         "def put(ring: Any, owner: int, first: int, end: int, index: int) -> None:\n"
         "    ring[owner, (end + 1) &"),
    ),
    "boxcar-taken-twice": (
        ("compiled/words", "    top.free_boxcar = S.boxcar[b].next\n", "    pass\n"),
    ),
    "a-hash-forgets-the-newest": (
        ("compiled/words", "    S.change_table[cl, hashed(S, key)] = place\n", "    pass\n"),
    ),
}  # fmt: skip


def plant(edits: tuple[Edit, ...], folder: Path) -> None:
    """Writes aurosim with ``edits`` to ``folder``; every text to replace must be there once."""
    shutil.copytree(
        ROOT / "aurosim", folder / "aurosim", ignore=shutil.ignore_patterns("__pycache__")
    )
    for file, old, new in edits:
        path = folder / "aurosim" / "dataplane" / f"{file}.py"
        text = path.read_text()
        assert text.count(old) == 1, f"{text.count(old)} x {old!r} in {path.name}"
        path.write_text(text.replace(old, new))


def told(
    edits: tuple[Edit, ...], command: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    """What ``command`` of Python says of the source with ``edits``."""
    with tempfile.TemporaryDirectory() as scratch:
        plant(edits, Path(scratch))
        path = os.pathsep.join([scratch, str(ROOT)])
        return subprocess.run(
            [sys.executable, *command], cwd=scratch, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1", **environment},
        )  # fmt: skip


def by_hand(name: str, files: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """The tests worked by hand, on SimPy, with the wrong rule ``name``; up to the first to fail."""
    command = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", "pythonpath="]
    command += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "-k", "not compiled"]
    return told(RULES[name], [*command, *(files or BY_HAND)])


def by_worlds(name: str, first: int = 0, worlds: int = WORLDS) -> subprocess.CompletedProcess[str]:
    """The comparison of the two ways of running, with the wrong arrays ``name``."""
    # a hash overflows on purpose; compiled code does not mention it
    command = ["-W", "ignore", "-m", "tests.agreement.agree", "--seed", str(first)]
    return told(ARRAYS[name], [*command, "--count", str(worlds)])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=[*RULES, *ARRAYS])
    parser.add_argument("--worlds", type=int, default=WORLDS)
    asked = parser.parse_args(arguments)
    found = []
    if asked.name in RULES:
        found.append(by_hand(asked.name))
    if asked.name in ARRAYS:
        found.append(by_worlds(asked.name, worlds=asked.worlds))
    for each in found:
        sys.stdout.write(each.stdout + each.stderr)
    return max(each.returncode for each in found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
