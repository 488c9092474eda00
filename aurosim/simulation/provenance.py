"""Where a result comes from: enough to run it again, and who, when and where it was.

This is the one part of a result that differs between two runs of the same scenario and seed, and
the only place behind the command line where the wall clock is read.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import aurosim
from aurosim.metrics.summary import SCHEMA_VERSION

LIBRARIES = ("numpy", "numba", "simpy", "pandas", "scipy", "pydantic", "matplotlib")
RESOLVED = "scenario.resolved.yaml"
"""The file, beside this one, that holds the scenario with every default and override in it."""


class Clock:
    """The wall clock, read when a run starts."""

    def __init__(self) -> None:
        self.started = now_utc()


def now_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@cache
def versions() -> dict[str, str | None]:
    """Versions of the libraries that results may depend on; None for one that is not installed."""
    found: dict[str, str | None] = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = None
    return found


def describe(
    clock: Clock,
    *,
    seed: int,
    plane: str,
    resolved: str,
    overrides: Mapping[str, str],
    source: str,
    partial: bool = False,
) -> dict[str, Any]:
    """The content of provenance.json. `resolved` is the text of the resolved scenario,
    in which the `overrides` of the file called `source` are already set."""
    ended = now_utc()
    return {
        "aurosim": aurosim.__version__,
        "schema_version": SCHEMA_VERSION,
        "python": platform.python_version(),
        "libraries": dict(versions()),
        "host": {
            "name": platform.node(),
            "system": platform.platform(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
        "started": clock.started.isoformat(timespec="milliseconds"),
        "ended": ended.isoformat(timespec="milliseconds"),
        "wall_s": round((ended - clock.started).total_seconds(), 3),
        "seed": seed,
        "plane": plane,
        "partial": partial,
        "scenario_file": RESOLVED,
        "scenario_sha256": hashlib.sha256(resolved.encode()).hexdigest(),
        "source": source,
        "overrides": dict(overrides),
        "command": ["aurosim", "run", RESOLVED, "--seed", str(seed), "--plane", plane],
    }
