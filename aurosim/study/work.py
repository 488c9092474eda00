"""One replicate, as a worker does it: from text to numbers, with nothing but text on the way.

A worker may be another process or another machine. It gets the resolved scenario, as
`scenario.resolved.yaml` would hold it, and the bytes of its traces; it gives back the summary.
Nothing of the user's code travels. A worker says which aurosim it is, so that two different ones
never fill one table.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import aurosim
from aurosim import scenario as scenarios
from aurosim.scenario import Scenario

PACKAGE = Path(aurosim.__file__).resolve().parent
SOURCES = (".py", ".csv")
ABOVE = ("cli", "report", "study", "validation", "studies.py", "api.py", "__main__.py")
"""What makes no numbers of a run: the rooms above the simulation."""


@dataclass(frozen=True)
class Job:
    """One replicate to be run. `key` is the same for the same numbers, and for no others."""

    key: str
    point: int
    seed: int
    plane: str
    text: str
    traces: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its summary as JSON, or what went wrong, and which aurosim did it."""

    key: str
    identity: str
    summary: str | None = None
    error: str = ""


@cache
def identity() -> str:
    """The version of this aurosim, with a hash of the sources and the numbers that a run is made
    of."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE)
        if path.suffix in SOURCES and place.parts[0] not in ABOVE and path.is_file():
            digest.update(place.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{aurosim.__version__}+{digest.hexdigest()[:16]}"


def job(scenario: Scenario, point: int, seed: int, plane: str) -> Job:
    """The replicate of a scenario with a seed, ready to travel."""
    run = scenario.run.model_copy(update={"seed": seed})
    pack = scenarios.pack(scenario.model_copy(update={"run": run}))
    digest = hashlib.sha256()
    parts = [identity(), plane, str(seed), pack.text]
    for name, content in sorted(pack.traces.items()):
        parts += [name, hashlib.sha256(content).hexdigest()]
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part.encode())
    return Job(digest.hexdigest(), point, seed, plane, pack.text, dict(pack.traces))


def execute(given: Job) -> Outcome:
    """Run the replicate. What goes wrong in it is told and not raised: other replicates go on.

    Interrupted from the keyboard, it raises KeyboardInterrupt: half a replicate is none.
    """
    from aurosim import simulation

    try:
        result = simulation.run(unpacked(given), plane=given.plane)
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        return Outcome(given.key, identity(), error=said[:500])
    if result.partial:
        raise KeyboardInterrupt
    return Outcome(given.key, identity(), summary=canonical(result.summary))


def unpacked(given: Job) -> Scenario:
    """The scenario of a job, loaded as any resolved scenario is."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, content in given.traces.items():
            assert Path(name).name == name, "a trace stands beside its scenario"
            (place / name).write_bytes(content)
        return scenarios.loads(given.text, "scenario.resolved.yaml", folder=place)


def canonical(value: Mapping[str, Any]) -> str:
    """The same text for the same numbers: sorted keys, shortest floats, never a NaN."""
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
