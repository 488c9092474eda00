"""A copy of the package for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.growing.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path)
