"""The first run after installing: two processes compile the rules, each a half.

numba compiles one function at a time in a process, but processes share the cache. So a child
compiles the commands and the recorder's functions while this process compiles the loop, and what
the child did is then loaded. Whatever goes wrong with the child (it cannot start, dies, is slow)
costs time only: what it has not done is compiled here when it is called.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from aurosim import compiled
from aurosim.dataplane.contract import LAG, ROW
from aurosim.dataplane.plan import Plan
from aurosim.metrics.recorder import Recorder

PATIENCE_S = 60
"""For how long the child is waited for when this process is done with its half."""
OURS = ("loop.run",)
THEIRS = ("loop.command", "digest.scan", "outages._take", "digest.digest_lag")

CHILD = f"from {__name__} import child; child()"
SMALL = """
name: small
run: {duration: 1 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}}
workload: [{name: one, connections: 1, transaction: sysbench-oltp-write-only}]
"""


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def compile_by_two(plan: Plan) -> None:
    """Compile the rules in two processes if none of it is kept, and there is a place to keep it.

    On one processor, or where nothing can be kept, this does nothing: functions are compiled when
    they are called.
    """
    if compiled.CACHE is None or cores() < 2:
        return
    if any(compiled.is_kept(each) for each in OURS + THEIRS):
        return
    with helped():
        compile_loop(plan)


def compile_loop(plan: Plan) -> None:
    """Compile this process's half: a call of the loop that answers no event."""
    from aurosim.dataplane.compiled import loop
    from aurosim.dataplane.compiled.arrays import make_arrays

    loop.run(make_arrays(plan), 0, 0, 0)


def compile_rest(plan: Plan) -> None:
    """Compile the child's half: a command that only looks, and blocks without rows."""
    from aurosim.dataplane.compiled.arrays import make_arrays
    from aurosim.dataplane.compiled.machine import look_at_layout

    look_at_layout(make_arrays(plan))
    recorder = Recorder(plan, 0, plan.end_ns, 1)
    recorder.rows(np.zeros(0, ROW))
    recorder.lag(np.zeros(0, LAG))


@contextmanager
def helped(
    code: str = CHILD, patience_s: float = PATIENCE_S
) -> Iterator[subprocess.Popen[bytes] | None]:
    """A child runs ``code`` while the block runs; it is gone when this is left, however.

    It is yielded; None where it cannot be started.
    """
    path = os.pathsep.join([str(compiled.PACKAGE.parent), os.environ.get("PYTHONPATH", "")])
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=quiet, stderr=quiet,
            env={**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)},
        )  # fmt: skip
    except OSError:
        yield None
        return
    try:
        yield process
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    finally:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def child() -> None:
    """What the child does; it ends at once when its parent is gone, which closes its input."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from aurosim.scenario.loading import loads
    from aurosim.simulation.build import build

    compile_rest(build(loads(SMALL, "<text>")))


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(1)
