"""The rules compiled as numba does it by itself, as with a version that is not known inside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.source import ROOT

PLAIN = """
from aurosim import compiled
compiled.FITS = False
from tests.agreement.agree import check
for seed in range(8):
    check(seed, "coarse")
from aurosim.dataplane.compiled import rules
assert "pipeline_class" not in rules.answer.targetoptions
print("the same")
"""


@pytest.mark.long
@pytest.mark.timeout(900)
def test_compiled_the_plain_way_they_tell_the_same(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", PLAIN], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert said.stdout == "the same\n", said.stderr
