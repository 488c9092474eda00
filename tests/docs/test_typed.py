"""Every command of the README and of the planner's, engineer's and teacher's page runs as typed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import typed

PAGES = ("README.md", "docs/planner.md", "docs/engineer.md", "docs/teacher.md")

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


def text(page: str) -> str:
    return (typed.ROOT / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def typing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All pages at once, as each is waited for by its own test; compiled first, and once."""
    prepare = [sys.executable, "-m", "aurosim", "precompile"]
    subprocess.run(prepare, cwd=typed.ROOT, capture_output=True, check=True)
    folders = {page: tmp_path_factory.mktemp(Path(page).stem) for page in PAGES}
    started = {page: typed.start(text(page), folders[page]) for page in PAGES}
    yield started
    for process in started.values():
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.timeout(900)  # some twenty runs: half a minute on two cores that have nothing else
@pytest.mark.parametrize("page", PAGES)
def test_every_command_runs_as_typed_in_a_clone_after_make_demo(page: str, typing) -> None:
    told, _ = typing[page].communicate()
    assert typed.wrong(text(page), told) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_commands_and_says_how_aurosim_becomes_one(page: str) -> None:
    lines = [each.text for each in typed.typed(text(page))]
    assert sum(line.startswith("aurosim ") for line in lines) >= 3
    first = next(k for k, line in enumerate(lines) if line.startswith("aurosim "))
    assert any(line.startswith(typed.ACTIVATE) for line in lines[:first])


def told(page: str, folder: Path) -> list[str]:
    output, _ = typed.start(page, folder).communicate()
    return typed.wrong(page, output)


def test_what_does_not_run_as_typed_is_seen(tmp_path: Path) -> None:
    page = "\n".join([
        "```sh", "make demo  # sets up", "make no-such-target", "aurosim --version",
        "source .venv/bin/activate", "aurosim --version", "aurosim check no-such.yaml", "```",
        "```python", "import aurosim", "aurosim.no_such_name", "```",
        "```sh", "exit 3", "aurosim --version", "```",
    ])  # fmt: skip
    found = [each.splitlines()[:2] for each in told(page + "\n", tmp_path)]
    assert [line for line, _ in found] == [
        "make no-such-target", "aurosim --version", "aurosim check no-such.yaml",
        "python - <<'END'", "only 7 of 9 came to an end:",
    ]  # fmt: skip
    assert found[1][1] == "exits with code 127, not 0:"


def test_a_code_of_99_is_said_and_a_said_one_comes(tmp_path: Path) -> None:
    page = "```sh\n(exit 99)\n(exit 99)  # too few: exits with code 99\ntrue  # 99\n```\n"
    found = [each.splitlines()[1] for each in told(page, tmp_path)]
    assert found == ["exits with code 99, not 0:", "exits with code 0, not 99:"]
