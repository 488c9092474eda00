"""`import aurosim` and `aurosim --help` cost nothing: no number library, no simulator is loaded.
An answer loads what it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.study.small import SMALL
from tests.tidy import source

HEAVY = ("numpy", "pandas", "simpy", "matplotlib", "numba", "scipy", "yaml")

LOADED = f"import sys; print([name for name in {HEAVY!r} + more if name in sys.modules])"
HELP = """
try:
    main()
except SystemExit as left:
    assert left.code == 0, left.code
"""


def loaded_after(code: str, *arguments: str, more: tuple[str, ...] = ()) -> str:
    """The heavy modules that are loaded once `code` has run in a Python of its own."""
    program = f"more = {more!r}\n{code}\n{LOADED}"
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=source.ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return result.stdout.strip().splitlines()[-1]


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import aurosim; aurosim.__version__", more=("pydantic", "rich")) == "[]"


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("run", "--help"), ("check", "--help"), ("new", "--help"), ("sweep", "--help"),
     ("trace", "--help")],
)
def test_help_loads_nothing_heavy(arguments) -> None:
    assert loaded_after(f"from aurosim.cli import main{HELP}", *arguments) == "[]"


def test_a_heavy_module_is_seen() -> None:
    assert loaded_after("import numpy") == "['numpy']"


def test_public_names_arrive_when_asked_for() -> None:
    import aurosim

    assert set(aurosim.__all__) <= set(dir(aurosim))
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = aurosim.nothing_of_the_kind


ANSWERS = {
    "a run with its page": ["run", "small.yaml"],
    "a study": ["replicate", "small.yaml", "-n", "2", "--workers", "1"],
    "a comparison": ["compare", "small.yaml", "--set-b", "cluster.readers.count=2", "-n", "2",
                     "--workers", "1"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", ANSWERS.values(), ids=ANSWERS)
def test_the_way_to_an_answer_loads_no_pandas(arguments: list[str], tmp_path: Path) -> None:
    """Nor pyplot: each would be a tenth of a run with its page, or more."""
    (tmp_path / "small.yaml").write_text(SMALL)
    code = f"import os; os.chdir({str(tmp_path)!r})\nfrom aurosim.cli import main{HELP}"
    loaded = loaded_after(code, *arguments, more=("matplotlib.pyplot", "scipy.stats"))
    assert {"numba", "matplotlib"} <= set(ast.literal_eval(loaded))
    assert not {"pandas", "matplotlib.pyplot", "scipy.stats"} & set(ast.literal_eval(loaded))
    assert list(tmp_path.rglob("*.html")) and list(tmp_path.rglob("*.csv"))
