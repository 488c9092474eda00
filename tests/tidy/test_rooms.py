"""The rooms of the house: imports go down only, and each library is met in its own rooms.

The order of the rooms is import-linter's contract in pyproject.toml; what may import which library
is the table here, because import-linter cannot say "only".
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy import source

AT_HOME = {
    "yaml": ("aurosim/scenario/",),
    "pydantic": ("aurosim/scenario/", "aurosim/study/language.py"),
    "simpy": (
        "aurosim/control/", "aurosim/dataplane/on_simpy/", "aurosim/simulation/",
        "aurosim/simpy_model/",
    ),
    "numba": (
        "aurosim/compiled.py", "aurosim/inlining.py", "aurosim/dataplane/compiled/handle.py",
        "aurosim/dataplane/compiled/table.py", "aurosim/dataplane/lanes.py",
    ),
    "pandas": (
        "aurosim/metrics/columns.py", "aurosim/simulation/", "aurosim/api.py", "aurosim/studies.py",
    ),
    "matplotlib": ("aurosim/report/",),
    "distributed": ("aurosim/study/executors.py",),
    "jinja2": ("aurosim/report/",),
    "typer": ("aurosim/cli/",),
    "rich": ("aurosim/cli/", "aurosim/report/progress.py"),
}
"""Which rooms may import a library. cluster/ and the layers below it run without any of these."""


def strangers(place: str, module: ast.AST) -> list[str]:
    return [
        f"{place}:{line} imports {name}"
        for line, name in source.imports(module)
        if not place.startswith(AT_HOME.get(name.split(".")[0], ("aurosim/",)))
    ]


def test_each_library_is_imported_in_its_rooms_only() -> None:
    found = [
        line
        for path in source.python_files("aurosim")
        for line in strangers(source.shown(path), source.tree(path))
    ]
    assert found == []


def test_a_stranger_is_seen_inside_a_function_too() -> None:
    module = ast.parse("def f():\n    from yaml import safe_load")
    assert strangers("aurosim/metrics/lag.py", module) != []
    assert strangers("aurosim/scenario/text.py", module) == []


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.fail("lint-imports is missing: install the [test] extra")
    return subprocess.run(
        [command, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_imports_go_down_only() -> None:
    result = lint_imports(source.ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


ROOMS_OF_CONTRACTS = (
    "dataplane", "simpy_model", "control", "metrics", "simulation", "cluster", "meters",
)  # fmt: skip
"""Named by contracts of their own, which ask for them to be there."""


def test_an_import_that_goes_up_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "aurosim"
    for name, text in {
        "__init__.py": "import aurosim.api\nimport aurosim.studies\n",
        "studies.py": "",
        "errors.py": "import aurosim.api\n",
        "api.py": "",
    }.items():
        package.mkdir(exist_ok=True)
        (package / name).write_text(text)
    for room in ROOMS_OF_CONTRACTS:
        (package / room).mkdir()
        (package / room / "__init__.py").write_text("")
    shutil.copy(source.ROOT / "pyproject.toml", tmp_path)
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    assert "aurosim.errors -> aurosim.api" in result.stdout


def test_every_room_is_a_package() -> None:
    """A folder without `__init__.py` would be imported, but no contract would look at it."""
    rooms = {path.parent for path in source.python_files("aurosim")}
    assert [source.shown(room) for room in rooms if not (room / "__init__.py").exists()] == []
