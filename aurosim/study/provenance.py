"""Where a study comes from: its points and seeds, who ran it and when, and how to run it again."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aurosim
from aurosim import scenario as scenarios
from aurosim.simulation import provenance
from aurosim.simulation.provenance import Clock
from aurosim.study import store
from aurosim.study.running import Failure, Ran, point_folder
from aurosim.study.work import identity


def describe(ran: Ran, clock: Clock, command: Sequence[str], executor: str) -> dict[str, Any]:
    """The content of a study's provenance.json: all of it that differs between two runs of one
    study is here, and in no other file."""
    plan, ended = ran.plan, provenance.now_utc()
    return {
        **store.MARK,
        "complete": ran.complete,
        "study": plan.kind,
        "name": plan.name,
        "aurosim": aurosim.__version__,
        "identity": identity(),
        "python": platform.python_version(),
        "libraries": provenance.versions(),
        "host": {"name": platform.node(), "system": platform.platform(), "cpus": os.cpu_count()},
        "executor": executor,
        "started": clock.started.isoformat(timespec="milliseconds"),
        "ended": ended.isoformat(timespec="milliseconds"),
        "wall_s": round((ended - clock.started).total_seconds(), 3),
        "plane": plan.plane,
        "seeds": {"first": plan.seeds[0], "last": plan.seeds[-1]},
        "replicates": {"asked": plan.runs, "finished": len(ran.answers), "reused": ran.reused},
        "confidence": plan.confidence,
        "interval": plan.interval,
        "metrics": [metric.name for metric in plan.metrics],
        "points": [
            {
                "label": point.label,
                "about": point.about,
                "set": dict(point.settings),
                "scenario_file": f"{store.POINTS}/{number:03d}/scenario.resolved.yaml",
                "scenario_sha256": hashlib.sha256(
                    scenarios.pack(point.scenario).text.encode()
                ).hexdigest(),
            }
            for number, point in enumerate(plan.points)
        ],
        "failures": [
            {"point": one.label, "seed": one.seed, "error": one.error, "command": again(ran, one)}
            for one in ran.failures
        ],
        "command": list(command),
    }


def again(ran: Ran, failure: Failure) -> str:
    """What runs one failed replicate again, alone: a command where its scenario is in a folder."""
    plan = ran.plan
    if ran.store.folder is None:
        place = f"study.plan.points[{failure.point}].scenario"
        return f"aurosim.run({place}, seed={failure.seed}, plane={plan.plane!r})"
    file = point_folder(Path(ran.store.folder), failure.point) / "scenario.resolved.yaml"
    words = ["aurosim", "run", str(file), "--seed", str(failure.seed), "--plane", plan.plane]
    return shlex.join(words)
