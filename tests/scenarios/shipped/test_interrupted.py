"""Ctrl-C is passed on: what there is until then is a result like any other, marked `partial`."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from aurosim import api
from aurosim.scenario.shipped import shipped

LONG = shipped()["daily-peak"]
"""Long enough for its progress to be told while it runs."""


def test_what_there_is_so_far_is_written(tmp_path: Path) -> None:
    def press_ctrl_c(state) -> None:
        if state.now_ns > state.end_ns // 4:
            signal.raise_signal(signal.SIGINT)

    run = api.run(LONG, progress=press_ctrl_c)
    assert run.partial
    folder = run.save(tmp_path / "cut")
    assert json.loads((folder / "summary.json").read_text())["partial"] is True
    assert (folder / "report.html").stat().st_size > 1000
