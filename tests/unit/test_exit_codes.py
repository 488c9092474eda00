"""Every way out of a command has its exit code; our own faults are told in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from aurosim.cli.exit_codes import with_exit_code
from aurosim.cli.options import pairs
from aurosim.errors import OutputError, ScenarioError, UsageError


def left_with(error: BaseException, debug: bool = False) -> int:
    with pytest.raises(typer.Exit) as caught, with_exit_code(debug):
        raise error
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no"), 2),
        (OutputError("no"), 2),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("x"), 1),
        (AssertionError(), 1),
        (typer.Exit(99), 99),
    ],
)
def test_each_way_out_has_its_code(error, code) -> None:
    assert left_with(error) == code


def test_every_complaint_is_a_line_on_stderr(capsys) -> None:
    from aurosim.errors import Complaint

    error = ScenarioError([Complaint("a.yaml", 3, "run", "bad"), Complaint("a.yaml", 9, "x", "no")])
    assert left_with(error) == 2
    assert capsys.readouterr().err == "a.yaml:3: run bad\na.yaml:9: x no\n"


def test_our_own_fault_is_one_line_with_how_to_report_it(capsys) -> None:
    left_with(RuntimeError("two\nlines"))
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "RuntimeError: two lines" in told
    assert "--debug" in told


def test_the_traceback_comes_with_debug(capsys) -> None:
    left_with(RuntimeError("x"), debug=True)
    assert "Traceback" in capsys.readouterr().err


def test_set_takes_path_and_value_and_the_value_may_hold_an_equal_sign() -> None:
    assert pairs(["run.seed = 2", "a.b=c=d"]) == {"run.seed": "2", "a.b": "c=d"}
    assert pairs(None) == {}
    with pytest.raises(UsageError, match="is not PATH=VALUE"):
        pairs(["run.seed"])


def aurosim(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aurosim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [("frobnicate",), ("run",), ("run", "no-such-scenario"), ("run", "x", "--seed", "a")],
)
def test_a_wrong_call_leaves_with_2_and_no_traceback(arguments) -> None:
    result = aurosim(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()
