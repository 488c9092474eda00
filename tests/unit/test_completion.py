"""What the shell offers when Tab is pressed: commands, options, names of what is shipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aurosim.scenario.shipped import shipped
from aurosim.study.shipped import shipped as studies

ROOT = Path(__file__).resolve().parents[2]


def offered(*words: str) -> list[str]:
    """What bash is told for a line of these words, the last of them begun."""
    asked = {
        "_AUROSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["aurosim", *words]),
        "COMP_CWORD": str(len(words)),
    }
    main = "import sys; sys.argv = ['aurosim']; from aurosim.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", main], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **asked},
    )  # fmt: skip
    return done.stdout.split()


def test_commands_and_options_are_offered() -> None:
    assert offered("pre") == ["precompile"]
    assert offered("run", "--op") == ["--open"]


@pytest.mark.parametrize("before", [["run"], ["check"], ["compare"], ["new", "x", "--from"]])
def test_names_of_shipped_scenarios_are_offered(before: list[str]) -> None:
    assert offered(*before, "writer-") == ["writer-host-failure"]
    if before == ["run"]:
        assert offered(*before, "") == list(shipped())


def test_names_of_shipped_studies_are_offered() -> None:
    assert offered("sweep", "") == list(studies())


def test_it_can_be_installed_as_the_page_says() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "aurosim", "--help"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    ).stdout  # fmt: skip
    assert "--install-completion" in told
    assert "--install-completion" in (ROOT / "docs/cli.md").read_text(encoding="utf-8")
