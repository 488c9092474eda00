"""The same bytes from every Python that aurosim supports and this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aurosim.report.folder import FILES

ROOT = Path(__file__).resolve().parents[3]
VERSIONS = ("3.11", "3.12", "3.13")
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
NAMES = ("slow-node", "cold-cache")
SAME = sorted(set(FILES) - {"provenance.json"})


def interpreters(version: str) -> Iterator[str]:
    """Where `version` may be: on the path, or installed beside the Python that runs this test."""
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    beside = Path(sys.base_prefix).parent.glob(f"*/bin/python{version}")
    yield from sorted(str(path) for path in beside)


def found(version: str) -> str:
    """An interpreter of that version that starts and can make environments, or skip."""
    ask = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2])"
    for path in interpreters(version):
        answer = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        if answer.stdout.strip() == version:
            return path
    pytest.skip(f"there is no usable Python {version} on this machine")


def runs(aurosim: list[str], out: Path, **environment: str) -> dict[str, bytes]:
    for name in NAMES:
        command = [*aurosim, "run", name, "--out", str(out / name)]
        result = subprocess.run(
            command, cwd=out, env={**os.environ, **environment}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert result.returncode in (0, 99), result.stderr
    return {f"{name}/{file}": (out / name / file).read_bytes() for name in NAMES for file in SAME}


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", [v for v in VERSIONS if v != THIS])
def test_another_python_writes_the_same_bytes(version: str, tmp_path: Path) -> None:
    python = found(version)
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    pip = [tmp_path / "venv/bin/python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", ROOT], check=True, capture_output=True)
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    here = runs([sys.executable, "-m", "aurosim"], tmp_path / "here", PYTHONPATH=str(ROOT))
    there = runs([str(tmp_path / "venv/bin/aurosim")], tmp_path / "there", PYTHONPATH="")
    assert [name for name in here if here[name] != there[name]] == []
