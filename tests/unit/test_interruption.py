"""Ctrl-C: the first stops a run where its books are in order, the second ends it at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aurosim import api
from aurosim.cli import app
from aurosim.simulation.interruption import Interruption

WORLD = """
name: small
run: {duration: 2 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload:
  - {name: orders, connections: 20, transaction: sysbench-oltp-write-only}
  - {name: reports, endpoint: reader, arrivals: {rate: 200/s}, transaction: [{kind: select}]}
"""
running = sys.modules["aurosim.simulation.run"]  # the package's `run` is the function
PLANES = ("simpy", "compiled")


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def rows_and_run(plane: str, progress):
    rows: list[tuple[int, ...]] = []
    done = running.run(
        api.load(WORLD), plane=plane, progress=progress,
        rows=lambda block: rows.extend(block.tolist()),
    )  # fmt: skip
    return rows, done


@pytest.mark.parametrize("plane", PLANES)
def test_an_interrupted_run_is_the_beginning_of_the_whole_one(plane, monkeypatch) -> None:
    """Stopped in the middle of an interval; its own checks hold (Little's law)."""
    monkeypatch.setitem(running.EVENTS_PER_LOOK, plane, 777)
    seen = []

    def progress(state) -> None:
        seen.append(state.now_ns)
        if len(seen) == 12:
            press()

    rows, done = rows_and_run(plane, progress)
    assert done.partial and done.summary["partial"] is True
    assert len(seen) == 12, "it stops at the next look"
    assert 0 < done.summary["duration_s"] * 1e9 <= seen[-1]
    whole, uncut = rows_and_run(plane, None)
    assert not uncut.partial
    assert rows == whole[: len(rows)]
    assert 0 < len(rows) < len(whole)


@pytest.mark.parametrize("plane", PLANES)
def test_a_signal_in_the_middle_of_an_event_waits_for_the_end_of_the_call(
    plane, monkeypatch
) -> None:
    """Rows are handed over in the middle of events; a check of the books would find half of one."""
    pressed = []

    def sink(block) -> None:
        if not pressed:
            pressed.append(len(block))
            press()

    done = running.run(api.load(WORLD), plane=plane, rows=sink)
    assert pressed and done.partial


def test_the_second_one_ends_at_once() -> None:
    def progress(state) -> None:
        if state.now_ns:
            press()
            press()

    with pytest.raises(KeyboardInterrupt):
        rows_and_run("simpy", progress)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_after_the_run_is_pythons_own() -> None:
    with Interruption() as interruption:
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert not interruption.asked
    with pytest.raises(KeyboardInterrupt):
        press()


def test_an_answer_of_the_program_s_own_is_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            press()
        assert not interruption.asked
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_run_in_another_thread_goes_on() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(rows_and_run("simpy", None)[1]))
    thread.start()
    thread.join()
    assert not found[0].partial


def test_who_watches_may_end_the_run() -> None:
    def progress(state) -> None:
        if state.now_ns >= state.end_ns // 2:
            raise KeyboardInterrupt

    _, done = rows_and_run("simpy", progress)
    assert done.partial


def test_progress_is_told_before_the_first_event_and_at_the_end() -> None:
    seen = []
    rows, _ = rows_and_run("simpy", seen.append)
    assert (seen[0].now_ns, seen[0].statements, seen[0].events) == (0, 0, 0)
    assert (seen[-1].now_ns, seen[-1].statements) == (seen[-1].end_ns, len(rows))
    assert seen[-1].events > len(rows)


@pytest.mark.parametrize(("times", "written"), [(1, True), (2, False)])
def test_the_command_keeps_what_there_is_or_nothing(monkeypatch, tmp_path, times, written) -> None:
    """Leaves with 130 either way; the folder is whole or not there."""

    @contextmanager
    def shown():
        def report(state) -> None:
            if state.now_ns:
                for _ in range(times):
                    press()

        yield report

    monkeypatch.setattr("aurosim.report.progress.shown", shown)
    (tmp_path / "small.yaml").write_text(WORLD)
    out = tmp_path / "out"
    left = CliRunner().invoke(app, ["run", str(tmp_path / "small.yaml"), "--out", str(out)])
    assert left.exit_code == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == [*["out"] * written, "small.yaml"]
    if written:
        assert json.loads((out / "summary.json").read_text())["partial"] is True
        assert (out / "report.html").stat().st_size > 1000
    else:
        assert "nothing was written" in left.stderr


def test_a_second_one_while_the_folder_is_written_leaves_none(monkeypatch, tmp_path) -> None:
    done = running.run(api.load(WORLD))
    monkeypatch.setattr("aurosim.report.write", lambda *_: press())
    with pytest.raises(KeyboardInterrupt):
        api.Run(done).save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# --- the installed command as a process of its own ---------------------------------------------

WATCH = """
import signal, threading, time
def tell():
    while signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        time.sleep(0.01)
    print("running", flush=True)
    while signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        time.sleep(0.001)
    print("ended", flush=True)
threading.Thread(target=tell, daemon=True).start()
"""
"""Loaded by Python before the command: says when a run begins to listen for
Ctrl-C, and when it has ended and its folder is being written. Nothing else knows."""


def started(tmp_path: Path) -> subprocess.Popen[str]:
    """`aurosim run` on the kernel, of a run that would take minutes, now under way."""
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    (tmp_path / "long.yaml").write_text(WORLD.replace("duration: 2 s", "duration: 100 h"))
    command = Path(sys.executable).with_name("aurosim")
    process = subprocess.Popen(
        [command, "run", tmp_path / "long.yaml", "--out", tmp_path / "out"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def test_ctrl_c_of_the_command_gives_what_there_is(tmp_path) -> None:
    process = started(tmp_path)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files >= {"summary.json", "report.html", "provenance.json", "scenario.resolved.yaml"}
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["partial"] is True and summary["plane"] == "compiled"
    assert 0 < summary["duration_s"] < 360_000


def test_a_second_ctrl_c_of_the_command_ends_it_at_once(tmp_path) -> None:
    """It comes while what there is is being written: nothing half is left."""
    process = started(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ended\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "nothing was written" in said and "Traceback" not in said
    assert not (tmp_path / "out").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {
        "long.yaml", "sitecustomize.py", "__pycache__",
    }  # fmt: skip
