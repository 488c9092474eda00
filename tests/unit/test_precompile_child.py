"""The first run's child: whatever happens to it, the run goes on and no process is left behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from aurosim import api, compiled
from aurosim.simulation import precompile
from aurosim.simulation.build import build

SLEEP = "import time; time.sleep(600)"
WAIT_FOR_PARENT = "from aurosim.simulation import precompile; precompile._end_with_parent()"


def gone(pid: int) -> bool:
    """Whether there is no such process; one that ended and is ours was waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_a_child_that_dies_is_not_waited_for(code: str) -> None:
    with precompile.helped(code) as child:
        assert child is not None
    assert child.returncode not in (None, 0, -signal.SIGKILL if "Exit" in code else 0)
    assert gone(child.pid)


def test_a_child_that_hangs_is_ended_when_patience_is() -> None:
    with precompile.helped(SLEEP, patience_s=0.05) as child:
        assert child is not None and child.poll() is None
    assert child.returncode == -signal.SIGKILL
    assert gone(child.pid)


def test_ctrl_c_takes_the_child_along() -> None:
    with pytest.raises(KeyboardInterrupt), precompile.helped(SLEEP) as child:
        raise KeyboardInterrupt
    assert child is not None and gone(child.pid)


def test_without_a_python_to_start_it_goes_on_alone(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with precompile.helped(SLEEP) as child:
        assert child is None


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux can watch a grandchild end")
def test_a_child_ends_with_a_parent_that_was_killed() -> None:
    """A grandchild of ours here: its parent is killed and cannot take it along."""
    parent = subprocess.Popen(
        [sys.executable, "-c",
         "import time; from aurosim.simulation import precompile\n"
         f"with precompile.helped({WAIT_FOR_PARENT!r}) as child:\n"
         "    print(child.pid, flush=True); time.sleep(600)"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    watch = os.pidfd_open(child)
    parent.kill()
    parent.wait()
    assert select.select([watch], [], [], 60)[0], "the child outlives its parent"
    os.close(watch)


@pytest.mark.parametrize("reason", ["kept", "no place", "one core"])
def test_where_it_cannot_help_there_is_no_child(reason: str, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(compiled._config, "DISABLE_JIT", 0)
    monkeypatch.setattr(compiled, "CACHE", None if reason == "no place" else tmp_path)
    monkeypatch.setattr(precompile, "cores", lambda: 1 if reason == "one core" else 2)
    if reason == "kept":
        (tmp_path / "kernel_1").mkdir()
        (tmp_path / "kernel_1" / "loop.run-20.py311.nbi").write_bytes(b"whole.")
    called = []
    monkeypatch.setattr(precompile, "compile_loop", called.append)
    plan = build(api.load(precompile.SMALL))
    precompile.compile_by_two(plan)
    assert not called


def test_each_half_compiles_what_it_is_said_to() -> None:
    """What is named as kept is what each half calls, so that a second run starts no child."""
    plan = build(api.load(precompile.SMALL))
    precompile.compile_loop(plan)
    precompile.compile_rest(plan)
    if compiled.CACHE is not None:
        assert all(compiled.is_kept(each) for each in precompile.OURS + precompile.THEIRS)
