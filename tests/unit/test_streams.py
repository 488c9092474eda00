"""What a command writes to may be gone, closed or full: nothing computed is lost, and the exit code
and the line on stderr are right."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISE = "reads.due >= 0 /s"
BROKEN_PROMISE = "reads.due > 1000 /s"
TINY = """
name: tiny
run: {{duration: 2 s}}
cluster: {{engine: aurora-mysql, writer: {{class: db.r6g.large}}}}
workload: [{{name: reads, arrivals: {{rate: 5/s}}, transaction: sysbench-point-select}}]
expect: [{promise}]
"""
AUROSIM = f"{shlex.quote(sys.executable)} -m aurosim"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="shells of POSIX close streams and name /dev/full"
)


def shell(
    folder: Path, line: str, promise: str = PROMISE, **more: str
) -> subprocess.CompletedProcess[str]:
    """A line as one types it; {aurosim} is the command."""
    (folder / "tiny.yaml").write_text(TINY.format(promise=promise))
    return subprocess.run(
        ["bash", "-c", "set -o pipefail; " + line.format(aurosim=AUROSIM)], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def whole(folder: Path) -> bool:
    found = json.loads((folder / "out/summary.json").read_text())
    return found["partial"] is False and (folder / "out/report.html").stat().st_size > 1000


full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{aurosim} run tiny.yaml --out out >&-", "stdout cannot be written: it is closed"),
        pytest.param(
            "{aurosim} run tiny.yaml --out out >/dev/full",
            "stdout cannot be written: No space left on device", marks=full,
        ),
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_told_is_written_and_says_where(tmp_path, line, said) -> None:
    done = shell(tmp_path, line)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        0, f"{said}. The report is out/report.html",
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert whole(tmp_path)


def test_a_failed_promise_is_99_whoever_reads(tmp_path) -> None:
    done = shell(tmp_path, "{aurosim} run tiny.yaml --out out | true", BROKEN_PROMISE)
    assert done.returncode == 99, done.stderr
    assert "Traceback" not in done.stderr and "cannot be written" not in done.stderr
    assert whole(tmp_path)


@pytest.mark.parametrize(
    "line",
    ["{aurosim} run tiny.yaml --out out 2>&-", "{aurosim} run tiny.yaml --out out >&- 2>&- <&-"],
)
def test_without_stderr_a_run_is_the_same(tmp_path, line) -> None:
    """And no file that is opened later gets its number."""
    assert shell(tmp_path, line).returncode == 0
    assert whole(tmp_path)


@full
def test_a_full_stderr_changes_nothing(tmp_path) -> None:
    done = shell(tmp_path, "{aurosim} run tiny.yaml --out out 2>/dev/full")
    assert done.returncode == 0 and "report: out/report.html" in done.stdout
    assert shell(tmp_path, "{aurosim} check nothing 2>/dev/full").returncode == 2


@pytest.mark.parametrize("command", ["check tiny.yaml", "schema", "list", "--help", "--version"])
def test_a_command_that_is_there_to_be_read_says_that_it_cannot_be(tmp_path, command) -> None:
    done = shell(tmp_path, f"{{aurosim}} {command} >&-")
    assert (done.returncode, done.stderr) == (2, "stdout cannot be written: it is closed\n")


@pytest.mark.parametrize(
    ("to", "said"),
    [(">&-", "it is closed"), pytest.param(">/dev/full", "No space left on device", marks=full)],
)
def test_a_scenario_that_is_written_is_so_although_nothing_can_be_said(tmp_path, to, said) -> None:
    done = shell(tmp_path, f"{{aurosim}} new zzz {to}")
    assert (done.returncode, done.stderr) == (
        0, f"stdout cannot be written: {said}. zzz.yaml is written\n",
    )  # fmt: skip
    assert (tmp_path / "zzz.yaml").exists()
    again = shell(tmp_path, f"{{aurosim}} new zzz {to}")
    assert again.returncode == 2 and "zzz.yaml exists" in again.stderr


@full
def test_what_is_compiled_is_kept_although_it_cannot_be_said(tmp_path) -> None:
    code = (
        "from aurosim import api, cli, compiled\n"
        "from aurosim.cli import compiling\n"
        "class Done:\n  def save(self, folder): pass\n"
        "api.run = lambda *_: Done()\ncompiled.CACHE = 'the-cache'\n"
        "compiling.kept = lambda: 0\ncli.main()"
    )
    done = shell(tmp_path, f"{sys.executable} -c {shlex.quote(code)} precompile >/dev/full")
    assert (done.returncode, done.stderr) == (
        0,
        "stdout cannot be written: No space left on device. "
        "What is compiled is kept in the-cache\n",
    )


@full
def test_figures_that_nobody_can_read_are_an_error(tmp_path) -> None:
    """They stand nowhere else: that they were measured is no use."""
    done = shell(tmp_path, "{aurosim} bench tiny.yaml --seconds 1 >/dev/full")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2, "stdout cannot be written: No space left on device",
    )  # fmt: skip


@pytest.mark.parametrize("command", ["check tiny.yaml", "schema", "list"])
def test_a_reader_that_has_gone_has_all_it_wants(tmp_path, command) -> None:
    done = shell(tmp_path, f"{{aurosim}} {command} | head -c 1")
    assert (done.returncode, done.stderr, len(done.stdout)) == (0, "", 1)


def test_a_backend_that_does_not_exist_draws_all_the_same(tmp_path) -> None:
    done = shell(tmp_path, "{aurosim} run tiny.yaml --out out", MPLBACKEND="nonsense")
    assert done.returncode == 0, done.stderr
    assert whole(tmp_path)
    code = "import aurosim; aurosim.run('tiny.yaml').save('from-python')"
    done = shell(tmp_path, f"{sys.executable} -c {shlex.quote(code)}", MPLBACKEND="nonsense")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "from-python/report.html").stat().st_size > 1000


def test_a_disk_that_is_full_loses_no_answer(tmp_path) -> None:
    """The folder cannot be written after the run: the answers are told before the error."""
    code = (
        "import errno, aurosim.cli, aurosim.report.folder as folder\n"
        "def full(*_): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "folder.write_files = full\naurosim.cli.main()"
    )
    done = shell(tmp_path, f"{sys.executable} -c {shlex.quote(code)} run tiny.yaml --out out")
    assert done.returncode == 2
    assert "out cannot be written: No space left on device" in done.stderr
    assert "reads" in done.stdout and "report:" not in done.stdout
    assert not (tmp_path / "out").exists()
