"""`import aurosim` and `aurosim --help` cost nothing: no number library, no simulator is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
