"""Every notebook runs from top to bottom, answers included, in its short form; what it claims is
true, and each figure is shown once.
"""

from __future__ import annotations

import ast
import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tests.notebooks import story

SECONDS = 200
every = pytest.mark.parametrize("path", story.NOTEBOOKS, ids=lambda path: path.stem)

FRESH = "%reset -f\n__spec__ = None"
"""As a kernel is when it starts: its main module has a specification, which is None."""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsyncKernelManager]:
    """One kernel for all, as starting it and loading aurosim takes longer than most notebooks. It
    knows no start-up files of the user's and leaves nothing in their home.
    """
    home = tmp_path_factory.mktemp("home")
    theirs = {name: str(home) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
    work = tmp_path_factory.mktemp("work")
    one = AsyncKernelManager(kernel_name="python3")
    asyncio.run(one.start_kernel(cwd=str(work), env={**os.environ, **theirs}))
    yield one
    asyncio.run(one.shutdown_kernel(now=True))
    assert list(work.iterdir()) == [], "a notebook writes no files"


def cells(notebook: NotebookNode, *, short: bool) -> list[str]:
    """What the notebook runs, and after that what its answers run."""
    found = [*story.code(notebook), *story.answers(notebook)]
    return [story.shortened(each) for each in found] if short else found


def run(sources: list[str], kernel: AsyncKernelManager) -> list[NotebookNode]:
    """The cells after a run in a kernel that has forgotten all names."""
    found = [nbformat.v4.new_code_cell(each) for each in (FRESH, *sources)]
    notebook = nbformat.v4.new_notebook(cells=found)
    NotebookClient(notebook, timeout=SECONDS, km=kernel).execute()
    return list(notebook.cells)[1:]


def last(source: str) -> ast.expr | None:
    """The expression whose value a cell shows."""
    statement = ast.parse(source).body[-1]
    return statement.value if isinstance(statement, ast.Expr) else None


def draws(source: str) -> bool:
    """Whether a cell ends in a figure."""
    return isinstance(last(source), ast.Call) and ".plot." in ast.unparse(last(source))


def shown(cell: NotebookNode, kind: str) -> list[str]:
    """What the cell shows of that kind."""
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


def told(cell: NotebookNode) -> str:
    """The plain text of a cell's result."""
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    return results[0].data["text/plain"] if results else ""


def check(ran: list[NotebookNode]) -> None:
    """Nothing is complained about, claims are true, figures are there and there once."""
    noise = [each.text for cell in ran for each in cell.outputs if each.get("name") == "stderr"]
    assert [text for text in noise if not text.startswith("compiling")] == []
    claims = [cell for cell in ran if isinstance(last(cell.source), ast.Compare)]
    assert len(claims) >= 3
    assert [cell.source for cell in claims if told(cell) not in ("True", "np.True_")] == []
    figures = [cell for cell in ran if draws(cell.source)]
    assert len(figures) >= 3
    assert [cell.source for cell in figures if len(shown(cell, "image/svg+xml")) != 1] == []


@every
def test_it_runs_in_short_form(path: Path, kernel: AsyncKernelManager) -> None:
    check(run(cells(story.read(path), short=True), kernel))


@pytest.mark.long
@every
def test_it_runs_as_it_is(path: Path, kernel: AsyncKernelManager) -> None:
    check(run(cells(story.read(path), short=False), kernel))


def test_what_goes_wrong_in_a_notebook_is_seen(kernel: AsyncKernelManager) -> None:
    with pytest.raises(CellExecutionError, match="neither a file nor a shipped scenario"):
        run(["import aurosim", "aurosim.run('no-such')"], kernel)
    ran = run(["1 < 2", "2 < 3", "3 < 3"], kernel)
    with pytest.raises(AssertionError, match="3 < 3"):
        check(ran)
