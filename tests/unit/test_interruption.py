"""Ctrl-C: the first stops a run where its books are in order, the second ends it at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aurosim import api, interruption
from aurosim.cli import app
from aurosim.interruption import asked_by_keyboard

WORLD = """
name: small
run: {duration: 2 s}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 1}}
workload:
  - {name: orders, connections: 20, transaction: sysbench-oltp-write-only}
  - {name: reports, endpoint: reader, arrivals: {rate: 200/s}, transaction: [{kind: select}]}
"""
running = import_module("aurosim.simulation.run")  # the package's `run` is the function
PLANES = ("simpy", "compiled")
ROOT = Path(__file__).resolve().parents[2]


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

    # Long enough for more than a block of rows, which comes before the end of a call.
    monkeypatch.setitem(running.EVENTS_PER_LOOK, plane, 10_000)
    done = running.run(api.load(WORLD, {"run.duration": "6 s"}), plane=plane, rows=sink)
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
    with asked_by_keyboard() as asked:
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert not asked
    with pytest.raises(KeyboardInterrupt):
        press()


def test_an_answer_of_the_program_s_own_is_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with asked_by_keyboard() as asked:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            press()
        assert not asked
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


def test_the_command_keeps_what_there_is(monkeypatch, tmp_path) -> None:
    @contextmanager
    def shown():
        yield lambda state: press() if state.now_ns else None

    monkeypatch.setattr("aurosim.report.progress.shown", shown)
    monkeypatch.setitem(running.EVENTS_PER_LOOK, "compiled", 777)  # the run is a short one
    # At each look one more: here it only counts, while a second one ends a real process.
    monkeypatch.setattr(interruption.Listener, "start", interrupted_by_hand)
    (tmp_path / "small.yaml").write_text(WORLD)
    out = tmp_path / "out"
    left = CliRunner().invoke(app, ["run", str(tmp_path / "small.yaml"), "--out", str(out)])
    assert left.exit_code == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "small.yaml"]
    assert json.loads((out / "summary.json").read_text())["partial"] is True
    assert (out / "report.html").stat().st_size > 1000


def interrupted_by_hand(listener: interruption.Listener) -> None:
    """A listener without the thread that would end this process, which is pytest's."""
    listener._before[signal.SIGINT] = signal.signal(signal.SIGINT, listener.hear)
    listener._wakeup = -1


def test_a_second_one_while_the_folder_is_written_leaves_none(monkeypatch, tmp_path) -> None:
    done = running.run(api.load(WORLD))
    monkeypatch.setattr("aurosim.report.write", lambda *_: press())
    with pytest.raises(KeyboardInterrupt):
        api.Run(done).save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# --- the command as a process of its own --------------------------------------------------------

COMMAND = """
import contextlib, sys, time
import aurosim.api, aurosim.cli, aurosim.report.folder, aurosim.report.progress, aurosim.study
{patch}
aurosim.cli.main()
"""
"""Each says on stdout that it is where the test wants it."""

LOADING = """
def load(*_, **__):
    print("there", flush=True)
    time.sleep(600)
aurosim.api.load = load
"""
RUNNING = """
@contextlib.contextmanager
def shown():
    said = []
    def report(state):
        if state.now_ns and not said:
            said.append(print("there", flush=True))
    yield report
aurosim.report.progress.shown = shown
"""
WRITING = """
def write_files(result, folder):
    (folder / "summary.json").write_text("{}")
    print("there", flush=True)
    time.sleep(600)
aurosim.report.folder.write_files = write_files
"""


def started(tmp_path: Path, patch: str, duration: str = "100 h") -> subprocess.Popen[str]:
    """`aurosim run`, by now where `patch` says so. A run of 100 h would take many minutes."""
    (tmp_path / "long.yaml").write_text(WORLD.replace("duration: 2 s", f"duration: {duration}"))
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(patch=patch), "run", "long.yaml", "--out", "out"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n", process.communicate()
    return process


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_command_gives_what_there_is(tmp_path, number, code) -> None:
    process = started(tmp_path, RUNNING)
    process.send_signal(number)
    process.communicate()
    assert process.returncode == code
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files >= {"summary.json", "report.html", "provenance.json", "scenario.resolved.yaml"}
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["partial"] is True
    assert 0 < summary["duration_s"] < 360_000


def left_nothing(process: subprocess.Popen[str], tmp_path: Path, code: int) -> None:
    _, said = process.communicate()
    assert process.returncode == code
    assert said.endswith("interrupted: nothing was written\n") and "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["long.yaml"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_where_nothing_is_there_to_keep_the_first_one_ends_it(tmp_path, number, code) -> None:
    """Loading, compiling: though the main thread sleeps in a call that would go on."""
    process = started(tmp_path, LOADING)
    process.send_signal(number)
    left_nothing(process, tmp_path, code)


def test_a_second_ctrl_c_of_the_command_ends_it_at_once(tmp_path) -> None:
    """It comes while what there is is being written, in a call that would last: half a folder is
    none."""
    process = started(tmp_path, WRITING, duration="2 s")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)  # two of one kind at once may reach a process as one
    left_nothing(process, tmp_path, process.wait())
    assert process.returncode in (130, 143)


def test_one_while_a_finished_run_is_written_leaves_it_whole(tmp_path) -> None:
    patch = WRITING.replace("time.sleep(600)", "sys.stdin.read(); whole(result, folder)")
    patch = "whole = aurosim.report.folder.write_files\n" + patch
    process = started(tmp_path, patch, duration="2 s")
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130, "a shell's loop around it must end too"
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["partial"] is False
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000
