"""The wheel stands on its own: built, installed in an empty environment, used from elsewhere.

What it depends on is lent by a `.pth` file (the environment that runs this test has it already),
but not aurosim itself: the commands run in another folder and say where they found it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tidy import source

DEMO = "writer-host-failure"
Command = Callable[..., subprocess.CompletedProcess[str]]


def call(*command: str | Path, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    free = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=free, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert result.returncode == code, result.stdout + result.stderr
    return result


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `python -m build --wheel` makes it, from what is in the repository now."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    call(*build, out, source.ROOT, cwd=out)
    (built,) = out.glob("aurosim-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `bin` folder of an environment that holds the wheel, and borrows what it depends on."""
    home = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(home, symlinks=True)
    lent = sysconfig.get_path("purelib")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = home / "lib" / version / "site-packages"
    # Paths of a .pth file are searched, its .pth files are not: so an editable aurosim is not lent.
    (site / "lent.pth").write_text(lent + "\n")
    pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install"]
    call(*pip, "--quiet", "--no-deps", "--no-index", wheel, cwd=home)
    yield home / "bin"


def test_the_wheel_carries_all_that_is_read_at_run_time(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = {
        path.relative_to(source.ROOT).as_posix()
        for path in source.PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".nbi", ".nbc")
    }
    shipped = {
        f"aurosim/_{folder}/{path.relative_to(source.ROOT / folder).as_posix()}"
        for folder in ("scenarios", "studies")
        for path in (source.ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert data - inside == set()
    assert shipped - inside == set()
    assert "aurosim/py.typed" in inside
    assert not [name for name in inside if name.startswith(("tests/", "docs/"))]


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    where = "import aurosim; print(aurosim.__file__)"
    found = call(installed / "python", "-c", where, cwd=tmp_path).stdout.strip()
    assert Path(found).is_relative_to(installed.parent)


def test_it_lists_what_it_ships(installed: Path, tmp_path: Path) -> None:
    listed = call(installed / "aurosim", "list", cwd=tmp_path).stdout
    for path in sorted((source.ROOT / "scenarios").glob("*/*.yaml")):
        assert path.stem in listed


def test_the_demo_runs_without_the_repository(installed: Path, tmp_path: Path) -> None:
    if not list((source.ROOT / "scenarios").glob(f"*/{DEMO}.yaml")):
        pytest.skip(f"{DEMO} is not shipped yet")
    call(installed / "aurosim", "run", DEMO, cwd=tmp_path, code=99)
    assert (tmp_path / "reports" / f"{DEMO}-seed1" / "report.html").stat().st_size > 10_000
